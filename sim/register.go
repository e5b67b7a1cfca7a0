package sim

import (
	"cmp"
	"slices"
	"sync"
)

// register knows whose admission the station has answered.
type register struct {
	open chan struct{} // closed when that is so for everybody who was there when the script began

	mu       sync.Mutex
	answered map[*Patient]bool
	missing  int // of those who were there
}

func newRegister(s Script) *register {
	r := &register{open: make(chan struct{}), answered: map[*Patient]bool{}}
	for _, a := range arrivals(s) {
		if a.Patient.Admitted <= 0 {
			r.missing++
		}
	}
	if r.missing == 0 {
		close(r.open)
	}
	return r
}

func (r *register) enter(p *Patient) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.answered[p] {
		return
	}
	r.answered[p] = true
	if p.Admitted > 0 {
		return
	}
	if r.missing--; r.missing == 0 {
		close(r.open)
	}
}

// has reports whether devices may speak of a patient. Of nobody they always
// may.
func (r *register) has(p *Patient) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return p == nil || r.answered[p]
}

// arrivals are the script's admissions in their order.
func arrivals(s Script) []Movement {
	var out []Movement
	for _, u := range s.Units {
		for _, b := range u.Beds {
			if b.Patient != nil {
				out = append(out, Movement{Event: Admitted, Patient: b.Patient, Unit: u.Code, Bed: b.Code})
			}
		}
	}
	slices.SortStableFunc(out, func(x, y Movement) int { return cmp.Compare(x.Patient.Admitted, y.Patient.Admitted) })
	return out
}
