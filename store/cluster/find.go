package cluster

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// oldest is the oldest major version of PostgreSQL that may keep a ward's record.
const oldest = 14

// ErrNoServer means that this machine has no usable PostgreSQL server.
var ErrNoServer = errors.New("no PostgreSQL server (14 or newer) found: install one with " +
	"`apt-get install postgresql`, `dnf install postgresql-server` or `brew install postgresql@17`")

// installed are the places where packages put server programs: Debian and
// Ubuntu, Homebrew on both kinds of Mac, the PostgreSQL project's RPMs, and
// PostgreSQL's own default.
var installed = []string{
	"/usr/lib/postgresql/*/bin",
	"/opt/homebrew/opt/postgresql@*/bin",
	"/usr/local/opt/postgresql@*/bin",
	"/usr/pgsql-*/bin",
	"/usr/local/pgsql/bin",
}

// server is an installed PostgreSQL server.
type server struct {
	bin   string // the folder of its programs
	major int
}

func (s server) program(name string) string { return filepath.Join(s.bin, name) }

// findServer returns the newest installed server, or of major version want
// when that is not 0, for a server reads only the files of its own major version.
func findServer(want int) (server, error) {
	if bin := os.Getenv("PG_BINDIR"); bin != "" {
		s, err := inspect(bin)
		if err != nil {
			return server{}, fmt.Errorf("PG_BINDIR=%s: %w", bin, err)
		}
		return choose([]server{s}, want)
	}
	var found []server
	for _, bin := range binFolders() {
		if s, err := inspect(bin); err == nil {
			found = append(found, s)
		}
	}
	return choose(found, want)
}

func binFolders() []string {
	var folders []string
	for _, pattern := range installed {
		matches, _ := filepath.Glob(pattern) // fails only on a malformed pattern
		folders = append(folders, matches...)
	}
	if postgres, err := exec.LookPath("postgres"); err == nil {
		folders = append(folders, filepath.Dir(postgres))
	}
	return folders
}

func choose(found []server, want int) (server, error) {
	slices.SortStableFunc(found, func(a, b server) int { return cmp.Compare(b.major, a.major) })
	for _, s := range found {
		if s.major >= oldest && (want == 0 || s.major == want) {
			return s, nil
		}
	}
	switch {
	case len(found) == 0:
		return server{}, ErrNoServer
	case want == 0:
		return server{}, fmt.Errorf("%w (only PostgreSQL %d is here, in %s)", ErrNoServer, found[0].major, found[0].bin)
	default:
		return server{}, fmt.Errorf("written by PostgreSQL %d, but installed is PostgreSQL %d: install version %d, or move the files with pg_upgrade",
			want, found[0].major, want)
	}
}

var versionLine = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// inspect asks the server in a folder for its version.
func inspect(bin string) (server, error) {
	if _, err := exec.LookPath(filepath.Join(bin, "initdb")); err != nil {
		return server{}, ErrNoServer
	}
	out, err := exec.Command(filepath.Join(bin, "postgres"), "--version").Output()
	if err != nil {
		return server{}, ErrNoServer
	}
	match := versionLine.FindSubmatch(out)
	if match == nil {
		return server{}, ErrNoServer
	}
	major, err := strconv.Atoi(string(match[1]))
	return server{bin, major}, err
}
