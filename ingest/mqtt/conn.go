package mqtt

import (
	"net"
	"sync"
	"time"
)

// DefaultWriteTimeout is how long a device may leave what we say unread.
const DefaultWriteTimeout = 10 * time.Second

// patientConn bounds every write, which the library does not where a device
// asks for no keep-alive: one that reads nothing would hold up our good-bye,
// the end of its revoked token, and its own next connection. What is written
// in part cannot be continued, so that a write which fails ends the
// connection.
type patientConn struct {
	net.Conn
	limit time.Duration
	end   func() error // once
}

func newPatientConn(nc net.Conn, limit time.Duration) *patientConn {
	return &patientConn{nc, limit, sync.OnceValue(nc.Close)}
}

// Write writes within the limit.
func (c *patientConn) Write(b []byte) (int, error) {
	_ = c.Conn.SetWriteDeadline(time.Now().Add(c.limit))
	n, err := c.Conn.Write(b)
	if err != nil {
		_ = c.end()
	}
	return n, err
}

// SetDeadline sets the time that reads have. The library means by it how long
// a device may be silent.
func (c *patientConn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// Close ends the connection.
func (c *patientConn) Close() error { return c.end() }
