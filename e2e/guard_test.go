package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"wardlight/ingest/mllp"
)

// authority signs certificates.
type authority struct {
	t    *testing.T
	self tls.Certificate
	pool *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, pool: x509.NewCertPool()}
	a.self = a.sign(&x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	a.pool.AddCert(a.self.Leaf)
	return a
}

func (a *authority) sign(c *x509.Certificate) tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	c.SerialNumber, c.NotBefore, c.NotAfter = big.NewInt(1), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := a.self.Leaf, a.self.PrivateKey
	if parent == nil {
		parent, signer = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func (a *authority) of(name string) tls.Certificate {
	return a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	})
}

// files writes a certificate and its key as PEM.
func (a *authority) files(c tls.Certificate) (cert, key string) {
	a.t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		a.t.Fatal(err)
	}
	dir := a.t.TempDir()
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			a.t.Fatal(err)
		}
		return path
	}
	return write("cert.pem", "CERTIFICATE", c.Certificate[0]), write("key.pem", "PRIVATE KEY", der)
}

// Only senders from the allowed networks with a certificate of the hospital's
// are heard, over TLS, and within their limits.
func TestWhoMaySendHL7(t *testing.T) {
	t.Parallel()
	ours, theirs := newAuthority(t), newAuthority(t)
	cert, key := ours.files(ours.of("station"))
	clients, _ := ours.files(ours.self)
	s := serve(
		t, twoBeds, "--mllp-cert", cert, "--mllp-key", key, "--mllp-clients", clients,
		"--mllp-allow", "127.0.0.1", "--mllp-allow", "10.0.0.0/8", "--mllp-max", "64KiB", "--mllp-idle", "2s",
	)
	dial := func(t *testing.T, from string) net.Conn {
		t.Helper()
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
		nc, err := d.DialContext(t.Context(), "tcp", s.MLLP)
		if err != nil && from != "127.0.0.1" {
			t.Skipf("this machine has no second loopback address: %v", err)
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = nc.Close() })
		if err := nc.SetDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		return nc
	}
	secure := func(nc net.Conn, certs ...tls.Certificate) net.Conn {
		return tls.Client(nc, &tls.Config{RootCAs: ours.pool, ServerName: "127.0.0.1", Certificates: certs})
	}
	gateway, stranger := ours.of("gateway-7"), theirs.of("gateway-7")
	tests := map[string]struct {
		nc func(*testing.T) net.Conn
		in bool
	}{
		"a gateway":                       {func(t *testing.T) net.Conn { return secure(dial(t, "127.0.0.1"), gateway) }, true},
		"without a certificate":           {func(t *testing.T) net.Conn { return secure(dial(t, "127.0.0.1")) }, false},
		"with a certificate of another's": {func(t *testing.T) net.Conn { return secure(dial(t, "127.0.0.1"), stranger) }, false},
		"in plain text":                   {func(t *testing.T) net.Conn { return dial(t, "127.0.0.1") }, false},
		"from another network":            {func(t *testing.T) net.Conn { return secure(dial(t, "127.0.0.2"), gateway) }, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			nc := tt.nc(t)
			_, _ = nc.Write(mllp.Frame(vitals("TLS1", time.Now(), "1", "MRN1", hr(80)))) // one who is turned away learns it when it reads
			answer, err := mllp.NewReader(nc, 0).Next()
			if got := err == nil && ackCode(answer) == "CA"; got != tt.in {
				t.Errorf("answered %q, %v; want it let in: %v", answer, err, tt.in)
			}
		})
	}
	t.Run("too large", func(t *testing.T) {
		nc := secure(dial(t, "127.0.0.1"), gateway)
		_, _ = nc.Write(mllp.Frame(append(vitals("BIG", time.Now(), "1", "MRN1", hr(80)), bytes.Repeat([]byte("A"), 65<<10)...)))
		in := mllp.NewReader(nc, 0)
		answer, err := in.Next()
		if err != nil {
			t.Fatal(err)
		}
		if code, why := refusal(t, answer); code != "CR" || why != "207" {
			t.Errorf("answered %s, %s", code, why)
		}
		if _, err := in.Next(); err == nil {
			t.Error("the connection goes on")
		}
	})
	t.Run("silent", func(t *testing.T) {
		nc := secure(dial(t, "127.0.0.1"), gateway)
		began := time.Now()
		if _, err := nc.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("%v, want the end of the connection", err)
		}
		t.Logf("closed after %.1f s", time.Since(began).Seconds())
	})
	if !strings.Contains(s.log.String(), "gateway-7") {
		t.Error("the log does not name who came in")
	}
	if n := s.database().count(`SELECT count(*) FROM message`); n != 1 {
		t.Errorf("%d messages are recorded", n)
	}
}

// A thousand connections that send a byte now and then neither hold up a good
// one nor cost more than a little memory each.
func TestThousandDribblingConnections(t *testing.T) {
	t.Parallel()
	const n = 1000
	s := serve(t, nineBeds)
	s.occupied(1)
	before := s.residentKiB(t)
	dribbles := make([]net.Conn, n)
	const slow = "\x0bMSH|^~\\&|SLOW|GENHOSP|||20260113120005+0000||ORU^R01^ORU_R01|"
	for i := range dribbles {
		dribbles[i] = s.dial(t)
		fmt.Fprint(dribbles[i], slow)
	}
	g := s.gateway()
	var worst time.Duration
	for i := range n {
		fmt.Fprint(dribbles[i], "X")
		if i%5 > 0 {
			continue
		}
		began := time.Now()
		g.accept(vitals(fmt.Sprint("GOOD", i), time.Now(), "1", "MRN1001", hr(60+i%40)))
		worst = max(worst, time.Since(began))
	}
	after := s.residentKiB(t)
	t.Logf("%d connections, %d messages beside them, the slowest answered after %v; %d KiB more memory", n, n/5, worst, after-before)
	if after-before > n*64 {
		t.Errorf("%d KiB for %d connections", after-before, n)
	}
	for i, nc := range dribbles {
		if _, err := nc.Write([]byte("X")); err != nil {
			t.Fatalf("connection %d was cut off within its time: %v", i, err)
		}
	}
}

// residentKiB is the memory that the process holds.
func (s *station) residentKiB(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		t.Skipf("this system does not say how much memory a process holds: %v", err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kib
}
