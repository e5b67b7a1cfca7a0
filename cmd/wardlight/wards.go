package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"
)

type wardCmd struct {
	Apply  wardApplyCmd  `cmd:"" help:"Apply a ward file."`
	Export wardExportCmd `cmd:"" help:"Print the ward as a ward file."`
}

type wardApplyCmd struct {
	recordFlags
	File string `arg:"" help:"Ward file, or - for standard input."`
}

// Help shows an example.
func (wardApplyCmd) Help() string { return example("wardlight ward apply ward.yaml") }

// Run applies the file, whether a station runs beside or not.
func (c *wardApplyCmd) Run(ctx context.Context, s streams) error {
	raw, err := readFile(c.File, s.In)
	if err != nil {
		return err
	}
	if _, err := parseWardFile(raw); err != nil {
		return err
	}
	return execute(ctx, c.recordFlags, s, command{Kind: "ward-apply", Text: string(raw)})
}

func readFile(name string, in io.Reader) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(in)
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	return raw, nil
}

type wardExportCmd struct {
	recordFlags
}

// Help shows an example.
func (wardExportCmd) Help() string { return example("wardlight ward export > ward.yaml") }

// Run prints the units that the record holds.
func (c *wardExportCmd) Run(ctx context.Context, s streams) error {
	r, err := lookUp(ctx, c.recordFlags, s)
	if err != nil {
		return err
	}
	defer r.close()
	state, err := r.Rebuild(ctx, time.Now())
	if err != nil {
		return err
	}
	raw, err := writeWardFile(state.Units, state.Settings)
	if err != nil {
		return err
	}
	_, err = s.Out.Write(raw)
	return err
}
