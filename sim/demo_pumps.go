package sim

import (
	"strconv"
	"time"
)

// hung are the pumps of ten ICU beds. seat is the place in the order in which
// the beds are filled; left and pause say when the first channel's bag ends
// and when somebody pauses it, so that there is something to see soon.
var hung = []struct {
	seat        int
	drugs       []string
	left, pause time.Duration
}{
	{seat: 1, drugs: []string{"Norepinephrine", "Amiodarone", "Potassium chloride"}},
	{seat: 3, drugs: []string{"Propofol", "Fentanyl"}},
	{seat: 5, drugs: []string{"Dopamine"}, left: 14 * time.Minute},
	{seat: 6, drugs: []string{"Heparin", "Insulin regular"}},
	{seat: 7, drugs: []string{"Vancomycin"}, left: 170 * time.Second},
	{seat: 9, drugs: []string{"Norepinephrine", "Vasopressin", "Midazolam"}},
	{seat: 10, drugs: []string{"Dexmedetomidine"}},
	{seat: 11, drugs: []string{"Furosemide", "Potassium chloride"}},
	{seat: 12, drugs: []string{"Insulin regular"}, pause: 95 * time.Second},
	{seat: 13, drugs: []string{"Fentanyl", "Propofol"}},
}

// hangPumps puts the infusions up, and one pump at a bed that the ICU has not.
func (s *stage) hangPumps(beds []Bed, order []int) {
	for _, h := range hung {
		bed := beds[order[h.seat]]
		pump := s.pump("ICU", bed.Code, bed.Patient, h.drugs)
		first := &pump.Channels[0]
		if h.left > 0 {
			first.Infused = infusedBefore(first.Program, int64(h.left/time.Second))
		}
		if h.pause > 0 {
			first.pauseIn(h.pause)
		}
		s.pumps = append(s.pumps, pump)
	}
	s.pumps = append(s.pumps, s.pump("ICU", strconv.Itoa(len(beds)+1), nil, []string{"Vancomycin"}))
}

func (s *stage) pump(unit, bed string, patient *Patient, drugs []string) Pump {
	n := len(s.pumps) + 1
	pump := Pump{
		ID: identity(5, n), Label: "PUMP" + strconv.Itoa(n), Unit: unit, Bed: bed, Patient: patient,
		Schedule: evenly(n, len(hung)+1, pumpPeriod),
	}
	for i, drug := range drugs {
		pump.Channels = append(pump.Channels, s.channel(i+1, drug, patient))
	}
	return pump
}

// channel is an infusion somewhere in its bag, with a pause of two to five
// minutes in the bag's last third.
func (s *stage) channel(number int, drug string, patient *Patient) Channel {
	c := Channel{Label: strconv.Itoa(number), Program: ordered(drug, patient), Ending: KeepOpen}
	if intermittent[drug] {
		c.Ending = Finish
	}
	p, err := Channel{Program: c.Program, Infused: "0.0", NewBagWait: time.Second}.plan()
	if err != nil {
		panic("sim: the formulary holds an infusion that cannot run: " + drug + ": " + err.Error())
	}
	c.Infused = tenths(int64(between(s.dice, 0.05, 0.6) * float64(p.vtbi)))
	c.PauseAt = time.Duration(between(s.dice, 0.67, 0.95) * float64(p.runFor(p.vtbi))).Truncate(time.Second)
	c.PauseFor = time.Duration(120+s.dice.IntN(180)) * time.Second
	c.NewBagWait = time.Duration(150+s.dice.IntN(240)) * time.Second
	return c
}

// pauseIn moves the channel's pause to a time after the script begins.
func (c *Channel) pauseIn(t time.Duration) {
	p, err := c.plan()
	if err != nil {
		panic("sim: " + err.Error())
	}
	c.PauseAt = p.runFor(p.first) + t
}
