package web

import "context"

// Kind tells people from machines.
type Kind int

const (
	Human   Kind = iota + 1 // signed in, with a session cookie
	Machine                 // with a bearer token
)

// Principal is who asks.
type Principal struct {
	UserID string // stands in logs and in the record
	Name   string // shown to colleagues; never logged
	Role   string // one of the roles of the record, such as "nurse"
	Unit   string // code of the only unit it may see; empty for no such bound
	Kind   Kind
}

type principalKey struct{}

// WithPrincipal returns a context that says who asks.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// PrincipalFrom says who asks; false for someone who has not signed in.
func PrincipalFrom(ctx context.Context) (Principal, bool) {
	p, ok := ctx.Value(principalKey{}).(Principal)
	return p, ok
}
