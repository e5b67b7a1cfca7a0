package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"wardlight/store/spool"
	"wardlight/ward"
	"wardlight/ward/fault"
)

// spoolFlags say how messages are kept while the database is away.
type spoolFlags struct {
	SpoolMax   spoolSize `default:"256MiB" name:"spool-max" help:"Messages that may be acknowledged while the database is away, kept under --data-dir; off: none."`
	SpoolAdopt bool      `name:"spool-adopt" help:"Record what the outage spool holds although the database does not know the process that kept it."`
}

// spoolSize is a size, or off.
type spoolSize int64

// Decode reads the flag.
func (b *spoolSize) Decode(ctx *kong.DecodeContext) error {
	if text, ok := ctx.Scan.Peek().Value.(string); ok && text == "off" {
		ctx.Scan.Pop()
		*b = 0
		return nil
	}
	var size byteSize
	err := size.Decode(ctx)
	*b = spoolSize(size)
	return err
}

// openSpool opens the outage spool and makes sure that what an earlier
// process left there belongs to this record.
func (st *station) openSpool(ctx context.Context, dataDir string, f spoolFlags, log *slog.Logger) (err error) {
	dir := filepath.Join(dataDir, "spool")
	if _, err := os.Stat(dir); f.SpoolMax == 0 && errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if st.spool, err = spool.Open(dir, int64(f.SpoolMax), log.With("component", "spool")); err != nil {
		return err
	}
	left := st.spool.Left()
	st.kept = len(left)
	if len(left) == 0 {
		if f.SpoolMax == 0 {
			st.spool.Close()
			st.spool = nil
		}
		return nil
	}
	if f.SpoolMax == 0 {
		return fault.New(fault.Conflict, "%s holds %d messages that were acknowledged and are not recorded yet: start once without --spool-max off", dir, len(left))
	}
	for _, epoch := range epochsOf(left) {
		known, err := st.EpochKnown(ctx, epoch)
		if err != nil {
			return err
		}
		if !known && !f.SpoolAdopt {
			return fault.New(fault.Conflict, "%s holds messages that were kept for another record: move the folder away, or, if this record was restored from a backup, start once with --spool-adopt", dir)
		}
	}
	return nil
}

// epochsOf names the processes that took the inputs in: more than one where a
// process ended before the record had what the one before it left.
func epochsOf(inputs []ward.Input) (epochs []string) {
	for _, in := range inputs {
		epoch, _, _ := strings.Cut(in.ID, "-")
		if !slices.Contains(epochs, epoch) {
			epochs = append(epochs, epoch)
		}
	}
	return epochs
}

// left decodes what an earlier process has kept, once more. A message that
// can no longer be decoded goes to quarantine.
func (st *station) left(w ward.Ward) []ward.Input {
	if st.spool == nil {
		return nil
	}
	kept := st.spool.Left()
	for i := range kept {
		if kept[i].Event != nil { // refused when it came
			continue
		}
		event, err := st.decodeKept(w, kept[i].Message.Raw, kept[i].Message.Peer, kept[i].Message.ReceivedAt)
		if err != nil {
			event = ward.Refused{Reason: fault.Text(err), Code: "207"}
		}
		kept[i].Event = event
	}
	return kept
}

// startsAt is the moment from which the ward goes on: now, or when the oldest
// message came that an earlier process kept and did not record.
func (st *station) startsAt(now time.Time, seen [][sha256.Size]byte) time.Time {
	if st.spool == nil {
		return now
	}
	isRecorded := map[[sha256.Size]byte]bool{}
	for _, in := range st.spool.Left() {
		isRecorded[in.Message.Digest] = false
	}
	for _, d := range seen {
		if _, ok := isRecorded[d]; ok {
			isRecorded[d] = true
		}
	}
	for _, in := range st.spool.Left() {
		if !isRecorded[in.Message.Digest] && in.At.Before(now) {
			return in.At
		}
	}
	return now
}

// awaitLeft waits until what an earlier process has kept is in the record,
// and audits it.
func (st *station) awaitLeft(ctx context.Context) error {
	if st.kept == 0 {
		return nil
	}
	return st.loop.Submit(ctx, ward.Audited{Actor: "system", Action: "outage-spool-recorded", Detail: strconv.Itoa(st.kept) + " messages"}, nil).Err
}
