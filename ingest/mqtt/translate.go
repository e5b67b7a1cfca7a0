package mqtt

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/fault"
	"wardlight/ward/vitals"
)

// MaxAhead is how far ahead of us a device's time may be. What is further
// ahead is not charted.
const MaxAhead = 2 * time.Minute

// The mappings that a ward file may name.
const (
	OwnForm       = "wardlight"
	OpenMHealth   = "open-mhealth"
	HomeAssistant = "home-assistant"
	BLEHub        = "ble-gatt"
	AnyJSON       = "json"
)

// Mappings lists them.
var Mappings = []string{OwnForm, OpenMHealth, HomeAssistant, BLEHub, AnyJSON}

// Publication is a message as a device published it.
type Publication struct {
	Device     string // the name under which it signed in
	Topic      string
	Payload    []byte
	IsRetained bool // published with the retain flag: perhaps a bridge's memory
	// IsRepeat: it was sent before, and we do not know when.
	IsRepeat   bool
	ReceivedAt time.Time
}

// Reader gives publications their meaning.
type Reader struct {
	// Topics are what the ward file says of topics.
	Topics func() []ward.Topic
	// Bed finds a bed by its name, "HOME-3".
	Bed func(name string) (census.BedID, bool)
	// Zone is the zone of a unit, or with "" that of all of them; nil if it
	// is not known.
	Zone func(unit string) *time.Location

	learnt learnt
}

// Meaning is what a publication says.
type Meaning struct {
	Event ward.Event // ward.Reports, or ward.Refused
	// Number is the sequence number or id that it gives itself; may be empty.
	Number string
	// IsDated: it says when it was measured, so that the same bytes are the
	// same message and nothing else.
	IsDated bool
	Flags   int // values that are not charted
}

// IsRefused reports whether it could not be read.
func (m Meaning) IsRefused() bool { _, refused := m.Event.(ward.Refused); return refused }

// Read reads a publication. What cannot be read becomes ward.Refused.
func (r *Reader) Read(p Publication) Meaning {
	entry, ok := entryFor(r.Topics(), p.Device, p.Topic)
	if !ok {
		return refused(fault.New(fault.Invalid, "no mapping for topic %s: name it in the ward file's mqtt section", shown(p.Topic)))
	}
	c := reception{Reader: r, Publication: p, entry: entry, zone: time.UTC}
	c.place()
	s, err := c.read()
	if err != nil {
		return refused(err)
	}
	return c.meaning(s)
}

func refused(err error) Meaning {
	return Meaning{Event: ward.Refused{Reason: fault.Text(err), Code: "207"}}
}

// reception is a publication with what is known of its topic.
type reception struct {
	*Reader
	Publication
	entry    ward.Topic
	location census.Location
	zone     *time.Location
}

// place finds the bed and the zone of the topic's devices.
func (c *reception) place() {
	unit := ""
	if c.entry.Bed != "" {
		if bed, ok := c.Bed(c.entry.Bed); ok {
			c.location = census.Location{Unit: string(bed.Unit), Bed: string(bed.Bed)}
		} else { // a bed that was taken away: the device is held, and the pool says why
			before, after, _ := strings.Cut(c.entry.Bed, "-")
			c.location = census.Location{Unit: before, Bed: after}
		}
		unit = c.location.Unit
	}
	if z := c.Zone(unit); z != nil {
		c.zone = z
	}
}

// message is what a mapping makes of a payload.
type message struct {
	device   string // as the payload or the topic names it; empty: who published
	label    string
	at       time.Time // zero: it gives none
	sent     time.Time // by the device's clock
	number   string
	isStored bool // out of a memory: without a time it is of no known age
	readings []Reading
	presence presence
	gone     []string // with isOffline; none: all devices of who published
	flags    []string
}

// presence is that a device says it is there, or gone.
type presence int

const (
	spoke presence = iota // it gives values
	isOnline
	isOffline
	// learns: it describes how others are to be read.
	learns
)

// read gives the payload to its mapping.
func (c *reception) read() (message, error) {
	switch c.entry.Mapping {
	case OwnForm:
		return c.ownForm()
	case OpenMHealth:
		return c.openMHealth()
	case HomeAssistant:
		return c.homeAssistant()
	case BLEHub:
		return c.bleHub()
	case AnyJSON:
		return c.anyJSON()
	}
	return message{}, fault.New(fault.Invalid, "mapping %q is not known", c.entry.Mapping)
}

// meaning makes the event of a message.
func (c *reception) meaning(s message) Meaning {
	m := Meaning{Number: s.number}
	if s.presence == learns || s.presence == isOnline {
		m.Event = ward.Reports{} // kept; what the device measures will say that it is back
		return m
	}
	if s.presence == isOffline {
		m.Event = c.offline(s)
		return m
	}
	r := ward.Report{SentAt: s.sent, Location: c.location, Flags: s.flags}
	if c.entry.Bed != "" {
		trusted := true // the ward file itself names the bed
		r.TrustIdentity = &trusted
	}
	var err error
	if r.Device, err = c.identity(s); err != nil {
		return refused(err)
	}
	m.IsDated = len(s.readings) > 0
	ahead := 0
	for _, reading := range s.readings {
		o, isDated, ok := c.observation(s, reading)
		m.IsDated = m.IsDated && isDated
		if !ok {
			ahead++
			r.Flags = append(r.Flags, reading.Metric.RefID+": its time is in the future")
			continue
		}
		r.Observations = append(r.Observations, o)
	}
	switch {
	case ahead > 0 && len(r.Observations) == 0:
		return refused(fault.New(fault.Invalid, "its time is more than %v in the future: set the device's clock, or leave the time out", MaxAhead))
	case len(s.readings) == 0 && len(s.flags) == 0:
		return refused(fault.New(fault.Invalid, "it holds no value"))
	}
	m.Flags = len(r.Flags)
	m.Event = ward.Reports{r}
	return m
}

// offline says of which devices it is that they are gone.
func (c *reception) offline(s message) ward.Event {
	if len(s.gone) == 0 {
		return ward.Reports{{IsOffline: true}}
	}
	var out ward.Reports
	for _, name := range s.gone {
		if id, err := c.identity(message{device: name}); err == nil {
			out = append(out, ward.Report{Device: id, IsOffline: true})
		}
	}
	return out
}

// observation gives a reading its time. Without one of its own it is that of
// its receipt, unverified; and where it may have lain somewhere in between,
// nobody knows how old it is.
func (c *reception) observation(s message, r Reading) (o vitals.Observation, isDated, ok bool) {
	o = vitals.Observation{Metric: r.Metric, Value: r.Value, Quality: r.Quality, DeviceAt: r.At}
	if o.Quality == "" {
		o.Quality = vitals.OK
	}
	if r.IsNone {
		o.Quality = vitals.Invalid
	}
	if o.DeviceAt.IsZero() {
		o.DeviceAt = s.at
	}
	if o.DeviceAt.IsZero() {
		o.DeviceAt = c.ReceivedAt
		if o.Quality == vitals.OK {
			o.Quality = vitals.Unverified
		}
		o.IsUndated = c.IsRepeat || s.isStored || c.IsRetained && !c.entry.RetainedIsLive
		return o, false, true
	}
	now := c.ReceivedAt
	if !s.sent.IsZero() {
		now = s.sent // its clock may be off: what counts is the age by that clock
	}
	return o, true, o.DeviceAt.Sub(now) <= MaxAhead
}

// identity names the device. What a device says of others on its own topics
// is told apart from what others say; a ward file's topics are trusted with
// the names as they are.
func (c *reception) identity(s message) (device.Identity, error) {
	name := s.device
	if name == "" && c.entry.Device > 0 {
		if levels := strings.Split(c.Topic, "/"); c.entry.Device <= len(levels) {
			name = levels[c.entry.Device-1]
		}
	}
	id := device.Identity{ID: device.ID(name), Label: s.label, Kind: device.Wearable}
	switch {
	case name == "":
		id.ID, name = device.ID(c.Publication.Device), c.Publication.Device
	case !isPrintable(name):
		return id, fault.New(fault.Invalid, "the device's name is not one: use at most %d printable characters", maxName)
	case isOwn(c.Publication.Device, c.Topic) && name != c.Publication.Device:
		id.ID = device.ID(name + "@" + c.Publication.Device)
	}
	if id.Label == "" || !isPrintable(id.Label) {
		id.Label = name
	}
	return id, nil
}

func isPrintable(s string) bool {
	return s != "" && len(s) <= maxName && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// shown is a topic as an error may quote it.
func shown(topic string) string {
	if !isPrintable(topic) {
		return "with unprintable characters"
	}
	return topic
}
