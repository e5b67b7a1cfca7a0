// Package views says what a screen looks like. It is given everything it
// shows, already decided; it queries nothing and changes nothing. Live
// fragments (tiles, rail, bars) are the same for everyone who may see the
// unit: no token, no role, no person is inside them.
package views

// Page is what every page shows around its own content.
type Page struct {
	Title  string // without the product's name
	Nav    string // Key of the link that is current
	Links  []Link // the pages that this person may open
	Unit   UnitName
	Person *Person // nil: nobody is signed in
	// MayAcknowledge shows the buttons that acknowledge alarms. Whoever may
	// not and presses one all the same is refused by the server.
	MayAcknowledge bool
	CSRF           string // token that the page's forms send back
	Demo           bool   // simulated patients
	Unsafe         bool   // the database may lose what it has acknowledged
	BuildID        string
	Asset          func(name string) string // URL path of an asset

	Styles    []string // further style sheets, by base name
	Libraries []string // classic scripts, loaded before the modules
	Modules   []string // ES modules of this page

	Feed *Feed // nil: the page does not follow the live feed
}

// Link is an entry of the header's navigation.
type Link struct{ Key, Label, Href string }

// UnitName is a unit as the header names it.
type UnitName struct {
	Code, Name string
	Zone       string // IANA name, in which the page's times are shown
}

// Person is who is signed in.
type Person struct{ Name, Role string }

// Feed is what a live page starts from and where it goes on.
type Feed struct {
	URL      string // of the websocket, such as "/live?unit=ICU"
	Epoch    string // of the process that rendered the page
	Clock    string // server time in the unit's zone, "14:03:12"
	ZoneName string // "CET"
	Counts   Counts
	Bars     []Bar
	Lag      string // how far the record is behind, "0.1 s"
}

// theme is dark for monitoring, day for review and forms.
func (p Page) theme() string {
	if p.Feed != nil {
		return "dark"
	}
	return "day"
}

func (p Page) heading() string {
	switch {
	case p.Feed != nil:
		return p.Feed.Counts.Title
	case p.Unit.Name != "" && p.Title != p.Unit.Name:
		return p.Title + " · " + p.Unit.Name
	case p.Title == "":
		return "Wardlight"
	}
	return p.Title
}

func (p Page) unitName() string {
	if p.Unit.Name != "" {
		return p.Unit.Name
	}
	return "Wardlight"
}

func (p Page) epoch() string {
	if p.Feed == nil {
		return ""
	}
	return p.Feed.Epoch
}

func (p Page) feedURL() string {
	if p.Feed == nil {
		return ""
	}
	return p.Feed.URL
}
