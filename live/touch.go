package live

import (
	"slices"

	"wardlight/ward"
	"wardlight/ward/census"
)

// touched says which pictures an input changed.
type touched struct {
	units  []unitTouched
	system bool // alarms about the system itself
	pool   bool // which devices are unassigned
	tick   bool
}

type unitTouched struct {
	code      UnitCode
	beds      []census.BedCode // sorted
	alarms    bool
	redefined bool
}

// touchedBy reads what changes mean for screens. Units that the ward does not
// have, named by some device, count for nobody.
func touchedBy(changes []ward.Change, w ward.Ward) touched {
	var t touched
	for _, c := range changes {
		var alarms, redefined bool
		switch c.What.(type) {
		case ward.Declined, ward.AuditWritten, ward.Quarantined, ward.ConfigApplied, ward.StripKept:
			continue
		case ward.EpisodeChanged, ward.AcknowledgementRequested:
			alarms = true
			t.system = t.system || c.Unit == ""
		case ward.Associated, ward.Released:
			t.pool = true
		case ward.DeviceKnown, ward.Aged:
			t.pool = t.pool || c.Bed == ""
		case ward.UnitConfigured:
			redefined = true
		}
		if _, known := w.Unit(c.Unit); !known {
			continue
		}
		u := t.unit(c.Unit)
		u.alarms, u.redefined = u.alarms || alarms, u.redefined || redefined
		if c.Bed != "" {
			u.beds = withBed(u.beds, c.Bed)
		}
	}
	return t
}

func (t *touched) unit(code UnitCode) *unitTouched {
	i := slices.IndexFunc(t.units, func(u unitTouched) bool { return u.code == code })
	if i < 0 {
		i = len(t.units)
		t.units = append(t.units, unitTouched{code: code})
	}
	return &t.units[i]
}

func withBed(beds []census.BedCode, bed census.BedCode) []census.BedCode {
	if i, found := slices.BinarySearch(beds, bed); !found {
		return slices.Insert(beds, i, bed)
	}
	return beds
}
