package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"time"

	"wardlight/ingest"
	"wardlight/ingest/mqtt"
	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/fault"
	"wardlight/ward/staff"
)

// mqttFlags say where devices publish, and who may.
type mqttFlags struct {
	MQTT        string   `default:"127.0.0.1:1883" name:"mqtt" help:"MQTT address, for wearables and hubs; off, or :0 for a free port."`
	MQTTAllow   []string `name:"mqtt-allow" placeholder:"NETWORK" help:"Networks from which devices may connect, for example 10.1.0.0/16. Default: any."`
	MQTTCert    string   `name:"mqtt-cert" placeholder:"FILE" type:"existingfile" help:"Certificate (PEM) of the MQTT listener, which then speaks TLS only."`
	MQTTKey     string   `name:"mqtt-key" placeholder:"FILE" type:"existingfile" help:"Key of the certificate; readable by its owner alone."`
	MQTTClients string   `name:"mqtt-clients" placeholder:"FILE" type:"existingfile" help:"Authorities (PEM) that sign the devices' certificates; without one of theirs nobody gets in."`
}

// mqttListener is the broker, or nothing when it is off.
type mqttListener struct {
	broker *mqtt.Broker
	log    *slog.Logger
}

func (c mqttFlags) listen(st *station, log *slog.Logger) (*mqttListener, error) {
	l := &mqttListener{log: log.With("component", "mqtt")}
	if c.MQTT == "off" {
		return l, nil
	}
	who := guard{Allow: c.MQTTAllow, Cert: c.MQTTCert, Key: c.MQTTKey, Clients: c.MQTTClients}
	networks, err := who.networks()
	if err != nil {
		return nil, fmt.Errorf("--mqtt-allow: %w", err)
	}
	secure, err := who.tls()
	if err != nil {
		return nil, fmt.Errorf("--mqtt-cert: %w", err)
	}
	ln, err := listen(c.MQTT)
	if err != nil {
		return nil, fmt.Errorf("--mqtt: %w", err)
	}
	l.broker, err = mqtt.New(mqtt.Config{
		Listener: ln, TLS: secure, Allow: networks, Sink: st.loop, Who: devices{st},
		Reader: st.topics(func() ward.Ward { return st.loop.View().Ward }), Now: time.Now, Log: l.log,
	})
	if err != nil {
		_ = ln.Close()
		return nil, fmt.Errorf("--mqtt: %w", err)
	}
	return l, nil
}

// topics reads publications by the settings, beds and zones of a ward.
func (st *station) topics(now func() ward.Ward) *mqtt.Reader {
	return &mqtt.Reader{
		Topics: func() []ward.Topic { return now().Settings().Topics },
		Bed: func(name string) (census.BedID, bool) {
			bed, ok := now().BedCalled(name)
			if !ok {
				return census.BedID{}, false
			}
			return bed.ID, true
		},
		Zone: func(unit string) *time.Location { return st.zoneIn(now(), census.Location{Unit: unit}.UnitCode()) },
	}
}

// decodeKept reads a message that the record or the outage spool keeps once
// more, as it stood in ward w. It had come from peer.
func (st *station) decodeKept(w ward.Ward, raw []byte, peer string, receivedAt time.Time) (ward.Event, error) {
	return decodeSafely(st.log, func() (ward.Event, error) {
		if mqtt.IsKept(raw) {
			return st.topics(func() ward.Ward { return w }).Again(raw, receivedAt)
		}
		return ingest.Decode(raw, peer, st.known(func() ward.Ward { return w }))
	})
}

// decodeSafely keeps a message that a decoder cannot stand from ending the
// station, or from keeping it from ever starting again.
func decodeSafely(log *slog.Logger, decode func() (ward.Event, error)) (e ward.Event, err error) {
	defer func() {
		if r := recover(); r != nil {
			what := fmt.Sprintf("%T", r) // its value may quote a patient's
			if known, ok := r.(runtime.Error); ok {
				what = known.Error()
			}
			log.Error("a decoder panicked", "panic", what, "stack", string(debug.Stack()))
			e, err = nil, fault.New(fault.Invalid, "could not be read: a fault in this system")
		}
	}()
	return decode()
}

// serve takes devices in and says where.
func (l *mqttListener) serve() (string, error) {
	if l.broker == nil {
		return "off", nil
	}
	if err := l.broker.Serve(); err != nil {
		return "", fmt.Errorf("--mqtt: %w", err)
	}
	return l.broker.Addr(), nil
}

func (l *mqttListener) stop() {
	if l.broker == nil {
		return
	}
	if err := l.broker.Close(); err != nil {
		l.log.Warn("MQTT connections cut off", "err", err)
	}
}

// links lists the devices that are connected.
func (l *mqttListener) links() []ward.Link {
	if l.broker == nil {
		return nil
	}
	return l.broker.Links()
}

// devices are the machines whose tokens the record has: a device signs in
// with the name of its token and the token.
type devices struct{ st *station }

// Device reports whether the token belongs to a machine of this name.
func (d devices) Device(ctx context.Context, name string, hash [sha256.Size]byte) (bool, error) {
	p, err := d.st.Token(ctx, hash)
	switch {
	case fault.KindOf(err) == fault.SignedOut:
		return false, nil
	case err != nil:
		return false, err
	}
	return p.Role == staff.Machine && p.Name == name, nil
}
