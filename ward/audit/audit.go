// Package audit says what an entry of the audit trail is and how the entries
// are chained, so that a changed or missing one shows.
package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"wardlight/ward/staff"
)

// Entry is one line: who did what to which thing, when. Subject and Detail
// hold ids and reasons, never a patient's name.
type Entry struct {
	At      time.Time
	Actor   staff.ID // or "cli:osuser", or "system"
	Action  string
	Subject string
	Detail  string
}

// Digest chains an entry to the one before it (SHA-256).
type Digest = [sha256.Size]byte

// Chain gives the digest of e after an entry whose digest was previous. Times
// count in whole microseconds, as PostgreSQL keeps them.
func Chain(previous Digest, e Entry) Digest {
	h := sha256.New()
	h.Write(previous[:])
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(e.At.UnixMicro()))
	h.Write(n[:])
	for _, field := range []string{string(e.Actor), e.Action, e.Subject, e.Detail} {
		binary.BigEndian.PutUint64(n[:], uint64(len(field)))
		h.Write(n[:])
		h.Write([]byte(field))
	}
	return Digest(h.Sum(nil))
}
