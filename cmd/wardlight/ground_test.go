package main

import (
	"errors"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wardlight/store/cluster"
	"wardlight/store/spool"
	"wardlight/ward"
)

func TestWhatIsKnownOfTheGround(t *testing.T) {
	kept, err := spool.Open(t.TempDir(), 1<<20, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	var answer error
	var g ground
	if k := g.know(); len(k.Disks) > 0 || k.Spool.Max != 0 {
		t.Errorf("before anybody looked: %+v", k)
	}
	g.log, g.spool = slog.New(slog.DiscardHandler), kept
	g.disks = []disk{
		{holds: "database", room: func() (cluster.Space, error) { return cluster.Space{Free: 7, Total: 100}, answer }},
		{holds: "outage spool", room: func() (cluster.Space, error) { return cluster.Space{}, nil }},
	}
	want := ward.Ground{Disks: []ward.Disk{{Holds: "database", Free: 7, Total: 100}}, Spool: ward.SpoolLevel{Max: 1 << 20}}
	g.look()
	if diff := cmp.Diff(want, g.know()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	answer, want.Disks = errors.New("input/output error"), nil
	g.look()
	if diff := cmp.Diff(want, g.know()); diff != "" {
		t.Errorf("a disk that cannot be looked at, -want +got:\n%s", diff)
	}
}
