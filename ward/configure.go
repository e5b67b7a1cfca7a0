package ward

import (
	"cmp"
	"maps"
	"slices"

	"wardlight/ward/alarm"
	"wardlight/ward/audit"
	"wardlight/ward/census"
	"wardlight/ward/fault"
	"wardlight/ward/staff"
	"wardlight/ward/vitals"
)

// configure takes in unit definitions and settings, all of it or nothing.
func (d *draft) configure(c Configure) {
	if c.Settings != nil {
		if err := c.Settings.Validate(); err != nil {
			d.note(Change{What: Declined{err}})
			return
		}
	}
	units := make([]*Unit, 0, len(c.Units))
	for i, config := range c.Units {
		u, err := d.configured(config)
		if slices.ContainsFunc(c.Units[:i], func(o UnitConfig) bool { return o.Code == config.Code }) {
			err = fault.New(fault.Invalid, "unit %s is defined twice", config.Code)
		}
		if err != nil {
			d.note(Change{What: Declined{err}})
			return
		}
		units = append(units, u)
	}
	for _, u := range units {
		before, known := d.Unit(u.Code)
		d.putUnit(u)
		d.note(Change{Unit: u.Code, What: UnitConfigured{u.UnitConfig}})
		if known {
			d.relimit(before, u)
		}
	}
	if c.Settings != nil {
		d.settings = c.Settings.over(d.settings)
		d.note(Change{What: SettingsConfigured{d.settings}})
	}
	d.note(Change{What: ConfigApplied{c.Digest}})
	d.audit(c.By, "configure-ward", c.Digest, "")
}

// configured makes the unit as it will be, keeping what its beds hold.
func (d *draft) configured(config UnitConfig) (*Unit, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	rules, err := config.rules()
	if err != nil {
		return nil, err
	}
	u := &Unit{UnitConfig: config, rules: rules, judge: map[vitals.Code][]alarm.Rule{}, place: map[census.BedCode]int{}}
	for _, r := range rules {
		u.judge[r.Metric] = append(u.judge[r.Metric], r)
	}
	old, _ := d.Unit(config.Code)
	for _, code := range config.Unit.Beds {
		bed := &Bed{ID: census.BedID{Unit: config.Code, Bed: code}}
		if old != nil {
			if known, ok := old.Bed(code); ok {
				bed = known
			}
		}
		u.place[code] = len(u.Beds)
		u.Beds = append(u.Beds, bed)
	}
	if old == nil {
		return u, nil
	}
	for _, b := range old.Beds {
		_, kept := u.Bed(b.ID.Bed)
		if !kept && (b.Encounter != nil || len(b.Devices) > 0 || len(b.Episodes) > 0) {
			return nil, fault.New(fault.Conflict, "bed %s is in use and missing from the ward file: transfer or discharge its patient and stop its devices first", b.ID)
		}
	}
	return u, nil
}

// rules are the unit's limits: its own over the defaults of its care area.
func (c UnitConfig) rules() ([]alarm.Rule, error) {
	bands := alarm.DefaultBands(c.CareArea)
	for code, band := range c.Limits {
		bands[code] = band
	}
	var out []alarm.Rule
	for _, code := range slices.Sorted(maps.Keys(bands)) {
		rules, err := alarm.Rules(code, bands[code])
		if err != nil {
			return nil, fault.New(fault.Invalid, "unit %s, limits of %s: %w", c.Code, code, err)
		}
		out = append(out, rules...)
	}
	slices.SortFunc(out, func(a, b alarm.Rule) int {
		return cmp.Or(cmp.Compare(vitals.Order(a.Metric), vitals.Order(b.Metric)), cmp.Compare(a.Side, b.Side))
	})
	return out, nil
}

func (d *draft) putUnit(u *Unit) {
	i, found := slices.BinarySearchFunc(d.units, u, func(a, b *Unit) int { return cmp.Compare(a.Code, b.Code) })
	units := slices.Clone(d.units)
	if found {
		units[i] = u
	} else {
		units = slices.Insert(units, i, u)
	}
	d.units = units
}

// audit writes a line of the audit trail.
func (d *draft) audit(actor staff.ID, action, subject, detail string) {
	d.note(Change{What: AuditWritten{audit.Entry{At: d.in.At, Actor: actor, Action: action, Subject: subject, Detail: detail}}})
}
