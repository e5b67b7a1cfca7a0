// Package pcd decodes IHE PCD-01 messages (ORU^R01): what monitors,
// ventilators and infusion pumps measured, as reports for the ward. It charts
// only what it understands; what it does not is flagged, never guessed.
package pcd

import (
	"time"

	"wardlight/ingest/hl7"
	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/fault"
	"wardlight/ward/vitals"
)

// Zone gives the time zone of a unit, nil when the unit is not known. Times
// without a zone are taken in it, else in UTC.
type Zone func(unit string) *time.Location

// Options is what is known of a sender beside its messages.
type Options struct {
	Zone    Zone     // nil: UTC
	NoValue []string // what it writes where there is no value, beside what everybody writes
}

// Decode reads an ORU^R01, or an ORU^W01 of the same layout: what devices
// measured, and their waveforms. It fails only where nothing of the message
// can be used; the error is a fault whose text says what to mend.
func Decode(m *hl7.Message, o Options) (ward.Reports, []Waves, error) {
	d, err := read(m, o)
	if err != nil {
		return nil, nil, err
	}
	reports := d.reports()
	return reports, d.waves(), nil
}

// begin reads what a message says of itself and its patient.
func begin(m *hl7.Message, o Options) (*decoder, error) {
	d := &decoder{header: m.Header(), zone: time.UTC, noValue: o.NoValue}
	pv1, _ := m.First("PV1")
	d.location = Location(pv1.Field(3))
	if o.Zone != nil {
		if z := o.Zone(d.location.Unit); z != nil {
			d.zone = z
		}
	}
	sent, ok := d.time(d.header.Sent)
	if !ok || sent.IsZero() {
		return nil, hl7.Mistyped("MSH", 7, d.header.Sent == "", fault.New(fault.Invalid, "MSH-7 is not a time: %.40q", d.header.Sent))
	}
	d.sent = sent
	pid, _ := m.First("PID")
	d.patient = Identifiers(pid.Field(3))
	return d, nil
}

// read sorts the rows of a message to its devices.
func read(m *hl7.Message, o Options) (*decoder, error) {
	d, err := begin(m, o)
	if err != nil {
		return nil, err
	}
	d.rows = make([]row, 0, len(m.All()))
	for _, s := range m.All() {
		switch s.Name() {
		case "OBR":
			d.group(s)
		case "OBX":
			d.row(s)
		}
	}
	d.endGroup()
	if d.obr == 0 {
		return nil, fault.New(fault.Invalid, "%s^%s without OBR", d.header.Code, d.header.Event)
	}
	d.devices = d.named()
	return d, nil
}

// Location reads a PL.
func Location(v hl7.Value) census.Location {
	part := func(n int) string { return v.Component(n).Subcomponent(1).String() }
	return census.Location{Unit: part(1), Room: part(2), Bed: part(3), Facility: part(4)}
}

// Identifiers reads the repetitions of a CX.
func Identifiers(v hl7.Value) []census.Identifier {
	var out []census.Identifier
	for r := range v.Repetitions() {
		id := census.Identifier{
			Value:    r.Component(1).String(),
			Assigner: r.Component(4).Subcomponent(1).String(),
			Type:     r.Component(5).String(),
		}
		if !id.IsZero() {
			out = append(out, id)
		}
	}
	return out
}

type decoder struct {
	header   hl7.Header
	zone     *time.Location
	noValue  []string
	sent     time.Time
	patient  []census.Identifier
	location census.Location

	obr     int // groups seen
	obrAt   time.Time
	obrEnd  time.Time // OBR-8
	obrCode coded     // OBR-4
	samples int       // of all arrays so far
	rows    []row     // of the group
	dated   []*row    // of rows: those that describe a device and have a time
	devices []*mds    // in the order of the message, all groups
}

// row is one OBX with its place in the containment tree.
type row struct {
	obx    hl7.Segment
	code   coded
	path   path
	at     time.Time // OBX-14, else OBX-19; zero when absent
	noTime bool      // there was one, and it is no time
}

// located is a row with the time that counts for it.
type located struct {
	row
	measured  time.Time
	isGuessed bool // no time of its own, of a row above or of its OBR
}

func (d *decoder) group(obr hl7.Segment) {
	d.endGroup()
	d.obr++
	d.obrAt, _ = d.time(obr.Text(7, 1))
	d.obrEnd, _ = d.time(obr.Text(8, 1))
	d.obrCode = triplet(obr.Field(4), 1)
}

// time reads a DTM: zero when it is absent or, with ok false, none.
func (d *decoder) time(s string) (t time.Time, ok bool) {
	if s == "" {
		return time.Time{}, true
	}
	t, _, err := hl7.ParseTime(s, d.zone)
	if err != nil || t.IsZero() { // the year 1 is a clock that was never set
		return time.Time{}, false
	}
	return t, true
}

func (d *decoder) row(obx hl7.Segment) {
	r := row{obx: obx, code: observed(obx.Field(3)), path: parsePath(obx.Text(4, 1))}
	at, ok := d.time(obx.Text(14, 1))
	if at.IsZero() {
		var too bool
		at, too = d.time(obx.Text(19, 1))
		ok = ok && too || !at.IsZero()
	}
	r.at, r.noTime = at, !ok
	d.rows = append(d.rows, r)
}

// endGroup sorts the rows of an OBR group to the devices (MDS) they belong
// to. Rows may come in any order, parents may be missing.
func (d *decoder) endGroup() {
	d.dated = d.dated[:0]
	for i := range d.rows {
		if r := &d.rows[i]; !r.at.IsZero() && r.path.depth() <= levelChannel+1 {
			d.dated = append(d.dated, r)
		}
	}
	for _, r := range d.rows {
		m := d.mds(r.path.level(levelMDS))
		switch {
		case r.path.depth() == 0:
			m.flag(r, "OBX-4 does not say where it belongs")
		case r.path.depth() <= levelChannel+1:
			m.deviceRow(r)
		case r.path.level(levelFacet) != 0:
			// A facet of a metric: belongs to an alarm or a waveform.
		case isArray(r.obx):
			m.nameBy(r)
			d.array(m, r)
		default:
			m.metrics = append(m.metrics, d.locate(r))
		}
	}
	d.rows = d.rows[:0]
}

// locate says when a row's value was measured: at its own OBX-14, else at
// that of the nearest device row above it, else at OBR-7, else at MSH-7.
func (d *decoder) locate(r row) located {
	if !r.at.IsZero() {
		return located{r, r.at, false}
	}
	best, depth := d.obrAt, 0
	for _, above := range d.dated {
		if above.path.contains(r.path) && above.path.depth() > depth {
			best, depth = above.at, above.path.depth()
		}
	}
	if best.IsZero() {
		return located{r, d.sent, true}
	}
	return located{r, best, r.noTime}
}

// mds finds a device of the present group by its number, which names it in no
// other group.
func (d *decoder) mds(number int) *mds {
	for _, m := range d.devices {
		if m.number == number && m.group == d.obr {
			return m
		}
	}
	m := &mds{number: number, group: d.obr}
	if len(d.devices) == 0 { // most messages are of one device
		m.metrics = make([]located, 0, min(len(d.rows), 64))
	}
	d.devices = append(d.devices, m)
	return m
}

func (d *decoder) reports() ward.Reports {
	var out ward.Reports
	for _, m := range d.devices {
		r := ward.Report{Device: m.identity, Patient: d.patient, Location: d.location, SentAt: d.sent}
		measured := m.metrics[:0]
		for _, row := range m.metrics {
			if kind := correctionOf(row.obx); kind != "" {
				if c, ok := d.correction(m, row, kind); ok {
					r.Corrections = append(r.Corrections, c)
				}
				if kind != vitals.Replaced {
					continue
				}
			} else if o, ok := d.observation(m, row); ok {
				if r.Observations == nil {
					r.Observations = make([]vitals.Observation, 0, len(m.metrics))
				}
				r.Observations = append(r.Observations, o)
			}
			measured = append(measured, row)
		}
		m.metrics = measured
		r.Channels = d.channels(m)
		r.Flags = m.flags
		out = append(out, r)
	}
	return out
}
