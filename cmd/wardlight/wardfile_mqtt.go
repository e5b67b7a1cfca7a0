package main

import (
	"slices"
	"strings"

	"wardlight/ingest/mqtt"
	"wardlight/ward"
	"wardlight/ward/fault"
	"wardlight/ward/vitals"
)

// wardFileTopic is one family of MQTT topics; see ward.Topic.
type wardFileTopic struct {
	Name           string               `yaml:"name"`
	Filter         string               `yaml:"filter"`
	Clients        []string             `yaml:"clients,omitempty"`
	Mapping        string               `yaml:"mapping"`
	Device         int                  `yaml:"device,omitempty"`
	DevicePointer  string               `yaml:"device_pointer,omitempty"`
	TimePointer    string               `yaml:"time_pointer,omitempty"`
	Values         []wardFileTopicValue `yaml:"values,omitempty"`
	RetainedIsLive bool                 `yaml:"retained_is_live,omitempty"`
	Bed            string               `yaml:"bed,omitempty"`
}

type wardFileTopicValue struct {
	Pointer string `yaml:"pointer,omitempty"`
	Metric  string `yaml:"metric"`
	Unit    string `yaml:"unit,omitempty"`
}

// topic is the topic as the ward has it, or what is wrong with it.
func (t wardFileTopic) topic() (ward.Topic, error) {
	out := ward.Topic{
		Name: t.Name, Filter: t.Filter, Clients: t.Clients, Mapping: t.Mapping, Device: t.Device,
		DevicePointer: t.DevicePointer, TimePointer: t.TimePointer, RetainedIsLive: t.RetainedIsLive, Bed: t.Bed,
	}
	for _, v := range t.Values {
		out.Values = append(out.Values, ward.TopicValue(v))
	}
	wrong := func(format string, args ...any) (ward.Topic, error) {
		return ward.Topic{}, fault.New(fault.Invalid, "mqtt topic %s: "+format, append([]any{t.Name}, args...)...)
	}
	needsValues := t.Mapping == mqtt.AnyJSON || t.Mapping == mqtt.HomeAssistant && !strings.HasSuffix(t.Filter, "/config")
	switch {
	case !mqtt.IsFilter(t.Filter):
		return wrong("filter %q is not an MQTT topic filter, for example home/+/state", t.Filter)
	case !slices.Contains(mqtt.Mappings, t.Mapping):
		return wrong("mapping %q is not one of %v", t.Mapping, mqtt.Mappings)
	case t.Device < 0:
		return wrong("device %d: the levels of a topic count from 1", t.Device)
	case !mqtt.IsPointer(t.DevicePointer), !mqtt.IsPointer(t.TimePointer):
		return wrong("a pointer is not a JSON pointer (RFC 6901), for example /data/hr")
	case needsValues && len(t.Values) == 0:
		return wrong("mapping %s needs values: a metric each, and where it stands", t.Mapping)
	case t.Bed != "" && !strings.Contains(t.Bed, "-"):
		return wrong("bed %q: write unit and bed, for example HOME-3", t.Bed)
	}
	for _, v := range t.Values {
		switch _, known := mqtt.Metric(v.Metric); {
		case !known:
			return wrong("metric %q is not known: use a LOINC code such as %s or an 11073 reference id such as MDC_ECG_HEART_RATE", v.Metric, vitals.HeartRate)
		case !mqtt.IsPointer(v.Pointer):
			return wrong("%q is not a JSON pointer (RFC 6901), for example /data/hr", v.Pointer)
		}
	}
	return out, nil
}

// topics reads the file's mqtt section.
func (f wardFile) topics() ([]ward.Topic, error) {
	out := make([]ward.Topic, 0, len(*f.MQTT))
	for _, t := range *f.MQTT {
		topic, err := t.topic()
		if err != nil {
			return nil, err
		}
		out = append(out, topic)
	}
	return out, nil
}

func writeTopics(topics []ward.Topic) *[]wardFileTopic {
	if len(topics) == 0 {
		return nil
	}
	var out []wardFileTopic
	for _, t := range topics {
		w := wardFileTopic{
			Name: t.Name, Filter: t.Filter, Clients: t.Clients, Mapping: t.Mapping, Device: t.Device,
			DevicePointer: t.DevicePointer, TimePointer: t.TimePointer, RetainedIsLive: t.RetainedIsLive, Bed: t.Bed,
		}
		for _, v := range t.Values {
			w.Values = append(w.Values, wardFileTopicValue(v))
		}
		out = append(out, w)
	}
	return &out
}
