package main

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"wardlight/sim"
	"wardlight/ward/fault"
	"wardlight/ward/staff"
	"wardlight/web"
)

//go:embed demo.yaml
var demoWard []byte

type demoCmd struct {
	serveFlags
	Seed    uint64        `default:"1" help:"The same seed gives the same ward."`
	Speed   float64       `default:"1" help:"Simulated seconds per second."`
	History time.Duration `default:"24h" help:"Past that a fresh demo begins with; 0s for none."`
	Waves   bool          `default:"true" negatable:"" help:"Monitors send waveforms where their recordings hold some."`
}

// Help shows an example.
func (demoCmd) Help() string { return example("wardlight demo --listen 127.0.0.1:8080") }

// demoPeople are who may sign in to a demo. Their passwords are new at every
// start and printed then.
var demoPeople = []staff.Person{
	{Login: "nurse", Name: "Kim R.", Role: staff.Nurse},
	{Login: "charge", Name: "Lee M.", Role: staff.ChargeNurse},
	{Login: "doctor", Name: "Dr Berg", Role: staff.Physician},
	{Login: "admin", Name: "Ash T.", Role: staff.Admin},
}

// Run serves a ward of invented patients. Their devices speak HL7 to the
// station from outside, like a hospital's.
func (c *demoCmd) Run(ctx context.Context, s streams) error {
	if c.MLLP == "off" {
		return fault.New(fault.Invalid, "a demo needs --mllp: its devices speak HL7 to the station")
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	played := make(chan error, 1)
	playing := false
	err := c.serve(ctx, s, func(ctx context.Context, st *station, addr addresses) error {
		fresh := len(st.loop.View().Ward.Units()) == 0
		if err := st.applyWardFile(ctx, demoWard, "cli:demo", false); err != nil {
			return err
		}
		if err := c.welcome(ctx, s, st, addr); err != nil {
			return err
		}
		config := sim.Config{
			Target: addr.MLLP, Script: sim.Demo(c.Seed), Speed: c.Speed, Waves: c.Waves, Log: st.log.With("component", "sim"),
		}
		if fresh {
			config.History = c.History
		}
		if addr.MQTT != "off" && c.MQTTCert == "" {
			var err error
			if config.MQTT, err = st.wearables(ctx, config.Script, addr.MQTT); err != nil {
				return err
			}
		}
		playing = true
		go func() { played <- sim.Run(ctx, config) }()
		return nil
	})
	stop()
	if playing {
		err = errors.Join(err, <-played)
	}
	return err
}

// spokenForThemselves is the unit whose wearables speak MQTT.
const spokenForThemselves = "HOME"

// wearables gives the wearables of the demo new tokens, with which they sign
// in to the MQTT listener.
func (st *station) wearables(ctx context.Context, script sim.Script, target string) (*sim.MQTT, error) {
	out := &sim.MQTT{Target: target, Units: []string{spokenForThemselves}, Tokens: map[string]string{}}
	for _, u := range script.Units {
		if u.Code != spokenForThemselves {
			continue
		}
		for _, b := range u.Beds {
			for _, d := range b.Devices {
				token := web.NewSecret()
				hash := web.HashSecret(token)
				out.Tokens[d.Label] = token
				err := st.carryOut(ctx, command{Kind: "token-revoke", Name: d.Label}, "cli:demo")
				if err == nil || fault.KindOf(err) == fault.NotFound {
					err = st.carryOut(ctx, command{Kind: "token-add", Name: d.Label, Role: string(staff.Machine), Unit: u.Code, Hash: hash[:]}, "cli:demo")
				}
				if err != nil {
					return nil, err
				}
			}
		}
	}
	return out, nil
}

// welcome gives the demo's people new passwords and prints how to sign in.
func (c *demoCmd) welcome(ctx context.Context, s streams, st *station, addr addresses) error {
	w := tabwriter.NewWriter(s.Out, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "\nWardlight demo: simulated patients, real recordings. Not for care.\n\n  http://%s\n\n", addr.HTTP)
	for _, p := range demoPeople {
		password := strings.ToLower(rand.Text()[:12])
		hash, err := web.HashPassword(ctx, password)
		if err != nil {
			return err
		}
		kind := command{Kind: "user-add", Login: p.Login, Name: p.Name, Role: string(p.Role), Hash: []byte(hash)}
		if _, err := st.User(ctx, p.Login); err == nil {
			kind.Kind = "user-password"
		}
		if err := st.carryOut(ctx, kind, "cli:demo"); err != nil {
			return err
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\n", p.Login, password, p.Role)
	}
	fmt.Fprintln(w)
	return w.Flush()
}
