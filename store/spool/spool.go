// Package spool keeps messages in one append-only file while the database is
// away. What Keep says is kept is flushed to disk, file and folder. What is
// damaged is never taken for a message and never thrown away: it is put aside
// for a person.
package spool

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"wardlight/ward"
	"wardlight/ward/fault"
)

// name of the file in the spool's folder.
const name = "outage.spool"

// Spool is an open spool folder. Keep, Clear and SetAside are for one
// goroutine; how much is used may be asked from anywhere.
type Spool struct {
	dir  string
	max  int64 // bytes
	log  *slog.Logger
	lock *os.File
	left []ward.Input

	file *os.File     // nil: nothing is kept
	size atomic.Int64 // of what is whole in it
	seq  uint64       // of the newest record in it
	// isDirty: more than size may be in the file, from a write that failed.
	isDirty bool
}

// Open opens the spool in a folder, which it makes, and reads what an earlier
// process left. The file grows to max bytes at most. A second process gets
// fault kind Conflict.
func Open(dir string, max int64, log *slog.Logger) (_ *Spool, err error) {
	s := &Spool{dir: dir, max: max, log: log}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fault.New(fault.Invalid, "the outage spool needs a folder it can write to (--spool-max off does without): %w", err)
	}
	if s.lock, err = lock(filepath.Join(dir, "lock")); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	return s, s.recover()
}

// lock makes sure that one process uses the folder.
func lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fault.New(fault.Invalid, "the outage spool needs a folder it can write to (--spool-max off does without): %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fault.New(fault.Conflict, "another process uses the outage spool %s: give this one a --data-dir of its own", filepath.Dir(path))
	}
	return f, nil
}

// Left are the inputs that an earlier process kept and did not clear, oldest
// first. Their event is nil, unless the message was refused: it is to be
// decoded again.
func (s *Spool) Left() []ward.Input { return s.left }

// Dir is the folder of the file.
func (s *Spool) Dir() string { return s.dir }

// Used is how many bytes of how many at most the file holds.
func (s *Spool) Used() (bytes, max int64) { return s.size.Load(), s.max }

// Keep makes inputs durable, in order: the first n of them. Fewer than all
// come with the reason, which is fit for a screen.
func (s *Spool) Keep(inputs []ward.Input) (n int, err error) {
	if err := s.ready(); err != nil {
		return 0, say(err)
	}
	var batch []byte
	for _, in := range inputs {
		longer, err := appendRecord(batch, s.seq+uint64(n)+1, in)
		if err != nil {
			return 0, say(err)
		}
		if s.size.Load()+int64(len(longer)) > s.max {
			break
		}
		batch = longer
		n++
	}
	if n > 0 {
		if err := s.append(batch); err != nil {
			return 0, say(err)
		}
		s.seq += uint64(n)
	}
	if n < len(inputs) {
		return n, fault.New(fault.Unavailable, "the outage spool is full (%d MiB)", s.max>>20)
	}
	return n, nil
}

// append writes and flushes. After a failure the batch counts as not kept.
func (s *Spool) append(batch []byte) error {
	s.isDirty = true
	if _, err := s.file.WriteAt(batch, s.size.Load()); err != nil {
		return err
	}
	if err := s.file.Sync(); err != nil {
		return err
	}
	s.size.Add(int64(len(batch)))
	s.isDirty = false
	return nil
}

// ready opens the file, or cuts off what a failed write has left in it.
func (s *Spool) ready() error {
	if s.file == nil {
		return s.create()
	}
	if !s.isDirty {
		return nil
	}
	if err := s.file.Truncate(s.size.Load()); err != nil {
		return err
	}
	s.isDirty = false
	return nil
}

func (s *Spool) create() error {
	f, err := os.OpenFile(s.path(), os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), syncDir(s.dir)); err != nil {
		f.Close()
		return err
	}
	s.file, s.seq, s.isDirty = f, 0, false
	s.size.Store(0)
	return nil
}

// Clear forgets everything: the record has it.
func (s *Spool) Clear() error {
	if s.file == nil {
		return nil
	}
	return s.endWith(os.Remove(s.path()))
}

// SetAside puts the file away for a person: the record will not take
// everything that is in it.
func (s *Spool) SetAside() error {
	if s.file == nil {
		return nil
	}
	aside := s.aside()
	s.log.Error("the outage spool holds messages that the record does not take; it is kept for a person to look at", "file", aside)
	return s.endWith(os.Rename(s.path(), aside))
}

func (s *Spool) endWith(err error) error {
	if err != nil {
		return say(err)
	}
	err = errors.Join(s.file.Close(), syncDir(s.dir))
	s.file, s.seq, s.left = nil, 0, nil
	s.size.Store(0)
	if err != nil {
		return say(err)
	}
	return nil
}

// Close leaves what is kept for the next process.
func (s *Spool) Close() {
	if s.file != nil {
		s.file.Close()
		s.file = nil
	}
	s.lock.Close()
}

func (s *Spool) path() string { return filepath.Join(s.dir, name) }

// aside names a file for what is put away.
func (s *Spool) aside() string {
	return filepath.Join(s.dir, fmt.Sprintf("%s.%s.bad", name, time.Now().UTC().Format("20060102T150405.000000000")))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// say turns an error into words for a screen; the cause goes with it.
func say(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fault.New(fault.Unavailable, "the disk of the outage spool is full: %w", err)
	}
	return fault.New(fault.Unavailable, "the outage spool cannot be written: %w", err)
}

// recover reads what is there. A write that was cut short at the end is cut
// off: nobody was told that it is kept. Anything else that is damaged is
// copied aside with the whole file, and what is whole after it is read.
func (s *Spool) recover() error {
	raw, err := os.ReadFile(s.path())
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return fault.New(fault.Internal, "the outage spool cannot be read: %w", err)
	}
	found := scan(raw)
	if found.damaged > 0 {
		aside := s.aside()
		if err := copyAside(aside, raw); err != nil {
			return fault.New(fault.Internal, "the damaged outage spool cannot be copied: %w", err)
		}
		s.log.Error("the outage spool is damaged: acknowledged messages may be lost; the file as it was is kept for a person to look at",
			"file", aside, "damaged_bytes", found.damaged, "whole_messages", len(found.inputs))
	}
	if found.torn > 0 {
		s.log.Warn("the outage spool ends in the middle of a write, which was not acknowledged", "bytes", found.torn)
	}
	return s.adopt(raw, found)
}

// adopt goes on with a file of an earlier process. Damage in its middle stays:
// reading skips it.
func (s *Spool) adopt(raw []byte, found found) error {
	s.left = found.inputs
	f, err := os.OpenFile(s.path(), os.O_RDWR, 0o600)
	if err != nil {
		return fault.New(fault.Internal, "the outage spool cannot be opened: %w", err)
	}
	s.file, s.seq = f, found.seq
	s.size.Store(int64(len(raw) - found.torn))
	if err := errors.Join(f.Truncate(s.size.Load()), f.Sync(), syncDir(s.dir)); err != nil {
		return fault.New(fault.Internal, "the outage spool cannot be cut: %w", err)
	}
	return nil
}

func copyAside(path string, raw []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	return errors.Join(err, f.Sync(), f.Close(), syncDir(filepath.Dir(path)))
}
