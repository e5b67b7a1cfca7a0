package cluster

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// port only names the socket: the server does not listen on the network.
const port = "5432"

// elsewhere is where database files go when the server's user cannot reach
// the data directory.
const elsewhere = "/var/lib/wardlight"

// files says where the parts of one cluster are.
//
// The home (DataDir/postgres) belongs to the application and holds the lock
// and the password. The database files and the socket lie in a place that the
// server's user can reach: the home itself, or, when the note "place" is in
// the home, the folder that it names.
type files struct {
	home     string
	data     string
	socket   string // the folder of the socket
	password string // the owner's
	user     account
}

func homeOf(dataDir string) (string, error) {
	if dataDir == "" {
		return "", errors.New("the private PostgreSQL needs a data directory")
	}
	abs, err := filepath.Abs(dataDir)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	return filepath.Join(abs, "postgres"), nil
}

func makeHome(dataDir string) (string, error) {
	home, err := homeOf(dataDir)
	if err != nil {
		return "", err
	}
	if err := makeFolders(home, folderMode()); err != nil {
		return "", fmt.Errorf("data directory: %w", err)
	}
	return homeOf(dataDir)
}

// folderMode lets the server's user pass through, but not look around, when it
// is another user than ours.
func folderMode() fs.FileMode {
	if isRoot() {
		return 0o711
	}
	return 0o700
}

// makeFolders makes what is missing of a path with exactly this mode, whatever
// the umask, and leaves alone what is there.
func makeFolders(path string, mode fs.FileMode) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := makeFolders(filepath.Dir(path), mode); err != nil {
		return err
	}
	if err := os.Mkdir(path, mode); err != nil {
		return err
	}
	return os.Chmod(path, mode)
}

// prepare finds or makes everything that the server needs before it can start.
func (c *Cluster) prepare(ctx context.Context, home string) error {
	place, made, err := locate(home)
	if err != nil {
		return err
	}
	if made {
		return c.reuse(home, place)
	}
	return c.create(ctx, home)
}

// locate finds the place of a cluster that was made before.
func locate(home string) (place string, made bool, err error) {
	note := filepath.Join(home, "place")
	text, err := os.ReadFile(note)
	if errors.Is(err, fs.ErrNotExist) {
		return home, exists(dataIn(home)), nil
	}
	if err != nil {
		return "", false, err
	}
	place = strings.TrimSpace(string(text))
	if !exists(dataIn(place)) {
		return "", false, fmt.Errorf("the database files of %s were kept in %s, which is gone; to begin with an empty database remove %s",
			filepath.Dir(home), place, note)
	}
	return place, true, nil
}

// reuse runs the server on files that were made before, as the user who owns them.
func (c *Cluster) reuse(home, place string) error {
	user, err := accountOf(dataIn(place))
	if err != nil {
		return err
	}
	if wall := blocked(place, user); wall != "" {
		return fmt.Errorf("user %s, who owns the database files in %s, may not pass through %s: chmod o+x %[3]s", user.name, place, wall)
	}
	password, err := readPassword(home)
	if err != nil {
		return err
	}
	c.files = files{home: home, data: dataIn(place), socket: socketDir(place), password: password, user: user}

	major, err := majorOf(c.files.data)
	if err != nil {
		return err
	}
	if c.server, err = findServer(major); err != nil {
		return fmt.Errorf("database files in %s: %w", c.files.data, err)
	}
	return c.files.openSocketDir()
}

// create makes a new, empty cluster.
func (c *Cluster) create(ctx context.Context, home string) error {
	var err error
	if c.server, err = findServer(0); err != nil {
		return err
	}
	user, err := serverAccount()
	if err != nil {
		return err
	}
	password, err := ensurePassword(home)
	if err != nil {
		return err
	}
	place, err := c.choosePlace(home, password, user)
	if err != nil {
		return err
	}
	c.files = files{home: home, data: dataIn(place), socket: socketDir(place), password: password, user: user}

	if !exists(c.files.data) { // a crash may have come between making the files and the note
		if err := c.initialise(ctx, place); err != nil {
			return err
		}
	}
	if place != home {
		if err := writeWhole(filepath.Join(home, "place"), place+"\n", 0o644); err != nil {
			return err
		}
	}
	return c.files.openSocketDir()
}

// choosePlace returns the home, or a folder elsewhere when the server's user
// cannot reach the home, as under /root.
func (c *Cluster) choosePlace(home, password string, user account) (string, error) {
	wall := blocked(home, user)
	if wall == "" {
		return home, nil
	}
	parent := c.options.elsewhere
	if parent == "" {
		parent = elsewhere
	}
	// The password makes the name new for a data directory that was emptied by
	// hand: its former database files must not come back under it.
	sum := sha256.Sum256([]byte(home + "\n" + password))
	place := filepath.Join(parent, hex.EncodeToString(sum[:8]))
	if err := makeFolders(place, folderMode()); err != nil {
		return "", fmt.Errorf("user %s may not pass through %s, and no other place for the database files: %w", user.name, wall, err)
	}
	if second := blocked(place, user); second != "" {
		return "", fmt.Errorf("user %s may pass neither through %s nor through %s: chmod o+x one of them", user.name, wall, second)
	}
	c.log.Warn("the database files are kept outside the data directory, which PostgreSQL's user cannot reach",
		"files", place, "data_dir", filepath.Dir(home), "user", user.name, "blocked_by", wall)
	return place, nil
}

func dataIn(place string) string { return filepath.Join(place, "data") }

// longestSocketPath fits into sockaddr_un of Linux (108 bytes) and of macOS (104).
const longestSocketPath = 100

// socketDir is the folder of the socket: in the place, or a short one when
// that would be too long for a socket's address. Then below /tmp, which every Unix
// has: what TMPDIR names may be too long itself.
func socketDir(place string) string {
	dir := filepath.Join(place, "socket")
	if len(filepath.Join(dir, ".s.PGSQL."+port)) <= longestSocketPath {
		return dir
	}
	sum := sha256.Sum256([]byte(place))
	return "/tmp/wardlight-" + hex.EncodeToString(sum[:8])
}

// openSocketDir makes the folder of the socket, closed to everyone but the
// server's user, and refuses one that somebody else has put there.
func (f files) openSocketDir() error {
	err := os.Mkdir(f.socket, 0o700)
	if err == nil {
		return f.user.own(f.socket)
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(f.socket)
	if err != nil {
		return err
	}
	if uid, _ := ownerOf(info); !info.IsDir() || (uid != f.user.uid && uid != os.Geteuid()) {
		return fmt.Errorf("%s is not a folder of user %s", f.socket, f.user.name)
	}
	if err := os.Chmod(f.socket, 0o700); err != nil {
		return err
	}
	return f.user.own(f.socket)
}

// readPassword returns the owner's password.
func readPassword(home string) (string, error) {
	text, err := os.ReadFile(passwordFile(home))
	if err != nil {
		return "", fmt.Errorf("password of the private PostgreSQL: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

func ensurePassword(home string) (string, error) {
	if exists(passwordFile(home)) {
		return readPassword(home)
	}
	secret := make([]byte, 32)
	rand.Read(secret) // never fails: it ends the program instead
	password := hex.EncodeToString(secret)
	return password, writeWhole(passwordFile(home), password+"\n", 0o600)
}

func passwordFile(home string) string { return filepath.Join(home, "password") }

// majorOf reads which major version wrote the database files.
func majorOf(data string) (int, error) {
	text, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if err != nil {
		return 0, err
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("%s/PG_VERSION: %w", data, err)
	}
	return major, nil
}

// writeWhole writes a file that is there either whole and on disk, or not at all.
func writeWhole(path, text string, mode fs.FileMode) error {
	draft, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = draft.WriteString(text)
	if err := errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return err
	}
	return moveDurably(draft.Name(), path)
}

// moveDurably renames so that the new name survives a power failure.
func moveDurably(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(to))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
