package recording

// smooth is the centred moving average of x over about width samples: a
// low-pass filter without delay whose first zero lies at rate/width.
func smooth(x []float64, width int) []float64 {
	half := max(width, 1) / 2
	out := make([]float64, len(x))
	sum, lo, hi := 0.0, 0, 0 // sum is of x[lo:hi]
	for i := range x {
		for ; hi < len(x) && hi <= i+half; hi++ {
			sum += x[hi]
		}
		for ; lo < i-half; lo++ {
			sum -= x[lo]
		}
		out[i] = sum / float64(hi-lo)
	}
	return out
}

// minus is a − b, sample by sample.
func minus(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] - b[i]
	}
	return out
}

// slope is the difference of x over step samples, centred.
func slope(x []float64, step int) []float64 {
	out := make([]float64, len(x))
	for i := step; i+step < len(x); i++ {
		out[i] = x[i+step] - x[i-step]
	}
	return out
}

// apply is f of every sample of x.
func apply(x []float64, f func(float64) float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = f(v)
	}
	return out
}
