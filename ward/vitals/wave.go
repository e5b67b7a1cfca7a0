package vitals

import (
	"math"
	"time"
)

// NoSample stands in Wave.Samples where nothing was measured.
const NoSample int16 = math.MinInt16

// Wave is a stretch of one waveform as a device sent it.
type Wave struct {
	MDC     int    // 11073-10101 with its partition
	RefID   string // 11073 reference id
	Label   string // as beside a trace: "II", "Pleth", "ABP"
	Unit    string // UCUM
	Start   time.Time
	Rate    float64 // samples per second, above 0
	Scale   float64 // a sample's value is Offset + Scale × sample, in Unit
	Offset  float64
	Samples []int16 // NoSample: a gap
}

// End is when the sample after the last would be.
func (w Wave) End() time.Time {
	return w.Start.Add(time.Duration(float64(len(w.Samples)) / w.Rate * float64(time.Second)))
}
