package ward

import "wardlight/ward/vitals"

// keepStrip keeps waveforms around an alarm. One without a sample is no strip.
func (d *draft) keepStrip(s KeepStrip) {
	var waves []StripWave
	for _, w := range s.Waves {
		for _, x := range w.Samples {
			if x != vitals.NoSample {
				waves = append(waves, w)
				break
			}
		}
	}
	if s.Waves = waves; len(waves) > 0 {
		d.at(s.Bed, StripKept{s})
	}
}
