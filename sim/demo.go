package sim

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"wardlight/sim/recording"
)

// How often the demo's devices speak.
const (
	monitorPeriod   = time.Second
	wearablePeriod  = 2 * time.Second
	spotCheckPeriod = 10 * time.Second
	pumpPeriod      = 10 * time.Second
)

// calmMinutes are places in the numerics recording from which its patient is
// within ordinary adult limits for twenty minutes, with the minute before
// which the window has to end: there the sensors were off for long.
var calmMinutes = [][2]int{
	{182, 276},
	{499, 591},
	{653, 1164},
	{673, 1164},
	{729, 1164},
	{793, 1164},
	{827, 1164},
	{847, 1164},
	{882, 1164},
	{902, 1164},
	{922, 1164},
	{949, 1164},
	{969, 1164},
	{1046, 1164},
	{1066, 1164},
	{1086, 1164},
	{1106, 1164},
	{1165, 1382},
	{1185, 1382},
	{1205, 1382},
	{1225, 1382},
	{1245, 1382},
	{1284, 1382},
	{1304, 1382},
	{1445, 1539},
	{1695, 1911},
	{1757, 1911},
	{1801, 1911},
}

// Demo is the ward of the demonstration: ICU, WARD and HOME. In the first
// twenty seconds nothing happens; within two minutes two patients with a
// recorded tachycardia arrive, one desaturates far and one monitor falls silent;
// after that something happens every few minutes, all day.
func Demo(seed uint64) Script {
	d := newStage(seed)
	icu := d.intensiveCare()
	return Script{
		Seed:  seed,
		Units: []Unit{icu, d.ward(), d.homes()},
		Pumps: d.pumps,
	}
}

// stage is what is left to hand out while a script is written.
type stage struct {
	cast    *cast
	dice    *rand.Rand
	windows []Window // of the numerics, in seeded order
	waves   int      // windows of the BIDMC recording handed out
	pumps   []Pump
}

func newStage(seed uint64) *stage {
	s := &stage{cast: newCast(seed), dice: dice(seed, "stage")}
	for _, m := range calmMinutes {
		start, end := time.Duration(m[0])*time.Minute, time.Duration(m[1])*time.Minute
		s.windows = append(s.windows, Window{recording.ICUDay, start, end - start})
	}
	s.dice.Shuffle(len(s.windows), func(i, j int) { s.windows[i], s.windows[j] = s.windows[j], s.windows[i] })
	return s
}

func (s *stage) numerics() Window {
	w := s.windows[0]
	s.windows = s.windows[1:]
	return w
}

// bidmc hands out windows of the BIDMC recording that begin 27 s apart.
func (s *stage) bidmc() Window {
	start := time.Duration(s.waves%12) * 27 * time.Second
	s.waves++
	return Window{recording.BIDMC, start, 8*time.Minute - start}
}

// beds are n empty beds, "1" to "n", and the order in which they are filled.
func (s *stage) beds(n int) (beds []Bed, order []int) {
	for i := range n {
		beds = append(beds, Bed{Code: strconv.Itoa(i + 1)})
	}
	return beds, s.dice.Perm(n)
}

// identity is an EUI-64 with the bit of local administration set, so that it
// is nobody's real device.
func identity(kind, number int) string { return fmt.Sprintf("02A037FF%04X%04X", kind, number) }

// evenly spreads n devices over a period, so that they do not speak at once.
func evenly(i, n int, period time.Duration) Schedule {
	return Schedule{Phase: period * time.Duration(i) / time.Duration(n), Period: period}
}

func (s *stage) intensiveCare() Unit {
	beds, order := s.beds(16)
	happens := map[int][]Overlay{
		3: {{Desaturation, 6 * time.Minute, 41 * time.Minute, 2 * time.Minute, 76}},
		6: {{Desaturation, 25 * time.Second, 17 * time.Minute, 150 * time.Second, 78}}, // low enough for high priority
		7: {{DeviceLost, 45 * time.Second, 31 * time.Minute, 75 * time.Second, 0}},
		8: {{ProbeOff, 130 * time.Second, 23 * time.Minute, 100 * time.Second, 0}},
		9: {{Tachycardia, 190 * time.Second, 27 * time.Minute, 3 * time.Minute, 138}},
	}
	for i, at := range order[1:] { // order[0] stays empty
		admitted, window := s.cast.earlier(), Window{}
		switch i + 1 {
		case 1:
			admitted, window = 30*time.Second, Window{recording.MIMIC, 0, 10 * time.Minute}
		case 2:
			admitted, window = 75*time.Second, Window{recording.Asystole, 0, 330 * time.Second}
		case 3, 4:
			window = s.bidmc()
		case 5:
			window = Window{recording.MIMICLine, 0, 16 * time.Second}
		default:
			window = s.numerics()
		}
		beds[at].Patient = s.cast.next(admitted)
		beds[at].Devices = []Device{{
			ID: identity(1, at+1), Label: "MON" + beds[at].Code, Kind: Monitor, Window: window,
			Schedule: evenly(at, len(beds), monitorPeriod), Checks: 15 * time.Minute, Overlays: happens[i+1],
		}}
	}
	s.hangPumps(beds, order)
	return Unit{"ICU", "Intensive care", beds}
}

func (s *stage) ward() Unit {
	beds, order := s.beds(24)
	happens := map[int][]Overlay{
		1: {{Desaturation, 150 * time.Second, 19 * time.Minute, 3 * time.Minute, 85}},
		2: {{DeviceLost, 4 * time.Minute, 37 * time.Minute, 2 * time.Minute, 0}},
		3: {{Tachycardia, 5 * time.Minute, 29 * time.Minute, 4 * time.Minute, 134}},
		4: {{ProbeOff, 8 * time.Minute, 26 * time.Minute, 2 * time.Minute, 0}},
	}
	for i, at := range order[:20] {
		b := &beds[at]
		window := s.bidmc
		if i%10 < 7 {
			window = s.numerics
		}
		replayed := window()
		b.Patient = s.cast.next(s.cast.earlier())
		b.Devices = []Device{
			{
				ID: identity(2, at+1), Label: "WEAR" + b.Code, Kind: Wearable, Window: replayed,
				Schedule: evenly(at, len(beds), wearablePeriod), Overlays: happens[i],
			},
			{
				ID: identity(3, at+1), Label: "SPOT" + b.Code, Kind: SpotCheck, Window: replayed,
				Schedule: evenly(at, len(beds), spotCheckPeriod), Checks: 5 * time.Minute,
			},
		}
	}
	return Unit{"WARD", "General ward", beds}
}

func (s *stage) homes() Unit {
	beds, _ := s.beds(8)
	happens := map[int][]Overlay{
		2: {{DeviceLost, 200 * time.Second, 29 * time.Minute, 3 * time.Minute, 0}},
		5: {{Desaturation, 7 * time.Minute, 33 * time.Minute, 4 * time.Minute, 86}},
	}
	for i := range beds {
		window := s.bidmc
		if i%2 == 0 {
			window = s.numerics
		}
		beds[i].Patient = s.cast.next(s.cast.earlier())
		beds[i].Devices = []Device{{
			ID: identity(4, i+1), Label: "HOME" + beds[i].Code, Kind: Wearable, Window: window(),
			Schedule: evenly(i, len(beds), wearablePeriod), Overlays: happens[i],
		}}
	}
	return Unit{"HOME", "Homes", beds}
}
