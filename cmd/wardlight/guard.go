package main

import (
	"crypto/tls"
	"crypto/x509"
	"net/netip"
	"os"
	"strings"

	"wardlight/ward/fault"
)

// guard says who may connect to a listener for devices, and how.
type guard struct {
	Allow   []string // networks (CIDR) or addresses; empty: anywhere
	Cert    string   // file of our certificate (PEM); empty: no TLS
	Key     string   // file of its key
	Clients string   // file of the authorities whose certificates senders need; empty: none needed
}

// networks reads the allow-list. A single address stands for itself.
func (g guard) networks() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range g.Allow {
		if addr, err := netip.ParseAddr(text); err == nil {
			out = append(out, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fault.New(fault.Invalid, "%q is not a network such as 10.1.0.0/16 nor an address", text)
		}
		out = append(out, p)
	}
	return out, nil
}

// tls is the listener's configuration; nil without a certificate. The key
// must be readable by its owner alone.
func (g guard) tls() (*tls.Config, error) {
	if g.Cert == "" && g.Key == "" {
		if g.Clients != "" {
			return nil, fault.New(fault.Invalid, "senders can only show a certificate to a listener that has one: give a certificate and its key too")
		}
		return nil, nil
	}
	if g.Cert == "" || g.Key == "" {
		return nil, fault.New(fault.Invalid, "give both a certificate and its key")
	}
	if err := isPrivate(g.Key); err != nil {
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair(g.Cert, g.Key)
	if err != nil {
		return nil, fault.New(fault.Invalid, "certificate %s with key %s cannot be used: %w", g.Cert, g.Key, err)
	}
	c := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	if g.Clients == "" {
		return c, nil
	}
	pem, err := os.ReadFile(g.Clients)
	if err != nil {
		return nil, fault.New(fault.Invalid, "authorities of senders: %w", err)
	}
	c.ClientCAs = x509.NewCertPool()
	if !c.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, fault.New(fault.Invalid, "%s holds no certificate (PEM)", g.Clients)
	}
	c.ClientAuth = tls.RequireAndVerifyClientCert
	return c, nil
}

// isPrivate refuses a key that others on this machine can read.
func isPrivate(file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return fault.New(fault.Invalid, "key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fault.New(fault.Invalid, "others can read the key %s (%s): chmod 600 it", file, strings.TrimPrefix(info.Mode().Perm().String(), "-"))
	}
	return nil
}
