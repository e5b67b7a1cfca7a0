// Package pcd decodes IHE PCD-01 messages (ORU^R01): what monitors and
// infusion pumps measured, as reports for the ward. It charts only what it
// understands; what it does not is flagged, never guessed.
package pcd

import (
	"strconv"
	"strings"
	"time"

	"wardlight/ingest/hl7"
	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/fault"
	"wardlight/ward/vitals"
)

// Zone gives the time zone of a unit, nil when the unit is not known. Times
// without a zone are taken in it, else in UTC.
type Zone func(unit string) *time.Location

// Decode reads an ORU^R01. It fails only where nothing of the message can be
// used; the error is a fault whose text says what to mend.
func Decode(m *hl7.Message, zone Zone) (ward.Reports, error) {
	reports, _, err := DecodeAll(m, zone)
	return reports, err
}

// DecodeAll reads the waveforms of the message too.
func DecodeAll(m *hl7.Message, zone Zone) (ward.Reports, []Waves, error) {
	d, err := read(m, zone)
	if err != nil {
		return nil, nil, err
	}
	reports := d.reports()
	return reports, d.waves(), nil
}

// read sorts the rows of a message to its devices.
func read(m *hl7.Message, zone Zone) (*decoder, error) {
	d := &decoder{header: m.Header()}
	pv1, _ := m.First("PV1")
	d.location = Location(pv1.Field(3))
	d.zone = time.UTC
	if z := zone(d.location.Unit); z != nil {
		d.zone = z
	}
	sent, _, err := d.header.SentAt(d.zone)
	if err != nil {
		return nil, fault.New(fault.Invalid, "MSH-7 is not a time: %w", err)
	}
	d.sent = sent
	pid, _ := m.First("PID")
	d.patient = Identifiers(pid.Field(3))
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
		return nil, fault.New(fault.Invalid, "%s without OBR", d.header.Code+"^"+d.header.Event)
	}
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
	sent     time.Time
	patient  []census.Identifier
	location census.Location

	obr     int
	obrAt   time.Time
	obrEnd  time.Time // OBR-8
	obrCode coded     // OBR-4
	samples int       // of all arrays so far
	rows    []row
	devices []*mds // in the order of the message, all groups
}

// row is one OBX with its place in the containment tree.
type row struct {
	obx  hl7.Segment
	code coded
	path path
	at   time.Time // OBX-14; zero when absent
}

// path is OBX-4: MDS.VMD.CHANNEL.METRIC[.FACET[.SUBFACET]]. Zeros at the end
// make a device row, which describes and has no value.
type path []int

func parsePath(s string) path {
	var p path
	for _, part := range strings.Split(s, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil
		}
		p = append(p, n)
	}
	return p
}

// depth is how many levels name something: 1 for the MDS's own row.
func (p path) depth() int {
	n := min(len(p), 4)
	for n > 0 && p[n-1] == 0 {
		n--
	}
	return n
}

func (p path) level(i int) int {
	if i < len(p) {
		return p[i]
	}
	return 0
}

// contains reports whether p, a device row, is above q.
func (p path) contains(q path) bool {
	for i := range p.depth() {
		if q.level(i) != p[i] {
			return false
		}
	}
	return p.depth() < q.depth()
}

func (d *decoder) group(obr hl7.Segment) {
	d.endGroup()
	d.obr++
	d.obrAt, d.obrEnd = d.time(obr.Text(7, 1)), d.time(obr.Text(8, 1))
	d.obrCode = triplet(obr.Field(4), 1)
}

func (d *decoder) time(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, _, err := hl7.ParseTime(s, d.zone)
	if err != nil {
		return time.Time{}
	}
	return t
}

func (d *decoder) row(obx hl7.Segment) {
	d.rows = append(d.rows, row{
		obx:  obx,
		code: observed(obx.Field(3)),
		path: parsePath(obx.Text(4, 1)),
		at:   d.time(obx.Text(14, 1)),
	})
}

// endGroup sorts the rows of an OBR group to the devices (MDS) they belong
// to. Rows may come in any order, parents may be missing.
func (d *decoder) endGroup() {
	for _, r := range d.rows {
		m := d.mds(r.path.level(0))
		switch {
		case r.path == nil || r.path.depth() == 0:
			m.flag(r, "OBX-4 does not say where it belongs")
		case r.path.depth() < 4:
			m.deviceRow(r)
		case len(r.path) > 4 && r.path[4] != 0:
			// A facet of a metric: belongs to an alarm or a waveform.
		case isArray(r.obx) && r.path.depth() == 4:
			m.nameBy(r)
			d.array(m, r)
		default:
			m.metrics = append(m.metrics, located{r, d.timeOf(r), d.obrAt})
		}
	}
	d.rows = d.rows[:0]
}

// timeOf is when a row's value was measured: its own OBX-14, else that of the
// nearest device row above it, else OBR-7, else MSH-7.
func (d *decoder) timeOf(r row) time.Time {
	if !r.at.IsZero() {
		return r.at
	}
	best, depth := time.Time{}, 0
	for _, above := range d.rows {
		if !above.at.IsZero() && above.path.contains(r.path) && above.path.depth() > depth {
			best, depth = above.at, above.path.depth()
		}
	}
	switch {
	case depth > 0:
		return best
	case !d.obrAt.IsZero():
		return d.obrAt
	}
	return d.sent
}

func (d *decoder) mds(number int) *mds {
	for _, m := range d.devices {
		if m.number == number {
			return m
		}
	}
	m := &mds{number: number}
	d.devices = append(d.devices, m)
	return m
}

// mds is one medical device system of a message.
type mds struct {
	number  int
	name    hl7.Value // OBX-18 of the MDS row, or the first below it
	named   int       // depth of the row that named it, 0 none
	kind    device.Kind
	metrics []located
	waves   []vitals.Wave
	flags   []string
}

// located is a row with the time that counts for it.
type located struct {
	row
	measured time.Time
	group    time.Time
}

func (m *mds) flag(r row, why string) {
	m.flags = append(m.flags, r.obx.Text(4, 1)+" "+r.code.id+"^"+r.code.text+": "+why)
}

func (m *mds) deviceRow(r row) {
	if isPump(r.code) {
		m.kind = device.Pump
	}
	m.nameBy(r)
}

// nameBy takes the device's identity from OBX-18, the MDS's own row before a
// part's.
func (m *mds) nameBy(r row) {
	ei := r.obx.Field(18)
	if ei.IsEmpty() || m.named != 0 && m.named <= r.path.depth() {
		return
	}
	for last := range ei.Repetitions() { // lowest level first
		m.name = last
	}
	m.named = r.path.depth()
}

func (d *decoder) reports() ward.Reports {
	var out ward.Reports
	for _, m := range d.devices {
		for _, r := range m.metrics {
			m.nameBy(r.row)
		}
		r := ward.Report{
			Device: d.identity(m), Patient: d.patient, Location: d.location, SentAt: d.sent,
		}
		for _, row := range m.metrics {
			if o, ok := d.observation(m, row); ok {
				r.Observations = append(r.Observations, o)
			}
		}
		r.Channels = d.channels(m)
		r.Flags = m.flags
		out = append(out, r)
	}
	return out
}

// identity names the device: its EUI-64 if it has one, else what its gateway
// calls it, else gateway and place, since a bed's monitor must be somebody.
func (d *decoder) identity(m *mds) device.Identity {
	id := device.Identity{Kind: m.kind}
	if id.Kind == "" {
		id.Kind = device.Monitor
	}
	label, namespace := m.name.Component(1).String(), m.name.Component(2).String()
	universal, scheme := m.name.Component(3).String(), m.name.Component(4).String()
	switch {
	case universal != "" && (strings.EqualFold(scheme, "EUI-64") || strings.EqualFold(scheme, "EUI64")):
		id.ID, id.Label = device.ID(universal), label
	case label != "" && namespace != "":
		id.ID, id.Label = device.ID(label+"@"+namespace), label
	case label != "":
		id.ID, id.Label = device.ID(label+"@"+d.header.Sender.Component(1).String()), label
	default:
		id.ID = device.ID(d.header.Sender.Component(1).String() + "@" + d.location.String() + "." + strconv.Itoa(m.number))
	}
	if id.Label == "" {
		id.Label = string(id.ID)
	}
	return id
}

// isTraining reports whether MSH-11 says that this is no real patient.
func (d *decoder) isTraining() bool { return d.header.Process == "T" || d.header.Process == "D" }
