package ward

import "time"

// Link is an open connection of a sender, for the engineer who looks after
// the interfaces.
type Link struct {
	Protocol string // "hl7" or "mqtt"
	Peer     string // network address
	Name     string // of the client certificate, or the MQTT client; empty: none
	IsTLS    bool
	Since    time.Time
	LastAt   time.Time // of the last message; zero: none yet
	Messages int
	Refused  int // frames or messages
}
