package main

import (
	"context"
	"time"

	"wardlight/sim"
)

type simCmd struct {
	logFlags
	Target  string        `default:"127.0.0.1:2575" help:"HL7 address (MLLP) of the station."`
	Seed    uint64        `default:"1" help:"The same seed gives the same ward and the same messages."`
	Units   []string      `help:"Only these units of the demo ward: ICU, WARD, HOME."`
	Speed   float64       `default:"1" help:"Simulated seconds per second."`
	History time.Duration `default:"0s" help:"Past that each device uploads when it begins."`
	Waves   bool          `default:"true" negatable:"" help:"Monitors send waveforms where their recordings hold some."`
}

// Help shows an example.
func (simCmd) Help() string { return example("wardlight sim --target 127.0.0.1:2575 --seed 1") }

// Run plays until it is told to stop. The station needs the demo's units.
func (c *simCmd) Run(ctx context.Context, s streams) error {
	script := sim.Demo(c.Seed)
	if len(c.Units) > 0 {
		var err error
		if script, err = script.Only(c.Units...); err != nil {
			return err
		}
	}
	return sim.Run(ctx, sim.Config{
		Target: c.Target, Script: script, Speed: c.Speed, History: c.History, Waves: c.Waves, Log: c.logger(s.Err),
	})
}
