package cluster

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// hostVariable turns this test program into an application that runs a
// private server in the named data directory until it is killed.
const hostVariable = "WARDLIGHT_TEST_CLUSTER_HOST"

func hostCluster(dir string) int {
	c, err := Start(context.Background(), Options{DataDir: dir})
	if err != nil {
		fmt.Println("failed:", err)
		return 1
	}
	fmt.Println("postmaster", c.Pid())
	<-c.Done()
	return 0
}

type host struct {
	*exec.Cmd
	postmaster int // process number
}

// startHost runs another application on the data directory.
func startHost(t *testing.T, dir string) host {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), hostVariable+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	h := host{Cmd: cmd}
	t.Cleanup(func() {
		h.kill()
		h.awaitServerGone(t)
	})
	line, _ := bufio.NewReader(out).ReadString('\n')
	if _, err := fmt.Sscanf(line, "postmaster %d", &h.postmaster); err != nil {
		t.Fatalf("the other application said %q", line)
	}
	return h
}

// kill ends the application as kill -9 does, and its server with it.
func (h host) kill() {
	h.Process.Kill()
	h.Wait()
}

// awaitServerGone returns when the server, told by the kernel that its
// application died, has left.
func (h host) awaitServerGone(t *testing.T) {
	for ctx := testContext(t); lookAt(h.postmaster, "/") != nobody; {
		if pause(ctx, 5*time.Millisecond) != nil {
			t.Fatalf("server %d outlives its application", h.postmaster)
		}
	}
}

func (h host) killWithPostmaster() {
	syscall.Kill(h.postmaster, syscall.SIGKILL)
	h.kill()
}
