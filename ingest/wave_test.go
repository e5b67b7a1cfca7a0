package ingest_test

import (
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"wardlight/ingest"
	"wardlight/ingest/mllp"
	"wardlight/ward"
	"wardlight/ward/device"
	"wardlight/ward/vitals"
)

// lane takes waveforms of the devices that the ward knows.
type lane struct {
	knows bool
	taken []vitals.Wave
	sent  time.Time
}

func (l *lane) Take(_ device.ID, waves []vitals.Wave, sentAt, _ time.Time) bool {
	l.taken, l.sent = append(l.taken, waves...), sentAt
	return l.knows
}

func TestReceiveWaves(t *testing.T) {
	only, mixed := message(t, "pcd/testdata/wave_only.hl7"), message(t, "pcd/testdata/wave_mixed.hl7")
	for name, tt := range map[string]struct {
		raw    string
		knows  bool
		waves  int
		inputs int    // of the ward, when it comes twice
		answer string // part of the answer
	}{
		"only waves":                     {only, true, 3, 1, "MSA|CA|W0001"},
		"of a device that is new":        {only, false, 3, 2, "MSA|CA|W0001"},
		"numbers go the durable way":     {mixed, true, 1, 2, "MSA|CA|W0002"},
		"no waves":                       {message(t, "pcd/testdata/vitals.hl7"), true, 0, 2, "MSA|CA|V0001"},
		"what is not understood is kept": {strings.Replace(only, "131330^", "150036^", 1), true, 2, 2, "MSA|CA|W0001"},
	} {
		t.Run(name, func(t *testing.T) {
			s, l := &sink{}, &lane{knows: tt.knows}
			h := &ingest.HL7{
				Sink: s, Waves: l, Log: slog.New(slog.DiscardHandler), Now: time.Now,
			}
			answer := ""
			for range 2 {
				h.Receive(t.Context(), mllp.Peer{Addr: "127.0.0.1:9"}, []byte(tt.raw), func(m [][]byte) {
					for _, one := range m {
						answer += string(one)
					}
				})
			}
			if len(l.taken) != 2*tt.waves || len(s.got) != tt.inputs || !strings.Contains(answer, tt.answer) {
				t.Errorf("%d waves, %d inputs, answer %q", len(l.taken), len(s.got), answer)
			}
			if tt.waves > 0 && l.sent.UTC().Format("15:04:05.000") != "12:00:00.260" {
				t.Errorf("sent at %v", l.sent)
			}
			for _, e := range s.got {
				if _, ok := e.(ward.Reports); !ok {
					t.Errorf("the ward got %T", e)
				}
			}
		})
	}
}

// A message of nothing but waveforms that names another patient, or another
// bed, goes to the ward, which moves the device; until it has, what the device
// sends is not shown under the patient before.
func TestWavesOfAnotherPatient(t *testing.T) {
	only := message(t, "pcd/testdata/wave_only.hl7")
	nobody := wavePV1.ReplaceAllString(wavePID.ReplaceAllString(only, "PID|||"), "PV1||I")
	for name, other := range map[string]string{
		"patient": wavePID.ReplaceAllString(only, "PID|||OTHER^^^HOSP^MR"),
		"bed":     wavePV1.ReplaceAllString(only, "PV1||I|ICU^ELSEWHERE"),
	} {
		t.Run(name, func(t *testing.T) {
			s, l := &sink{}, &lane{knows: true}
			h := &ingest.HL7{Sink: s, Waves: l, Log: slog.New(slog.DiscardHandler), Now: time.Now}
			for i, step := range []struct {
				raw           string
				waves, inputs int
			}{{only, 3, 1}, {only, 6, 1}, {nobody, 9, 1}, {only, 12, 1}, {other, 12, 2}, {other, 15, 2}} {
				h.Receive(t.Context(), mllp.Peer{Addr: "127.0.0.1:9"}, []byte(step.raw), func([][]byte) {})
				if len(l.taken) != step.waves || len(s.got) != step.inputs {
					t.Errorf("message %d: %d waves, %d inputs, want %d and %d", i, len(l.taken), len(s.got), step.waves, step.inputs)
				}
			}
		})
	}
}

var (
	wavePID = regexp.MustCompile(`PID\|[^\r]*`)
	wavePV1 = regexp.MustCompile(`PV1\|[^\r]*`)
)
