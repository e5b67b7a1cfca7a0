package cluster

import (
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestAnUnreachableDataDirectory(t *testing.T) {
	t.Parallel()
	if !isRoot() {
		t.Skip("only root hands the server to another user")
	}
	closed, open := t.TempDir(), openDir(t)
	var log heard
	o := Options{
		DataDir: filepath.Join(closed, "data"), Fast: true, elsewhere: filepath.Join(open, "lib"),
		Log: slog.New(slog.NewTextHandler(&log, nil)),
	}

	c := start(t, o)
	execute(t, c.DSN(Database), "CREATE TABLE bed (label text); INSERT INTO bed VALUES ('12')")
	if !strings.HasPrefix(c.files.data, o.elsewhere) {
		t.Errorf("the database files are in %s, which the server cannot reach", c.files.data)
	}
	if !strings.Contains(log.String(), filepath.Dir(c.files.data)) {
		t.Errorf("the log does not say where the files went:\n%s", log.String())
	}
	if dsn, running, err := Beside(o.DataDir); dsn != c.DSN(Database) || !running || err != nil {
		t.Errorf("beside: running %v, %v", running, err)
	}
	stop(t, c)

	c = start(t, o)
	if got := query[string](t, c.DSN(Database), "SELECT label FROM bed"); got != "12" {
		t.Errorf("bed %q after a restart, want 12", got)
	}
	stop(t, c)

	t.Run("emptied by hand", func(t *testing.T) {
		if err := os.RemoveAll(o.DataDir); err != nil {
			t.Fatal(err)
		}
		fresh := start(t, o)
		if n := query[int](t, fresh.DSN(Database), "SELECT count(*) FROM pg_tables WHERE tablename = 'bed'"); n != 0 {
			t.Error("the former files came back")
		}
	})
	t.Run("the other place is gone", func(t *testing.T) {
		if err := os.RemoveAll(o.elsewhere); err != nil {
			t.Fatal(err)
		}
		_, err := Start(testContext(t), o)
		if err == nil || !strings.Contains(err.Error(), "gone") {
			t.Errorf("an empty database began in place of a lost one: %v", err)
		}
	})
	t.Run("no other place", func(t *testing.T) {
		lost := o
		lost.DataDir, lost.elsewhere = filepath.Join(closed, "other"), filepath.Join(closed, "lib")
		_, err := Start(testContext(t), lost)
		if err == nil || !strings.Contains(err.Error(), "chmod o+x") {
			t.Errorf("error %v, want what to do", err)
		}
	})
	t.Run("closed later", func(t *testing.T) {
		dir := openDir(t)
		stop(t, start(t, Options{DataDir: dir, Fast: true}))
		if err := os.Chmod(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		_, err := Start(testContext(t), Options{DataDir: dir, elsewhere: open})
		if err == nil || !strings.Contains(err.Error(), "chmod o+x "+dir) {
			t.Errorf("error %v, want what to do", err)
		}
	})
}

func TestAnotherMajorVersionIsRefused(t *testing.T) {
	t.Parallel()
	c := start(t, Options{DataDir: openDir(t), Fast: true})
	stop(t, c)
	version := filepath.Join(c.files.data, "PG_VERSION")
	if err := os.WriteFile(version, []byte("9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Start(testContext(t), Options{DataDir: c.options.DataDir})
	want := fmt.Sprintf("written by PostgreSQL 9, but installed is PostgreSQL %d", c.server.major)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}

	restored := []byte(strconv.Itoa(c.server.major) + "\n")
	if err := os.WriteFile(version, restored, 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, Options{DataDir: c.options.DataDir, Fast: true}) // nothing was lost by refusing
}

func TestAHalfMadeClusterIsMadeAnew(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	half := filepath.Join(dir, "postgres", "data.new")
	if err := os.MkdirAll(half, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(half, "PG_VERSION"), []byte("15\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, Options{DataDir: dir, Fast: true})
}

func TestALostPasswordIsNamed(t *testing.T) {
	t.Parallel()
	c := start(t, Options{DataDir: openDir(t), Fast: true})
	stop(t, c)
	if err := os.Remove(passwordFile(c.files.home)); err != nil {
		t.Fatal(err)
	}
	_, err := Start(testContext(t), Options{DataDir: c.options.DataDir})
	if err == nil || !strings.Contains(err.Error(), "password") {
		t.Errorf("error %v, want that the password is missing", err)
	}
}

func TestAForeignSocketFolderIsRefused(t *testing.T) {
	dir := t.TempDir()
	f := files{socket: filepath.Join(dir, "socket"), user: account{"ward", os.Geteuid(), os.Getegid()}}
	if err := os.Symlink("/etc", f.socket); err != nil {
		t.Fatal(err)
	}
	if err := f.openSocketDir(); err == nil {
		t.Error("a link was taken for the socket's folder")
	}
}

func TestBlocked(t *testing.T) {
	dir := openDir(t)
	inner := filepath.Join(dir, "a", "b")
	if err := os.MkdirAll(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	us := ourselves()
	other := account{"other", us.uid + 4242, us.gid + 4242}
	groupMate := account{"mate", us.uid + 4242, us.gid}
	middle := filepath.Join(dir, "a")

	for _, tt := range []struct {
		mode fs.FileMode
		user account
		want string
	}{
		{0o755, other, ""},
		{0o711, other, ""},
		{0o700, us, ""},
		{0o700, other, middle},
		{0o710, groupMate, ""},
		{0o701, groupMate, middle},
		{0o750, other, middle},
	} {
		if err := os.Chmod(middle, tt.mode); err != nil {
			t.Fatal(err)
		}
		if got := blocked(inner, tt.user); got != tt.want {
			t.Errorf("mode %o, user %s: blocked by %q, want %q", tt.mode, tt.user.name, got, tt.want)
		}
	}
}

func TestSocketPathsFit(t *testing.T) {
	for n := range 200 {
		place := "/" + strings.Repeat("d", n)
		if path := filepath.Join(socketDir(place), ".s.PGSQL."+port); len(path) > longestSocketPath {
			t.Fatalf("a place of %d bytes gives a socket path of %d", n, len(path))
		}
	}
	if socketDir("/"+strings.Repeat("d", 150)) == socketDir("/"+strings.Repeat("e", 150)) {
		t.Error("two places share one socket folder")
	}
}
