package mqtt

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"

	"wardlight/ward"
	"wardlight/ward/fault"
)

// homeAssistant reads the topics of Home Assistant's MQTT integration: what a
// discovery message ("…/config") describes, its states, and "online" and
// "offline" on its availability topic. Which quantity a state is, the ward
// file says; the unit, the device and where the number stands in the payload
// are learnt from the discovery message, if there is one.
func (c *reception) homeAssistant() (message, error) {
	if strings.HasSuffix(c.Topic, "/config") {
		return c.discovery()
	}
	if s, ok := c.presence(); ok {
		return s, nil
	}
	e, learnt := c.learnt.state(c.Publication.Device, c.Topic)
	s := message{device: e.device}
	values := c.entry.Values
	if learnt && e.pointer != "" {
		values = slices.Clone(values)
		for i := range values {
			values[i].Pointer = cmp.Or(values[i].Pointer, e.pointer)
		}
		values = slices.DeleteFunc(values, func(v ward.TopicValue) bool { return v.Pointer != e.pointer })
	}
	for i := range values {
		if learnt && values[i].Unit == "" {
			values = slices.Clone(values)
			values[i].Unit = e.unit
		}
	}
	c.entry.Values = values
	return s, c.state(&s)
}

// state reads a plain number, or JSON.
func (c *reception) state(s *message) error {
	doc, err := parse(c.Payload)
	if err != nil {
		doc = strings.TrimSpace(string(c.Payload)) // "unavailable", or a number such as 037.2
	}
	for i, v := range c.entry.Values {
		if o, isObject := doc.(map[string]any); isObject && v.Pointer == "" {
			if _, has := o["value"]; has {
				c.entry.Values = slices.Clone(c.entry.Values)
				c.entry.Values[i].Pointer = "/value"
			}
		}
	}
	if c.entry.TimePointer != "" {
		when, _ := at(doc, c.entry.TimePointer)
		if s.at, err = moment(when, c.zone); err != nil {
			return err
		}
	}
	return c.values(s, doc)
}

// presence reads an availability topic: one that was learnt, or one that is
// called so.
func (c *reception) presence() (message, bool) {
	a, learnt := c.learnt.availability(c.Publication.Device, c.Topic)
	payload := strings.TrimSpace(string(c.Payload))
	switch last := strings.ToLower(c.Topic[strings.LastIndexByte(c.Topic, '/')+1:]); {
	case learnt && payload == a.online:
		return message{presence: isOnline}, true
	case learnt && payload == a.offline:
		return message{presence: isOffline, gone: a.devices}, true
	case last == "availability" || last == "status" || last == "lwt":
		s, err := availability(payload)
		if s.presence == isOffline {
			s.gone = c.byTopic()
		}
		return s, err == nil
	}
	return message{}, false
}

// byTopic is the device that the topic names; none: whoever published.
func (c *reception) byTopic() []string {
	if levels := strings.Split(c.Topic, "/"); c.entry.Device > 0 && c.entry.Device <= len(levels) {
		return []string{levels[c.entry.Device-1]}
	}
	return nil
}

// simpleTemplate is the one form of value_template that is understood:
// {{ value_json.a.b }}.
var simpleTemplate = regexp.MustCompile(`^\{\{\s*value_json((?:\.[A-Za-z_][A-Za-z0-9_]*)+)\s*(?:\|\s*[a-z]+(?:\([^)]*\))?\s*)*\}\}$`)

// discovery learns from a discovery message. An empty one takes it back.
func (c *reception) discovery() (message, error) {
	if len(c.Payload) == 0 {
		c.learnt.forget(c.Publication.Device, c.Topic)
		return message{presence: learns}, nil
	}
	o, err := object(c.Payload)
	if err != nil {
		return message{}, err
	}
	base := text(o["~"])
	word := func(names ...string) string {
		for _, n := range names {
			if s := text(o[n]); s != "" {
				return s
			}
		}
		return ""
	}
	topic := func(names ...string) string {
		s := word(names...)
		if rest, ok := strings.CutPrefix(s, "~"); ok {
			return base + rest
		}
		if rest, ok := strings.CutSuffix(s, "~"); ok {
			return rest + base
		}
		return s
	}
	d := described{
		config: c.Topic, state: topic("state_topic", "stat_t"),
		unit:   word("unit_of_measurement", "unit_of_meas"),
		device: cmp.Or(firstText(o, "/device/identifiers", "/dev/ids"), word("unique_id", "uniq_id")),
		online: cmp.Or(word("payload_available", "pl_avail"), "online"), offline: cmp.Or(word("payload_not_available", "pl_not_avail"), "offline"),
		available: cmp.Or(topic("availability_topic", "avty_t"), textAt(o, "/availability/0/topic"), textAt(o, "/avty/0/t")),
	}
	if m := simpleTemplate.FindStringSubmatch(word("value_template", "val_tpl")); m != nil {
		d.pointer = strings.ReplaceAll(m[1], ".", "/")
	}
	if d.state == "" {
		return message{}, fault.New(fault.Invalid, "a discovery message without state_topic")
	}
	if d.device != "" && !isPrintable(d.device) {
		return message{}, fault.New(fault.Invalid, "the device's identifier is not printable")
	}
	return message{presence: learns}, c.learnt.learn(c.Publication.Device, d)
}

// firstText is a text, or the first of a list.
func firstText(o map[string]any, pointers ...string) string {
	for _, p := range pointers {
		if s := cmp.Or(textAt(o, p), textAt(o, p+"/0")); s != "" {
			return s
		}
	}
	return ""
}

// described is what a discovery message says of one state.
type described struct {
	config, state, available string // topics
	device, unit, pointer    string
	online, offline          string
}

// learnt is what discovery messages have said since the process began, told
// apart by who said it: nobody describes another's topics.
type learnt struct {
	mu sync.Mutex
	of map[string][]described // by who published
}

// maxDescribed bounds what one device may describe.
const maxDescribed = 512

func (l *learnt) learn(by string, d described) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of == nil {
		l.of = map[string][]described{}
	}
	known := slices.DeleteFunc(slices.Clone(l.of[by]), func(o described) bool { return o.config == d.config })
	if len(known) >= maxDescribed {
		return fault.New(fault.Invalid, "more than %d discovery messages", maxDescribed)
	}
	l.of[by] = append(known, d)
	return nil
}

func (l *learnt) forget(by, config string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of[by] != nil {
		l.of[by] = slices.DeleteFunc(slices.Clone(l.of[by]), func(o described) bool { return o.config == config })
	}
}

func (l *learnt) state(by, topic string) (described, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.of[by], func(d described) bool { return d.state == topic })
	if i < 0 {
		return described{}, false
	}
	return l.of[by][i], true
}

// available is an availability topic and the devices that it stands for.
type available struct {
	online, offline string
	devices         []string
}

func (l *learnt) availability(by, topic string) (a available, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, d := range l.of[by] {
		if d.available != topic {
			continue
		}
		a.online, a.offline, ok = d.online, d.offline, true
		if d.device != "" && !slices.Contains(a.devices, d.device) {
			a.devices = append(a.devices, d.device)
		}
	}
	return a, ok
}
