package cluster

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// dieWithParent has the kernel signal a child when the thread that started it
// ends, so that the server does not outlive a killed application.
func dieWithParent(attr *syscall.SysProcAttr, s syscall.Signal) { attr.Pdeathsig = s }

// lookAt says what the process with this number is to the cluster in data. It
// reads /proc because kill(pid, 0) also succeeds for a zombie, which holds
// nothing any more.
func lookAt(pid int, data string) relation {
	proc := fmt.Sprintf("/proc/%d", pid)
	stat, err := os.ReadFile(proc + "/stat")
	if err != nil || isZombie(stat) {
		return nobody
	}
	command, _ := os.ReadFile(proc + "/cmdline")
	program, _, _ := bytes.Cut(command, []byte{0})
	if !isPostgres(string(program)) {
		return stranger
	}
	// A server's working directory is its data directory. When it cannot be
	// read, caution says that the server is ours.
	theirs, err := os.Stat(proc + "/cwd")
	ours, dataErr := os.Stat(data)
	if err == nil && dataErr == nil && !os.SameFile(theirs, ours) {
		return stranger
	}
	return sameData
}

// isZombie reads the state after the name, which may itself hold brackets.
func isZombie(stat []byte) bool {
	state := bytes.TrimSpace(stat[bytes.LastIndexByte(stat, ')')+1:])
	return len(state) > 0 && (state[0] == 'Z' || state[0] == 'X')
}

// isPostgres knows the postmaster by its program and a backend by the title
// that it gives itself ("postgres: writer").
func isPostgres(program string) bool {
	name := filepath.Base(program)
	return name == "postgres" || name == "postmaster" || strings.HasPrefix(program, "postgres:")
}
