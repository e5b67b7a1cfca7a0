package cluster

import "testing"

func TestWhatIsLittleRoom(t *testing.T) {
	const gib = 1 << 30
	for _, c := range []struct {
		free, total uint64
		low         bool
	}{
		{500 * gib, 1000 * gib, false},
		{99 * gib, 1000 * gib, true}, // less than a tenth
		{1 * gib, 10 * gib, false},
		{gib - 1, 2 * gib, true}, // less than 1 GiB
		{0, 0, true},
	} {
		if got := (Space{Free: c.free, Total: c.total}).IsLow(); got != c.low {
			t.Errorf("%d of %d bytes: low %v, want %v", c.free, c.total, got, c.low)
		}
	}
	if got := (Space{Free: gib / 2, Total: 50 * gib}).String(); got != "0.5 of 50.0 GiB free" {
		t.Error(got)
	}
}
