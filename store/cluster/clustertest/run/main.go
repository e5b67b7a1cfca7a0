// Command run runs another command with a throw-away PostgreSQL server that
// all its tests share:
//
//	run go test ./...
//
// The command finds the server in TEST_DATABASE_URL. Run ends as the command
// ends, and stops the server also when it is interrupted.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"wardlight/store/cluster/clustertest"
)

// Exit codes as a shell has them.
const (
	failed     = 1
	wrongUsage = 2
	bySignal   = 128 // plus the signal's number
)

func main() {
	command := os.Args[1:]
	if len(command) > 0 && command[0] == "--" {
		command = command[1:]
	}
	if len(command) == 0 {
		fmt.Fprintln(os.Stderr, "usage: run COMMAND [ARGUMENT...]")
		os.Exit(wrongUsage)
	}
	code, err := run(command)
	if err != nil {
		fmt.Fprintln(os.Stderr, "run:", err)
	}
	os.Exit(code)
}

func run(command []string) (code int, err error) {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)

	server, err := start(signals)
	if err != nil {
		return failed, err
	}
	defer func() {
		if stopErr := server.Stop(); stopErr != nil {
			code, err = max(code, failed), errors.Join(err, stopErr)
		}
	}()

	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), clustertest.Variable+"="+server.DSN())
	if err := cmd.Start(); err != nil {
		return failed, err
	}
	go func() {
		for s := range signals {
			cmd.Process.Signal(s)
		}
	}()
	return exitCode(cmd.Wait())
}

// start starts the server, and gives up at the first signal.
func start(signals <-chan os.Signal) (*clustertest.Server, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	started := make(chan struct{})
	defer close(started)
	go func() {
		select {
		case <-signals:
			cancel()
		case <-started:
		}
	}()
	return clustertest.Start(ctx, nil)
}

// exitCode is the command's own, or what a shell says for one ended by a signal.
func exitCode(err error) (int, error) {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		if err != nil {
			return failed, err
		}
		return 0, nil
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return bySignal + int(status.Signal()), nil
	}
	return exit.ExitCode(), nil
}
