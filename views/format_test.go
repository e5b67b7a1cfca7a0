package views

import (
	"testing"
	"time"

	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/vitals"
)

func TestTimesAsPeopleReadThem(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ got, want string }{
		{clock(noon, london), "12:00:00"},
		{when(noon, noon.Add(time.Hour), london), "12:00:00"},
		{when(noon, noon.Add(30*time.Hour), london), "1 Jul 12:00"},
		{elapsed(-time.Second), "00:00"},
		{elapsed(134 * time.Second), "02:14"},
		{elapsed(3*time.Hour + 134*time.Second), "3:02:14"},
		{age(38 * time.Second), "38 s"},
		{age(89 * time.Second), "89 s"},
		{age(22 * time.Minute), "22 m"},
		{age(3 * time.Hour), "3 h"},
		{age(72 * time.Hour), "3 d"},
		{timeLeft(41*time.Minute + 59*time.Second), "0:41"},
		{timeLeft(-time.Minute), "0:00"},
		{timeLeft(25 * time.Hour), "25:00"},
		{lag(120 * time.Millisecond), "0.1 s"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestAlarmsSayWhatIsBeyondWhichLimit(t *testing.T) {
	technical := alarm.Episode{Label: "No data from MON77", Origin: alarm.FromSystem}
	for _, c := range []struct {
		e    alarm.Episode
		want string
	}{
		{limitAlarm(alarm.Below, vitals.SpO2, "86", "90"), "SpO2 86<90"},
		{limitAlarm(alarm.Above, vitals.HeartRate, "134", "130"), "HR 134>130"},
		{limitAlarm(alarm.Above, vitals.Temperature, "38.60", "38.5"), "T 38.60>38.5"},
		{technical, "No data from MON77"},
	} {
		if got := Says(c.e); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestUnitsAreRespelledAndNothingElse(t *testing.T) {
	for ucum, want := range map[string]string{
		"ug/kg/min": "µg/kg/min", "mm[Hg]": "mmHg", "[IU]/h": "units/h", "[iU]/kg/h": "units/kg/h",
		"Cel": "°C", "mL/h": "mL/h", "mmol/h": "mmol/h", "mg/h": "mg/h", "cm[H2O]": "cmH₂O", "L/min/m2": "L/min/m²",
	} {
		if got := readable(ucum); got != want {
			t.Errorf("%s: got %q, want %q", ucum, got, want)
		}
	}
}

func TestAgeAndSexLeaveOutWhatIsNotKnown(t *testing.T) {
	for _, c := range []struct {
		p    census.Patient
		want string
	}{
		{census.Patient{Sex: "F", BirthDate: "1955-03-04"}, "71 F"},
		{census.Patient{Sex: "U", BirthDate: "1955-03-04"}, "71"},
		{census.Patient{Sex: "M"}, "M"},
		{census.Patient{Sex: "M", BirthDate: "1960"}, "~66 M"},
		{census.Patient{}, ""},
	} {
		if got := ageAndSex(c.p, noon); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestColumnsMakeTilesAsLargeAsTheyCanBe(t *testing.T) {
	for tiles, want := range map[int]int{1: 1, 2: 2, 6: 3, 16: 4, 24: 5, 64: 8} {
		if got := Columns(tiles); got != want {
			t.Errorf("%d tiles: %d columns, want %d", tiles, got, want)
		}
	}
	for tiles := 1; tiles <= census.MaxBeds; tiles++ {
		if c := Columns(tiles); c < 1 || c > 8 {
			t.Errorf("%d tiles: %d columns, which the style sheet does not know", tiles, c)
		}
	}
}

func TestTheWindowTitleNamesTheWorstAlarmAndNoPatient(t *testing.T) {
	high := alarm.Episode{Priority: alarm.High, Category: alarm.Physiological}
	low := alarm.Episode{Priority: alarm.Low, Category: alarm.Physiological}
	technical := alarm.Episode{Priority: alarm.Medium, Category: alarm.Technical}
	for _, c := range []struct {
		open []alarm.Episode
		want string
	}{
		{nil, "ICU"},
		{[]alarm.Episode{low, high, technical, high}, "!!! 2 · ICU"},
		{[]alarm.Episode{technical}, "technical 1 · ICU"},
	} {
		if got := NewCounts("ICU", c.open).Title; got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
