package views

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/device"
	"wardlight/ward/infusion"
	"wardlight/ward/vitals"
)

// Devices is the page on which people say whom a device belongs to.
type Devices struct {
	Clock             string
	Connected, Silent int
	Device, To        string // as scanned or typed
	Declined          string // why the last request had no effect
	Chosen            *DeviceFacts
	Pool              []PoolRow
	Bed               *BedDevices // of the chosen bed, or of the chosen device's
	Attention         []Remark
	MayAssign         bool
}

// DeviceFacts is one device, where it is and where it might go.
type DeviceFacts struct {
	ID, Name, Kind string
	Now            string // what it measures or delivers
	Heard          string
	IsSilent       bool
	Gateway        string
	Where          string // "ICU-03 Roe, Anna"; empty: nowhere
	WhereBed       string
	By, Since      string
	Note           string
	Seen           string // version of the association, sent back with the form
	Stakes         string // what would be lost where it is; empty: nothing
	NeedsCharge    bool   // these stakes are not for everyone who assigns to overrule
	Target         *Target
	History        []Tenure
	Timeline       Timeline
	HistoryAway    bool // it cannot be read now
	Form           AssignForm
}

// Target is the bed to which a device is to be assigned.
type Target struct {
	Bed, Patient string // Patient empty: nobody is in it
	Second       string // which second identifier counts
}

// AssignForm is what was typed, and what must be asked.
type AssignForm struct {
	Number, Second, Choice, Since, Reason, ReadBack string
	AsksReadBack                                    bool
	Wrong, Why                                      string // the field that was declined, and why
	AsksRelease                                     bool   // though something is at stake
}

// PoolRow is a device that reports for nobody.
type PoolRow struct {
	ID, Name, Near, Now, Waiting, Why, Href string
}

// BedDevices is what reports for one bed.
type BedDevices struct {
	Bed  string
	Who  string
	Rows []BedDevice
}

func (b BedDevices) count() string {
	if len(b.Rows) == 1 {
		return "1 device"
	}
	return fmt.Sprintf("%d devices", len(b.Rows))
}

// BedDevice is one of them.
type BedDevice struct {
	ID, Name, Since, By, Seen string
	IsChosen                  bool
}

// Remark is something about a device that somebody should look after.
type Remark struct{ Text, When string }

// Tenure is one interval of a device's history.
type Tenure struct {
	Where, Who, From, To, By, Note string
}

// DevicesURL is the page about a device, and with a bed about putting it there.
func DevicesURL(id device.ID, bed string) string {
	q := url.Values{"device": {string(id)}}
	if bed != "" {
		q.Set("bed", bed)
	}
	return "/devices?" + q.Encode()
}

// deviceName is how people call a device: "Pump A-1192".
func deviceName(d *ward.Device) string {
	kind := kindWord(d.Kind)
	return strings.ToUpper(kind[:1]) + kind[1:] + " " + d.Label
}

// NewDeviceFacts describes a device at now.
func NewDeviceFacts(w ward.Ward, d *ward.Device, now time.Time, zone *time.Location) DeviceFacts {
	f := DeviceFacts{
		ID: string(d.ID), Name: deviceName(d), Kind: kindWord(d.Kind), Now: doing(d, now), Heard: heard(d, now), IsSilent: isSilent(d, now),
		Gateway: orDash(d.Gateway), Note: cmp.Or(d.Note, d.Held), Seen: d.Since.UTC().Format(time.RFC3339Nano),
	}
	if bed, ok := w.Bed(d.Bed); ok {
		f.WhereBed, f.Where = bed.ID.String(), whereWho(bed)
		f.Since, f.By = when(d.Since, now, zone), cmp.Or(d.AssignedBy(), "its gateway")
	}
	alarms, running := w.AtStake(d)
	f.Stakes = stakes(alarms, running)
	return f
}

func whereWho(b *ward.Bed) string {
	if b.Patient == nil {
		return b.ID.String()
	}
	return b.ID.String() + " " + nameOf(*b.Patient)
}

func isSilent(d *ward.Device, now time.Time) bool {
	return d.IsUnheard() || d.HeardAt.IsZero() || d.IsSilent(now)
}

func heard(d *ward.Device, now time.Time) string {
	if d.IsUnheard() || d.HeardAt.IsZero() {
		return "not since the start"
	}
	return age(now.Sub(d.HeardAt))
}

// doing is what a device measures or delivers just now, in a few words.
func doing(d *ward.Device, now time.Time) string {
	if isSilent(d, now) {
		return "silent"
	}
	var words []string
	for _, c := range d.Channels {
		words = append(words, delivery(c))
	}
	for _, r := range d.Readings {
		if len(words) < 2 && r.Now.HasValue() && d.Freshness(r, now) != vitals.Gone {
			words = append(words, r.Now.Metric.Label+" "+r.Now.Value.String())
		}
	}
	return cmp.Or(strings.Join(words, ", "), "nothing measured")
}

func delivery(c infusion.Channel) string {
	drug := cmp.Or(c.Drug, "no drug named")
	if !c.IsRunning() && c.Status != infusion.KVO {
		return drug + " " + string(c.Status)
	}
	if c.Dose != nil {
		return drug + " " + c.Dose.Value.String() + " " + readable(c.Dose.Unit)
	}
	if c.Rate != nil {
		return drug + " " + c.Rate.Value.String() + " " + readable(c.Rate.Unit)
	}
	return drug
}

func stakes(alarms []alarm.Episode, running []infusion.Channel) string {
	var drugs, words, out []string
	for _, c := range running {
		drugs = append(drugs, cmp.Or(c.Drug, "an infusion"))
	}
	for _, e := range alarms {
		words = append(words, Says(e))
	}
	if len(drugs) > 0 {
		out = append(out, "is running "+enumerated(drugs))
	}
	if len(words) > 0 {
		out = append(out, "alarms: "+enumerated(words))
	}
	return strings.Join(out, ", and ")
}

// enumerated joins words as a sentence does.
func enumerated(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// NewTarget describes the bed that a device is to go to.
func NewTarget(b *ward.Bed) *Target {
	t := &Target{Bed: b.ID.String(), Second: "Date of birth, as 1958-04-12"}
	if b.Patient != nil {
		t.Patient = nameOf(*b.Patient)
		if b.Patient.BirthDate == "" {
			t.Second = "Code of the bed: the date of birth is not known"
		}
	}
	return t
}

// NewPool lists devices that report for nobody, the one that waits longest
// last.
func NewPool(devices []*ward.Device, now time.Time) []PoolRow {
	devices = slices.Clone(devices)
	slices.SortStableFunc(devices, func(a, b *ward.Device) int { return waitingSince(b).Compare(waitingSince(a)) })
	var rows []PoolRow
	for _, d := range devices {
		r := PoolRow{
			ID: string(d.ID), Name: deviceName(d), Near: cmp.Or(d.Location.Place(), "unknown"), Now: doing(d, now), Waiting: "–",
			Why: d.Held, Href: DevicesURL(d.ID, ""),
		}
		if since := waitingSince(d); !since.IsZero() {
			r.Waiting = age(now.Sub(since))
		}
		rows = append(rows, r)
	}
	return rows
}

// waitingSince is since when a device reports for nobody.
func waitingSince(d *ward.Device) time.Time {
	if d.Since.IsZero() {
		return d.KnownAt
	}
	return d.Since
}

// NewBedDevices lists what reports for a bed.
func NewBedDevices(b *ward.Bed, chosen device.ID, now time.Time, zone *time.Location) *BedDevices {
	out := &BedDevices{Bed: b.ID.String(), Who: whereWho(b)}
	for _, d := range b.Devices {
		out.Rows = append(out.Rows, BedDevice{
			ID: string(d.ID), Name: deviceName(d), Since: when(d.Since, now, zone), By: cmp.Or(d.AssignedBy(), "its gateway"),
			Seen: d.Since.UTC().Format(time.RFC3339Nano), IsChosen: d.ID == chosen,
		})
	}
	return out
}

// NewAttention lists what somebody should look after: conflicts about who is
// where and whose a device is before everything else.
func NewAttention(beds []*ward.Bed, devices []*ward.Device, now time.Time) (out []Remark) {
	for _, b := range beds {
		for _, e := range b.Episodes {
			switch e.Code {
			case ward.CodeBedConflict, ward.CodeTwoBeds, ward.CodeIdentityConflict:
				out = append(out, Remark{b.ID.String() + ": " + e.Label, age(now.Sub(e.Onset))})
			}
		}
	}
	for _, d := range devices {
		switch {
		case d.Note != "":
			out = append(out, Remark{deviceName(d) + ": " + d.Note, ""})
		case !d.Bed.IsZero() && isSilent(d, now):
			out = append(out, Remark{deviceName(d) + " at " + d.Bed.String() + " is silent", heard(d, now)})
		}
	}
	return out
}

// Presence counts who has been heard lately and who has not.
func Presence(devices []*ward.Device, now time.Time) (connected, silent int) {
	for _, d := range devices {
		if isSilent(d, now) {
			silent++
		} else {
			connected++
		}
	}
	return connected, silent
}

// NewTenures describes a device's history, the newest first.
func NewTenures(history []ward.Attribution, names map[string]string, now time.Time, zone *time.Location) (out []Tenure) {
	for _, a := range history {
		t := Tenure{Where: wasWhere(a.Bed), From: when(a.From, now, zone), To: "now", By: byWhom(a.By, names)}
		if a.Patient.ID != "" {
			t.Who = nameOf(a.Patient)
		}
		if !a.To.IsZero() {
			t.To = when(a.To, now, zone)
		}
		t.Note = afterwards(a, names, now, zone)
		out = append(out, t)
	}
	return out
}

// afterwards is what people said later of an interval, and when.
func afterwards(a ward.Attribution, names map[string]string, now time.Time, zone *time.Location) string {
	switch {
	case a.OverruledBy != "":
		return fmt.Sprintf("changed by %s at %s", byWhom(a.OverruledBy, names), when(a.OverruledAt, now, zone))
	case isPerson(a.EndedBy) && a.EndRecordedAt.Sub(a.To) > time.Minute:
		return fmt.Sprintf("shortened by %s at %s", byWhom(a.EndedBy, names), when(a.EndRecordedAt, now, zone))
	case isPerson(a.By) && a.RecordedAt.Sub(a.From) > time.Minute:
		return "said afterwards, at " + when(a.RecordedAt, now, zone)
	}
	return ""
}

// isPerson tells people from what brings intervals about without them.
func isPerson(by string) bool { return by != "" && by != "gateway" && by != "census" }

// wasWhere names a bed of the past; of another unit, only the unit.
func wasWhere(b census.BedID) string {
	if b.Bed == "" {
		return string(b.Unit)
	}
	return b.String()
}

func byWhom(by string, names map[string]string) string {
	if by == "gateway" {
		return "its gateway"
	}
	return cmp.Or(names[by], by)
}

// InventoryRow is one device of the inventory.
type InventoryRow struct {
	ID, Href, Name, Kind, Where, By, Gateway, Heard, Note string
	IsSilent                                              bool
}

// naturally compares names as people count: MON9 comes before MON10.
func naturally(a, b string) int {
	stem := func(s string) string { return strings.TrimRight(s, "0123456789") }
	return cmp.Or(cmp.Compare(stem(a), stem(b)), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// NewInventory lists devices as the inventory shows them.
func NewInventory(w ward.Ward, devices []*ward.Device, now time.Time) (out []InventoryRow) {
	devices = slices.Clone(devices)
	slices.SortStableFunc(devices, func(a, b *ward.Device) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), naturally(a.Label, b.Label))
	})
	for _, d := range devices {
		r := InventoryRow{
			ID: string(d.ID), Href: DevicesURL(d.ID, ""), Name: d.Label, Kind: kindWord(d.Kind), Where: "–", By: "–",
			Gateway: orDash(d.Gateway), Heard: heard(d, now), IsSilent: isSilent(d, now), Note: cmp.Or(d.Note, d.Held),
		}
		if bed, ok := w.Bed(d.Bed); ok {
			r.Where, r.By = bed.ID.String(), cmp.Or(d.AssignedBy(), "its gateway")
		}
		out = append(out, r)
	}
	return out
}

func (f DeviceFacts) href() string { return DevicesURL(device.ID(f.ID), "") }

// isConflict reports whether the device already reports for another bed.
func (f DeviceFacts) isConflict() bool {
	return f.WhereBed != "" && f.Target != nil && f.WhereBed != f.Target.Bed
}

// name is the target as buttons name it.
func (t Target) name() string {
	if t.Patient == "" {
		return t.Bed
	}
	return t.Bed + " " + t.Patient
}

// verdict says in one sentence how things stand.
func (f DeviceFacts) verdict() string {
	switch {
	case f.isConflict() && f.Stakes != "":
		return f.Name + " is on " + f.Where + ", and " + f.Stakes + "."
	case f.isConflict():
		return f.Name + " is on " + f.Where + "."
	}
	return f.Name + " goes to " + f.Target.name() + "."
}

// marks are what an input says of itself when it was declined.
func (f AssignForm) marks(name string) templ.Attributes { return marks(f.Wrong == name, name) }

// marks tie an input to the words beside it, and put the cursor there.
func marks(isWrong bool, id string) templ.Attributes {
	if !isWrong {
		return nil
	}
	return templ.Attributes{"aria-invalid": "true", "aria-describedby": "wrong-" + id, "autofocus": true}
}

// href is the page again, without what was sent to it.
func (d Devices) href() string {
	if d.Chosen == nil {
		return "/devices"
	}
	return d.Chosen.href()
}

// opens is what the link to a device is called.
func opens(mayAssign bool) string {
	if mayAssign {
		return "Assign"
	}
	return "Open"
}
