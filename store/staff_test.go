package store

import (
	"testing"
	"time"

	"wardlight/ward/fault"
	"wardlight/ward/staff"
)

var kim = staff.Person{ID: "u1", Login: "kim", Name: "Kim R.", Role: staff.Nurse, Unit: "ICU"}

func TestUsersAndTheirSessions(t *testing.T) {
	ctx, s := t.Context(), open(t, database(t))
	check(t, s.AddUser(ctx, kim, "hash1", noon))
	other := kim
	other.ID, other.Login = "u2", "KIM"
	wantKind(t, s.AddUser(ctx, other, "hash", noon), fault.Conflict)
	diff(t, "user", Account{Person: kim, PasswordHash: "hash1"}, must(s.User(ctx, "Kim")))
	_, err := s.User(ctx, "nobody")
	wantKind(t, err, fault.NotFound)

	session := Session{Hash: SecretHash{1}, Person: kim, CreatedAt: noon, SeenAt: noon}
	check(t, s.CreateSession(ctx, session))
	check(t, s.TouchSession(ctx, session.Hash, noon.Add(time.Hour)))
	check(t, s.TouchSession(ctx, session.Hash, noon)) // never backwards
	session.SeenAt = noon.Add(time.Hour)
	diff(t, "session", session, must(s.Session(ctx, session.Hash)))
	signedOut := func(what string) {
		t.Helper()
		if _, err := s.Session(ctx, session.Hash); fault.KindOf(err) != fault.SignedOut {
			t.Errorf("%s: %v, want signed out", what, err)
		}
	}
	check(t, s.DeleteSession(ctx, session.Hash))
	check(t, s.DeleteSession(ctx, session.Hash))
	signedOut("after signing out")

	check(t, s.CreateSession(ctx, session))
	check(t, s.SetPassword(ctx, "KIM", "hash2"))
	signedOut("after a new password")

	check(t, s.CreateSession(ctx, session))
	check(t, s.ForgetSessions(ctx, noon))
	diff(t, "session", session, must(s.Session(ctx, session.Hash)))
	check(t, s.DisableUser(ctx, "kim", noon))
	signedOut("when disabled")
	check(t, s.CreateSession(ctx, session)) // as a sign-in that was under way
	signedOut("of a disabled user")
	diff(t, "users", []Account{{Person: kim, PasswordHash: "hash2", DisabledAt: noon}}, must(s.Users(ctx)))

	wantKind(t, s.SetPassword(ctx, "nobody", "hash"), fault.NotFound)
	wantKind(t, s.DisableUser(ctx, "nobody", noon), fault.NotFound)
}

func TestTokens(t *testing.T) {
	ctx, s := t.Context(), open(t, database(t))
	machine := staff.Person{ID: "t1", Name: "ehr", Role: staff.Machine, Unit: "ICU"}
	check(t, s.AddToken(ctx, SecretHash{1}, machine, noon))
	next := machine
	next.ID = "t2"
	wantKind(t, s.AddToken(ctx, SecretHash{2}, next, noon), fault.Conflict)
	diff(t, "token", machine, must(s.Token(ctx, SecretHash{1})))
	diff(t, "tokens", []staff.Person{machine}, must(s.Tokens(ctx)))

	diff(t, "revoked", machine.ID, must(s.RevokeToken(ctx, "ehr", noon)))
	for _, hash := range []SecretHash{{1}, {9}} {
		_, err := s.Token(ctx, hash)
		wantKind(t, err, fault.SignedOut)
	}
	_, err := s.RevokeToken(ctx, "ehr", noon)
	wantKind(t, err, fault.NotFound)
	check(t, s.AddToken(ctx, SecretHash{2}, next, noon)) // the name is free again
}
