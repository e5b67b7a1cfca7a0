package e2e

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

// waves is a WCM packet of the monitor of an ICU bed: 240 ms of lead II at
// 125 Hz, a sine of 1 Hz, that ends at a time.
func waves(end time.Time, bed, mrn string) []byte {
	start := end.Add(-240 * time.Millisecond)
	var values []string
	for i := range 30 {
		t := float64(start.UnixMilli())/1000 + float64(i)/125
		values = append(values, fmt.Sprintf("%.3f", math.Sin(2*math.Pi*t)))
	}
	id := fmt.Sprintf("W%s.%d", bed, end.UnixNano())
	return lines(
		`MSH|^~\&|TESTGW^00A0370012345678^EUI-64|GENHOSP|||`+stamp(end)+`||ORU^R01^ORU_R01|`+id+`|P|2.6|||AL|NE||UNICODE UTF-8|||IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO`,
		`PID|||`+mrn+`^^^GENHOSP^MR`,
		`PV1||I|ICU^^`+bed+`^GENHOSP`,
		`OBR|1||`+id+`^TESTGW|69121^MDC_OBS_WAVE_CTS^MDC|||`+stamp(start)+`|`+stamp(end),
		`OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X|||||||MON`+bed+`^^00A03700000000`+fmt.Sprintf("%02s", bed)+`^EUI-64`,
		`OBX|2|NA|131330^MDC_ECG_ELEC_POTL_II^MDC|1.1.1.3|`+strings.Join(values, "^")+`|266418^MDC_DIM_MILLI_VOLT^MDC|||||R`,
		`OBX|3|NM|0^MDC_ATTR_SAMP_RATE^MDC|1.1.1.3.1|125|264608^MDC_DIM_PER_SEC^MDC|||||R`,
	)
}

// trace starts a waveform from the monitor of a bed, and gives what stops it.
func (s *station) trace(bed, mrn string) (stop func()) {
	g := s.gateway()
	ends, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		due := time.Now().Truncate(time.Millisecond)
		for {
			due = due.Add(240 * time.Millisecond)
			select {
			case <-time.After(time.Until(due)):
			case <-ends:
				return
			}
			if _, err := g.Send(s.t.Context(), waves(due, bed, mrn)); err != nil {
				return
			}
		}
	}()
	stopped := false
	stop = func() {
		if !stopped {
			stopped = true
			close(ends)
		}
		<-ended
	}
	s.t.Cleanup(stop)
	return stop
}

// inked counts the columns of the trace's canvas in which something is drawn.
const inked = `(() => {
	const c = document.querySelector(".trace canvas");
	if (!c || !c.width) return -1;
	const copy = new OffscreenCanvas(c.width, c.height).getContext("2d", { willReadFrequently: true });
	copy.drawImage(c, 0, 0);
	const d = copy.getImageData(0, 0, c.width, c.height).data;
	const ground = getComputedStyle(document.querySelector(".trace")).backgroundColor.match(/\d+/g).map(Number);
	let n = 0;
	for (let x = 0; x < c.width; x++) for (let y = 0; y < c.height; y++) {
		const at = 4 * (y * c.width + x);
		if (Math.abs(d[at] - ground[0]) + Math.abs(d[at + 1] - ground[1]) + Math.abs(d[at + 2] - ground[2]) > 90) { n++; break; }
	}
	return n;
})()`

// A waveform runs beside its numbers, says so when it stops, and is gone with
// the patient.
func TestAWaveformAtTheBedside(t *testing.T) {
	s := serve(t, twoBeds)
	s.people()
	g := s.admitted()
	s.monitor("12", "MRN1001", hr(88))
	stop := s.trace("12", "MRN1001")
	p := s.page()
	p.signIn("kim")
	p.open("/bed/ICU/12")
	eventually(t, time.Minute, "the waveform is drawn", func() bool {
		return p.count(".trace canvas") == 1 && p.says(".trace b", "II") && eval[int](p, inked) > 150 && p.count(".no-signal:not([hidden])") == 0
	})
	if n := p.count("#traces-ICU-12 .trace"); n != 1 {
		t.Errorf("%d traces in the live part of the page, under its cover", n)
	}
	stop()
	eventually(t, time.Minute, "a stopped waveform says so, and is no flat line", func() bool {
		return p.count(".no-signal:not([hidden])") == 1 && eval[int](p, inked) == 0
	})
	s.trace("12", "MRN1001")
	eventually(t, time.Minute, "it comes back", func() bool { return eval[int](p, inked) > 50 })

	g.accept(lines(
		`MSH|^~\&|ADT|GENHOSP|WARD|GENHOSP|`+stamp(time.Now())+`||ADT^A03^ADT_A03|A9|P|2.5.1|||AL|NE||UNICODE UTF-8`,
		`EVN||`+stamp(time.Now()),
		`PID|1||MRN1001^^^GENHOSP^MR||Okafor^Ngozi^^^^^L||19580412|F`,
		`PV1|1|I|ICU^^12^GENHOSP||||||||||||||||VMRN1001`,
	))
	eventually(t, time.Minute, "with the patient the waveform leaves", func() bool { return p.count(".trace") == 0 })
}
