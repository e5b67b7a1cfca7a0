package handlers

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wardlight/live"
	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/vitals"
)

// scope is a screen that keeps the waveforms that it was sent.
type scope struct {
	lanes  []laneInFrame
	lists  int
	frames [][]byte
	stuck  bool
	closed int
}

func (s *scope) HTML(body []byte) {
	var f wavesFrame
	if err := json.Unmarshal(body, &f); err != nil || f.Type != "waves" {
		panic(string(body))
	}
	s.lanes = f.Lanes
	s.lists++
}
func (s *scope) Waves(body []byte)        { s.frames = append(s.frames, body) }
func (s *scope) WavesWait() bool          { return s.stuck }
func (s *scope) Close(code int, _ string) { s.closed = code }

// drawn is a lane of a binary frame, read as doc/live-protocol.md says.
type drawn struct {
	Bed, Label string
	Gap        bool
	Hz         uint16
	Samples    []int16
}

// drain reads the frames since the last time, with the list that holds now.
func (s *scope) drain(t *testing.T) (out []drawn) {
	t.Helper()
	le := binary.LittleEndian
	for _, f := range s.frames {
		if f[0] != 1 || f[1] != 1 {
			t.Fatalf("frame of type %d, version %d", f[0], f[1])
		}
		n := int(le.Uint16(f[2:]))
		at := 16
		for range n {
			index, channel, flags := le.Uint16(f[at:]), f[at+2], f[at+3]
			d := drawn{Gap: flags&1 != 0, Hz: le.Uint16(f[at+4:])}
			if scale, offset := le.Uint16(f[at+8:]), le.Uint16(f[at+10:]); scale != 1 || offset != 0 {
				t.Fatalf("scale %d, offset %d", scale, offset)
			}
			count := int(le.Uint16(f[at+6:]))
			at += 12
			for range count {
				d.Samples = append(d.Samples, int16(le.Uint16(f[at:])))
				at += 2
			}
			for _, l := range s.lanes {
				if l.Index == index && l.Channel == channel {
					d.Bed, d.Label = l.Bed, l.Label
				}
			}
			out = append(out, d)
		}
		if at != len(f) {
			t.Fatalf("%d bytes, read %d", len(f), at)
		}
	}
	s.frames = nil
	return out
}

// tracing is a station with waveforms, and one screen.
type tracing struct {
	*station
	*tracer
	scope *scope
	waves *live.Waves
	sent  int // samples of each device so far
}

func newTracing(t *testing.T, only census.BedCode, beds ...census.BedCode) *tracing {
	s := newStation(t)
	r := &tracing{station: s, scope: &scope{}, waves: live.NewWaves(s.loop.View, 0, nil)}
	r.tracer = newTracer(r.scope, r.waves.NewReader(), s.loop, "ICU", only, s.clock)
	r.ask(beds)
	return r
}

// run25 lets a quarter of a second pass in which a device sends 25 samples,
// each its number.
func (r *tracing) run25(times int, devices ...device.ID) {
	for range times {
		start := r.clock()
		r.station.mu.Lock()
		r.station.now = start.Add(250 * time.Millisecond)
		r.station.mu.Unlock()
		w := vitals.Wave{MDC: 131330, RefID: "MDC_ECG_ELEC_POTL_II", Label: "II", Unit: "mV", Start: start, Rate: 100, Scale: 0.005, Offset: 0}
		for range 25 {
			w.Samples = append(w.Samples, int16(r.sent))
			r.sent++
		}
		for _, d := range devices {
			r.waves.Take(d, []vitals.Wave{w}, r.clock(), r.clock())
		}
	}
}

func TestWavesAreListedBeforeTheyAreSent(t *testing.T) {
	r := newTracing(t, "", "1", "2", "99")
	r.measure(1, "1", "80", "97")
	r.measure(1, "2", "80", "97")
	r.run25(8, "MON1", "MON2")
	r.send()
	want := []laneInFrame{
		{"ICU-1", 0, 0, 131330, "MDC_ECG_ELEC_POTL_II", "II", "mV", 100, 0.005, 0, 350, "MON1"},
		{"ICU-2", 1, 0, 131330, "MDC_ECG_ELEC_POTL_II", "II", "mV", 100, 0.005, 0, 350, "MON2"},
	}
	if diff := cmp.Diff(want, r.scope.lanes); diff != "" || len(r.scope.frames) != 0 {
		t.Fatalf("%d frames before the list, %s", len(r.scope.frames), diff)
	}
	r.run25(1, "MON1", "MON2")
	r.send()
	head := r.scope.frames[0][:16]
	if at := math.Float64frombits(binary.LittleEndian.Uint64(head[8:])); int64(at) != r.clock().UnixMilli() {
		t.Errorf("server time %f", at)
	}
	got := r.scope.drain(t)
	if len(got) != 2 || got[0].Bed != "ICU-1" || got[1].Bed != "ICU-2" || !got[0].Gap || got[0].Hz != 100 || len(got[0].Samples) != 20 {
		t.Fatalf("got %+v", got)
	}
	// The last sample is the newest that was measured 350 ms ago.
	if last := got[0].Samples[19]; last != int16(r.sent-35) {
		t.Errorf("the last sample is %d, of %d", last, r.sent)
	}
	r.run25(1, "MON1", "MON2")
	r.send()
	then := r.scope.drain(t)[0]
	if then.Gap || then.Samples[0] != got[0].Samples[19]+1 || r.scope.lists != 1 {
		t.Errorf("%d lists, and then %+v", r.scope.lists, then)
	}
}

func TestWavesOfAPatientWhoLeaves(t *testing.T) {
	r := newTracing(t, "", "1")
	r.measure(1, "1", "80", "97")
	r.run25(8, "MON1")
	r.send()
	r.run25(1, "MON1")
	r.send()
	if got := r.scope.drain(t); len(got) != 1 {
		t.Fatalf("got %+v", got)
	}
	r.submit(ward.Moved{Movement: census.Movement{
		Kind: census.Discharge, At: r.clock(),
		Patient: census.Demographics{Identifiers: []census.Identifier{{Value: "MRN1001", Type: "MR"}}},
	}})
	r.run25(2, "MON1") // the monitor has not said anything else yet
	r.send()
	if got := r.scope.drain(t); len(got) != 0 && r.scope.lanes[0].Channel == 0 {
		t.Fatalf("after the discharge: %+v", got)
	}
	// Another patient in the same bed, on the same monitor.
	r.submit(ward.Moved{Movement: census.Movement{
		Kind: census.Admit, At: r.clock(), To: census.Location{Unit: "ICU", Bed: "1"},
		Patient: census.Demographics{Identifiers: []census.Identifier{{Value: "MRN2", Type: "MR"}}},
	}})
	admitted := r.sent
	r.measure(1, "1", "81", "97")
	dev, _ := r.loop.View().Ward.Device("MON1")
	if r.clock().Sub(dev.Since) > time.Second {
		t.Fatalf("associated since %v", dev.Since)
	}
	seen := 0
	for range 12 {
		r.run25(1, "MON1")
		r.send()
		for _, d := range r.scope.drain(t) {
			if d.Bed != "ICU-1" {
				t.Errorf("a lane that nobody knows: %+v", d)
			}
			for _, x := range d.Samples {
				if x != vitals.NoSample && int(x) < admitted {
					t.Fatalf("sample %d, measured before the patient came (%d)", x, admitted)
				}
				seen++
			}
		}
	}
	if seen == 0 || r.scope.lanes[0].Channel == 0 {
		t.Errorf("%d samples, lanes %+v", seen, r.scope.lanes)
	}
}

func TestAScreenOfOneBedGetsItsBed(t *testing.T) {
	r := newTracing(t, "2", "1", "2")
	r.measure(1, "1", "80", "97")
	r.measure(1, "2", "80", "97")
	r.run25(8, "MON1", "MON2")
	r.send()
	if len(r.scope.lanes) != 1 || r.scope.lanes[0].Bed != "ICU-2" {
		t.Errorf("got %+v", r.scope.lanes)
	}
	r.ask(nil)
	r.send()
	if len(r.scope.lanes) != 0 || r.scope.lists != 2 {
		t.Errorf("asked to stop: %+v", r.scope.lanes)
	}
}

func TestADroppedFrameLeavesAGap(t *testing.T) {
	r := newTracing(t, "", "1")
	r.measure(1, "1", "80", "97")
	r.run25(8, "MON1")
	r.send()
	for i, stuck := range []bool{false, false, true, false} {
		r.run25(1, "MON1")
		r.scope.stuck = stuck
		r.send()
		got := r.scope.drain(t)
		if len(got) != 1 || got[0].Gap != (i == 0 || stuck) {
			t.Errorf("frame %d: %+v", i, got)
		}
	}
}
