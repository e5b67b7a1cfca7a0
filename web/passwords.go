package web

import (
	"context"

	"github.com/alexedwards/argon2id"
)

// passwordParams are OWASP's for argon2id: 19 MiB, 2 passes, 1 lane; about 25 ms on a small server.
var passwordParams = argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// nobodysHash was made with passwordParams from a password that was thrown away. An unknown user's password is checked
// against it, so that an answer takes as long as for a known one.
const nobodysHash = "$argon2id$v=19$m=19456,t=2,p=1$gaStBpjf+WCKFW8c/EDlbQ$Jw1fBZK3qc1wlmMzgL9AxsZ9i2D6+8xDK+F8bY9Mi84"

// passwordTurns bounds how many passwords are hashed at once, hence the memory (4 × 19 MiB) that strangers can make
// the process use.
var passwordTurns = make(chan struct{}, 4)

// HashPassword returns what the record keeps of a password (argon2id, PHC string format). It waits for its turn, at
// most until ctx ends.
func HashPassword(ctx context.Context, password string) (string, error) {
	done, err := passwordTurn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	return argon2id.CreateHash(password, &passwordParams)
}

// CheckPassword tells whether the password belongs to the hash. An empty hash stands for a user who does not exist or
// may not sign in: never right, and no faster.
func CheckPassword(ctx context.Context, password, hash string) (bool, error) {
	done, err := passwordTurn(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	known := hash != ""
	if !known {
		hash = nobodysHash
	}
	match, err := argon2id.ComparePasswordAndHash(password, hash)
	return match && known, err
}

func passwordTurn(ctx context.Context) (done func(), err error) {
	select {
	case passwordTurns <- struct{}{}:
		return func() { <-passwordTurns }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
