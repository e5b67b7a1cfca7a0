package pcd

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"wardlight/ingest/hl7"
	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/fault"
	"wardlight/ward/vitals"
)

// DecodeAlert reads an ORU^R40 (IHE PCD-04): what a device itself alarms
// about. Of an alarm nothing that is missing or strange makes it go away: it
// is taken for the graver, and flagged.
func DecodeAlert(m *hl7.Message, o Options) (ward.Reports, error) {
	d, err := begin(m, o)
	if err != nil {
		return nil, err
	}
	var out ward.Reports
	var obr hl7.Segment
	flush := func() {
		for _, rows := range byAlert(d.rows) {
			if r, ok := d.alertReport(obr, rows); ok {
				out = append(out, r)
			}
		}
		d.rows = d.rows[:0]
	}
	for _, s := range m.All() {
		switch s.Name() {
		case "OBR":
			flush()
			obr = s
			d.obrAt, _ = d.time(s.Text(7, 1))
		case "OBX":
			d.row(s)
		}
	}
	flush()
	if len(out) == 0 {
		return nil, fault.New(fault.Invalid, "ORU^R40 without an alarm: no row says what happened (OBX-4 with a fifth element of 1)")
	}
	return out, nil
}

// facet is what a row tells of an alarm (IHE PCD TF-2 B.8.5).
type facet int

const (
	noFacet facet = iota
	facetEvent
	facetSource
	facetPhase
	facetState
	facetInactivation
	facetPriority
	facetType
	facetText
)

// facetByCode: ISO/IEEE 11073-10101 numbers of the attribute rows.
var facetByCode = map[int]facet{
	68480: facetSource, 68481: facetPhase, 68482: facetState, 68483: facetInactivation,
	68484: facetPriority, 68485: facetType, 68546: facetText,
}

// facetByName knows them by their reference id, where a vendor has numbers of
// its own.
var facetByName = map[string]facet{
	"MDC_ATTR_ALERT_SOURCE": facetSource, "MDC_ATTR_EVENT_PHASE": facetPhase, "MDC_ATTR_ALARM_STATE": facetState,
	"MDC_ATTR_ALARM_INACTIVATION_STATE": facetInactivation, "MDC_ATTR_ALARM_PRIORITY": facetPriority,
	"MDC_ATTR_ALERT_TYPE": facetType, "MDC_ATTR_ALERT_TEXT": facetText,
}

// facet finds a row's part by its name, else by its number, else by the fifth
// element of OBX-4.
func (r row) facet() facet {
	if f := facetByName[strings.ToUpper(r.code.text)]; f != noFacet {
		return f
	}
	if f := facetByCode[r.code.number]; f != noFacet {
		return f
	}
	if f := facet(r.path.level(levelFacet)); f > noFacet && f <= facetText {
		return f
	}
	if _, known := eventOf(r.code); known {
		return facetEvent
	}
	return noFacet
}

// byAlert parts the rows of a group, of which there should be one alarm, by
// the place of each alarm.
func byAlert(rows []row) [][]row {
	events := 0
	for _, r := range rows {
		if r.facet() == facetEvent {
			events++
		}
	}
	if events <= 1 {
		return [][]row{slices.Clone(rows)}
	}
	var out [][]row
	index := map[string]int{}
	for _, r := range rows {
		place := r.path.place()
		i, seen := index[place]
		if !seen {
			i = len(out)
			index[place] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], r)
	}
	return out
}

// place is the path without its facet and without zeros at the end; empty for
// a whole device.
func (p path) place() string {
	if p.depth() <= 1 {
		return ""
	}
	parts := make([]string, p.depth())
	for i := range parts {
		parts[i] = strconv.Itoa(p[i])
	}
	return strings.Join(parts, ".")
}

// alertReport reads one alarm. ok is false for rows that speak of none.
func (d *decoder) alertReport(obr hl7.Segment, rows []row) (report ward.Report, ok bool) {
	m, of := &mds{}, map[facet]row{}
	for _, r := range rows {
		if m.number == 0 {
			m.number = r.path.level(levelMDS)
		}
		m.nameBy(r)
		if f := r.facet(); f == noFacet {
			m.deviceRow(r)
		} else if _, twice := of[f]; !twice {
			of[f] = r
		}
	}
	if _, isEvent := of[facetEvent]; !isEvent {
		if _, isSource := of[facetSource]; !isSource {
			return report, false
		}
		m.flag(of[facetSource], "an alarm that does not say what happened")
	}
	a := d.alert(m, obr, of)
	id := d.identity(m)
	if m.kind == "" {
		id.Kind = "" // an alarm does not tell what sort of device it comes from
	}
	return ward.Report{
		Device: id, Patient: d.patient, Location: d.location, SentAt: d.sent, Alerts: []alarm.Alert{a}, Flags: m.flags,
	}, true
}

func (d *decoder) alert(m *mds, obr hl7.Segment, of map[facet]row) alarm.Alert {
	event, source := of[facetEvent], of[facetSource]
	a := alarm.Alert{Channel: cmp.Or(source.path.place(), event.path.place())}
	a.Event, a.EventMDC, a.Text = m.event(event)
	if text := joined(of[facetText].obx); text != "" {
		a.Text = text
	}
	d.source(m, source, &a)
	if a.Event == eventAlarm {
		a.Event = cmp.Or(sideEvent(event.obx), sideEvent(source.obx), eventAlarm)
	}
	a.Phase, a.State = phaseAndState(word(of[facetPhase].obx), word(of[facetState].obx))
	a.AtDevice = atDevice(of[facetInactivation].obx)
	a.AtDevice.IsAcknowledged = a.AtDevice.IsAcknowledged || a.Phase == alarm.PhaseAcknowledged
	a.AtDevice.IsAlarmPaused = a.AtDevice.IsAlarmPaused || word(of[facetState].obx) == "off"
	a.Priority = m.priority(of, a.Event)
	a.Category = category(of, a)
	if d.isTraining() {
		m.flag(event, "an alarm of a training message")
		a.Priority = ""
	}
	a.DeviceAt = cmp.Or(event.at, d.obrAt, d.sent)
	a.Key, a.Update = alertKey(obr, a)
	return a
}

// source reads the value about which the device alarms, with its limits; or
// that the source is the equipment.
func (d *decoder) source(m *mds, r row, a *alarm.Alert) {
	if isPump(triplet(r.obx.Field(5), 1)) {
		m.deviceRow(row{obx: r.obx, code: triplet(r.obx.Field(5), 1), path: r.path})
	}
	kind, known, disagrees := metric(r.code)
	switch {
	case disagrees:
		m.flag(r, "code and name disagree")
		return
	case !known:
		return
	}
	a.Metric = kind
	v, quality, ok := d.value(m, located{row: r}, kind, statuses(r.obx))
	if !ok || quality == vitals.Invalid {
		return
	}
	a.Value = &v
	if unit, _ := unitOf(r.obx.Field(6)); unit == kind.Unit {
		a.Limits = r.obx.Field(7).String()
	} else if !r.obx.Field(7).IsEmpty() {
		m.flag(r, "its limits are in another unit")
	}
}

func phaseAndState(phase, state string) (alarm.Phase, alarm.DeviceState) {
	s := alarm.DeviceActive
	switch state {
	case "inactive":
		s = alarm.DeviceInactive
	case "latched":
		s = alarm.DeviceLatched
	}
	p := alarm.Phase(strings.NewReplacer("-", "", "_", "").Replace(phase))
	switch p {
	case alarm.PhaseTimePoint, alarm.PhaseStart, alarm.PhaseContinue, alarm.PhasePresent, alarm.PhaseUpdate, alarm.PhaseEscalate,
		alarm.PhaseDeescalate, alarm.PhaseInactivate, alarm.PhaseAcknowledged, alarm.PhaseReset, alarm.PhaseEnd:
	case "startonly": // no end will follow
		p = alarm.PhaseTimePoint
	case "stop":
		p = alarm.PhaseEnd
	default: // as far as anybody knows, it is there
		p = alarm.PhasePresent
	}
	if p == alarm.PhaseEnd && state == "" {
		s = alarm.DeviceInactive
	}
	return p, s
}

func atDevice(obx hl7.Segment) (done alarm.AtDevice) {
	for r := range obx.Field(5).Repetitions() {
		switch strings.ToLower(cmp.Or(r.Component(2).String(), r.Component(1).String())) {
		case "audio-paused", "audio-off":
			done.IsAudioPaused = true
		case "alarm-paused", "alarm-off":
			done.IsAlarmPaused = true
		case "alert-acknowledged":
			done.IsAcknowledged = true
		}
	}
	return done
}

// word is the token of OBX-5, plain or as a CWE.
func word(obx hl7.Segment) string {
	return strings.ToLower(strings.TrimSpace(cmp.Or(obx.Text(5, 2), obx.Text(5, 1), obx.Text(5, 9))))
}

// joined is the text of OBX-5, its parts and line breaks joined by blanks.
func joined(obx hl7.Segment) string {
	var parts []string
	for v := range obx.Field(5).Elements() {
		parts = append(parts, strings.Fields(v.String())...)
	}
	return strings.Join(parts, " ")
}

// alertKey names the alarm, by OBR-29 and else by OBR-3, and the message, by
// OBR-3. Who names neither is known by what the alarm is about.
func alertKey(obr hl7.Segment, a alarm.Alert) (key, update string) {
	ei := obr.Field(3)
	update = entity(ei.Component(1), ei.Component(2), ei.Component(3))
	for _, n := range []int{2, 1} { // filler, then placer
		parent := obr.Field(29).Component(n)
		if key = entity(parent.Subcomponent(1), parent.Subcomponent(2), parent.Subcomponent(3)); key != "" {
			return key, update
		}
	}
	return cmp.Or(update, a.Event+" "+a.Channel), update
}

// entity is an entity identifier with who gave it: its universal id, else its
// namespace.
func entity(id, namespace, universal hl7.Value) string {
	name := strings.TrimSpace(id.Subcomponent(1).String())
	if name == "" {
		return ""
	}
	if by := cmp.Or(strings.ToUpper(universal.String()), namespace.String()); by != "" {
		return name + "@" + by
	}
	return name
}

// shortened keeps what is no label any more out of every screen.
func shortened(text string) string {
	const longest = 200 // characters
	if r := []rune(text); len(r) > longest {
		return string(r[:longest-1]) + "…"
	}
	return text
}
