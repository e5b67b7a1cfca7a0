package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"wardlight/ward/fault"
	"wardlight/ward/staff"
	"wardlight/web"
)

type userCmd struct {
	Add      userAddCmd      `cmd:"" help:"Add a person; the password is asked for, or read from standard input."`
	Password userPasswordCmd `cmd:"" help:"Set a person's password."`
	Disable  userDisableCmd  `cmd:"" help:"Take a person's access away."`
}

type userAddCmd struct {
	recordFlags
	Login string `arg:"" help:"Name to sign in with."`
	Name  string `required:"" help:"Name as colleagues read it on a tile."`
	Role  string `required:"" help:"nurse, charge-nurse, physician, admin, biomed or viewer."`
	Unit  string `help:"Only this unit."`
}

// Help shows an example.
func (userAddCmd) Help() string {
	return example("wardlight user add kim --name 'Kim R.' --role nurse")
}

// peopleRoles are the roles of people; displays and machines have tokens.
var peopleRoles = []staff.Role{staff.Nurse, staff.ChargeNurse, staff.Physician, staff.Admin, staff.Biomed, staff.Viewer}

// Run adds the person.
func (c *userAddCmd) Run(ctx context.Context, s streams) error {
	if err := oneOf(staff.Role(c.Role), peopleRoles); err != nil {
		return err
	}
	hash, err := askPassword(ctx, s)
	if err != nil {
		return err
	}
	return execute(ctx, c.recordFlags, s, command{Kind: "user-add", Login: c.Login, Name: c.Name, Role: c.Role, Unit: c.Unit, Hash: hash})
}

func oneOf(r staff.Role, roles []staff.Role) error {
	names := make([]string, len(roles))
	for i, known := range roles {
		if r == known {
			return nil
		}
		names[i] = string(known)
	}
	return fault.New(fault.Invalid, "--role %q: use one of %s", r, strings.Join(names, ", "))
}

type userPasswordCmd struct {
	recordFlags
	Login string `arg:"" help:"Name to sign in with."`
}

// Help shows an example.
func (userPasswordCmd) Help() string { return example("wardlight user password kim") }

// Run sets the password.
func (c *userPasswordCmd) Run(ctx context.Context, s streams) error {
	hash, err := askPassword(ctx, s)
	if err != nil {
		return err
	}
	return execute(ctx, c.recordFlags, s, command{Kind: "user-password", Login: c.Login, Hash: hash})
}

type userDisableCmd struct {
	recordFlags
	Login string `arg:"" help:"Name to sign in with."`
}

// Help shows an example.
func (userDisableCmd) Help() string { return example("wardlight user disable kim") }

// Run disables the person.
func (c *userDisableCmd) Run(ctx context.Context, s streams) error {
	return execute(ctx, c.recordFlags, s, command{Kind: "user-disable", Login: c.Login})
}

const minPassword = 10

// askPassword reads a password: unseen from a terminal, else the first line
// of standard input. It returns the hash.
func askPassword(ctx context.Context, s streams) ([]byte, error) {
	var password string
	if f, ok := s.In.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(s.Err, "Password: ")
		typed, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(s.Err)
		if err != nil {
			return nil, fmt.Errorf("read password: %w", err)
		}
		password = string(typed)
	} else {
		line, err := bufio.NewReader(s.In).ReadString('\n')
		if err != nil && line == "" {
			return nil, fault.New(fault.Invalid, "give the password as the first line of standard input")
		}
		password = strings.TrimRight(line, "\r\n")
	}
	if len([]rune(password)) < minPassword {
		return nil, fault.New(fault.Invalid, "the password must have at least %d characters", minPassword)
	}
	hash, err := web.HashPassword(ctx, password)
	return []byte(hash), err
}
