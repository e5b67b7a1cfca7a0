package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// smallDisk is enough for a new database and some of its log.
const smallDisk = "size=384m,mode=755"

// fillDisk runs a station of its own on a small file system, fills that, and
// makes room again.
func fillDisk(ctx context.Context, o options, f *figures) error {
	home, err := folder()
	if err != nil {
		return err
	}
	defer os.RemoveAll(home)
	if err := syscall.Mount("tmpfs", home, "tmpfs", 0, smallDisk); err != nil {
		f.Skipped = fmt.Sprintf("disk full: a small file system cannot be mounted: %v", err)
		o.log.Print(f.Skipped)
		return nil
	}
	defer func() { _ = syscall.Unmount(home, syscall.MNT_DETACH) }()
	h, err := beginIn(ctx, o, f, gateways{senders: 4, depth: 32, rate: 400}, home)
	if err != nil {
		return err
	}
	defer h.end()
	began := time.Now()
	if err := h.becomesWell(ctx); err != nil {
		return h.explain(err)
	}
	silence := h.listen()
	if err := h.fill(ctx); err != nil {
		silence()
		return err
	}
	if err := h.recover(ctx); err != nil {
		silence()
		return h.explain(err)
	}
	longest := silence()
	f.Faults["disk-full"]++
	f.AckAgain["disk-full"] = f.AckAgain["disk-full"].with(longest)
	if err := h.settle(ctx); err != nil {
		return h.explain(err)
	}
	o.log.Printf("%-18s longest silence %5.2f s", "disk-full", longest.Seconds())
	f.tally(h, time.Since(began))
	return h.check(ctx)
}

// fill leaves no room on the disk until nothing has been acknowledged for a
// second, and for a while after.
func (h *harness) fill(ctx context.Context) error {
	ballast, err := os.Create(filepath.Join(h.home, "ballast"))
	if err != nil {
		return err
	}
	defer ballast.Close()
	block := make([]byte, 64<<10)
	last, since := h.acked(), time.Now()
	for limit := time.Now().Add(time.Minute); time.Now().Before(limit) && ctx.Err() == nil; wait(ctx, 10*time.Millisecond) {
		for err = nil; err == nil; {
			_, err = ballast.Write(block)
			if err != nil && len(block) > 512 {
				block, err = block[:len(block)/2], nil
			}
		}
		if !errors.Is(err, syscall.ENOSPC) {
			return err
		}
		block = block[:cap(block)]
		if now := h.acked(); now != last {
			last, since = now, time.Now()
		}
		if time.Since(since) > 3*time.Second {
			break
		}
	}
	return os.Remove(ballast.Name())
}

// recover starts the station again if the full disk ended it.
func (h *harness) recover(ctx context.Context) error {
	err := h.becomesWell(ctx)
	if err != nil && !h.station.isUp() {
		h.log.Print("the station ended on a full disk; it is started again")
		if err := h.station.start(ctx); err != nil {
			return err
		}
		return h.becomesWell(ctx)
	}
	return err
}
