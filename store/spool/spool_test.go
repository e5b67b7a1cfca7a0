package spool

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wardlight/ward"
	"wardlight/ward/fault"
)

const roomy = 64 << 20

var noon = time.Date(2026, 3, 4, 12, 0, 0, 123456789, time.UTC)

func input(n int, raw string) ward.Input {
	at := noon.Add(time.Duration(n) * time.Millisecond)
	return ward.Input{
		ID: fmt.Sprint("e1-", n), At: at,
		Message: ward.NewMessage("GW1", fmt.Sprint("C", n), "ORU^R01", "10.0.0.7:4711", []byte(raw), at.Add(-time.Microsecond)),
	}
}

func inputs(from, n int) (out []ward.Input) {
	for i := range n {
		out = append(out, input(from+i, fmt.Sprintf("MSH|^~\\&|%d\rOBX|1\n\x00WLS1", from+i)))
	}
	return out
}

func open(t *testing.T, dir string) *Spool { return openWith(t, dir, roomy) }

func openWith(t *testing.T, dir string, max int64) *Spool {
	t.Helper()
	s, err := Open(dir, max, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func mustKeep(t *testing.T, s *Spool, in []ward.Input) {
	t.Helper()
	if n, err := s.Keep(in); n != len(in) || err != nil {
		t.Fatalf("Keep: %d of %d, %v", n, len(in), err)
	}
}

func TestWhatWasKeptIsThereForTheNextProcess(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	refused := input(3, "not HL7")
	refused.Event = ward.Refused{Reason: "no MSH", Code: "100"}
	huge := input(4, "")
	huge.Message.Digest[0] ^= 0xff // of bytes that nobody kept
	want := append(inputs(1, 2), refused, huge)
	mustKeep(t, s, want[:1])
	mustKeep(t, s, want[1:])
	s.Close()

	s = open(t, dir)
	got := s.Left()
	for i := range got {
		if len(got[i].Message.Raw) == 0 {
			got[i].Message.Raw = []byte{}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("left (-want +got):\n%s", diff)
	}
	more := inputs(5, 2) // an outage that outlives the process
	mustKeep(t, s, more)
	s.Close()
	if s = open(t, dir); len(s.Left()) != len(want)+2 {
		t.Fatalf("%d are left", len(s.Left()))
	}
	if err := s.Clear(); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if s = open(t, dir); len(s.Left()) != 0 {
		t.Fatalf("%d are left of what was cleared", len(s.Left()))
	}
}

func TestTheSpoolIsForItsOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	s := open(t, dir)
	mustKeep(t, s, inputs(1, 1))
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, name): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v %v", path, info.Mode(), err)
		}
	}
	if _, err := Open(dir, roomy, slog.New(slog.DiscardHandler)); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a second process gets %v", err)
	}
}

func TestFull(t *testing.T) {
	dir := t.TempDir()
	one, err := appendRecord(nil, 1, input(1, "x"))
	if err != nil {
		t.Fatal(err)
	}
	s := openWith(t, dir, int64(3*len(one)))
	var batch []ward.Input
	for n := range 5 {
		batch = append(batch, input(1, fmt.Sprint(n)))
	}
	n, err := s.Keep(batch)
	if n != 3 || fault.KindOf(err) != fault.Unavailable {
		t.Fatalf("kept %d, %v", n, err)
	}
	if n, err = s.Keep(batch[3:]); n != 0 || !strings.Contains(fault.Text(err), "full") {
		t.Fatalf("kept %d, %v", n, err)
	}
	if used, max := s.Used(); used != max || used != int64(3*len(one)) {
		t.Errorf("%d of %d bytes are used", used, max)
	}
	s.Close()
	s = open(t, dir)
	if len(s.Left()) != 3 {
		t.Fatalf("%d are left, want the three that were kept", len(s.Left()))
	}
	if used, max := s.Used(); used != int64(3*len(one)) || max != roomy {
		t.Errorf("%d of %d bytes are used by what was left", used, max)
	}
	if err := s.Clear(); err != nil {
		t.Fatal(err)
	}
	if used, _ := s.Used(); used != 0 {
		t.Errorf("%d bytes are used by nothing", used)
	}
	mustKeep(t, s, batch)
}

// Wherever a crash cuts the file off, what is read is a beginning of what was
// written, and holds everything that Keep had said is kept.
func TestCrashAtAnyByte(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		dir, err := os.MkdirTemp("", "spool-")
		if err != nil {
			r.Fatal(err)
		}
		defer os.RemoveAll(dir)
		s, err := Open(dir, roomy, slog.New(slog.DiscardHandler))
		if err != nil {
			r.Fatal(err)
		}
		defer s.Close()
		var all []string
		kept := map[int64]int{0: 0} // size of the file → messages in it
		for range rapid.IntRange(1, 4).Draw(r, "batches") {
			var batch []ward.Input
			for range rapid.IntRange(1, 4).Draw(r, "messages") {
				in := input(len(all), rapid.StringN(0, 60, -1).Draw(r, "raw"))
				batch, all = append(batch, in), append(all, in.ID)
			}
			if n, err := s.Keep(batch); n != len(batch) || err != nil {
				r.Fatalf("Keep: %d, %v", n, err)
			}
			kept[s.size.Load()] = len(all)
		}
		s.Close()
		raw, err := os.ReadFile(s.path())
		if err != nil {
			r.Fatal(err)
		}
		cut := rapid.IntRange(0, len(raw)).Draw(r, "cut")
		if err := os.WriteFile(s.path(), raw[:cut], 0o600); err != nil {
			r.Fatal(err)
		}
		again, err := Open(dir, roomy, slog.New(slog.DiscardHandler))
		if err != nil {
			r.Fatal(err)
		}
		defer again.Close()
		acknowledged := 0
		for size, n := range kept {
			if size <= int64(cut) {
				acknowledged = max(acknowledged, n)
			}
		}
		got := ids(again.Left())
		if len(got) < acknowledged || !cmp.Equal(got, all[:len(got)], cmp.Transformer("nil", func(s []string) string { return strings.Join(s, " ") })) {
			r.Fatalf("cut at %d: %v of %v, %d of them acknowledged", cut, got, all, acknowledged)
		}
		if bad, _ := filepath.Glob(filepath.Join(dir, "*.bad")); len(bad) > 0 {
			r.Fatal("a write that was cut short was taken for damage")
		}
		if n, err := again.Keep(inputs(100, 1)); n != 1 || err != nil {
			r.Fatalf("Keep after the crash: %v", err)
		}
		again.Close()
		if left := reopened(r, dir); len(left) != len(got)+1 {
			r.Fatalf("%d are left after the crash and one more message, want %d", len(left), len(got)+1)
		}
	})
}

func reopened(r *rapid.T, dir string) []string {
	s, err := Open(dir, roomy, slog.New(slog.DiscardHandler))
	if err != nil {
		r.Fatal(err)
	}
	defer s.Close()
	return ids(s.Left())
}

func ids(in []ward.Input) (out []string) {
	for _, i := range in {
		out = append(out, i.ID)
	}
	return out
}

// Whatever byte has changed, only the message that it belongs to is missing,
// and the file as it was is kept for a person.
func TestDamageAtAnyByte(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	want := inputs(1, 4)
	mustKeep(t, s, want)
	s.Close()
	raw, err := os.ReadFile(s.path())
	if err != nil {
		t.Fatal(err)
	}
	for at := range raw {
		damaged := bytes.Clone(raw)
		damaged[at] ^= 0x5a
		f := scan(damaged)
		hit := at / (len(raw) / 4)
		missing := append(ids(want[:hit]), ids(want[hit+1:])...)
		if diff := cmp.Diff(missing, ids(f.inputs)); diff != "" || f.damaged != len(raw)/4 || f.torn != 0 {
			t.Fatalf("byte %d: damaged %d, torn %d, inputs (-want +got):\n%s", at, f.damaged, f.torn, diff)
		}
	}

	raw[len(raw)/2+30] ^= 1
	if err := os.WriteFile(s.path(), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	s, err = Open(dir, roomy, slog.New(slog.NewTextHandler(&said, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if len(s.Left()) != 3 || !strings.Contains(said.String(), "level=ERROR") {
		t.Errorf("%d are left; said %q", len(s.Left()), &said)
	}
	aside, _ := filepath.Glob(filepath.Join(dir, "*.bad"))
	if len(aside) != 1 {
		t.Fatalf("aside: %v", aside)
	}
	if copied, err := os.ReadFile(aside[0]); err != nil || !bytes.Equal(copied, raw) {
		t.Errorf("what lies aside is not the file as it was: %v", err)
	}
}

func TestSetAside(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	mustKeep(t, s, inputs(1, 2))
	if err := s.SetAside(); err != nil {
		t.Fatal(err)
	}
	aside, _ := filepath.Glob(filepath.Join(dir, "*.bad"))
	if len(aside) != 1 {
		t.Fatalf("aside: %v", aside)
	}
	s.Close()
	if s = open(t, dir); len(s.Left()) != 0 {
		t.Errorf("%d are left", len(s.Left()))
	}
}

// A disk that is full takes nothing more and loses nothing.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("a small file system cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	s := open(t, dir)
	kept := 0
	var err error
	for err == nil && kept < 1000 {
		var n int
		if n, err = s.Keep(inputs(kept, 5)); err == nil && n != 5 {
			t.Fatalf("kept %d without an error", n)
		}
		kept += n
	}
	if fault.KindOf(err) != fault.Unavailable || !strings.Contains(fault.Text(err), "disk") {
		t.Fatalf("a full disk: %v", err)
	}
	s.Close()
	if s = open(t, dir); len(s.Left()) < kept {
		t.Fatalf("%d are left of %d", len(s.Left()), kept)
	}
	if err := s.Clear(); err != nil {
		t.Fatal(err)
	}
	mustKeep(t, s, inputs(0, 5))
}

// A sender cannot smuggle in a record inside a message: where the message is
// damaged, what is in it is not searched.
func TestAMessageThatHoldsARecord(t *testing.T) {
	forged, err := appendRecord(nil, 1000, input(9, "MSH|forged"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s := open(t, dir)
	mustKeep(t, s, []ward.Input{input(1, "MSH|one"), input(2, "MSH|"+string(forged)), input(3, "MSH|three")})
	s.Close()
	path := filepath.Join(dir, name)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	raw[bytes.Index(raw, []byte("MSH|"+magic))] ^= 0x20
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, in := range open(t, dir).Left() {
		got = append(got, in.ID)
	}
	if diff := cmp.Diff([]string{"e1-1", "e1-3"}, got); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
}
