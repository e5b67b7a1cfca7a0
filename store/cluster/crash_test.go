package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// becomesUsable waits until the server with another pid answers.
func becomesUsable(t *testing.T, c *Cluster, former int) {
	t.Helper()
	ctx := testContext(t)
	for {
		if pid := c.Pid(); pid != 0 && pid != former {
			if _, err := ask[int](ctx, c.DSN(Database), "SELECT 1"); err == nil {
				return
			}
		}
		if pause(ctx, 5*time.Millisecond) != nil {
			t.Fatalf("the server did not come back: %v", c.Err())
		}
	}
}

func TestADeadServerIsStartedAgain(t *testing.T) {
	t.Parallel()
	for name, sig := range map[string]syscall.Signal{
		"killed":             syscall.SIGKILL,
		"shut down hard":     syscall.SIGQUIT,
		"shut down in order": syscall.SIGINT,
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t, Options{DataDir: openDir(t)})
			execute(t, c.DSN(Database), "CREATE TABLE bed (label text); INSERT INTO bed VALUES ('12')")
			client, err := pgx.Connect(testContext(t), c.DSN(Database)) // keeps a backend alive
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close(context.Background())

			for range 2 {
				former := c.Pid()
				if err := syscall.Kill(former, sig); err != nil {
					t.Fatal(err)
				}
				becomesUsable(t, c, former)
			}
			if got := query[string](t, c.DSN(Database), "SELECT label FROM bed"); got != "12" {
				t.Errorf("bed %q after a crash, want 12", got)
			}
			if err := c.Err(); err != nil {
				t.Errorf("still said to be away: %v", err)
			}
		})
	}
}

// A frozen backend outlives its killed postmaster and holds the shared memory;
// no second server may work on the files until it has gone.
func TestAnOrphanedBackendIsWaitedFor(t *testing.T) {
	t.Parallel()
	c := start(t, Options{DataDir: openDir(t)})
	backend := query[int](t, c.DSN(Database), "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'")
	former := c.Pid()
	syscall.Kill(backend, syscall.SIGSTOP)
	syscall.Kill(former, syscall.SIGKILL)

	ctx := testContext(t)
	for !errors.Is(c.Err(), errOccupied) {
		if c.Pid() != 0 && c.Pid() != former {
			t.Fatal("a second server started beside an orphaned backend")
		}
		if pause(ctx, 5*time.Millisecond) != nil {
			t.Fatalf("no refusal seen: %v", c.Err())
		}
	}
	syscall.Kill(backend, syscall.SIGKILL)
	becomesUsable(t, c, former)
}

func TestStopWhileTheServerCannotStart(t *testing.T) {
	t.Parallel()
	c := start(t, Options{DataDir: openDir(t), Fast: true})
	version := filepath.Join(c.files.data, "PG_VERSION")
	if err := os.Rename(version, version+".gone"); err != nil {
		t.Fatal(err)
	}
	syscall.Kill(c.Pid(), syscall.SIGKILL)
	ctx := testContext(t)
	for c.Err() == nil {
		if pause(ctx, 5*time.Millisecond) != nil {
			t.Fatal("the death was not noticed")
		}
	}
	stop(t, c)
	if err := os.Rename(version+".gone", version); err != nil {
		t.Fatal(err)
	}
	start(t, c.options)
}

func TestKilledApplication(t *testing.T) {
	t.Parallel()
	for name, kill := range map[string]func(host){
		"alone":           host.kill,
		"with its server": host.killWithPostmaster,
	} {
		t.Run(name, func(t *testing.T) {
			dir := openDir(t)
			h := startHost(t, dir)
			dsn, _, err := Beside(dir)
			if err != nil {
				t.Fatal(err)
			}
			execute(t, dsn, "CREATE TABLE bed (label text); INSERT INTO bed VALUES ('12')")
			client, err := pgx.Connect(testContext(t), dsn) // keeps a backend alive
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close(context.Background())

			kill(h)
			c := start(t, Options{DataDir: dir})
			if got := query[string](t, c.DSN(Database), "SELECT label FROM bed"); got != "12" {
				t.Errorf("bed %q after the crash, want 12", got)
			}
		})
	}
}

// An orphan that got no parent-death signal, as on systems without it, is a
// server started by other hands on the same files.
func TestAServerThatOutlivedItsApplicationIsStopped(t *testing.T) {
	t.Parallel()
	c := start(t, Options{DataDir: openDir(t), Fast: true})
	stop(t, c)
	orphan, err := spawn(c.command(&serverLog{to: c.log}), &serverLog{to: c.log})
	if err != nil {
		t.Fatal(err)
	}
	if err := orphan.awaitReady(testContext(t), filepath.Join(c.files.data, "postmaster.pid")); err != nil {
		t.Fatal(err)
	}
	again := start(t, Options{DataDir: c.options.DataDir, Fast: true})
	<-orphan.exited
	if again.Pid() == orphan.pid() {
		t.Error("the orphan is still the server")
	}
}

func TestStalePidFiles(t *testing.T) {
	t.Parallel()
	c := start(t, Options{DataDir: openDir(t), Fast: true})
	stop(t, c)

	for name, pid := range map[string]string{
		"dead":               "4194300",
		"stranger":           fmt.Sprint(runAs(t, c.files.user, "sleep", "600").Pid),
		"ourselves":          fmt.Sprint(os.Getpid()),
		"zombie":             fmt.Sprint(zombie(t, c.files.user)),
		"single-user, ended": "-4194300",
		"empty file":         "",
	} {
		t.Run(name, func(t *testing.T) {
			leave(t, c, filepath.Join(c.files.data, "postmaster.pid"), pid)
			leave(t, c, filepath.Join(c.files.socket, ".s.PGSQL."+port+".lock"), pid)
			stop(t, start(t, Options{DataDir: c.options.DataDir, Fast: true}))
		})
	}
}

// leave writes a pid file as a killed server leaves it.
func leave(t *testing.T, c *Cluster, path, pid string) {
	t.Helper()
	text := ""
	if pid != "" {
		text = strings.Join([]string{pid, c.files.data, "1700000000", port, c.files.socket, "", "  1234567    32768", "ready   ", ""}, "\n")
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.files.user.own(path); err != nil {
		t.Fatal(err)
	}
}

// runAs starts a program as the server's user and ends it with the test.
func runAs(t *testing.T, user account, name string, args ...string) *os.Process {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = "/"
	cmd.SysProcAttr = user.attributes(0)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd.Process
}

// zombie is a process that has ended and is not reaped before the test ends.
func zombie(t *testing.T, user account) int {
	t.Helper()
	process := runAs(t, user, "sleep", "600")
	process.Kill()
	ctx := testContext(t)
	for lookAt(process.Pid, "/") != nobody {
		if pause(ctx, time.Millisecond) != nil {
			t.Fatal("the process does not end")
		}
	}
	if syscall.Kill(process.Pid, 0) != nil {
		t.Fatal("not a zombie: it is gone")
	}
	return process.Pid
}
