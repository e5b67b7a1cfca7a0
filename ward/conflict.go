package ward

import (
	"slices"

	"wardlight/ward/alarm"
	"wardlight/ward/census"
)

// contest notes that an encounter lost its bed to a newer event, or did not
// get it for one. Two patients for one bed is an error of the census that
// somebody must clear up: a technical alarm stands while it lasts.
func (d *draft) contest(bed census.BedID, loser census.EncounterID) {
	b, ok := d.Bed(bed)
	if !ok || slices.Contains(b.Displaced, loser) {
		return
	}
	d.editBed(bed, func(b *Bed) { b.Displaced = append(slices.Clone(b.Displaced), loser) })
	d.open(alarm.Episode{
		Bed: bed, Encounter: loser,
		Code: CodeBedConflict, Label: "Two patients for bed " + bed.String(),
		Category: alarm.Technical, Origin: alarm.FromSystem, Priority: alarm.Low,
	})
}

// settle ends the conflicts of an encounter that has a bed again, or is over.
func (d *draft) settle(id census.EncounterID) {
	for _, u := range d.units {
		for _, b := range u.Beds {
			if !slices.Contains(b.Displaced, id) {
				continue
			}
			d.editBed(b.ID, func(b *Bed) {
				b.Displaced = slices.DeleteFunc(slices.Clone(b.Displaced), func(e census.EncounterID) bool { return e == id })
			})
			for _, e := range b.Episodes {
				if e.Code == CodeBedConflict && e.Encounter == id {
					d.step(e, alarm.EventClear)
				}
			}
		}
	}
}
