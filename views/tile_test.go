package views

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/net/html"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/infusion"
	"wardlight/ward/staff"
	"wardlight/ward/vitals"
)

var well = map[vitals.Code]string{
	vitals.HeartRate: "78", vitals.SpO2: "97", vitals.RespRate: "16",
	vitals.NIBPSystolic: "118", vitals.NIBPDiastolic: "72", vitals.NIBPMean: "87", vitals.Temperature: "37.20",
}

func with(code vitals.Code, value string) map[vitals.Code]string {
	out := map[vitals.Code]string{}
	for k, v := range well {
		out[k] = v
	}
	out[code] = value
	return out
}

// drawn renders a component and parses it.
func drawn(t *testing.T, c templ.Component) *html.Node {
	t.Helper()
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), " style=") || strings.Contains(b.String(), " onclick") {
		t.Error("the content security policy forbids inline styles and handlers")
	}
	doc, err := html.Parse(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// find lists the elements that have the attribute with the value.
func find(n *html.Node, attr, value string) []*html.Node {
	var out []*html.Node
	for d := range n.Descendants() {
		for _, a := range d.Attr {
			if a.Key == attr && a.Val == value {
				out = append(out, d)
			}
		}
	}
	return out
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func TestATileHoldsEveryNumberOnce(t *testing.T) {
	s := newStage(t)
	s.measure("1", well)
	doc := drawn(t, BedTile(s.tile("1")))
	if len(find(doc, "data-bed", "ICU-1")) != 1 {
		t.Error("no article with data-bed")
	}
	for code, want := range well {
		slots := find(doc, "data-v", string(code))
		if len(slots) != 1 {
			t.Errorf("%s: %d slots, want one", code, len(slots))
			continue
		}
		if got := textOf(slots[0]); got != want {
			t.Errorf("%s: shows %q, want %q", code, got, want)
		}
	}
	if who := textOf(doc); !strings.Contains(who, "Okafor, Ngozi") || !strings.Contains(who, "71 F") {
		t.Errorf("the patient is missing in %q", who)
	}
}

// A ventilated patient has twenty numbers: the tile keeps to those by which a
// ward is watched, the bedside lists them all.
func TestTheBedsideListsWhatTheTileLeavesOut(t *testing.T) {
	s := newStage(t)
	all := with(vitals.EndTidalCO2, "38")
	left := map[vitals.Code]string{
		vitals.InspiredO2: "40", vitals.PEEP: "5", vitals.PVCRate: "2", vitals.STLeadII: "-0.1", vitals.Glucose: "105",
		vitals.PAPSystolic: "28", vitals.PAPDiastolic: "12", vitals.PAPMean: "18", vitals.CardiacOutput: "4.8",
	}
	for code, v := range left {
		all[code] = v
	}
	s.measure("1", all)
	tile, bedside := drawn(t, BedTile(s.tile("1"))), drawn(t, BedsideView(s.scene().Bedside(s.bed("1"))))
	if len(find(tile, "data-v", string(vitals.EndTidalCO2))) != 1 {
		t.Error("the tile lacks EtCO2")
	}
	for code, v := range left {
		if n := len(find(tile, "data-v", string(code))); n != 0 {
			t.Errorf("%s: %d times on the tile", code, n)
		}
		if slots := find(bedside, "data-v", string(code)); len(slots) != 1 || textOf(slots[0]) != v {
			t.Errorf("%s: not once on the bedside as %s", code, v)
		}
	}
	if text := textOf(bedside); !strings.Contains(text, "PAP") || strings.Contains(text, "PAP sys") || !strings.Contains(text, "cmH₂O") {
		t.Errorf("the bedside says %q", text)
	}
}

func TestNumbersGrowOld(t *testing.T) {
	s := newStage(t)
	s.measure("1", well)
	for _, c := range []struct {
		seconds     int
		look        Look
		text, words string
	}{
		{1, LooksFresh, "78", ""},
		{4, LooksAgeing, "78", "5 s"},
		{15, LooksStale, "78", "20 s old"},
		{60, LooksGone, "– –", "was 78 12:00:00"},
	} {
		s.pass(c.seconds)
		f := s.tile("1").Figures[0]
		if f.Look != c.look || f.Text() != c.text || f.Words() != c.words {
			t.Errorf("after %d s more: %s %q %q, want %s %q %q", c.seconds, f.Look, f.Text(), f.Words(), c.look, c.text, c.words)
		}
	}
}

func TestASensorThatIsOffShowsWhatItLastSaid(t *testing.T) {
	s := newStage(t)
	s.measure("1", well)
	s.pass(1)
	s.measure("1", with(vitals.SpO2, ""))
	f := s.tile("1").Figures[1]
	if f.Text() != "– –" || f.Words() != "was 97 12:00:00" {
		t.Errorf("shows %q, %q", f.Text(), f.Words())
	}
}

func TestThePulseStandsInForTheHeartRate(t *testing.T) {
	s := newStage(t)
	s.measure("1", map[vitals.Code]string{vitals.PulseRate: "81", vitals.SpO2: "97"})
	f := s.tile("1").Figures[0]
	if f.Label != "Pulse" || f.Code != string(vitals.PulseRate) || f.Value != "81" {
		t.Errorf("shows %s %s %s", f.Label, f.Code, f.Value)
	}
}

func TestAnAlarmMarksItsNumberAndFillsTheSlot(t *testing.T) {
	s := newStage(t)
	s.measure("1", well)
	s.hold(14, "1", with(vitals.HeartRate, "150"))
	tile := s.tile("1")
	if tile.Flag == nil {
		t.Fatal("no alarm")
	}
	if !tile.Figures[0].Breach || tile.Figures[1].Breach {
		t.Error("the number beyond its limit is not the one that is marked")
	}
	doc := drawn(t, BedTile(tile))
	slot := find(doc, "data-alarm", tile.Flag.Alarm)
	if len(slot) != 1 || !strings.Contains(attr(slot[0], "class"), "f-") || !strings.Contains(textOf(slot[0]), "HR 150>") {
		t.Errorf("the slot: %v", slot)
	}

	s.acknowledge("1")
	tile = s.tile("1")
	if tile.Flag.State != FlagAcknowledged || !strings.HasPrefix(tile.Flag.By, "Kim R. 12:00") {
		t.Errorf("acknowledged: %+v", tile.Flag)
	}
	doc = drawn(t, BedTile(tile))
	if c := attr(find(doc, "data-alarm", tile.Flag.Alarm)[0], "class"); c != "alarm ack" {
		t.Errorf("an acknowledged alarm keeps no fill, got %q", c)
	}
	if tile.bedFill() != "" {
		t.Error("the bed number is still filled")
	}
}

func TestAnAlarmThatEndedUnseenStays(t *testing.T) {
	s := newStage(t)
	s.measure("1", well)
	s.hold(20, "1", with(vitals.HeartRate, "20"))
	s.hold(20, "1", well)
	flag := s.tile("1").Flag
	if flag == nil || flag.State != FlagLatched || !strings.HasPrefix(flag.Text, "ended: HR 20<") {
		t.Fatalf("got %+v", flag)
	}
	r := s.scene().Rail()
	if len(r.Open) != 1 || r.Open[0].button() != "Seen" {
		t.Errorf("the worklist: %+v", r.Open)
	}
}

func TestOnlyNumbersChangedMeansTheSameStructure(t *testing.T) {
	s := newStage(t)
	s.measure("1", well)
	s.infuse("1", infusion.Channel{Channel: "1", Status: infusion.Infusing, Drug: "Propofol", Rate: amountOf("10.0", "mL/h"), VTBI: amountOf("50.0", "mL"), Infused: amountOf("10.0", "mL"), Remaining: amountOf("40.0", "mL")})
	before := s.tile("1")
	s.pass(7)
	s.measure("1", with(vitals.HeartRate, "81"))
	s.infuse("1", infusion.Channel{Channel: "1", Status: infusion.Infusing, Drug: "Propofol", Rate: amountOf("10.0", "mL/h"), VTBI: amountOf("50.0", "mL"), Infused: amountOf("11.0", "mL"), Remaining: amountOf("39.0", "mL")})
	after := s.tile("1")
	same := cmpopts.EquateEmpty()
	unexported := cmp.AllowUnexported(Number{})
	if diff := cmp.Diff(before.Structure(), after.Structure(), same, unexported); diff != "" {
		t.Errorf("the values lane alone should do:\n%s", diff)
	}
	if cmp.Equal(before.Numbers(), after.Numbers(), unexported) {
		t.Error("the numbers have not changed")
	}

	s.infuse("1", infusion.Channel{Channel: "1", Status: infusion.Paused, Drug: "Propofol", Rate: amountOf("0", "mL/h"), VTBI: amountOf("50.0", "mL"), Infused: amountOf("11.0", "mL"), Remaining: amountOf("39.0", "mL")})
	if cmp.Equal(after.Structure(), s.tile("1").Structure(), same, unexported) {
		t.Error("a paused pump is another structure")
	}
}

func TestADoseNeverStandsWithoutItsUnit(t *testing.T) {
	s := newStage(t)
	s.infuse("1",
		infusion.Channel{Channel: "1", Status: infusion.Infusing, Drug: "NORepinephrine", Dose: amountOf("0.12", "ug/kg/min"), Rate: amountOf("15.0", "mL/h"), VTBI: amountOf("250.0", "mL"), Infused: amountOf("60.0", "mL"), Remaining: amountOf("10.0", "mL")},
		infusion.Channel{Channel: "2", Status: infusion.Stopped, Drug: "Insulin", Rate: amountOf("2.5", "mL/h")},
		infusion.Channel{Channel: "3", Status: infusion.KVO},
	)
	doc := drawn(t, BedTile(s.tile("1")))
	for channel, want := range map[string]string{
		"PUMP1/1": "NORepinephrine +2 0.12 µg/kg/min 0:40",
		"PUMP1/2": "Insulin +1 2.5 mL/h stop",
		"PUMP1/3": "No drug named KVO",
	} {
		rows := find(doc, "data-channel", channel)
		if len(rows) != 1 || textOf(rows[0]) != want {
			t.Errorf("%s: got %v, want %q", channel, rows, want)
			continue
		}
		if near := strings.Contains(attr(rows[0], "class"), "near"); near != (channel == "PUMP1/1") {
			t.Errorf("%s: framed %v", channel, near)
		}
	}
	s.pass(200)
	if p := s.tile("1").Pumps[0]; !p.Stale || p.Left != "?" || p.Near {
		t.Errorf("a silent pump's time left is not known: %+v", p)
	}
}

func TestBedsWithoutPatientOrDevice(t *testing.T) {
	s := newStage(t)
	if tile := s.tile("3"); !tile.Empty || !strings.Contains(textOf(drawn(t, BedTile(tile))), "Empty") {
		t.Error("bed 3 is empty")
	}
	s.measure("2", well)
	if got := textOf(drawn(t, BedTile(s.tile("2")))); !strings.Contains(got, "Monitored") || !strings.Contains(got, "No patient assigned") {
		t.Errorf("bed 2 is monitored without a patient: %q", got)
	}
	if tile := s.tile("1"); tile.Empty {
		t.Error("bed 1 has a patient")
	}
}

// Who is away leaves no numbers behind; an alarm shows them again.
func TestAwayTile(t *testing.T) {
	s := newStage(t)
	s.measure("1", well)
	lee := staff.Person{ID: "lee", Name: "Lee S.", Role: staff.ChargeNurse}
	bed, _ := s.ward.Bed(census.BedID{Unit: "ICU", Bed: "1"})
	s.apply(ward.GoAway{Encounter: bed.Encounter.ID, Where: "imaging", Until: s.now.Add(2 * time.Hour), By: lee})
	doc := drawn(t, BedTile(s.tile("1")))
	if got := textOf(doc); !strings.Contains(got, "AWAY imaging since 12:00 until 14:00, by Lee S.") || strings.Contains(got, "78") || len(find(doc, "data-v", "8867-4")) > 0 {
		t.Errorf("the tile says %q", got)
	}
	bed, _ = s.ward.Bed(bed.ID)
	if got := textOf(drawn(t, BedsideView(s.scene().Bedside(bed)))); !strings.Contains(got, "AWAY imaging since 12:00 until 14:00, by Lee S.") {
		t.Errorf("the bedside says %q", got)
	}
	s.pass(1)
	s.measure("1", with(vitals.HeartRate, "150"))
	if got := textOf(drawn(t, BedTile(s.tile("1")))); !strings.Contains(got, "AWAY imaging until 14:00") || !strings.Contains(got, "150") {
		t.Errorf("with an alarm, the tile says %q", got)
	}
}

func TestEveryTileCarriesACover(t *testing.T) {
	s := newStage(t)
	s.measure("1", well)
	for _, bed := range []census.BedCode{"1", "3"} {
		covers := find(drawn(t, BedTile(s.tile(bed))), "class", "cover")
		if len(covers) != 1 || !strings.Contains(textOf(covers[0]), "NOT LIVE last update 12:00:00") {
			t.Errorf("bed %s: %v", bed, covers)
		}
	}
}

func TestDevicesWithoutABedAreNamedWithTheReason(t *testing.T) {
	s := newStage(t)
	s.measure("99", well)
	pool := s.scene().Pool()
	if len(pool) != 1 || pool[0].Why == "" || pool[0].Location != "ICU^^99" {
		t.Fatalf("got %+v", pool)
	}
	if got := textOf(drawn(t, UnassignedPool(pool))); !strings.Contains(got, "1 unassigned") {
		t.Errorf("got %q", got)
	}
}

func TestARecordThatLagsIsSaidAcrossThePage(t *testing.T) {
	s := newStage(t)
	recorded := s.now
	s.now = s.now.Add(ward.NotRecordingAfter * 2)
	s.apply(ward.Tick{RecordedAt: recorded})
	bars := s.scene().Bars(Kept{Messages: 1240, Since: s.now, Trouble: "the disk of the outage spool is full"})
	if len(bars) != 1 || bars[0].Word != "NOT RECORDING" {
		t.Fatalf("got %+v", bars)
	}
	got := textOf(drawn(t, Bars(bars)))
	for _, want := range []string{"NOT RECORDING", "Kept in the outage spool: 1,240 messages since ", "not answered: the disk of the outage spool is full."} {
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want %q in it", got, want)
		}
	}
}

func TestADiskThatIsNearlyFullIsSaidAcrossThePage(t *testing.T) {
	s := newStage(t)
	s.apply(ward.Tick{RecordedAt: s.now, Ground: ward.Ground{
		Disks: []ward.Disk{{Holds: "database", Free: 70 << 30, Total: 1000 << 30}},
		Spool: ward.SpoolLevel{Used: 9, Max: 10},
	}})
	got := textOf(drawn(t, Bars(s.scene().Bars(Kept{}))))
	for _, want := range []string{"DISK LOW: database disk 7 % free", "Once it is full nothing is recorded.", "Outage spool 90 % full"} {
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want %q in it", got, want)
		}
	}
}

func TestAPatientWithoutANameIsNotNobody(t *testing.T) {
	s := newStage(t)
	s.admit("2", "MRN2", "", "")
	if got := textOf(drawn(t, BedTile(s.tile("2")))); !strings.Contains(got, "Name not known") || strings.Contains(got, "No patient") {
		t.Errorf("got %q", got)
	}
}

// Where room is short an alarm loses what the hatching says too, never a part
// of its numbers.
func TestAnAlarmIsShortenedAtItsTail(t *testing.T) {
	s := newStage(t)
	s.hold(20, "1", map[vitals.Code]string{vitals.HeartRate: "130"})
	s.pass(40)
	for _, e := range s.bed("1").Episodes {
		if f := s.scene().Flag(e); e.Origin == alarm.FromLimit && (f.Brief != "HR 130>120" || f.tail() != ", no signal now") {
			t.Errorf("got %q and %q", f.Brief, f.tail())
		}
	}
}
