package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// station is the process under test and its folder.
type station struct {
	binary string
	dir    string // of the data
	file   string // of the ward
	http   string // the same after every restart
	mllp   string

	cmd    *exec.Cmd
	log    *tail
	exited chan struct{}
}

// readyWithin is how long a start may take on a loaded machine.
const readyWithin = 2 * time.Minute

// start runs the program until it says ready.
func (s *station) start(ctx context.Context) error {
	s.cmd = exec.Command(s.binary, "serve", "--data-dir", s.dir, "--ward", s.file,
		"--listen", orFree(s.http), "--mllp", orFree(s.mllp), "--mqtt", "off", "--log-level", "warn")
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	ready := make(chan string, 1)
	s.exited = make(chan struct{})
	cmd, exited := s.cmd, s.exited
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if strings.HasPrefix(lines.Text(), "ready ") {
				ready <- lines.Text()
			}
		}
		_ = cmd.Wait()
		close(exited)
	}()
	select {
	case line := <-ready:
		if s.mllp == "" { // after a restart they are the same, and senders read them
			s.listensAt(line)
		}
		return nil
	case <-exited:
		return fmt.Errorf("wardlight ended before it was ready")
	case <-time.After(readyWithin):
		return fmt.Errorf("wardlight was not ready within %v", readyWithin)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *station) listensAt(ready string) {
	for _, field := range strings.Fields(ready) {
		if addr, ok := strings.CutPrefix(field, "http="); ok {
			s.http = addr
		}
		if addr, ok := strings.CutPrefix(field, "mllp="); ok {
			s.mllp = addr
		}
	}
}

func orFree(addr string) string {
	if addr == "" {
		return "127.0.0.1:0"
	}
	return addr
}

// kill ends the process without any chance to say good-bye.
func (s *station) kill() {
	_ = s.cmd.Process.Kill()
	<-s.exited
}

// stop asks the process to end, and makes it.
func (s *station) stop() {
	if s.exited == nil {
		return
	}
	_ = s.cmd.Process.Signal(syscall.SIGCONT)
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.exited:
	case <-time.After(30 * time.Second):
		s.kill()
	}
}

func (s *station) isUp() bool {
	select {
	case <-s.exited:
		return false
	default:
		return true
	}
}

// tail keeps the end of what is written to it.
type tail struct {
	mu sync.Mutex
	b  []byte
}

const tailSize = 32 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	if len(t.b) > 2*tailSize {
		t.b = append([]byte(nil), t.b[len(t.b)-tailSize:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.b)
}

// folder makes one that the database's own user may enter.
func folder() (string, error) {
	dir, err := os.MkdirTemp("", "wardlight-torture-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o755)
}
