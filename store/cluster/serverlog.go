package cluster

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
)

// tailLines is how many of the server's last lines explain its end.
const tailLines = 3

// serverLog hands the server's own log on, line by line, and keeps the end of it.
type serverLog struct {
	to *slog.Logger

	mu      sync.Mutex
	partial []byte
	last    []string
}

func (l *serverLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.partial = append(l.partial, b...)
	for {
		line, rest, whole := bytes.Cut(l.partial, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		l.take(string(line))
		l.partial = rest
	}
}

// flush takes a last line that has no end.
func (l *serverLog) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.take(string(l.partial))
	l.partial = nil
}

func (l *serverLog) take(line string) {
	level, text := severity(line)
	if text == "" {
		return
	}
	l.to.Log(context.Background(), level, "postgres: "+text)
	l.last = append(l.last, text)
	if len(l.last) > tailLines {
		l.last = l.last[1:]
	}
}

// tail is the end of the log as one line.
func (l *serverLog) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.last, "; ")
}

// severity splits "FATAL:  text". A FATAL ends one connection or a start; a
// PANIC ends the server. What the server calls LOG is its daily routine.
func severity(line string) (slog.Level, string) {
	label, text, labelled := strings.Cut(line, ":  ")
	if labelled {
		switch label {
		case "PANIC":
			return slog.LevelError, text
		case "FATAL":
			return slog.LevelWarn, text
		case "LOG":
			return slog.LevelDebug, text
		}
	}
	return slog.LevelDebug, strings.TrimSpace(line)
}
