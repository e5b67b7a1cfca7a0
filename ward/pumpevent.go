package ward

import (
	"cmp"
	"slices"

	"wardlight/ward/infusion"
)

// takePumpEvents records what happened to a pump's channels (IHE PCD-10). An
// event that is the last word on its channel says how the channel is now; one
// that a pump kept while it was out of reach is history.
func (d *draft) takePumpEvents(dev *Device, events []infusion.Event) {
	if len(events) == 0 {
		return
	}
	var current []infusion.Channel
	for _, e := range events {
		if e.State.Status == "" {
			continue // it says nothing of the delivery
		}
		i, found := slices.BinarySearchFunc(dev.Channels, e.Channel, func(k infusion.Channel, name string) int { return cmp.Compare(k.Channel, name) })
		switch {
		case dev.isOfAnother(e.State.At):
		case !found:
			current = append(current, e.State)
		case !e.State.At.Before(dev.Channels[i].At):
			current = append(current, e.State.After(dev.Channels[i]))
		}
	}
	d.takeChannels(dev, current)
	d.at(dev.Bed, PumpEventsReported{events})
}
