package store

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"wardlight/ward"
)

// keysKept is for how long a message that comes again is known.
const keysKept = 7 * 24 * time.Hour

// messageColumns are messages, column by column.
type messageColumns struct {
	digest                        [][]byte
	receivedAt                    []time.Time
	source, controlID, kind, peer []string
	size                          []int32
	deflated                      [][]byte
}

// A message is written unless its key is there already. The look at the key
// is written so that it stays one step in an index, whatever the planner
// knows of the tables.
const writeMessages = `
INSERT INTO message (received_at, digest, source, control_id, type, peer, size, deflated)
SELECT a.received_at, a.digest, a.source, a.control_id, a.type, a.peer, a.size, a.deflated
FROM unnest($1::bytea[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::bytea[])
    AS a (digest, received_at, source, control_id, type, peer, size, deflated)
WHERE (SELECT k.received_at FROM message_key k WHERE k.digest = a.digest) IS NULL
ON CONFLICT DO NOTHING`

const writeKeys = `
INSERT INTO message_key (digest, received_at) SELECT * FROM unnest($1::bytea[], $2::timestamptz[])
ON CONFLICT DO NOTHING`

// message adds the message that an input came in. One that goes to quarantine
// has no key: should it come again, after what refused it was mended, it is
// news and not a duplicate.
func (b *batch) message(e ward.Entry) error {
	m := e.Input.Message
	if m == nil || b.arrived[m.Digest] || slices.ContainsFunc(e.Changes, isQuarantined) {
		return nil
	}
	b.arrived[m.Digest] = true
	deflated, err := deflate(m.Raw)
	if err != nil {
		return err
	}
	c := &b.messages
	c.digest = append(c.digest, m.Digest[:])
	c.receivedAt = append(c.receivedAt, moment(m.ReceivedAt))
	c.source = append(c.source, text(m.Source))
	c.controlID = append(c.controlID, text(m.ControlID))
	c.kind = append(c.kind, text(m.Type))
	c.peer = append(c.peer, text(m.Peer))
	c.size = append(c.size, int32(len(m.Raw)))
	c.deflated = append(c.deflated, deflated)
	return nil
}

func isQuarantined(c ward.Change) bool { _, ok := c.What.(ward.Quarantined); return ok }

func (b *batch) queueMessages(q *pgx.Batch) error {
	if c := &b.messages; len(c.digest) > 0 {
		q.Queue(writeMessages, c.digest, c.receivedAt, c.source, c.controlID, c.kind, c.peer, c.size, c.deflated)
		q.Queue(writeKeys, c.digest, c.receivedAt)
	}
	return nil
}

// SeenDigests reads which messages arrived within the last seven days, the
// newest first, at most limit.
func (s *Store) SeenDigests(ctx context.Context, limit int) ([][sha256.Size]byte, error) {
	const seen = `SELECT digest FROM message_key ORDER BY received_at DESC LIMIT $1`
	rows, _ := s.pool.Query(ctx, seen, limit)
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (d [sha256.Size]byte, err error) {
		var b []byte
		err = row.Scan(&b)
		copy(d[:], b)
		return d, err
	})
	return out, classify(err)
}

// ForgetKeys drops the keys of messages that arrived more than seven days
// before at.
func (s *Store) ForgetKeys(ctx context.Context, at time.Time) error {
	_, err := s.pool.Exec(ctx, `DELETE FROM message_key WHERE received_at <= $1`, at.Add(-keysKept))
	return classify(err)
}

var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(io.Discard, flate.BestSpeed)
	if err != nil {
		panic("store: " + err.Error()) // only for a level that does not exist
	}
	return w
}}

// deflate compresses (RFC 1951).
func deflate(raw []byte) ([]byte, error) {
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	out := bytes.NewBuffer(make([]byte, 0, len(raw)/2+64))
	w.Reset(out)
	if _, err := w.Write(raw); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func inflate(deflated []byte) ([]byte, error) {
	return io.ReadAll(flate.NewReader(bytes.NewReader(deflated)))
}
