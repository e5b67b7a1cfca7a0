package mllp

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/netip"
	"testing"
	"time"
)

func TestServerAllow(t *testing.T) {
	tests := []struct {
		name  string
		allow string
		in    bool
	}{
		{"its own network", "127.0.0.0/8", true},
		{"exactly this host", "127.0.0.1/32", true},
		{"another network", "10.0.0.0/8", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr := run(t, &Server{Allow: []netip.Prefix{netip.MustParsePrefix(tt.allow)}}, &station{})
			nc := dial(t, addr)
			_, _ = nc.Write(Frame([]byte("1"))) // a stranger may be cut off before it has written
			answer, err := NewReader(nc, 0).Next()
			if got := err == nil && string(answer) == "ack 1"; got != tt.in {
				t.Errorf("answered: %v (%q, %v), want %v", got, answer, err, tt.in)
			}
		})
	}
}

// authority signs certificates for a test.
type authority struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	pool *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t, pool: x509.NewCertPool()}
	made := a.sign(&x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	a.key = made.PrivateKey.(*ecdsa.PrivateKey)
	a.cert, _ = x509.ParseCertificate(made.Certificate[0])
	a.pool.AddCert(a.cert)
	return a
}

func (a *authority) sign(c *x509.Certificate) tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	c.SerialNumber, c.NotBefore, c.NotAfter = big.NewInt(1), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (a *authority) of(name string) tls.Certificate {
	return a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	})
}

func TestServerTLS(t *testing.T) {
	ours, theirs := newAuthority(t), newAuthority(t)
	s := &Server{TLS: &tls.Config{
		Certificates: []tls.Certificate{ours.of("station")},
		ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: ours.pool, MinVersion: tls.VersionTLS12,
	}}
	names := make(chan string, 10)
	addr := run(t, s, &station{receive: func(from Peer, raw []byte, reply func([][]byte)) {
		names <- from.Name
		reply([][]byte{raw})
	}})
	tests := []struct {
		name  string
		certs []tls.Certificate
		max   uint16
		in    bool
	}{
		{"a certificate of ours", []tls.Certificate{ours.of("gateway-7")}, 0, true},
		{"none", nil, 0, false},
		{"a stranger's", []tls.Certificate{theirs.of("gateway-7")}, 0, false},
		{"an old protocol", []tls.Certificate{ours.of("gateway-7")}, tls.VersionTLS11, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			nc := tls.Client(dial(t, addr), &tls.Config{RootCAs: ours.pool, ServerName: "127.0.0.1", Certificates: tt.certs, MaxVersion: tt.max})
			_, err := nc.Write(Frame([]byte("1")))
			if err == nil { // TLS 1.3 tells the sender when it reads
				_, err = NewReader(nc, 0).Next()
			}
			if (err == nil) != tt.in {
				t.Fatalf("%v, want in: %v", err, tt.in)
			}
			if tt.in {
				if got := <-names; got != "gateway-7" {
					t.Errorf("the handler knows it as %q", got)
				}
			}
		})
	}
	t.Run("plain text", func(t *testing.T) {
		nc := dial(t, addr)
		send(t, nc, frame("1"))
		if answer, err := NewReader(nc, 0).Next(); err == nil {
			t.Errorf("answered with %q", answer)
		}
	})
}

func TestServerLinks(t *testing.T) {
	s := &Server{Max: 10}
	addr := run(t, s, &station{})
	nc := dial(t, addr)
	in := NewReader(nc, 0)
	for _, m := range []string{"1", "2"} {
		send(t, nc, frame(m))
		next(t, in)
	}
	links := s.Links()
	if len(links) != 1 {
		t.Fatalf("%d links", len(links))
	}
	l := links[0]
	if l.Protocol != "hl7" || l.Peer != nc.LocalAddr().String() || l.Messages != 2 || l.Refused != 0 || l.IsTLS || l.LastAt.Before(l.Since) {
		t.Errorf("%+v", l)
	}
	send(t, nc, frame("more than ten bytes"))
	next(t, in)
	for _, l := range s.Links() { // its connection is on its way out
		if l.Refused != 1 {
			t.Errorf("%+v", l)
		}
	}
}
