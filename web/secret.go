package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// SecretHash is the SHA-256 of a session's or machine's token: all that the record and the memory of this process keep.
type SecretHash [sha256.Size]byte

// NewSecret returns a token of 256 random bits, in letters that a header and a cookie can carry.
func NewSecret() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// HashSecret returns what is kept of a token.
func HashSecret(token string) SecretHash { return sha256.Sum256([]byte(token)) }
