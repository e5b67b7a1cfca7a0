package mqtt

import "wardlight/ward/fault"

// anyJSON reads a payload by the JSON pointers of the ward file.
func (c *reception) anyJSON() (message, error) {
	doc, err := parse(c.Payload)
	if err != nil {
		return message{}, err
	}
	s := message{device: textAt(doc, c.entry.DevicePointer)}
	if c.entry.DevicePointer == "" {
		s.device = ""
	} else if s.device == "" {
		return s, fault.New(fault.Invalid, "no device at %s", c.entry.DevicePointer)
	}
	if c.entry.TimePointer != "" {
		when, _ := at(doc, c.entry.TimePointer)
		if s.at, err = moment(when, c.zone); err != nil {
			return s, err
		}
	}
	return s, c.values(&s, doc)
}

// values reads those of the ward file's values that the document has.
func (c *reception) values(s *message, doc any) error {
	for _, want := range c.entry.Values {
		v, ok := at(doc, want.Pointer)
		if !ok {
			continue
		}
		m, known := Metric(want.Metric)
		if !known {
			return fault.New(fault.Invalid, "the ward file names a metric that is not known: %s", want.Metric)
		}
		r, err := measured(m, v, want.Unit)
		if err != nil {
			return err
		}
		s.readings = append(s.readings, r)
	}
	if len(s.readings) == 0 {
		return fault.New(fault.Invalid, "none of the ward file's values is in the payload")
	}
	return nil
}
