package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// shutdown is how a server is stopped: fast (clients are disconnected,
// everything is written), then immediate (recovery at the next start), then
// by the kernel. Never SIGTERM, which waits for the clients to leave. The
// immediate form takes PostgreSQL itself up to 5 s.
var shutdown = []struct {
	signal   syscall.Signal
	patience time.Duration
}{
	{syscall.SIGINT, 20 * time.Second},
	{syscall.SIGQUIT, 10 * time.Second},
	{syscall.SIGKILL, 5 * time.Second},
}

// settings of every private server; its log must not hold patient data, so
// failed statements and the details of errors stay out of it.
var settings = []string{
	"listen_addresses=",
	"unix_socket_permissions=0700",
	"timezone=UTC",
	"logging_collector=off",
	"log_destination=stderr",
	"log_line_prefix=",
	"log_min_messages=log",
	"log_min_error_statement=panic",
	"log_error_verbosity=terse",
}

// fastSettings make a server for tests quick and careless.
var fastSettings = []string{
	"fsync=off",
	"synchronous_commit=off",
	"full_page_writes=off",
	"autovacuum=off",
	"wal_level=minimal",
	"max_wal_senders=0",
	"jit=off",
	"max_connections=200",
}

// postmaster is one run of the server.
type postmaster struct {
	process *os.Process
	log     *serverLog
	exited  chan struct{} // closed when it has ended
	status  error         // how it ended, once exited is closed
}

func (p *postmaster) pid() int { return p.process.Pid }

// command is the server's command line.
func (c *Cluster) command(log *serverLog) *exec.Cmd {
	args := []string{"-D", c.files.data, "-k", c.files.socket, "-p", port}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	if c.options.Fast {
		for _, s := range fastSettings {
			args = append(args, "-c", s)
		}
	}
	cmd := c.serverProgram("postgres", syscall.SIGINT, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.WaitDelay = time.Second // orphaned backends hold the pipe open a little longer
	return cmd
}

// serverProgram is a program of the server, to be run as the server's user.
func (c *Cluster) serverProgram(name string, whenParentDies syscall.Signal, args ...string) *exec.Cmd {
	cmd := exec.Command(c.server.program(name), args...)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = c.files.user.attributes(whenParentDies)
	return cmd
}

// spawn starts the server's process and watches over it.
func spawn(cmd *exec.Cmd, log *serverLog) (*postmaster, error) {
	p := &postmaster{log: log, exited: make(chan struct{})}
	started := make(chan error)
	go func() {
		// The kernel sends the parent-death signal when the thread that forked
		// ends; so that thread stays with this goroutine until the server is gone.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		p.process = cmd.Process
		started <- err
		if err == nil {
			p.status = cmd.Wait()
			log.flush()
			close(p.exited)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	return p, nil
}

// errOccupied means that something of a former run is not quite gone yet.
var errOccupied = errors.New("a former PostgreSQL is still leaving")

// awaitReady returns when the server accepts connections, which after a crash
// may take as long as its recovery.
func (p *postmaster) awaitReady(ctx context.Context, pidFile string) error {
	for !isReady(pidFile, p.pid()) {
		select {
		case <-p.exited:
			return p.failure()
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}

// isReady reads postmaster.pid, whose first line is the process number and
// whose eighth is "ready" once connections are accepted.
func isReady(pidFile string, pid int) bool {
	text, err := os.ReadFile(pidFile)
	if err != nil {
		return false
	}
	lines := strings.Split(string(text), "\n")
	return len(lines) >= 8 && lines[0] == strconv.Itoa(pid) && strings.TrimSpace(lines[7]) == "ready"
}

// failure says why the server ended, in its own words.
func (p *postmaster) failure() error {
	words := p.log.tail()
	if strings.Contains(words, "lock file") || strings.Contains(words, "shared memory block") {
		return fmt.Errorf("%w: %s", errOccupied, words)
	}
	if words == "" {
		words = "without a word"
	}
	return fmt.Errorf("PostgreSQL ended (%w): %s", exitOf(p.status), words)
}

// exitOf names the way a process ended.
func exitOf(status error) error {
	if status == nil {
		return errors.New("exit status 0")
	}
	return status
}

// stop ends the server and waits until it is gone. It returns an error when
// the server could not stop in order.
func (p *postmaster) stop(hurry <-chan struct{}) error {
	var unclean error
	for _, step := range shutdown {
		if step.signal != syscall.SIGINT {
			unclean = errors.New("private PostgreSQL did not stop in time and was shut down hard; it recovers at the next start")
			hurry = nil
		}
		p.process.Signal(step.signal)     // fails only when it has ended already
		p.process.Signal(syscall.SIGCONT) // a frozen process takes no signal
		select {
		case <-p.exited:
			return unclean
		case <-hurry:
		case <-time.After(step.patience):
		}
	}
	return fmt.Errorf("PostgreSQL process %d cannot be stopped", p.pid())
}
