package mqtt

import (
	"slices"
	"strings"
	"unicode"

	"wardlight/ward"
)

// home is the first level of the topics that every device has of its own:
// wardlight/<name>/...
const home = "wardlight"

// Matches reports whether a topic is one of those that a filter means (MQTT
// 3.1.1, §4.7).
func Matches(filter, topic string) bool {
	want, have := strings.Split(filter, "/"), strings.Split(topic, "/")
	if strings.HasPrefix(topic, "$") != strings.HasPrefix(filter, "$") {
		return false
	}
	for i, level := range want {
		switch {
		case level == "#":
			return true
		case i >= len(have), level != "+" && level != have[i]:
			return false
		}
	}
	return len(want) == len(have)
}

// IsFilter reports whether text is a topic filter that a ward file may name.
func IsFilter(text string) bool {
	levels := strings.Split(text, "/")
	for i, level := range levels {
		if level == "#" && i < len(levels)-1 || len(level) > 1 && strings.ContainsAny(level, "+#") {
			return false
		}
	}
	return text != "" && !strings.HasPrefix(text, "$") && !strings.ContainsRune(text, 0)
}

// isOwn reports whether a topic, or all that a filter means, is below the
// device's own home.
func isOwn(name, topic string) bool {
	return topic == home+"/"+name || strings.HasPrefix(topic, home+"/"+name+"/")
}

// isName reports whether a device of this name can have a home: the name is
// one level of a topic and no wildcard.
func isName(name string) bool {
	return name != "" && len(name) <= maxName && !strings.ContainsAny(name, "+#/$") && !strings.ContainsFunc(name, unicode.IsControl)
}

// maxName bounds the names of devices, in bytes.
const maxName = 128

// entryFor finds what the ward file says of a topic on which a device
// publishes; else its home, which is read in our own form.
func entryFor(topics []ward.Topic, device, topic string) (t ward.Topic, ok bool) {
	if strings.HasPrefix(topic, "$") || strings.ContainsAny(topic, "+#") {
		return ward.Topic{}, false
	}
	for _, t := range topics {
		if Matches(t.Filter, topic) && (len(t.Clients) == 0 || slices.Contains(t.Clients, device)) {
			return t, true
		}
	}
	if isOwn(device, topic) {
		return ward.Topic{Name: "its own topics", Filter: home + "/" + device + "/#", Mapping: OwnForm}, true
	}
	return ward.Topic{}, false
}
