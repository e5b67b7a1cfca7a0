package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the operating system's user that the server runs as. PostgreSQL
// refuses to run as root, so root hands it to another.
type account struct {
	name     string
	uid, gid int
}

func isRoot() bool { return os.Geteuid() == 0 }

func ourselves() account {
	return account{"uid " + strconv.Itoa(os.Geteuid()), os.Geteuid(), os.Getegid()}
}

// serverAccount is the user for a new cluster: ourselves, or as root
// PostgreSQL's own user, or else nobody.
func serverAccount() (account, error) {
	if !isRoot() {
		return ourselves(), nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		entry, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(entry.Uid)
		gid, gidErr := strconv.Atoi(entry.Gid)
		return account{name, uid, gid}, errors.Join(uidErr, gidErr)
	}
	return account{}, errors.New("PostgreSQL cannot run as root, and this machine has neither a user postgres nor a user nobody")
}

// accountOf is the user for files that were made before: as root whoever owns
// them, perhaps not root's choice of today.
func accountOf(data string) (account, error) {
	info, err := os.Stat(data)
	if err != nil {
		return account{}, err
	}
	uid, gid := ownerOf(info)
	switch {
	case isRoot() && uid == 0:
		return account{}, fmt.Errorf("%s belongs to root, but PostgreSQL cannot run as root: chown -R it to another user", data)
	case !isRoot() && uid != os.Geteuid():
		return account{}, fmt.Errorf("%s belongs to uid %d: run as that user or as root", data, uid)
	case !isRoot():
		return ourselves(), nil
	}
	name := "uid " + strconv.Itoa(uid)
	if entry, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		name = entry.Username
	}
	return account{name, uid, gid}, nil
}

// own gives a file to the account.
func (a account) own(path string) error {
	if !isRoot() {
		return nil
	}
	return os.Lchown(path, a.uid, a.gid)
}

// attributes starts a program as the account, in a process group of its own:
// Ctrl-C in the terminal then reaches the application only, which stops the
// server in order.
func (a account) attributes(whenParentDies syscall.Signal) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if isRoot() {
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	dieWithParent(attr, whenParentDies)
	return attr
}

// blocked returns the outermost folder on the way to path, path included, that
// the account may not pass through; empty when the way is free.
func blocked(path string, a account) string {
	if parent := filepath.Dir(path); parent != path {
		if wall := blocked(parent, a); wall != "" {
			return wall
		}
	}
	info, err := os.Stat(path)
	if err != nil || !passable(info, a) {
		return path
	}
	return ""
}

func passable(info fs.FileInfo, a account) bool {
	uid, gid := ownerOf(info)
	var needed fs.FileMode = 0o001
	switch {
	case uid == a.uid:
		needed = 0o100
	case gid == a.gid:
		needed = 0o010
	}
	return info.Mode()&needed != 0
}

func ownerOf(info fs.FileInfo) (uid, gid int) {
	stat := info.Sys().(*syscall.Stat_t) // always so on the systems this package builds for
	return int(stat.Uid), int(stat.Gid)
}
