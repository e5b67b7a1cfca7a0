package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"wardlight/store"
	"wardlight/ward"
	"wardlight/ward/census"
	"wardlight/ward/fault"
	"wardlight/ward/staff"
)

// command is something that the command line asks of a station. It travels
// through the record when a station runs beside us, so that there is one
// writer; it holds no password and no token, only their hashes.
type command struct {
	Kind  string // "ward-apply", "user-add", ...
	Text  string `json:",omitempty"`
	Login string `json:",omitempty"`
	Name  string `json:",omitempty"`
	Role  string `json:",omitempty"`
	Unit  string `json:",omitempty"`
	Hash  []byte `json:",omitempty"`
	ID    string `json:",omitempty"`
}

// commandWait is how long the command line waits for the station beside it.
const commandWait = 30 * time.Second

// execute carries out a command: in the station that runs beside us, else in
// one that is started for it alone.
func execute(ctx context.Context, f recordFlags, s streams, c command) error {
	turn, err := takeTurn(ctx, f)
	if err != nil {
		return err
	}
	defer turn.Close()
	st, err := openStation(ctx, f, nil, quiet(s))
	switch {
	case fault.KindOf(err) == fault.Conflict:
		return submit(ctx, f, s, c)
	case err != nil:
		return err
	}
	defer st.close()
	st.start(ctx)
	return st.carryOut(ctx, c, "cli:"+operator())
}

// submit hands the command to the station beside us and waits for its word.
func submit(ctx context.Context, f recordFlags, s streams, c command) error {
	r, err := openRecord(ctx, f, quiet(s))
	if err != nil {
		return err
	}
	defer r.close()
	payload, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("command: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, commandWait)
	defer cancel()
	id := rand.Text()
	q := store.Command{ID: id, Kind: c.Kind, Payload: payload, Actor: "cli:" + operator(), SubmittedAt: time.Now()}
	if err := r.SubmitCommand(ctx, q); err != nil {
		return err
	}
	q, err = r.AwaitCommand(ctx, id)
	switch {
	case err != nil:
		return fault.New(fault.Unsettled, "the running station has not answered: %w", err)
	case q.Status == store.CommandFailed:
		return fault.New(fault.Conflict, "%s", q.Result)
	}
	return nil
}

// quiet is the log of a command: only what its user must know.
func quiet(s streams) *slog.Logger {
	return slog.New(slog.NewTextHandler(s.Err, &slog.HandlerOptions{Level: slog.LevelError}))
}

// serveCommands carries out what the command line submits beside us.
func (st *station) serveCommands(ctx context.Context) {
	st.ListenCommands(ctx, func() {
		pending, err := st.PendingCommands(ctx)
		if err != nil {
			st.log.Warn("commands of the command line could not be read", "err", err)
			return
		}
		for _, q := range pending {
			st.answer(ctx, q)
		}
	})
}

// answer carries out one submitted command and says what became of it. One
// that nobody waits for any more is not carried out late.
func (st *station) answer(ctx context.Context, q store.Command) {
	var c command
	err := json.Unmarshal(q.Payload, &c)
	switch {
	case err != nil:
		err = fault.New(fault.Invalid, "the running station does not understand this command: %w", err)
	case time.Since(q.SubmittedAt) > commandWait:
		err = fault.New(fault.NotSaved, "too late: nobody waited for it any more")
	default:
		err = st.carryOut(ctx, c, q.Actor)
	}
	status, result := store.CommandDone, ""
	if err != nil {
		status, result = store.CommandFailed, fault.Text(err)
	}
	if err := st.FinishCommand(ctx, q.ID, status, result, time.Now()); err != nil {
		st.log.Error("a command of the command line could not be answered", "kind", q.Kind, "err", err)
	}
}

// carryOut does what a command says and audits it.
func (st *station) carryOut(ctx context.Context, c command, by string) error {
	if _, ok := st.loop.View().Ward.Unit(census.UnitCode(c.Unit)); c.Unit != "" && !ok {
		return fault.New(fault.NotFound, "unit %s is not in the ward", c.Unit)
	}
	subject := c.Login
	now := time.Now()
	var err error
	switch c.Kind {
	case "ward-apply":
		return st.applyWardFile(ctx, []byte(c.Text), by, true) // the rule audits it
	case "user-add":
		who := staff.Person{ID: staff.ID(newID()), Login: c.Login, Name: c.Name, Role: staff.Role(c.Role), Unit: census.UnitCode(c.Unit)}
		err = st.AddUser(ctx, who, string(c.Hash), now)
	case "user-password":
		err = st.SetPassword(ctx, c.Login, string(c.Hash))
	case "user-disable":
		err = st.DisableUser(ctx, c.Login, now)
	case "token-add":
		subject = c.Name
		who := staff.Person{ID: staff.ID(newID()), Name: c.Name, Role: staff.Role(c.Role), Unit: census.UnitCode(c.Unit)}
		err = st.AddToken(ctx, store.SecretHash(c.Hash), who, now)
	case "token-revoke":
		subject = c.Name
		var machine staff.ID
		machine, err = st.RevokeToken(ctx, c.Name, now)
		st.forget(machine)
	case "quarantine-replay":
		subject = c.ID
		err = st.replayNumbered(ctx, c.ID)
	default:
		err = fault.New(fault.Invalid, "the running station does not know the command %q", c.Kind)
	}
	if err != nil {
		return err
	}
	st.forgetUser(ctx, c.Login)
	return st.loop.Submit(ctx, ward.Audited{Actor: staff.ID(by), Action: c.Kind, Subject: subject}, nil).Err
}

// forgetUser makes sessions ask the record again who a person is.
func (st *station) forgetUser(ctx context.Context, login string) {
	if login == "" {
		return
	}
	if a, err := st.User(ctx, login); err == nil {
		st.forget(a.Person.ID)
	}
}

func (st *station) forget(who staff.ID) {
	if s := st.sessions.Load(); s != nil {
		s.Forget(string(who))
	}
}

// newID names a person or a machine.
func newID() string { return strings.ToLower(rand.Text()[:16]) }

func (st *station) replayNumbered(ctx context.Context, id string) error {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return fault.New(fault.Invalid, "%q is not a number of `wardlight quarantine list`", id)
	}
	return st.replay(ctx, n)
}

// replay decodes a message from quarantine again and hands it to the ward.
func (st *station) replay(ctx context.Context, n int64) error {
	q, err := st.Quarantined(ctx, n)
	if err != nil {
		return err
	}
	if len(q.Raw) == 0 {
		return fault.New(fault.Invalid, "message %d was refused before its body was kept: it cannot be replayed", n)
	}
	event, err := st.decodeKept(st.loop.View().Ward, q.Raw, q.Peer, q.ReceivedAt)
	if err != nil {
		return err
	}
	// A message of its own, so that it is not taken for the refused one, but of
	// the same sender, so that the ward file's word on that one counts.
	m := ward.NewMessage(q.Source, q.ControlID, "replay:"+strconv.FormatInt(n, 10), q.Peer, q.Raw, q.ReceivedAt)
	m.Digest[0] ^= 0xff
	m.IsReplay = true
	if o := st.loop.Submit(ctx, event, m); o.Err != nil {
		return o.Err
	}
	return st.MarkReplayed(ctx, n, time.Now())
}
