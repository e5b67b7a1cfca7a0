package mqtt

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/fault"
)

const dated = `{"at":"2026-01-13T20:59:07Z","values":{"8867-4":88}}`

// An acknowledgement comes after the commit and not before, and a slow commit
// delays nobody else.
func TestAcknowledgedAfterTheCommit(t *testing.T) {
	b := start(t)
	slow, other := b.signIn(t, "watch", "1"), b.signIn(t, "patch", "1")
	b.record.hold()
	slow.send(publish("wardlight/watch", dated, 1, 7))
	b.record.await(t, 1)
	if pk, err := slow.next(200 * time.Millisecond); err == nil {
		t.Fatalf("%s before the commit", packets.PacketNames[pk.FixedHeader.Type])
	}
	other.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}})
	other.wantType(packets.Pingresp)
	b.record.release(ward.Outcome{})
	if ack := slow.wantType(packets.Puback); ack.PacketID != 7 {
		t.Errorf("packet %d is acknowledged, want 7", ack.PacketID)
	}
}

func TestQualitiesOfService(t *testing.T) {
	b := start(t)
	c := b.signIn(t, "watch", "1")
	c.send(publish("wardlight/watch/8867-4", "71", 0, 0))
	c.send(publish("wardlight/watch/8867-4", "72", 1, 1))
	c.wantType(packets.Puback)
	c.send(publish("wardlight/watch/8867-4", "73", 2, 2))
	c.wantType(packets.Pubrec)
	c.send(again(publish("wardlight/watch/8867-4", "73", 2, 2))) // its PUBREC was lost
	c.wantType(packets.Pubrec)
	c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pubrel}, PacketID: 2})
	c.wantType(packets.Pubcomp)
	all := b.record.all()
	if len(all) != 3 {
		t.Fatalf("%d publications, want each once", len(all))
	}
	for i, want := range []string{"71", "72", "73"} {
		m := all[i].message
		if m.Source != "mqtt:watch" || m.Type != "MQTT" || !strings.HasSuffix(string(m.Raw), "\n"+want) || m.Peer == "" {
			t.Errorf("publication %d is kept as %+v: %s", i, m, m.Raw)
		}
	}
	links := b.Links()
	if len(links) != 1 || links[0].Name != "watch" || links[0].Messages != 3 || links[0].Refused != 0 || links[0].LastAt.IsZero() {
		t.Errorf("%+v", links)
	}
}

// What is not in the record is not acknowledged, and the device must come
// again to be rid of it. MQTT 5 is told why.
func TestNotRecorded(t *testing.T) {
	for name, err := range map[string]error{
		"away": errAway, "withdrawn": fault.New(fault.NotSaved, "late"), "unsettled": fault.New(fault.Unsettled, "who knows"),
	} {
		t.Run(name, func(t *testing.T) {
			b := start(t)
			b.record.err = err
			for _, qos := range []byte{1, 2} {
				c := b.signIn(t, "watch", "1")
				c.send(publish("wardlight/watch", dated, qos, 7))
				c.wantEnd()
			}
			five := b.dial(t, 5)
			five.send(connect("watch", "5"))
			five.wantType(packets.Connack)
			five.send(publish("wardlight/watch", dated, 1, 7))
			if end := five.wantType(packets.Disconnect); end.ReasonCode != packets.ErrServerBusy.Code {
				t.Errorf("told %#x", end.ReasonCode)
			}
		})
	}
}

// Patience ends: the device is cut off, and its message, sent again, is the
// same message.
func TestPatience(t *testing.T) {
	b := start(t, func(c *Config) { c.Patience = 50 * time.Millisecond })
	b.record.hold()
	keep := func(pk *packets.Packet) { pk.Connect.Clean = false }
	first := b.signIn(t, "watch", "1", keep)
	pk := publish("wardlight/watch/8867-4", "72", 1, 7)
	first.send(pk)
	first.wantEnd()
	b.record.release(ward.Outcome{})
	second := b.signIn(t, "watch", "1", keep)
	second.send(again(pk))
	second.wantType(packets.Puback)
	second.send(publish("wardlight/watch/8867-4", "72", 1, 8)) // a value that is the same is another
	second.wantType(packets.Puback)
	second.send(publish("wardlight/watch/8867-4", "72", 1, 7)) // the packet identifier is free again
	second.wantType(packets.Puback)
	all := b.record.all()
	if len(all) != 4 || all[0].message.Digest != all[1].message.Digest {
		t.Fatalf("of %d, what is sent again is not the same message", len(all))
	}
	if all[1].message.Digest == all[2].message.Digest || all[2].message.Digest == all[3].message.Digest || all[1].message.Digest == all[3].message.Digest {
		t.Error("a new value is taken for a repeat")
	}
	at := func(e entry) time.Time { return e.event.(ward.Reports)[0].Observations[0].DeviceAt }
	if !at(all[0]).Equal(at(all[1])) || all[1].event.(ward.Reports)[0].Observations[0].IsUndated {
		t.Error("what is sent again has another time")
	}
}

// A message with a time of its own is the same message however often and by
// whichever connection it comes; the topic and the device are part of it.
func TestDatedRepeats(t *testing.T) {
	b := start(t)
	digests := map[[32]byte]int{}
	for _, from := range []string{"watch", "watch", "patch"} {
		c := b.signIn(t, from, "any")
		c.send(publish("wardlight/"+from, dated, 1, 1))
		c.wantType(packets.Puback)
		c.send(publish("wardlight/"+from+"/more", dated, 1, 2))
		c.wantType(packets.Puback)
	}
	for _, e := range b.record.all() {
		digests[e.message.Digest]++
	}
	if len(digests) != 4 {
		t.Errorf("%d different messages, want 4", len(digests))
	}
	// After a restart of ours nobody knows how old a repeat without a time is.
	c := b.signIn(t, "hub", "any")
	c.send(again(publish("wardlight/hub/8867-4", "72", 1, 9)))
	c.wantType(packets.Puback)
	all := b.record.all()
	if !all[len(all)-1].event.(ward.Reports)[0].Observations[0].IsUndated {
		t.Error("a repeat of unknown age passes for news")
	}
}

// What cannot be read is kept, listed once, and acknowledged.
func TestQuarantined(t *testing.T) {
	b := start(t)
	c := b.signIn(t, "watch", "1")
	for id := range uint16(2) {
		c.send(publish("wardlight/watch", "not JSON", 1, id+1))
		c.wantType(packets.Puback)
	}
	all := b.record.all()
	if _, refused := all[0].event.(ward.Refused); !refused || all[0].message.Digest != all[1].message.Digest {
		t.Errorf("%+v", all)
	}
}

// A fault of ours in reading one message costs that message, not the process,
// and quotes nothing.
func TestMappingPanics(t *testing.T) {
	b := start(t, func(c *Config) {
		c.Reader.Bed = func(string) (census.BedID, bool) { panic("a patient's name") }
		c.Reader.Topics = func() []ward.Topic { return []ward.Topic{{Filter: "wardlight/#", Mapping: OwnForm, Bed: "HOME-3"}} }
	})
	c := b.signIn(t, "watch", "1")
	c.send(publish("wardlight/watch", dated, 1, 1))
	c.wantType(packets.Puback)
	if r, ok := b.record.all()[0].event.(ward.Refused); !ok || strings.Contains(r.Reason+b.log.String(), "patient") {
		t.Errorf("%+v; log: %s", r, b.log)
	}
}

func TestTurnedAway(t *testing.T) {
	b := start(t)
	for _, test := range []struct {
		name   string
		change func(*packets.Packet)
		code   byte // MQTT 3.1.1
	}{
		{"a wrong token", func(pk *packets.Packet) { pk.Connect.Password = []byte("guess") }, 5},
		{"another's token", func(pk *packets.Packet) { pk.Connect.Password = []byte("token of patch") }, 5},
		{"nobody", func(pk *packets.Packet) { pk.Connect.UsernameFlag, pk.Connect.PasswordFlag = false, false }, 5},
		{"a name that is none", func(pk *packets.Packet) { pk.Connect.Username = []byte("+") }, 5},
		{"a last will on another's topic", func(pk *packets.Packet) {
			pk.Connect.WillFlag, pk.Connect.WillTopic, pk.Connect.WillPayload = true, "wardlight/patch/status", []byte("offline")
		}, 5},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := b.dial(t, 4)
			pk := connect("watch", "1")
			test.change(&pk)
			c.send(pk)
			if ack := c.wantType(packets.Connack); ack.ReasonCode != test.code {
				t.Errorf("CONNACK %d, want %d", ack.ReasonCode, test.code)
			}
			c.wantEnd()
		})
	}
	if log := b.log.String(); strings.Contains(log, "guess") || strings.Contains(log, "token of") || !strings.Contains(log, "device=watch") {
		t.Errorf("the log: %s", log)
	}
}

// While the record cannot be asked, those come in that it knew; a flood of
// wrong tokens is not passed on to it.
func TestGuard(t *testing.T) {
	b := start(t)
	b.signIn(t, "watch", "1")
	b.who.set(func(w *tokens) { w.away = true })
	b.signIn(t, "watch", "2")
	c := b.dial(t, 4)
	c.send(connect("patch", "1"))
	if ack := c.wantType(packets.Connack); ack.ReasonCode != 3 {
		t.Errorf("a device nobody can be asked about: CONNACK %d, want 3", ack.ReasonCode)
	}
	b.who.set(func(w *tokens) { w.away, w.asked = false, 0 })
	for range maxWrong + 20 {
		c := b.dial(t, 4)
		pk := connect("patch", "1")
		pk.Connect.Password = []byte("guess")
		c.send(pk)
		c.wantType(packets.Connack)
	}
	b.who.set(func(w *tokens) {
		if w.asked > maxWrong {
			t.Errorf("asked %d times about a flood", w.asked)
		}
	})
	b.signIn(t, "watch", "3") // known, and not barred with the others

	// A revoked token: the connection is cut, and there is no way back.
	last := b.signIn(t, "watch", "4")
	b.who.set(func(w *tokens) { w.valid["watch"] = false })
	b.expel(b.guard.revoked(t.Context()))
	last.wantEnd()
	c = b.dial(t, 4)
	c.send(connect("watch", "5"))
	if ack := c.wantType(packets.Connack); ack.ReasonCode == 0 {
		t.Error("a revoked token lets in")
	}
}

func TestTopicsOfOthers(t *testing.T) {
	b := start(t)
	for _, topic := range []string{"wardlight/patch", "attic/t", "$SYS/broker/uptime", "wardlight/watch/+", "wardlight/watch/#"} {
		c := b.signIn(t, "watch", "1")
		c.send(publish(topic, dated, 1, 1))
		c.wantEnd()
	}
	five := b.dial(t, 5)
	five.send(connect("watch", "5"))
	five.wantType(packets.Connack)
	five.send(publish("attic/t", "21", 1, 1))
	if ack := five.wantType(packets.Puback); ack.ReasonCode != packets.ErrNotAuthorized.Code {
		t.Errorf("told %#x", ack.ReasonCode)
	}
	if all := b.record.all(); len(all) != 0 {
		t.Errorf("%d of them reached the record", len(all))
	}
	c := b.signIn(t, "watch", "2")
	for filter, granted := range map[string]bool{
		"wardlight/watch/#": true, "wardlight/watch": true, "wardlight/#": false, "#": false, "wardlight/+/status": false, "$SYS/#": false,
		"wardlight/patch/#": false, "$share/g/wardlight/watch/#": false,
	} {
		c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe}, PacketID: 3, Filters: packets.Subscriptions{{Filter: filter, Qos: 2}}})
		ack := c.wantType(packets.Suback)
		if got := ack.ReasonCodes[0]; (got == 0) != granted {
			t.Errorf("subscribe %s: %#x", filter, got)
		}
	}
}

// Two devices that call their sessions the same do not meet.
func TestSameClientID(t *testing.T) {
	b := start(t)
	watch, patch := b.signIn(t, "watch", "esp"), b.signIn(t, "patch", "esp")
	for name, c := range map[string]*client{"watch": watch, "patch": patch} {
		c.send(publish("wardlight/"+name, dated, 1, 1))
		c.wantType(packets.Puback)
	}
}

func will(name string) func(*packets.Packet) {
	return func(pk *packets.Packet) {
		pk.Connect.WillFlag, pk.Connect.WillTopic, pk.Connect.WillPayload, pk.Connect.WillRetain = true, "wardlight/"+name+"/status", []byte("offline"), true
	}
}

// A connection that breaks speaks the device's last will. One that the device
// takes over or ends in order, or that we end, does not.
func TestLastWill(t *testing.T) {
	b := start(t)
	c := b.signIn(t, "watch", "1", will("watch"))
	again := b.signIn(t, "watch", "1", will("watch"))
	c.wantEnd() // taken over
	again.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}})
	again.wantEnd()
	broken := b.signIn(t, "patch", "1", will("patch"))
	_ = broken.nc.(*net.TCPConn).SetLinger(0)
	_ = broken.nc.Close()
	all := b.record.await(t, 1)
	reports, ok := all[0].event.(ward.Reports)
	if !ok || len(reports) != 1 || !reports[0].IsOffline || all[0].message.Source != "mqtt:patch" {
		t.Errorf("%+v", all[0])
	}
	b.signIn(t, "hub", "1", will("hub"))
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if all := b.record.all(); len(all) != 1 {
		t.Errorf("%d last wills, want the one of the broken connection", len(all))
	}
}

// The limits: what is too large ends its connection; who says nothing is not
// waited for; and a network that may not come in does not.
func TestLimits(t *testing.T) {
	b := start(t)
	c := b.signIn(t, "watch", "1")
	fits := strings.Repeat(" ", MaxPacket-100) + dated
	c.send(publish("wardlight/watch", fits, 1, 1))
	c.wantType(packets.Puback)
	c.send(publish("wardlight/watch", strings.Repeat(" ", MaxPacket), 1, 2))
	c.wantEnd()

	silent := make([]*client, maxKnocking)
	for i := range silent {
		silent[i] = b.dial(t, 4)
		_, _ = silent[i].nc.Write([]byte{0x10})
	}
	// All places of the address are taken, which those who are in do not feel.
	more := b.dial(t, 4)
	more.wantEnd()
	for _, s := range silent {
		_ = s.nc.Close()
	}

	closed := start(t, func(c *Config) { c.Allow = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
	closed.dial(t, 4).wantEnd()
}
