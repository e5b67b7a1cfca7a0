package e2e

import (
	"fmt"
	"strings"
	"time"
)

// twoBeds is a ward for tests.
const twoBeds = `
units:
  - code: ICU
    name: Intensive care
    zone: Europe/London
    care_area: adult-icu
    trust_gateway: true
    beds: ["1", "2", "12"]
`

// stamp is a time as HL7 writes it.
func stamp(at time.Time) string { return at.UTC().Format("20060102150405.000") + "+0000" }

func lines(segments ...string) []byte { return []byte(strings.Join(segments, "\r") + "\r") }

// admission admits a patient to a bed of the ICU.
func admission(id string, at time.Time, bed, mrn, family, given string) []byte {
	return lines(
		`MSH|^~\&|ADT|GENHOSP|WARD|GENHOSP|`+stamp(at)+`||ADT^A01^ADT_A01|`+id+`|P|2.5.1|||AL|NE||UNICODE UTF-8`,
		`EVN||`+stamp(at),
		`PID|1||`+mrn+`^^^GENHOSP^MR||`+family+`^`+given+`^^^^^L||19580412|F`,
		`PV1|1|I|ICU^^`+bed+`^GENHOSP||||||||||||||||V`+mrn,
	)
}

// reading is one numeric of a monitor: 11073 code and name, value, unit.
type reading struct{ code, value, unit string }

func hr(v int) reading {
	return reading{"147842^MDC_ECG_HEART_RATE^MDC", fmt.Sprint(v), "264864^MDC_DIM_BEAT_PER_MIN^MDC"}
}

func spo2(v int) reading {
	return reading{"150456^MDC_PULS_OXIM_SAT_O2^MDC", fmt.Sprint(v), "262688^MDC_DIM_PERCENT^MDC"}
}

// vitals is a PCD-01 message of the monitor of an ICU bed.
func vitals(id string, at time.Time, bed, mrn string, readings ...reading) []byte {
	segments := []string{
		`MSH|^~\&|TESTGW^00A0370012345678^EUI-64|GENHOSP|||` + stamp(at) + `||ORU^R01^ORU_R01|` + id + `|P|2.6|||AL|NE||UNICODE UTF-8|||IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO`,
		`PID|||` + mrn + `^^^GENHOSP^MR`,
		`PV1||I|ICU^^` + bed + `^GENHOSP`,
		`OBR|1||` + id + `^TESTGW|182777000^monitoring of patient^SCT|||` + stamp(at),
		`OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X|||||||MON` + bed + `^^00A03700000000` + fmt.Sprintf("%02s", bed) + `^EUI-64`,
	}
	for i, r := range readings {
		segments = append(segments, fmt.Sprintf(`OBX|%d|NM|%s|1.1.1.%d|%s|%s|||||R`, i+2, r.code, i+1, r.value, r.unit))
	}
	return lines(segments...)
}
