package sim

import (
	"fmt"
	"slices"
)

// Only is the script of some of its units, with their pumps.
func (s Script) Only(units ...string) (Script, error) {
	out := Script{Seed: s.Seed}
	for _, u := range s.Units {
		if slices.Contains(units, u.Code) {
			out.Units = append(out.Units, u)
		}
	}
	for _, p := range s.Pumps {
		if slices.Contains(units, p.Unit) {
			out.Pumps = append(out.Pumps, p)
		}
	}
	for _, code := range units {
		if !slices.ContainsFunc(out.Units, func(u Unit) bool { return u.Code == code }) {
			return Script{}, fmt.Errorf("the script has no unit %q", code)
		}
	}
	return out, nil
}
