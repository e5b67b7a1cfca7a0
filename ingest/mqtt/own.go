package mqtt

import (
	"bytes"
	"slices"
	"strings"

	"wardlight/ward/fault"
	"wardlight/ward/vitals"
)

// ownForm reads what doc/mqtt.md describes:
//
//	wardlight/<device>           {"at":…,"values":{"8867-4":88,"59408-5":97}}
//	wardlight/<device>/<code>    88
//	wardlight/<device>/status    online, or offline as the last will
func (c *reception) ownForm() (message, error) {
	if bytes.HasPrefix(bytes.TrimSpace(c.Payload), []byte("{")) {
		return c.ownObject()
	}
	last := c.Topic[strings.LastIndexByte(c.Topic, '/')+1:]
	if last == "status" {
		return availability(string(c.Payload))
	}
	m, known := Metric(last)
	if !known {
		return message{}, fault.New(fault.Invalid, "the last level of topic %s is neither a code that is known nor status, and the payload is not a JSON object", shown(c.Topic))
	}
	r, err := c.scalar(m, "")
	return message{readings: []Reading{r}}, err
}

// scalar reads the whole payload as one value.
func (c *reception) scalar(m vitals.Metric, unit string) (Reading, error) {
	return measured(m, strings.TrimSpace(string(c.Payload)), unit)
}

// measured makes a reading of a JSON value in a unit.
func measured(m vitals.Metric, v any, unit string) (Reading, error) {
	d, isNone, err := value(v)
	if err != nil || isNone {
		return Reading{Metric: m, IsNone: true}, err
	}
	d, ok := convert(d, unit, m.Unit)
	if !ok {
		return Reading{}, fault.New(fault.Invalid, "unit %q is not known for %s: use %s", printable(unit), m.Label, m.Unit)
	}
	return Reading{Metric: m, Value: d}, nil
}

func printable(s string) string {
	if !isPrintable(s) {
		return "?"
	}
	return s
}

// availability reads "online" and "offline".
func availability(payload string) (message, error) {
	switch strings.ToLower(strings.TrimSpace(payload)) {
	case "online":
		return message{presence: isOnline}, nil
	case "offline":
		return message{presence: isOffline}, nil
	}
	return message{}, fault.New(fault.Invalid, "a status is online or offline")
}

func (c *reception) ownObject() (message, error) {
	o, err := object(c.Payload)
	if err != nil {
		return message{}, err
	}
	s := message{device: text(o["device"]), label: text(o["label"]), number: text(o["seq"])}
	if s.at, err = moment(o["at"], c.zone); err != nil {
		return s, err
	}
	if s.sent, err = moment(o["sent"], c.zone); err != nil {
		return s, err
	}
	values, ok := o["values"].(map[string]any)
	if !ok {
		return s, fault.New(fault.Invalid, `"values" is not an object of codes and numbers`)
	}
	for _, code := range sorted(values) {
		m, known := Metric(code)
		if !known {
			s.flags = append(s.flags, printable(code)+": not a code that is known")
			continue
		}
		r, err := c.ownValue(m, values[code])
		if err != nil {
			return s, err
		}
		s.readings = append(s.readings, r)
	}
	return s, nil
}

// ownValue reads a number, or {"value":…,"unit":…,"at":…}.
func (c *reception) ownValue(m vitals.Metric, v any) (Reading, error) {
	o, isObject := v.(map[string]any)
	if !isObject {
		return measured(m, v, "")
	}
	r, err := measured(m, o["value"], text(o["unit"]))
	if err == nil {
		r.At, err = moment(o["at"], c.zone)
	}
	return r, err
}

func sorted(o map[string]any) []string {
	keys := make([]string, 0, len(o))
	for k := range o {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
