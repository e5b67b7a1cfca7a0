package e2e

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// server is a PostgreSQL that belongs to somebody else, as a hospital's does.
type server struct {
	t      *testing.T
	socket string
	admin  *pgx.Conn
}

// startServer makes and starts a server that stops when the test ends.
func startServer(t *testing.T) *server {
	t.Helper()
	s := &server{t: t, socket: dataDir(t)}
	files := filepath.Join(s.socket, "files")
	initdb := s.program("initdb", "-D", files, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync")
	if err := initdb.Run(); err != nil {
		t.Fatalf("%v: %v", initdb.Args, err)
	}
	postgres := s.program("postgres", "-D", files, "-k", s.socket, "-c", "listen_addresses=")
	if err := postgres.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = postgres.Process.Signal(syscall.SIGQUIT)
		_ = postgres.Wait()
	})
	eventually(t, 30*time.Second, "the hospital's PostgreSQL accepts connections", func() bool {
		conn, err := pgx.Connect(t.Context(), s.url("postgres", "postgres"))
		s.admin = conn
		return err == nil
	})
	t.Cleanup(func() { _ = s.admin.Close(t.Context()) })
	return s
}

func (s *server) url(role, database string) string {
	return fmt.Sprintf("postgres://%s@/%s?host=%s", role, database, url.QueryEscape(s.socket))
}

// run does something as the server's administrator.
func (s *server) run(statements ...string) {
	s.t.Helper()
	for _, sql := range statements {
		if _, err := s.admin.Exec(s.t.Context(), sql); err != nil {
			s.t.Fatalf("%s: %v", sql, err)
		}
	}
}

// program is a program of the server, to run as a user that PostgreSQL
// accepts.
func (s *server) program(name string, args ...string) *exec.Cmd {
	s.t.Helper()
	cmd := exec.Command(filepath.Join(binDir(s.t), name), args...)
	cmd.Dir = "/"
	if os.Geteuid() == 0 {
		account, err := user.Lookup("postgres")
		if err != nil {
			account, err = user.Lookup("nobody")
		}
		if err != nil {
			s.t.Skip("as root this test needs a user postgres or nobody")
		}
		uid, _ := strconv.Atoi(account.Uid)
		gid, _ := strconv.Atoi(account.Gid)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		if err := os.Chown(s.socket, uid, gid); err != nil {
			s.t.Fatal(err)
		}
	}
	return cmd
}

// binDir is where the newest installed server keeps its programs.
func binDir(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("PG_BINDIR"); dir != "" {
		return dir
	}
	var found []string
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin",
	} {
		dirs, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, dirs...)
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		found = append(found, filepath.Dir(path))
	}
	if len(found) == 0 {
		t.Fatal("no PostgreSQL server is installed")
	}
	slices.Sort(found)
	return found[len(found)-1]
}

// A hospital's own PostgreSQL: nothing is done to it unasked, and one that
// may lose what it has confirmed is refused.
func TestExternalDatabase(t *testing.T) {
	t.Parallel()
	pg := startServer(t)
	pg.run(`CREATE ROLE ward LOGIN`, `CREATE DATABASE ward OWNER ward`)
	dsn := pg.url("ward", "ward")
	s := &station{t: t, dataDir: filepath.Join(dataDir(t), "data")}
	refused := func(names string, args ...string) {
		t.Helper()
		_, errs, code := s.command("", args...)
		if code != 1 || !strings.Contains(errs, names) {
			t.Errorf("wardlight %v: exit %d, want 1 and %q: %s", args, code, names, errs)
		}
	}
	serving := []string{"serve", "--database-url", dsn, "--listen", "127.0.0.1:0", "--mllp", "127.0.0.1:0", "--mqtt", "off"}

	refused("wardlight migrate", serving...)
	refused("wardlight migrate", "ward", "export", "--database-url", dsn)

	// An owner who may not make roles learns what to ask for.
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	migrate := func() (string, error) {
		out, err := exec.Command(bin, "migrate", "--database-url", dsn).CombinedOutput()
		return string(out), err
	}
	const needed = `CREATE ROLE wardlight_app NOLOGIN; GRANT wardlight_app TO ward;`
	if out, err := migrate(); err == nil || !strings.Contains(out, needed) {
		t.Fatalf("migrated by an owner who may not make roles: %v: %s", err, out)
	}
	pg.run(needed)
	for range 2 {
		if out, err := migrate(); err != nil || out != "" {
			t.Fatalf("migrate: %v: %s", err, out)
		}
	}

	for _, setting := range []string{"fsync", "full_page_writes"} {
		pg.run(`ALTER SYSTEM SET `+setting+` = off`, `SELECT pg_reload_conf()`)
		eventually(t, 10*time.Second, setting+" is off", func() bool { return pg.show(setting) == "off" })
		refused(setting+"=off", serving...)
		pg.run(`ALTER SYSTEM RESET `+setting, `SELECT pg_reload_conf()`)
		eventually(t, 10*time.Second, setting+" is on", func() bool { return pg.show(setting) == "on" })
	}
	pg.run(`ALTER DATABASE ward SET synchronous_commit = off`)
	refused("synchronous_commit=off", serving...)

	// For tests it may be forced, and every page says so.
	file := s.wardFile(t, twoBeds)
	s.start("serve", "--ward", file, "--database-url", dsn, "--unsafe-durability")
	t.Cleanup(s.stop)
	if !s.person().sees("/signin", "UNSAFE DURABILITY") {
		t.Error("the page does not say that the database is unsafe")
	}
	s.stop()
	pg.run(`ALTER DATABASE ward RESET synchronous_commit`)

	s.start("serve", "--database-url", dsn)
	if s.person().sees("/signin", "UNSAFE DURABILITY") {
		t.Error("the page says that a safe database is unsafe")
	}
	token := strings.TrimSpace(s.mustCommand("", "token", "add", "test", "--role", "machine", "--database-url", dsn))
	s.gateway().accept(vitals("V1", time.Now(), "12", "", hr(88)))
	if got := s.snapshot(token, "ICU").value("12", "8867-4"); got != "88" {
		t.Errorf("heart rate %q on an external database", got)
	}
	refused(fmt.Sprintf("process %d", s.cmd.Process.Pid), serving...)

	// A fresh database, brought up to date on the way.
	pg.run(`CREATE DATABASE second OWNER ward`)
	other := &station{t: t, dataDir: dataDir(t)} // a station keeps its outage spool there
	other.start("serve", "--migrate", "--ward", file, "--database-url", pg.url("ward", "second"))
	t.Cleanup(other.stop)
	if !other.person().sees("/signin", "Wardlight") {
		t.Error("no sign-in page on the second database")
	}
	for _, dir := range []string{s.dataDir, other.dataDir} {
		if _, err := os.Stat(filepath.Join(dir, "postgres")); err == nil {
			t.Errorf("a private database was made in %s", dir)
		}
	}
}

func (s *server) show(setting string) (value string) {
	s.t.Helper()
	if err := s.admin.QueryRow(s.t.Context(), `SELECT current_setting($1)`, setting).Scan(&value); err != nil {
		s.t.Fatal(err)
	}
	return value
}
