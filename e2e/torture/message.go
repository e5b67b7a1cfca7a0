package main

import (
	"fmt"
	"strings"
	"time"
)

const (
	bedsPerSender = 6
	mostSenders   = 16
)

// ward is units with a bed for each monitor: about a hundred in all.
func ward() string {
	beds := map[string][]string{}
	for s := range mostSenders {
		for n := range bedsPerSender {
			beds[unit(s)] = append(beds[unit(s)], fmt.Sprintf("%q", bed(s, n)))
		}
	}
	file := "units:\n"
	for _, code := range []string{"ICU1", "ICU2"} {
		file += `
  - code: ` + code + `
    name: Intensive care
    zone: Europe/London
    care_area: adult-icu
    trust_gateway: true
    beds: [` + strings.Join(beds[code], ", ") + "]\n"
	}
	return file
}

func unit(sender int) string { return fmt.Sprint("ICU", 1+sender*2/mostSenders) }

func bed(sender, n int) string { return fmt.Sprint(1 + sender*bedsPerSender + n) }

func stamp(at time.Time) string { return at.UTC().Format("20060102150405.000") + "+0000" }

func admission(sender, n int, at time.Time) []byte {
	b := bed(sender, n)
	return []byte(`MSH|^~\&|ADT|GENHOSP|WARD|GENHOSP|` + stamp(at) + `||ADT^A01^ADT_A01|ADM` + b + `|P|2.5.1|||AL|NE||UNICODE UTF-8` + "\r" +
		`EVN||` + stamp(at) + "\r" +
		`PID|1||MRN` + b + `^^^GENHOSP^MR||Torture^Bed` + b + `^^^^^L||19580412|F` + "\r" +
		`PV1|1|I|` + unit(sender) + `^^` + b + `^GENHOSP||||||||||||||||VMRN` + b + "\r")
}

// values of a monitor's message besides the heart rate, none near a limit.
const values = `OBX|3|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.1.1.2|97|262688^MDC_DIM_PERCENT^MDC|||||R` + "\r" +
	`OBX|4|NM|149530^MDC_PULS_OXIM_PULS_RATE^MDC|1.1.1.3|71|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R` + "\r" +
	`OBX|5|NM|151578^MDC_TTHOR_RESP_RATE^MDC|1.1.1.4|15|264928^MDC_DIM_RESP_PER_MIN^MDC|||||R` + "\r" +
	`OBX|6|NM|150037^MDC_PRESS_BLD_ART_ABP_SYS^MDC|1.1.1.5|121|266016^MDC_DIM_MMHG^MDC|||||R` + "\r" +
	`OBX|7|NM|150038^MDC_PRESS_BLD_ART_ABP_DIA^MDC|1.1.1.6|72|266016^MDC_DIM_MMHG^MDC|||||R` + "\r" +
	`OBX|8|NM|150039^MDC_PRESS_BLD_ART_ABP_MEAN^MDC|1.1.1.7|88|266016^MDC_DIM_MMHG^MDC|||||R` + "\r" +
	`OBX|9|NM|150087^MDC_PRESS_BLD_VEN_CENT_MEAN^MDC|1.1.1.8|6|266016^MDC_DIM_MMHG^MDC|||||R` + "\r" +
	`OBX|10|NM|151728^MDC_AWAY_CO2_ET^MDC|1.1.1.9|36|266016^MDC_DIM_MMHG^MDC|||||R` + "\r" +
	`OBX|11|NM|150448^MDC_PULS_OXIM_PERF_REL^MDC|1.1.1.10|2.1|262656^MDC_DIM_DIMLESS^MDC|||||R` + "\r"

// valuesPerMessage is how many values a message has.
const valuesPerMessage = 10

// mark names a message in the last eight digits of its heart rate, so that
// what is in the record can be told apart, value by value.
func mark(sender, n int) string { return fmt.Sprintf("%02d%06d", sender, n) }

func id(sender, n int) string { return "T" + mark(sender, n) }

// vitals is a PCD-01 message of one of the sender's monitors.
func vitals(sender, n int, at time.Time) []byte {
	b, when, name := bed(sender, n%bedsPerSender), stamp(at), id(sender, n)
	var s strings.Builder
	s.Grow(1700)
	s.WriteString(`MSH|^~\&|TORTURE` + fmt.Sprint(sender) + `^00A0370012345678^EUI-64|GENHOSP|||` + when + `||ORU^R01^ORU_R01|` + name +
		`|P|2.6|||AL|NE||UNICODE UTF-8|||IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO` + "\r")
	s.WriteString(`PID|||MRN` + b + `^^^GENHOSP^MR` + "\r" + `PV1||I|` + unit(sender) + `^^` + b + `^GENHOSP` + "\r")
	s.WriteString(`OBR|1||` + name + `^TORTURE|182777000^monitoring of patient^SCT|||` + when + "\r")
	s.WriteString(`OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X|||||||MON` + b + `^^00A03700000` + fmt.Sprintf("%05s", b) + `^EUI-64` + "\r")
	s.WriteString(`OBX|2|NM|147842^MDC_ECG_HEART_RATE^MDC|1.1.1.1|` + fmt.Sprint(60+n%40) + "." + mark(sender, n) + `|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R` + "\r")
	s.WriteString(values)
	return []byte(s.String())
}

// isAlert: now and then a monitor tells of an alarm of its own.
func isAlert(n int) bool { return n%100 == 0 }

// message n of a sender: what its monitors measure, or an alarm that one of
// them tells of.
func message(sender, n int, at time.Time) []byte {
	if isAlert(n) {
		return alert(sender, n, at)
	}
	return vitals(sender, n, at)
}

// alert is a PCD-04 message: a low saturation that starts, and with the next
// alert ends.
func alert(sender, n int, at time.Time) []byte {
	b, when := bed(sender, (n-1)/200%bedsPerSender), stamp(at)
	phase, state := "start", "active"
	if n%200 == 0 {
		phase, state = "end", "inactive"
	}
	return []byte(`MSH|^~\&|TORTURE` + fmt.Sprint(sender) + `^00A0370012345678^EUI-64|GENHOSP|||` + when + `||ORU^R40^ORU_R40|` + id(sender, n) +
		`|P|2.6|||AL|NE||UNICODE UTF-8|||IHE_PCD_ACM_001^IHE PCD^1.3.6.1.4.1.19376.1.6.4.4.1^ISO` + "\r" +
		`PID|||MRN` + b + `^^^GENHOSP^MR` + "\r" + `PV1||I|` + unit(sender) + `^^` + b + `^GENHOSP` + "\r" +
		`OBR|1|A` + b + `^TORTURE|A` + b + `^TORTURE|196616^MDC_EVT_ALARM^MDC|||` + when + "\r" +
		`OBX|1|ST|196670^MDC_EVT_LO^MDC|1.3.1.150456.1|Low SpO2|||L~PM~SP|||F|||` + when + `||||MON` + b + `^^00A03700000` + fmt.Sprintf("%05s", b) + `^EUI-64` + "\r" +
		`OBX|2|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.3.1.150456.2|88|262688^MDC_DIM_PERCENT^MDC|90-96||||F|||` + when + "\r" +
		`OBX|3|ST|68481^MDC_ATTR_EVENT_PHASE^MDC|1.3.1.150456.3|` + phase + `||||||F` + "\r" +
		`OBX|4|ST|68482^MDC_ATTR_ALARM_STATE^MDC|1.3.1.150456.4|` + state + `||||||F` + "\r" +
		`OBX|5|ST|68483^MDC_ATTR_ALARM_INACTIVATION_STATE|1.3.1.150456.5|enabled|||||F` + "\r")
}

// poison is a message that no decoder understands, each of its own kind.
func poison(n int) (name string, raw []byte) {
	name = fmt.Sprintf("POISON%06d", n)
	head := `MSH|^~\&|TORTURE|GENHOSP|||` + stamp(time.Now()) + `||`
	switch n % 4 {
	case 0: // an event that nobody knows
		return name, []byte(head + `ADT^A99^ADT_A99|` + name + "|P|2.6|||AL|NE\r")
	case 1: // a message type that nobody knows
		return name, []byte(head + `ZZZ^Z99|` + name + "|P|2.6|||AL|NE\rZZZ|1\r")
	case 2: // results without an order
		return name, []byte(head + `ORU^R01^ORU_R01|` + name + "|P|2.6|||AL|NE\rOBX|1|NM|x|y|1e999\r")
	}
	return name, []byte(head + `ORU^R01^ORU_R01|` + name + "|P|2.6|||AL|NE\r\x00\xff\xfe|||\rPID\r")
}
