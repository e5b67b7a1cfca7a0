package main

import (
	"context"
	"fmt"

	"wardlight/ward/staff"
	"wardlight/web"
)

type tokenCmd struct {
	Add    tokenAddCmd    `cmd:"" help:"Make a machine's bearer token and print it, this once."`
	Revoke tokenRevokeCmd `cmd:"" help:"Take a token back."`
}

type tokenAddCmd struct {
	recordFlags
	Name string `arg:"" help:"What the token is for."`
	Role string `required:"" help:"machine or display."`
	Unit string `help:"Only this unit."`
}

// Help shows an example.
func (tokenAddCmd) Help() string { return example("wardlight token add dashboard --role machine") }

// Run makes the token. Only its hash is kept.
func (c *tokenAddCmd) Run(ctx context.Context, s streams) error {
	if err := oneOf(staff.Role(c.Role), []staff.Role{staff.Machine, staff.Display}); err != nil {
		return err
	}
	token := web.NewSecret()
	hash := web.HashSecret(token)
	if err := execute(ctx, c.recordFlags, s, command{Kind: "token-add", Name: c.Name, Role: c.Role, Unit: c.Unit, Hash: hash[:]}); err != nil {
		return err
	}
	_, err := fmt.Fprintln(s.Out, token)
	return err
}

type tokenRevokeCmd struct {
	recordFlags
	Name string `arg:"" help:"What the token was for."`
}

// Help shows an example.
func (tokenRevokeCmd) Help() string { return example("wardlight token revoke dashboard") }

// Run revokes the token.
func (c *tokenRevokeCmd) Run(ctx context.Context, s streams) error {
	return execute(ctx, c.recordFlags, s, command{Kind: "token-revoke", Name: c.Name})
}
