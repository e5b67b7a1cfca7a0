package pcd

import (
	"math"
	"strconv"
	"strings"
	"time"

	"wardlight/ingest/hl7"
	"wardlight/ward/device"
	"wardlight/ward/vitals"
)

// Bounds of the waveforms in one message. Packets at the bedside hold a
// quarter of a second to a few seconds of a handful of traces.
const (
	MaxWaves    = 32       // traces of one device
	MaxSamples  = 64 << 10 // of all traces together
	MinWaveRate = 1        // samples per second
	MaxWaveRate = 4000
)

// Waves is what one device of a message sent of its waveforms (IHE PCD
// Waveform Content Module).
type Waves struct {
	Device device.ID
	SentAt time.Time // MSH-7, by the gateway's clock
	Waves  []vitals.Wave
}

func (d *decoder) waves() []Waves {
	var out []Waves
	for _, m := range d.devices {
		if len(m.waves) > 0 {
			out = append(out, Waves{m.identity.ID, d.sent, m.waves})
		}
	}
	return out
}

// isArray reports whether a row is a numeric array. It never is a number,
// whatever its code says.
func isArray(obx hl7.Segment) bool { return obx.Text(2, 1) == "NA" }

// isWaveGroup reports whether OBR-4 says that the group holds waveforms.
func (d *decoder) isWaveGroup() bool {
	return d.obrCode.number == 69121 || strings.Contains(d.obrCode.text, "_WAVE_") || // MDC_OBS_WAVE_CTS, _NONCTS
		strings.EqualFold(d.obrCode.id, "WAVEFORM") || strings.EqualFold(d.obrCode.text, "WAVEFORM")
}

// array takes an array row as a stretch of a waveform, or says why not.
func (d *decoder) array(m *mds, r row) {
	kind, known, disagrees := waveform(r.code)
	switch {
	case disagrees:
		m.flag(r, "code and name disagree")
	case !known && !d.isWaveGroup():
		m.flag(r, "not a numeric value, and not known as a waveform")
	case d.isTraining():
		m.flag(r, "a waveform of a training message")
	case len(m.waves) == MaxWaves:
		m.flag(r, "more waveforms than one device may send")
	case correctionOf(r.obx) != "":
		m.flag(r, "result status "+r.obx.Text(11, 1)+" is not charted")
	default:
		if w, why := d.wave(kind, r); why != "" {
			m.flag(r, why)
		} else if len(w.Samples) > 0 {
			m.waves = append(m.waves, w)
		}
	}
}

// wave reads the samples of a row and when they were taken: N values stand at
// start + i × (end − start) / N of the half-open interval of OBR-7 and OBR-8.
func (d *decoder) wave(w vitals.Wave, r row) (_ vitals.Wave, why string) {
	f := d.facets(r)
	read := readSamples(r.obx.Field(5), MaxSamples-d.samples)
	if read == nil {
		return w, "more samples than a message may hold"
	}
	d.samples += len(read)
	if len(read) == 0 {
		return w, ""
	}
	w.Start = d.obrAt
	if !r.at.IsZero() {
		w.Start = r.at
	}
	if w.Start.IsZero() {
		return w, "a waveform without its start in OBR-7"
	}
	if w.Rate, why = d.rate(w.Start, len(read), f.rate); why != "" {
		return w, why
	}
	w.Unit, _ = unitOf(r.obx.Field(6)) // of an unknown unit only the shape is shown
	if statuses(r.obx).none {
		for i := range read {
			read[i] = missing
		}
	}
	w.Samples, w.Scale, w.Offset = f.quantized(read)
	return w, ""
}

// rate is the number of samples per second: what the device states if its
// interval agrees, else what the interval gives.
func (d *decoder) rate(start time.Time, n int, stated float64) (rate float64, why string) {
	lasts := d.obrEnd.Sub(start).Seconds()
	const tolerance = 0.02 // of the rate, or seconds: times are often cut to hundredths
	switch {
	case stated > 0 && (d.obrEnd.IsZero() || math.Abs(float64(n)/stated-lasts) <= max(tolerance, tolerance*lasts)):
		rate = stated
	case d.obrEnd.IsZero() || lasts <= 0:
		return 0, "a waveform whose sampling rate is not known"
	default:
		rate = float64(n) / lasts
	}
	if !(rate >= MinWaveRate && rate <= MaxWaveRate) {
		return 0, "a sampling rate of " + strconv.FormatFloat(rate, 'g', 4, 64) + " per second"
	}
	return rate, ""
}

// facets is what the rows below a waveform's say of it. What is not said is 0.
type facets struct {
	rate       float64 // samples per second
	low, high  float64 // of the values as they stand in the array
	resolution float64 // smallest step of a value
	// scale says what the numbers of the array mean: from[0] to from[1] stand
	// for to[0] to to[1].
	from, to [2]float64
}

func (d *decoder) facets(of row) facets {
	var f facets
	for _, r := range d.rows {
		if len(r.path) <= 4 || r.path[4] == 0 || !samePath(r.path[:4], of.path) {
			continue
		}
		n := numbersOf(r.obx)
		switch {
		case strings.Contains(r.code.text, "SAMP_RATE") && len(n) > 0:
			f.rate = n[0]
		case strings.Contains(r.code.text, "TIME_PD_SAMP") && len(n) > 0 && n[0] > 0:
			f.rate = 1 / seconds(r.obx, n[0])
		case strings.Contains(r.code.text, "DATA_RANGE") && len(n) >= 2 && n[0] < n[1] && max(-n[0], n[1]) < largest:
			f.low, f.high = n[0], n[1]
		case strings.Contains(r.code.text, "MSMT_RES") && len(n) > 0:
			f.resolution = n[0]
		case strings.Contains(r.code.text, "SCALE_SPECN") && len(n) >= 4 && n[0] != n[1] && n[2] < n[3]:
			// ISO/IEEE 11073-10201 ScaleRangeSpec: lower and upper absolute, then scaled value.
			f.to, f.from = [2]float64{n[0], n[1]}, [2]float64{n[2], n[3]}
		}
	}
	return f
}

func samePath(facet, of path) bool {
	for i := range 4 {
		if facet.level(i) != of.level(i) {
			return false
		}
	}
	return true
}

// seconds reads a sample period, in milliseconds unless OBX-6 says seconds.
func seconds(obx hl7.Segment, period float64) float64 {
	if unit, _ := unitOf(obx.Field(6)); unit == "s" {
		return period
	}
	return period / 1000
}

// numbersOf reads a number, an array of them, or a range such as -5^5.
func numbersOf(obx hl7.Segment) []float64 {
	var out []float64
	for v := range obx.Field(5).Elements() {
		x, err := strconv.ParseFloat(strings.TrimSpace(v.String()), 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return nil
		}
		out = append(out, x)
	}
	return out
}

// waveform finds the trace that a code means. The name and rank of one that
// is not in the table come from the code itself.
func waveform(c coded) (w vitals.Wave, known, disagrees bool) {
	byNumber, numberKnown := waveforms[c.number]
	if !numberKnown && c.number > 0 && c.number < 1<<16 { // context-free form
		byNumber, numberKnown = waveforms[c.number+partitionPhysio]
		if numberKnown {
			c.number += partitionPhysio
		}
	}
	byRef, refKnown := waveByRef[c.text]
	switch {
	case numberKnown && refKnown && byRef != c.number:
		return vitals.Wave{}, true, true
	case numberKnown:
		return vitals.Wave{MDC: c.number, RefID: byNumber.ref, Label: byNumber.label}, true, false
	case refKnown:
		return vitals.Wave{MDC: byRef, RefID: c.text, Label: waveforms[byRef].label}, true, false
	}
	w = vitals.Wave{MDC: c.number, RefID: c.text, Label: strings.TrimPrefix(strings.TrimPrefix(c.text, "MDC_"), "ECG_ELEC_POTL_")}
	if w.Label == "" {
		w.Label = c.id
	}
	return w, false, false
}

// waveforms: ISO/IEEE 11073-10101 numbers with their partition.
var waveforms = map[int]struct{ ref, label string }{
	131329: {"MDC_ECG_ELEC_POTL_I", "I"},
	131330: {"MDC_ECG_ELEC_POTL_II", "II"},
	131389: {"MDC_ECG_ELEC_POTL_III", "III"},
	131390: {"MDC_ECG_ELEC_POTL_AVR", "aVR"},
	131391: {"MDC_ECG_ELEC_POTL_AVL", "aVL"},
	131392: {"MDC_ECG_ELEC_POTL_AVF", "aVF"},
	131331: {"MDC_ECG_ELEC_POTL_V1", "V1"},
	131395: {"MDC_ECG_ELEC_POTL_V", "V"},
	150452: {"MDC_PULS_OXIM_PLETH", "Pleth"},
	151552: {"MDC_RESP", "Resp"},
	150036: {"MDC_PRESS_BLD_ART_ABP", "ABP"},
	150032: {"MDC_PRESS_BLD_ART", "ART"},
	150044: {"MDC_PRESS_BLD_ART_PULM", "PAP"},
	151724: {"MDC_AWAY_CO2", "CO2"},
}

var waveByRef = func() map[string]int {
	by := make(map[string]int, len(waveforms))
	for mdc, w := range waveforms {
		by[w.ref] = mdc
	}
	return by
}()
