package ingest

import (
	"strings"
	"testing"
	"time"

	"wardlight/ingest/hl7"
	"wardlight/ward"
)

// tenValues is a monitor's message of ten values.
var tenValues = []byte(strings.ReplaceAll(`MSH|^~\&|GW1^00A0370012345678^EUI-64|GENHOSP|||20260314120000.000+0000||ORU^R01^ORU_R01|T00000001|P|2.6|||AL|NE||UNICODE UTF-8|||IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO
PID|||MRN12^^^GENHOSP^MR
PV1||I|ICU^^12^GENHOSP
OBR|1||T00000001^GW1|182777000^monitoring of patient^SCT|||20260314120000.000+0000
OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X|||||||MON12^^00A0370000000012^EUI-64
OBX|2|NM|147842^MDC_ECG_HEART_RATE^MDC|1.1.1.1|81|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R
OBX|3|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.1.1.2|97|262688^MDC_DIM_PERCENT^MDC|||||R
OBX|4|NM|149530^MDC_PULS_OXIM_PULS_RATE^MDC|1.1.1.3|71|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R
OBX|5|NM|151578^MDC_TTHOR_RESP_RATE^MDC|1.1.1.4|15|264928^MDC_DIM_RESP_PER_MIN^MDC|||||R
OBX|6|NM|150037^MDC_PRESS_BLD_ART_ABP_SYS^MDC|1.1.1.5|121|266016^MDC_DIM_MMHG^MDC|||||R
OBX|7|NM|150038^MDC_PRESS_BLD_ART_ABP_DIA^MDC|1.1.1.6|72|266016^MDC_DIM_MMHG^MDC|||||R
OBX|8|NM|150039^MDC_PRESS_BLD_ART_ABP_MEAN^MDC|1.1.1.7|88|266016^MDC_DIM_MMHG^MDC|||||R
OBX|9|NM|150087^MDC_PRESS_BLD_VEN_CENT_MEAN^MDC|1.1.1.8|6|266016^MDC_DIM_MMHG^MDC|||||R
OBX|10|NM|151728^MDC_AWAY_CO2_ET^MDC|1.1.1.9|36|266016^MDC_DIM_MMHG^MDC|||||R
OBX|11|NM|150448^MDC_PULS_OXIM_PERF_REL^MDC|1.1.1.10|2.1|262656^MDC_DIM_DIMLESS^MDC|||||R
`, "\n", "\r"))

// BenchmarkDecode: what a monitor's message of ten values costs to read, to
// understand and to answer.
func BenchmarkDecode(b *testing.B) {
	at := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := hl7.Parse(tenValues); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if d := decode(tenValues, "10.0.0.1:4000", Known{}); len(d.event.(ward.Reports)[0].Observations) != 10 {
				b.Fatal("not all values")
			}
		}
	})
	b.Run("answer", func(b *testing.B) {
		d := decode(tenValues, "10.0.0.1:4000", Known{})
		b.ReportAllocs()
		for b.Loop() {
			d.answer(ward.Outcome{}, at)
		}
	})
}
