package audit_test

import (
	"encoding/hex"
	"testing"
	"time"

	"wardlight/ward/audit"
)

func TestChainShowsEveryChange(t *testing.T) {
	at := time.Date(2026, 1, 13, 12, 0, 0, 1000, time.UTC)
	e := audit.Entry{At: at, Actor: "kim", Action: "acknowledge-alarm", Subject: "a1", Detail: "seen"}
	first := audit.Chain(audit.Digest{}, e)
	for name, other := range map[string]audit.Digest{
		"another predecessor": audit.Chain(audit.Digest{1}, e),
		"another time":        audit.Chain(audit.Digest{}, audit.Entry{at.Add(time.Microsecond), "kim", "acknowledge-alarm", "a1", "seen"}),
		"another actor":       audit.Chain(audit.Digest{}, audit.Entry{at, "lee", "acknowledge-alarm", "a1", "seen"}),
		"another action":      audit.Chain(audit.Digest{}, audit.Entry{at, "kim", "sign-in", "a1", "seen"}),
		"another subject":     audit.Chain(audit.Digest{}, audit.Entry{at, "kim", "acknowledge-alarm", "a2", "seen"}),
		"another detail":      audit.Chain(audit.Digest{}, audit.Entry{at, "kim", "acknowledge-alarm", "a1", ""}),
		"words moved across":  audit.Chain(audit.Digest{}, audit.Entry{at, "kim", "acknowledge-alarma", "1", "seen"}),
	} {
		if other == first {
			t.Errorf("%s does not show in the digest", name)
		}
	}
}

// The record keeps whole microseconds without a zone of its own.
func TestChainSurvivesTheRecord(t *testing.T) {
	at := time.Date(2026, 1, 13, 12, 0, 0, 123456789, time.UTC)
	kept := at.Truncate(time.Microsecond).In(time.FixedZone("", 3600))
	a := audit.Chain(audit.Digest{}, audit.Entry{At: at, Actor: "kim"})
	if b := audit.Chain(audit.Digest{}, audit.Entry{At: kept, Actor: "kim"}); a != b {
		t.Error("an entry read back has another digest")
	}
}

// A chain written today must verify next year: the bytes are a contract.
func TestChainIsStable(t *testing.T) {
	e := audit.Entry{At: time.Unix(1768305600, 0), Actor: "kim", Action: "sign-in", Subject: "s1", Detail: ""}
	second := audit.Chain(audit.Chain(audit.Digest{}, e), e)
	const want = "3dd837398594510eeec6d8f0245fa31c12952a7bfce937167610193d1ab10dae"
	if got := hex.EncodeToString(second[:]); got != want {
		t.Errorf("digest %s, want %s", got, want)
	}
}
