package hl7

import (
	"errors"
	"testing"
	"time"
	_ "time/tzdata" // the zones of the test, whatever this machine has
)

func TestParseTime(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		in        string
		zone      *time.Location
		want      string // RFC 3339
		precision Precision
	}{
		{"2026", nil, "2026-01-01T00:00:00Z", Year},
		{"202607", nil, "2026-07-01T00:00:00Z", Month},
		{"20260713", london, "2026-07-13T00:00:00+01:00", Day},
		{"2026071309", nil, "2026-07-13T09:00:00Z", Hour},
		{"202607130905", nil, "2026-07-13T09:05:00Z", Minute},
		{"20260713090502", london, "2026-07-13T09:05:02+01:00", Second},
		{"20260113090502", london, "2026-01-13T09:05:02Z", Second},
		{"20260713090502.5", nil, "2026-07-13T09:05:02.5Z", Fraction},
		{"20260713090502.1234", nil, "2026-07-13T09:05:02.1234Z", Fraction},
		{"20260713090502.123456789", nil, "2026-07-13T09:05:02.123456789Z", Fraction},
		{"20260713090502.25-0430", london, "2026-07-13T09:05:02.25-04:30", Fraction},
		{"20260713090502+0000", london, "2026-07-13T09:05:02Z", Second},
		{"20260713090502-0000", london, "2026-07-13T09:05:02Z", Second},
		{"20260713090502Z", london, "2026-07-13T09:05:02Z", Second},
		{"20260713090502+05:45", nil, "2026-07-13T09:05:02+05:45", Second},
		{"198908181126+0215", nil, "1989-08-18T11:26:00+02:15", Minute},
		{"19661001-0600", nil, "1966-10-01T00:00:00-06:00", Day},
		{"20240229", nil, "2024-02-29T00:00:00Z", Day},
		{"18991230", nil, "1899-12-30T00:00:00Z", Day},
	}
	for _, tt := range tests {
		got, precision, err := ParseTime(tt.in, tt.zone)
		if err != nil || got.Format(time.RFC3339Nano) != tt.want || precision != tt.precision {
			t.Errorf("ParseTime(%q) = %s, %d, %v, want %s, %d", tt.in, got.Format(time.RFC3339Nano), precision, err, tt.want, tt.precision)
		}
	}
}

func TestParseTimeRefuses(t *testing.T) {
	for _, in := range []string{
		"", "1", "20260", "2026131", "20261301", "20260230", "20250229", "2026010124", "202601010060", "20260101000060",
		"20260101000000.", "20260101000000.1234567890", "202601010000.5", "20260101000000+", "20260101000000+1", "20260101000000+1500",
		"20260101000000+0060", "20260101000000+01:0", "20260101000000 ", " 2026", "2026-01-13", "2026-01-13T09:05:02Z",
		"00000000", "20260000", "20260100", "202601010000001", "２０２６", "20260101000000+ab00", `""`, "20260101+-100",
	} {
		if got, _, err := ParseTime(in, nil); !errors.Is(err, ErrTime) {
			t.Errorf("ParseTime(%q) = %v, %v, want an error", in, got, err)
		}
	}
}

func TestFormatTime(t *testing.T) {
	at := time.Date(2026, 1, 13, 12, 0, 5, 678e6, time.FixedZone("", -5*3600))
	if got := FormatTime(at); got != "20260113120005-0500" {
		t.Error(got)
	}
	if got := FormatTimeMillis(at.UTC()); got != "20260113170005.678+0000" {
		t.Error(got)
	}
}

func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"2026", "20260713090502.25-0430", "198908181126+0215", "18991230", "20260101000000+05:45", "20260101000000Z", "", "9999123123595999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, precision, err := ParseTime(s, nil)
		if err != nil {
			if !errors.Is(err, ErrTime) || !at.IsZero() || precision != 0 {
				t.Fatalf("ParseTime(%q) = %v, %v, %v", s, at, precision, err)
			}
			return
		}
		if precision < Year || precision > Fraction {
			t.Fatalf("ParseTime(%q): precision %d", s, precision)
		}
		again, _, err := ParseTime(FormatTime(at), nil)
		if err != nil || !again.Equal(at.Truncate(time.Second)) {
			t.Fatalf("%q reads %v, written and read again %v, %v", s, at, again, err)
		}
	})
}
