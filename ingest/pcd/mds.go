package pcd

import (
	"strconv"
	"strings"

	"wardlight/ingest/hl7"
	"wardlight/ward/device"
	"wardlight/ward/vitals"
)

// mds is one medical device system of a message: a monitor, a ventilator, a
// pump, with its parts.
type mds struct {
	group    int
	number   int
	name     hl7.Value // OBX-18 of the MDS row, or the first below it
	named    int       // depth of the row that named it, 0 none
	kind     device.Kind
	identity device.Identity
	metrics  []located
	waves    []vitals.Wave
	flags    []string
}

func (m *mds) flag(r row, why string) {
	m.flags = append(m.flags, r.obx.Text(4, 1)+" "+r.code.id+"^"+r.code.text+": "+why)
}

func (m *mds) deviceRow(r row) {
	if isPump(r.code) {
		m.kind = device.Pump
	}
	if _, known, _ := metric(r.code); known && !r.obx.Field(5).IsEmpty() {
		m.flag(r, "OBX-4 names a part of the device, not a measurement")
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

// named gives every device its identity and joins what several groups say of
// one device. A group that does not name a device means the one with the same
// number in a group that does.
func (d *decoder) named() []*mds {
	for _, m := range d.devices {
		for _, r := range m.metrics {
			m.nameBy(r.row)
		}
	}
	var out []*mds
	byID := map[device.ID]*mds{}
	for _, m := range d.devices {
		if m.named == 0 {
			m.name = d.nameElsewhere(m.number)
		}
		m.identity = d.identity(m)
		first, known := byID[m.identity.ID]
		if !known {
			byID[m.identity.ID] = m
			out = append(out, m)
			continue
		}
		first.join(m)
	}
	return out
}

// join takes over what another group says of the same device.
func (m *mds) join(o *mds) {
	m.metrics = append(m.metrics, o.metrics...)
	m.flags = append(m.flags, o.flags...)
	m.waves = append(m.waves, o.waves...)
	if len(m.waves) > MaxWaves {
		m.waves = m.waves[:MaxWaves]
		m.flags = append(m.flags, "more waveforms than one device may send")
	}
	if o.kind == device.Pump {
		m.kind, m.identity.Kind = o.kind, o.kind
	}
}

func (d *decoder) nameElsewhere(number int) hl7.Value {
	for _, m := range d.devices {
		if m.number == number && m.named != 0 {
			return m.name
		}
	}
	return hl7.Value{}
}

// identity names the device: its EUI-64 if it has one, else what its gateway
// calls it, else gateway and place, since a bed's monitor must be somebody.
func (d *decoder) identity(m *mds) device.Identity {
	id := device.Identity{Kind: m.kind}
	if id.Kind == "" {
		id.Kind = device.Monitor
	}
	label, namespace := m.name.Component(1).String(), m.name.Component(2).String()
	eui, scheme := strings.ToUpper(m.name.Component(3).String()), m.name.Component(4).String()
	if !strings.EqualFold(scheme, "EUI-64") && !strings.EqualFold(scheme, "EUI64") {
		eui = ""
	}
	id.Label = label
	switch {
	case eui != "" && (label == "" || !isMakerOnly(eui)):
		id.ID = device.ID(eui)
	case eui != "":
		id.ID = device.ID(label + "@" + eui)
	case label != "" && namespace != "":
		id.ID = device.ID(label + "@" + namespace)
	case label != "":
		id.ID = device.ID(label + "@" + d.header.Sender.Component(1).String())
	default:
		id.ID = device.ID(d.header.Sender.Component(1).String() + "@" + d.location.String() + "." + strconv.Itoa(m.number))
	}
	if id.Label == "" {
		id.Label = string(id.ID)
	}
	return id
}

// isMakerOnly reports whether an EUI-64 names a maker and no device: the
// number that the maker would give to each is zero. All pumps of a maker may
// carry it.
func isMakerOnly(eui string) bool {
	return len(eui) == 16 && strings.Trim(eui[6:], "0") == ""
}

// isTraining reports whether MSH-11 says that this is no real patient.
func (d *decoder) isTraining() bool { return d.header.Process == "T" || d.header.Process == "D" }
