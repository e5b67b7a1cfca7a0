package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

type quarantineCmd struct {
	List   quarantineListCmd   `cmd:"" help:"List what was refused, the newest first."`
	Show   quarantineShowCmd   `cmd:"" help:"Show one message, with patient data if it has any."`
	Replay quarantineReplayCmd `cmd:"" help:"Decode a message again, after what refused it was mended."`
}

type quarantineListCmd struct {
	recordFlags
	Limit int `default:"100" help:"At most so many."`
}

// Help shows an example.
func (quarantineListCmd) Help() string { return example("wardlight quarantine list") }

// Run lists the newest entries.
func (c *quarantineListCmd) Run(ctx context.Context, s streams) error {
	r, err := lookUp(ctx, c.recordFlags, s)
	if err != nil {
		return err
	}
	defer r.close()
	list, err := r.QuarantinePage(ctx, "", 0, c.Limit)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.Out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "NUMBER\tRECEIVED\tSOURCE\tPEER\tCONTROL ID\tBYTES\tCODE\tREASON\tREPLAYED")
	for _, q := range list {
		replayed := ""
		if !q.ReplayedAt.IsZero() {
			replayed = q.ReplayedAt.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\n", q.ID, q.ReceivedAt.UTC().Format(time.RFC3339),
			q.Source, q.Peer, q.ControlID, q.Size, q.Code, q.Reason, replayed)
	}
	return w.Flush()
}

type quarantineShowCmd struct {
	recordFlags
	Number int64 `arg:"" help:"Number from the list."`
}

// Help shows an example.
func (quarantineShowCmd) Help() string { return example("wardlight quarantine show 7") }

// Run prints why the message was refused and the message itself, a segment a
// line.
func (c *quarantineShowCmd) Run(ctx context.Context, s streams) error {
	r, err := lookUp(ctx, c.recordFlags, s)
	if err != nil {
		return err
	}
	defer r.close()
	q, err := r.Quarantined(ctx, c.Number)
	if err != nil {
		return err
	}
	body := strings.ReplaceAll(strings.TrimRight(string(q.Raw), "\r\n"), "\r", "\n")
	if len(q.Raw) == 0 {
		body = "(the body was not kept)"
	}
	_, err = fmt.Fprintf(s.Out, "%d, received %s from %s (%s)\nrefused with %s: %s\n\n%s\n",
		q.ID, q.ReceivedAt.UTC().Format(time.RFC3339), q.Source, q.Peer, q.Code, q.Reason, body)
	return err
}

type quarantineReplayCmd struct {
	recordFlags
	Number int64 `arg:"" help:"Number from the list."`
}

// Help shows an example.
func (quarantineReplayCmd) Help() string { return example("wardlight quarantine replay 7") }

// Run replays one message.
func (c *quarantineReplayCmd) Run(ctx context.Context, s streams) error {
	return execute(ctx, c.recordFlags, s, command{Kind: "quarantine-replay", ID: fmt.Sprint(c.Number)})
}
