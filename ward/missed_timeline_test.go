package ward_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
)

// missed lists the alarms that were written down for review alone, with the
// second of their onset.
func missed(changes []ward.Change) (out []string) {
	for _, c := range changesOf[ward.EpisodeChanged](changes) {
		if e := c.Episode; e.Origin == alarm.FromLimit && e.Closed == alarm.Late {
			out = append(out, fmt.Sprintf("%s %s %s at %.0f", e.Priority.Mark(), e.Label, e.Value, e.OnsetAt.Sub(second(0)).Seconds()))
		}
	}
	return out
}

// What a device measured while nobody could hear it is held against the limits
// when its buffer is emptied: for review, and never as news.
func TestMissedAlarms(t *testing.T) {
	type span struct {
		from, to float64
		says     value
	}
	for name, tt := range map[string]struct {
		buffer []span
		want   []string
	}{
		"within the limits":               {[]span{{100, 200, hr("80")}}, nil},
		"one":                             {[]span{{100, 150, hr("80")}, {150, 200, hr("130")}}, []string{"!! HR high 130 at 150"}},
		"an extreme":                      {[]span{{100, 200, hr("150")}}, []string{"!!! HR high 150 at 100"}},
		"two, with a recovery between":    {[]span{{100, 120, hr("130")}, {120, 160, hr("80")}, {160, 200, hr("131")}}, []string{"!! HR high 130 at 100", "!! HR high 131 at 160"}},
		"shorter than the delay of onset": {[]span{{100, 104, spo2("85")}, {104, 200, spo2("97")}}, nil},
		"longer than the delay":           {[]span{{100, 150, spo2("85")}}, []string{"!! SpO2 low 85 at 110"}},
		"of no quality":                   {[]span{{100, 200, hr("150").judged("questionable")}}, nil},
		"the same buffer twice":           {[]span{{100, 150, hr("130")}, {100, 150, hr("130")}}, []string{"!! HR high 130 at 100"}},
	} {
		t.Run(name, func(t *testing.T) {
			l, mon := admitted(t)
			mon.Keeps(60, hr("80"), spo2("97"))
			l.At(660)
			l.changes = nil
			n := 0.0
			for _, s := range tt.buffer {
				for at := s.from; at < s.to; at++ { // emptied within seconds
					n++
					l.second = 660 + n/100
					l.Do(ward.Reports{mon.sentAgo(l.second-at, s.says)})
				}
			}
			if diff := cmp.Diff(tt.want, missed(l.changes)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, e := range l.Bed("ICU-12").Episodes {
				if e.Category == alarm.Physiological {
					t.Errorf("%q stands", e.Label)
				}
			}
		})
	}
}

func TestAnAlarmThatStoodWasNotMissed(t *testing.T) {
	l, mon := admitted(t)
	mon.Keeps(60, hr("130"))
	l.At(300)
	for ago := 239.0; ago > 61; ago-- {
		l.Do(ward.Reports{mon.sentAgo(ago, hr("131"))})
	}
	if got := missed(l.changes); len(got) != 0 {
		t.Errorf("%v, though the alarm stood all the while", got)
	}
}

func TestNobodysPastIsMissed(t *testing.T) {
	l, mon := admitted(t)
	mon.Keeps(60, hr("80"))
	l.At(600)
	l.ADT(census.Discharge, "MRN1001", "ICU-12", 600)
	l.ADT(census.Admit, "MRN2002", "ICU-12", 601)
	l.Monitor("MON77", "ICU-12").Says(hr("80"))
	l.changes = nil
	next := l.Monitor("MON77", "ICU-12")
	for ago := 400.0; ago > 100; ago-- {
		l.Do(ward.Reports{next.sentAgo(ago, hr("150"))})
	}
	if got := missed(l.changes); len(got) != 0 {
		t.Errorf("%v were laid at the next patient's door", got)
	}
}

func TestEachOutageHasItsOwn(t *testing.T) {
	l, mon := admitted(t)
	mon.Keeps(60, hr("80"))
	for _, from := range []float64{100, 1000} {
		l.At(from + 500)
		for at := from; at < from+50; at++ {
			l.Do(ward.Reports{mon.sentAgo(l.second-at, hr("150"))})
		}
		mon.Keeps(l.second+10, hr("80"))
	}
	if got := missed(l.changes); len(got) != 2 {
		t.Errorf("%v, want one of each outage", got)
	}
}
