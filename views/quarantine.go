package views

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"wardlight/ward"
)

// QuarantineList is the newest messages that could not be decoded.
type QuarantineList struct {
	Rows   []QuarantineRow
	Reason string // that they have in common; empty: any
	Older  string // address of the page after this one; empty: this is the last
	Clock  string // when this was drawn, with its zone
}

// title says how many messages are listed.
func (l QuarantineList) title() string {
	switch n := len(l.Rows); {
	case n == 0 && l.Reason != "":
		return "No message in quarantine has such a reason"
	case n == 0:
		return "Nothing is in quarantine"
	case l.Older != "":
		return "The newest " + strconv.Itoa(n) + " messages in quarantine"
	case n == 1:
		return "1 message in quarantine"
	default:
		return strconv.Itoa(n) + " messages in quarantine"
	}
}

// QuarantineRow is one message in quarantine.
type QuarantineRow struct {
	ID       string
	Href     string
	At       string
	Sender   string
	Peer     string
	Control  string
	Reason   string
	Size     string
	Replayed string // when it was sent in again; empty: never
}

// Quarantine is one message in quarantine, explained.
type Quarantine struct {
	QuarantineRow
	Code   string
	Advice string   // what the person who looks after the sender can do
	Lines  []string // the message, segment by segment; empty until asked for
	IsGone bool     // refused before its body was kept
	Notice string   // what came of a replay
	IsBad  bool     // the notice is an error
}

// QuarantineURL is where one message in quarantine is shown.
func QuarantineURL(id int64) string { return "/admin/quarantine/" + strconv.FormatInt(id, 10) }

// QuarantineListURL is where messages older than the one with a number are
// listed.
func QuarantineListURL(reason string, before int64) string {
	q := url.Values{"before": {strconv.FormatInt(before, 10)}}
	if reason != "" {
		q.Set("reason", reason)
	}
	return "/admin/quarantine?" + q.Encode()
}

// NewQuarantineRow describes a message for the list.
func NewQuarantineRow(q ward.Quarantine, now time.Time, zone *time.Location) QuarantineRow {
	r := QuarantineRow{
		ID: strconv.FormatInt(q.ID, 10), Href: QuarantineURL(q.ID), At: when(q.ReceivedAt, now, zone),
		Sender: orDash(q.Source), Peer: q.Peer, Control: orDash(q.ControlID), Reason: q.Reason, Size: bytesOf(q.Size),
	}
	if !q.ReplayedAt.IsZero() {
		r.Replayed = when(q.ReplayedAt, now, zone)
	}
	return r
}

// NewQuarantine explains a message. Its text, which may name a patient, is
// there only when shown is true.
func NewQuarantine(q ward.Quarantine, shown bool, now time.Time, zone *time.Location) Quarantine {
	d := Quarantine{
		QuarantineRow: NewQuarantineRow(q, now, zone), Code: q.Code, Advice: advice(q.Code), IsGone: len(q.Raw) == 0,
	}
	if shown && !d.IsGone {
		d.Lines = segments(q.Raw)
	}
	return d
}

// advice is what can be done about a condition of HL7 table 0357.
func advice(code string) string {
	switch code {
	case "100":
		return "The segments are not in an order that can be read, or the message does not begin with MSH. Look at how the sender builds it; nothing here needs a change."
	case "101":
		return "A field that is required is empty. Have the sender fill it, then replay this message if the field was only needed to file it."
	case "102", "103":
		return "A field holds what its type or table does not allow. Often the encoding characters or the character set: compare the message with the connection's settings in the ward file."
	case "200", "201":
		return "This station does not take that kind of message. If the sender should not send it here, switch it off there. Orders to a device are always refused: this station never commands one."
	case "202":
		return "Test and training messages are told apart by MSH-11. Have the sender write P for patients."
	case "203":
		return "The HL7 version is not one that is read here."
	case "204":
		return "It speaks of something that is not known here."
	case "205":
		return "The same number was used for two different messages."
	}
	return "It could not be taken in. After a newer version of this program, or a change of the settings, replay it."
}

// segments splits a message for reading; what is not text is shown as \xHH.
func segments(raw []byte) []string {
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(raw))
	var out []string
	for line := range strings.SplitSeq(strings.Trim(text, "\n"), "\n") {
		var b strings.Builder
		for _, r := range strings.ToValidUTF8(line, "\uFFFD") {
			if r < ' ' && r != '\t' {
				fmt.Fprintf(&b, `\x%02X`, r)
				continue
			}
			b.WriteRune(r)
		}
		out = append(out, b.String())
	}
	return out
}

func bytesOf(n int) string {
	switch {
	case n <= 0:
		return "–"
	case n < 1<<10:
		return strconv.Itoa(n) + " B"
	case n < 1<<20:
		return strconv.Itoa((n+512)>>10) + " KiB"
	}
	return strconv.Itoa((n+1<<19)>>20) + " MiB"
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// adminLinks are the pages of who looks after devices and senders.
var adminLinks = []Link{
	{Key: "gateways", Label: "Gateways", Href: "/admin/gateways"},
	{Key: "quarantine", Label: "Quarantine", Href: "/admin/quarantine"},
}
