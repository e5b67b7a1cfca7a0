package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// initialise makes the files of a new cluster. They are made beside their
// final name and renamed when complete, so that a half-made cluster is never used.
func (c *Cluster) initialise(ctx context.Context, place string) error {
	draft := filepath.Join(place, "data.new")
	if err := os.RemoveAll(draft); err != nil { // of an initdb that was killed
		return err
	}
	if err := os.Mkdir(draft, 0o700); err != nil {
		return err
	}
	if err := c.files.user.own(draft); err != nil {
		return err
	}
	secret, err := c.handPassword(place)
	if err != nil {
		return err
	}
	defer os.Remove(secret)

	if err := c.initdb(ctx, draft, secret); err != nil {
		return err
	}
	return moveDurably(draft, c.files.data)
}

// handPassword writes the password where the server's user can read it.
func (c *Cluster) handPassword(place string) (string, error) {
	path := filepath.Join(place, "password.initdb")
	if err := os.WriteFile(path, []byte(c.files.password+"\n"), 0o600); err != nil {
		return "", err
	}
	return path, c.files.user.own(path)
}

func (c *Cluster) initdb(ctx context.Context, data, passwordFile string) error {
	args := []string{
		"-D", data, "-U", owner, "--pwfile=" + passwordFile, "--auth=scram-sha-256",
		"-E", "UTF8", "--locale=C", "--data-checksums", "--no-instructions",
	}
	if c.options.Fast {
		args = append(args, "--no-sync")
	}
	cmd := c.serverProgram("initdb", syscall.SIGTERM, args...)
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said

	// See spawn: the thread that forks must outlive the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("initdb: %w", err)
	}
	unwatch := context.AfterFunc(ctx, func() { cmd.Process.Signal(syscall.SIGTERM) })
	defer unwatch()
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, lastLine(said.String()))
	}
	return nil
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
