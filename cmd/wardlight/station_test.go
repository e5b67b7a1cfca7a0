package main

import (
	"testing"
	"time"

	"wardlight/ward"
	"wardlight/ward/census"
)

func TestZoneOfAPlaceThatIsNotInTheWard(t *testing.T) {
	of := func(zones ...string) ward.Ward {
		var c ward.Configure
		for i, z := range zones {
			code := census.UnitCode([]string{"ICU", "WARD"}[i])
			c.Units = append(c.Units, ward.UnitConfig{Unit: census.Unit{Code: code, Name: string(code), Zone: z, CareArea: "adult-icu", Beds: []census.BedCode{"1"}}})
		}
		w, _ := ward.Apply(ward.Ward{}, ward.Input{ID: "i1", At: time.Unix(0, 0), Event: c})
		return w
	}
	const newYork, london = "America/New_York", "Europe/London"
	for _, tt := range []struct {
		name string
		ward ward.Ward
		unit census.UnitCode
		want string
	}{
		{"a unit of the ward", of(newYork, london), "WARD", london},
		{"elsewhere", of(newYork, newYork), "THEATRE", newYork},
		{"nowhere said", of(newYork), "", newYork},
		{"units in two zones", of(newYork, london), "THEATRE", ""},
		{"no ward yet", of(), "ICU", ""},
	} {
		if got := zoneOf(tt.ward, tt.unit); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
