package main

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"wardlight/store/cluster"
	"wardlight/store/spool"
	"wardlight/ward"
)

// lookEvery is how often the disks are looked at.
const lookEvery = 10 * time.Second

// ground is what the process knows of what its record stands on. The disks
// are looked at apart from the ward's loop, which must not wait for one that
// hangs.
type ground struct {
	log   *slog.Logger
	disks []disk
	spool *spool.Spool // nil: off
	seen  atomic.Pointer[[]ward.Disk]
}

// disk is a disk to look at.
type disk struct {
	holds   string
	room    func() (cluster.Space, error)
	isBlind bool // it could not be looked at last time
}

// under finds the disks of a station and looks at them. Of the disk under an
// external database nothing is known here.
func (g *ground) under(st *station) {
	g.log, g.spool = st.log, st.spool
	if st.server != nil {
		g.disks = append(g.disks, disk{holds: "database", room: st.server.Disk})
	}
	if st.spool != nil && (st.server == nil || !st.server.SharesDisk(st.spool.Dir())) {
		room := func() (cluster.Space, error) { return cluster.SpaceAt(st.spool.Dir()) }
		g.disks = append(g.disks, disk{holds: "outage spool", room: room})
	}
	g.look()
}

// watch looks at the disks until ctx ends.
func (g *ground) watch(ctx context.Context) {
	every := time.NewTicker(lookEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
			g.look()
		}
	}
}

// look leaves out a disk that does not say how large it is.
func (g *ground) look() {
	var seen []ward.Disk
	for i := range g.disks {
		d := &g.disks[i]
		s, err := d.room()
		if err != nil && !d.isBlind {
			g.log.Warn("how full a disk is cannot be told: no alarm will say so", "holds", d.holds, "err", err)
		}
		if d.isBlind = err != nil; err == nil && s.Total > 0 {
			seen = append(seen, ward.Disk{Holds: d.holds, Free: s.Free, Total: s.Total})
		}
	}
	g.seen.Store(&seen)
}

// know is what was seen last. It never waits.
func (g *ground) know() ward.Ground {
	var k ward.Ground
	if seen := g.seen.Load(); seen != nil {
		k.Disks = *seen
	}
	if g.spool != nil {
		k.Spool.Used, k.Spool.Max = g.spool.Used()
	}
	return k
}
