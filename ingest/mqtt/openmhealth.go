package mqtt

import (
	"time"

	"wardlight/ward/fault"
	"wardlight/ward/vitals"
)

// omhValue is one quantity of an Open mHealth body: its property, what it is,
// and the units that its schema allows.
type omhValue struct {
	property string
	refID    string
	units    []string
}

// omhValues: heart-rate 2.0, blood-pressure 4.0, body-temperature 4.0,
// oxygen-saturation 2.0, respiratory-rate 2.0, blood-glucose 4.0 and
// body-weight 3.0 of namespace omh.
var omhValues = []omhValue{
	{"heart_rate", "MDC_ECG_HEART_RATE", []string{"beats/min"}},
	{"systolic_blood_pressure", "MDC_PRESS_BLD_NONINV_SYS", []string{"mmHg"}},
	{"diastolic_blood_pressure", "MDC_PRESS_BLD_NONINV_DIA", []string{"mmHg"}},
	{"body_temperature", "MDC_TEMP_BODY", []string{"C", "F", "K"}},
	{"oxygen_saturation", "MDC_PULS_OXIM_SAT_O2", []string{"%"}},
	{"respiratory_rate", "MDC_RESP_RATE", []string{"breaths/min"}},
	{"blood_glucose", "MDC_CONC_GLU_GEN", []string{"mg/dL", "mmol/L"}},
	{"body_weight", "MDC_MASS_BODY_ACTUAL", []string{"kg", "g", "lb"}},
}

// openMHealth reads a data point, or its body alone.
func (c *reception) openMHealth() (message, error) {
	body, err := object(c.Payload)
	if err != nil {
		return message{}, err
	}
	s := message{number: textAt(body, "/header/id")}
	reported := textAt(body, "/header/acquisition_provenance/modality")
	if reported == "" {
		reported = textAt(body, "/header/modality")
	}
	if inner, ok := body["body"].(map[string]any); ok {
		body = inner
	}
	for _, q := range omhValues {
		v, ok := body[q.property]
		if !ok {
			continue
		}
		r, err := q.read(v)
		if err != nil {
			return s, err
		}
		if reported == "self-reported" {
			r.Quality = vitals.Unverified
		}
		s.readings = append(s.readings, r)
	}
	if len(s.readings) == 0 {
		return s, fault.New(fault.Invalid, "no body of Open mHealth that is known")
	}
	if s.at, err = timeFrame(body); err != nil {
		return s, err
	}
	if statistic := text(body["descriptive_statistic"]); statistic != "" {
		for _, r := range s.readings { // the least of a month is not what the patient has now
			s.flags = append(s.flags, r.Metric.RefID+": a "+printable(statistic)+" over a time is not charted")
		}
		s.readings = nil
	}
	return s, nil
}

func (q omhValue) read(v any) (Reading, error) {
	m, _ := vitals.ByRefID(q.refID)
	number, hasNumber := at(v, "/value")
	unit := textAt(v, "/unit")
	for _, allowed := range q.units {
		if unit == allowed && hasNumber && number != nil {
			return measured(m, number, unit)
		}
	}
	return Reading{}, fault.New(fault.Invalid, "%s needs a value and a unit of %v", q.property, q.units)
}

// timeFrame is when it was measured: a time, or the end of an interval (schema
// time-frame 1.0 and time-interval 1.0).
func timeFrame(body map[string]any) (time.Time, error) {
	missing := fault.New(fault.Invalid, "effective_time_frame needs a date_time, or a time_interval with two of start_date_time, end_date_time and duration, or date and part_of_day")
	when := func(pointer string) (time.Time, bool) {
		t, err := time.Parse(time.RFC3339Nano, textAt(body, "/effective_time_frame"+pointer))
		if err == nil {
			t, err = sane(t)
		}
		return t, err == nil
	}
	if t, ok := when("/date_time"); ok {
		return t, nil
	}
	start, hasStart := when("/time_interval/start_date_time")
	end, hasEnd := when("/time_interval/end_date_time")
	lasts, hasLength := duration(body)
	switch {
	case hasEnd && (hasStart || hasLength):
		return end, nil
	case hasStart && hasLength:
		return start.Add(lasts), nil
	}
	day, err := time.Parse(time.DateOnly, textAt(body, "/effective_time_frame/time_interval/date"))
	hour, ok := partOfDay[textAt(body, "/effective_time_frame/time_interval/part_of_day")]
	if err != nil || !ok {
		return time.Time{}, missing
	}
	return sane(day.Add(hour))
}

// partOfDay is the end of a part of a day.
var partOfDay = map[string]time.Duration{
	"morning": 12 * time.Hour, "afternoon": 18 * time.Hour, "evening": 24 * time.Hour, "night": 24 * time.Hour,
}

// durations are the units of schema duration-unit-value 1.0 of a fixed length.
var durations = map[string]time.Duration{
	"ps": 0, "ns": time.Nanosecond, "us": time.Microsecond, "ms": time.Millisecond,
	"sec": time.Second, "min": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "wk": 7 * 24 * time.Hour,
}

func duration(body map[string]any) (time.Duration, bool) {
	unit, ok := durations[textAt(body, "/effective_time_frame/time_interval/duration/unit")]
	n, isNumber := number64(textAt(body, "/effective_time_frame/time_interval/duration/value"))
	if most := float64(100 * 365 * 24 * time.Hour); !ok || !isNumber || n*float64(unit) > most {
		return 0, false
	}
	return time.Duration(n * float64(unit)), true
}
