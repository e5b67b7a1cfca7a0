package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const threeGateways = twoBeds + `connections:
  - name: east
    source: EASTGW
    zone: Asia/Tokyo
    charset: 8859/1
    no_value: ["888"]
  - name: south
    source: SOUTHGW
    zone: Australia/Adelaide
    no_value: ["777"]
    trust_identity: false
`

// zoneless writes a time as senders do that leave out the zone.
func zoneless(at time.Time, zone string) string {
	z, err := time.LoadLocation(zone)
	if err != nil {
		panic(err)
	}
	return at.In(z).Format("20060102150405")
}

// plainly is a message of a gateway that names no zone and a charset that it
// does not write.
func plainly(source, id, kind, sent string, segments ...string) []byte {
	return lines(append([]string{`MSH|^~\&|` + source + `|HOSP|||` + sent + `||` + kind + `|` + id + `|P|2.4|||AL|NE||UNICODE UTF-8`}, segments...)...)
}

func plainVitals(source, id, sent, bed, mrn, hr, temp string) []byte {
	return plainly(source, id, "ORU^R01", sent,
		`PID|||`+mrn+`^^^HOSP^MR`, `PV1||I|ICU^^`+bed,
		`OBR|1||`+id+`|182777000^monitoring of patient^SCT|||`+sent,
		`OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X|||||||MON-`+source,
		`OBX|2|NM|147842^MDC_ECG_HEART_RATE^MDC|1.1.1.1|`+hr+`|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R`,
		`OBX|3|NM|150344^MDC_TEMP^MDC|1.1.1.2|`+temp+`|268192^MDC_DIM_DEGC^MDC|||||R|||`+sent)
}

// Each gateway is read as the ward file says that it writes: zone, character
// set, values that mean none, and whether its word on patients counts.
func TestConnections(t *testing.T) {
	t.Parallel()
	s := serve(t, threeGateways)
	token, g := s.token("test"), s.gateway()
	bed := func(i int) (name, hr, temp string, age time.Duration) {
		t.Helper()
		b := s.snapshot(token, "ICU").Beds[i]
		if b.Patient != nil {
			name = b.Patient.Name
		}
		for _, v := range b.Vitals {
			switch v.Code {
			case "8867-4":
				hr, age = v.Value, time.Since(v.At)
			case "8310-5":
				temp, age = v.Value, time.Since(v.At)
			}
		}
		return name, hr, temp, age
	}
	tests := []struct {
		source, zone string // the zone in which its clock runs
		bed, hr      string
		shown        string // name, heart rate, temperature
	}{
		{"EASTGW", "Asia/Tokyo", "1", "888", "M\u00fcller, J\u00f6rg||37.2"},
		{"WESTGW", "Europe/London", "2", "777", "M\ufffdller, J\ufffdrg|777|37.2"}, // nothing is said of it: the unit's zone
	}
	for i, tt := range tests {
		t.Run(tt.source, func(t *testing.T) {
			sent := zoneless(time.Now(), tt.zone)
			mrn := "MRN" + tt.bed
			g.accept(plainly(tt.source, "A"+tt.bed, "ADT^A01", sent, "EVN||"+sent, "PID|||"+mrn+"^^^HOSP^MR||M\xfcller^J\xf6rg", "PV1||I|ICU^^"+tt.bed))
			g.accept(plainVitals(tt.source, "V"+tt.bed, sent, tt.bed, mrn, tt.hr, "37.2"))
			name, hr, temp, age := bed(i)
			if got := strings.Join([]string{name, hr, temp}, "|"); got != tt.shown {
				t.Errorf("the bed shows %q, want %q", got, tt.shown)
			}
			if age < -2*time.Second || age > time.Minute {
				t.Errorf("its temperature is %v old", age)
			}
		})
	}

	t.Run("one whose word on patients does not count", func(t *testing.T) {
		sent := zoneless(time.Now(), "Australia/Adelaide")
		g.accept(plainVitals("SOUTHGW", "S1", sent, "12", "MRN12", "70", "777"))
		stray := s.snapshot(token, "ICU").Unassigned
		if len(stray) != 1 || stray[0].Device != "MON-SOUTHGW" {
			t.Errorf("unassigned: %+v", stray)
		}
		const recorded = `SELECT count(*) FROM observed_value WHERE at BETWEEN now() - interval '1 minute' AND now() + interval '2 seconds' AND `
		if n := s.database().count(recorded + `mdc = 147842 AND value = 70`); n != 1 {
			t.Errorf("its heart rate is recorded %d times, as of now", n)
		}
		if n := s.database().count(`SELECT count(*) FROM observed_value WHERE mdc = 150344 AND value = 777`); n != 0 {
			t.Errorf("its word for no value is recorded as %d temperatures", n)
		}
	})

	t.Run("out of quarantine", func(t *testing.T) {
		owner := s.database().connect()
		if _, err := owner.Exec(t.Context(), `ALTER TABLE observation ADD CONSTRAINT poison CHECK (38.9 <> ALL (value))`); err != nil {
			t.Fatal(err)
		}
		if code := g.send(plainVitals("EASTGW", "Q1", zoneless(time.Now(), "Asia/Tokyo"), "1", "MRN1", "888", "38.9")); code != "CE" {
			t.Fatalf("answered %s", code)
		}
		if _, err := owner.Exec(t.Context(), `ALTER TABLE observation DROP CONSTRAINT poison`); err != nil {
			t.Fatal(err)
		}
		s.mustCommand("", "quarantine", "replay", s.quarantined(t)[0].number)
		for what, want := range map[string]int{"mdc = 150344 AND value = 38.9": 1, "mdc = 147842 AND value = 888": 0} {
			if n := s.database().count(fmt.Sprintf(`SELECT count(*) FROM observed_value WHERE at > now() - interval '2 minutes' AND at < now() + interval '2 seconds' AND %s`, what)); n != want {
				t.Errorf("%s: recorded %d times, want %d", what, n, want)
			}
		}
	})

	t.Run("exported", func(t *testing.T) {
		if out := s.mustCommand("", "ward", "export"); !strings.Contains(out, "Asia/Tokyo") || !strings.Contains(out, "trust_identity: false") {
			t.Errorf("ward export prints\n%s", out)
		}
	})
}
