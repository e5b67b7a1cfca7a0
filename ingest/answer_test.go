package ingest_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wardlight/ward"
	"wardlight/ward/fault"
)

// msh is a header with the given MSH-9 to MSH-12, MSH-15 and MSH-16, and MSH-21.
func msh(kind, id, process, version, accept, app, profile string) string {
	return fmt.Sprintf(`MSH|^~\&|GW^00A0^EUI-64|HOSP|WARD|UNIT|20260113120005+0000||%s|%s|%s|%s|||%s|%s|||||%s`+"\r",
		kind, id, process, version, accept, app, profile)
}

const report = "PID|||M1\rPV1||I|ICU^^12\rOBR|1||1|182777000^monitoring of patient^SCT|||20260113120000+0000\r" +
	"OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X|||||||MON\r" +
	"OBX|2|NM|147842^MDC_ECG_HEART_RATE^MDC|1.1.1.1|88|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R\r"

var (
	acknowledged = regexp.MustCompile(`(?m)^MSA\|(.*)$`)
	reasoned     = regexp.MustCompile(`(?m)^ERR.*$`)
)

// said is what the answers say: MSA of each, then ERR.
func said(answer string) string {
	text := strings.ReplaceAll(answer, "\r", "\n")
	var out []string
	for _, m := range acknowledged.FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	return strings.Join(append(out, reasoned.FindAllString(text, -1)...), "\n")
}

// Who is answered how: HL7 v2 chapter 2.9 and IHE DEV TF-2 appendix B.
func TestAnswers(t *testing.T) {
	const pcd01 = "1.3.6.1.4.1.19376.1.6.1.1.1"
	failed := ward.Outcome{Err: fault.New(fault.Internal, "disk")}
	notKept := ward.Outcome{Err: fault.New(fault.NotSaved, "it was not kept")}
	tests := map[string]struct {
		raw     string
		outcome ward.Outcome
		want    string
	}{
		"original mode":                 {msh("ORU^R01", "1", "P", "2.3", "", "", "") + report, ward.Outcome{}, "AA|1"},
		"original mode, not recorded":   {msh("ORU^R01", "1", "P", "2.3", "", "", "") + report, failed, "AE|1\nERR|||207^Application internal error^HL70357|E||||internal error"},
		"enhanced mode":                 {msh("ORU^R01^ORU_R01", "1", "P", "2.6", "AL", "NE", "") + report, ward.Outcome{}, "CA|1"},
		"enhanced mode, not recorded":   {msh("ORU^R01^ORU_R01", "1", "P", "2.6", "AL", "NE", "") + report, failed, "CE|1\nERR|||207^Application internal error^HL70357|E||||internal error"},
		"original mode, not kept":       {msh("ORU^R01", "1", "P", "2.3", "", "", "") + report, notKept, "AE|1\nERR|||207^Application internal error^HL70357|E||||it was not kept"},
		"enhanced mode, not kept":       {msh("ORU^R01^ORU_R01", "1", "P", "2.6", "AL", "AL", "") + report, notKept, "CE|1\nERR|||207^Application internal error^HL70357|E||||it was not kept"},
		"application mode":              {msh("ORU^R01^ORU_R01", "1", "P", "2.6", "NE", "AL", "") + report, ward.Outcome{}, "AA|1"},
		"both":                          {msh("ORU^R01^ORU_R01", "1", "P", "2.6", "AL", "AL", "") + report, ward.Outcome{}, "CA|1\nAA|1"},
		"neither":                       {msh("ORU^R01^ORU_R01", "1", "P", "2.6", "NE", "NE", "") + report, ward.Outcome{}, ""},
		"training, a movement":          {msh("ADT^A01", "1", "T", "2.5", "", "", ""), ward.Outcome{}, "AA|1"},
		"an unknown purpose":            {msh("ADT^A01", "1", "Z", "2.5", "", "", ""), ward.Outcome{}, "AR|1\nERR|||202^Unsupported processing id^HL70357|E||||MSH-11 is none of P, T and D: Z"},
		"another version":               {msh("ADT^A01", "1", "P", "3.1", "", "", ""), ward.Outcome{}, "AR|1\nERR|||203^Unsupported version id^HL70357|E||||HL7 version 3.1 is not read here: send 2.2 to 2.8"},
		"no version":                    {msh("ORU^R01", "1", "", "", "", "", "") + report, ward.Outcome{}, "AA|1"},
		"only errors, none":             {msh("ORU^R01^ORU_R01", "1", "P", "2.6", "ER", "NE", "") + report, ward.Outcome{}, ""},
		"only errors, one":              {msh("ADT^A60", "1", "P", "2.6", "ER", "NE", ""), ward.Outcome{}, "CR|1\nERR|||201^Unsupported event code^HL70357|E||||this event is not supported: ADT A60"},
		"only success":                  {msh("ORU^R01^ORU_R01", "1", "P", "2.6", "SU", "NE", "") + report, ward.Outcome{}, "CA|1"},
		"only success, refused":         {msh("ADT^A60", "1", "P", "2.6", "SU", "NE", ""), ward.Outcome{}, ""},
		"a control id with a blank":     {msh("ORU^R01", " 1 ", "P", "2.6", "AL", "NE", "") + report, ward.Outcome{}, "CA| 1 "},
		"a long control id":             {msh("ORU^R01", strings.Repeat("x", 199), "P", "2.6", "AL", "NE", "") + report, ward.Outcome{}, "CA|" + strings.Repeat("x", 199)},
		"an escaped control id":         {msh("ORU^R01", `a\F\b`, "P", "2.6", "AL", "NE", "") + report, ward.Outcome{}, `CA|a\F\b`},
		"a profile of the framework":    {msh("ORU^R01", "1", "P", "2.6", "AL", "NE", "IHE_PCD_001^IHE PCD^"+pcd01+"^ISO") + report, ward.Outcome{}, "CA|1"},
		"a profile of nobody":           {msh("ORU^R01", "1", "P", "2.6", "AL", "NE", "X^Y^1.6.4.15^ISO") + report, ward.Outcome{}, "CA|1"},
		"training":                      {msh("ORU^R01", "1", "T", "2.6", "AL", "NE", "") + report, ward.Outcome{}, "CA|1"},
		"bytes that fit no charset":     {msh("ORU^R01", "1", "P", "2.6", "AL", "NE", "") + strings.Replace(report, "M1", "M1||M\xFCller", 1), ward.Outcome{}, "CA|1"},
		"no patient number":             {msh("ADT^A01", "1", "P", "2.6", "AL", "NE", "") + "PID|1\r", ward.Outcome{}, "CR|1\nERR||PID^1^3|101^Required field missing^HL70357|E||||PID-3 has no patient number"},
		"a transfer to nowhere":         {msh("ADT^A02", "1", "P", "2.6", "AL", "NE", "") + "PID|||M1\r", ward.Outcome{}, "CR|1\nERR||PV1^1^3|101^Required field missing^HL70357|E||||PV1-3 is empty: it must say where the patient is now"},
		"a merge of nobody":             {msh("ADT^A40", "1", "P", "2.6", "AL", "NE", "") + "PID|||M1\r", ward.Outcome{}, "CR|1\nERR||MRG^1^1|101^Required field missing^HL70357|E||||MRG-1 has no patient number: which number does the one in PID-3 replace?"},
		"no send time":                  {strings.Replace(msh("ORU^R01", "1", "P", "2.6", "AL", "NE", ""), "20260113120005+0000", "", 1) + report, ward.Outcome{}, `CR|1` + "\n" + `ERR||MSH^1^7|101^Required field missing^HL70357|E||||MSH-7 is not a time: ""`},
		"a send time that is none":      {strings.Replace(msh("ORU^R01", "1", "P", "2.6", "AL", "NE", ""), "20260113120005+0000", "noon", 1) + report, ward.Outcome{}, `CR|1` + "\n" + `ERR||MSH^1^7|102^Data type error^HL70357|E||||MSH-7 is not a time: "noon"`},
		"an order to a pump":            {msh("RGV^O15^RGV_O15", "1", "P", "2.6", "AL", "AL", ""), ward.Outcome{}, "CR|1\nERR|||200^Unsupported message type^HL70357|E||||this station never commands a device: RGV O15 is refused"},
		"no type at all":                {msh("", "1", "P", "2.6", "", "", ""), ward.Outcome{}, "AR|1\nERR|||200^Unsupported message type^HL70357|E||||this message type is not supported:  "},
		"an acknowledgement":            {msh("ACK^R01^ACK", "1", "P", "2.6", "", "", "") + "MSA|AA|7\r", ward.Outcome{}, ""},
		"encoding characters: three":    {"MSH|^&|A|B|||20260113||ORU^R01|77|P|2.6|||AL|NE\r", ward.Outcome{}, "CR|77\nERR||MSH^1^2|102^Data type error^HL70357|E||||encoding characters cannot be used"},
		"encoding characters: five":     {strings.Replace(msh("ORU^R01", "1", "P", "2.7", "AL", "NE", ""), `^~\&`, `^~\&#`, 1) + report, ward.Outcome{}, "CA|1"},
		"a byte order mark":             {"\uFEFF" + msh("ORU^R01", "1", "P", "2.6", "AL", "NE", "") + report, ward.Outcome{}, "CA|1"},
		"segments end with a line feed": {strings.ReplaceAll(msh("ORU^R01", "1", "P", "2.6", "AL", "NE", "")+report, "\r", "\n"), ward.Outcome{}, "CA|1"},
		"a header that cannot be read":  {"MSHORU", ward.Outcome{}, "AR|\nERR||MSH^1^2|102^Data type error^HL70357|E||||encoding characters cannot be used"},
		"nothing":                       {"", ward.Outcome{}, "AR|\nERR|||100^Segment sequence error^HL70357|E||||message does not begin with MSH"},
	}
	for _, version := range []string{"2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.8", "2.6^DEU", ""} {
		raw := msh("ORU^R01", "1", "P", version, "AL", "NE", "") + report
		tests["version "+version] = struct {
			raw     string
			outcome ward.Outcome
			want    string
		}{raw, ward.Outcome{}, "CA|1"}
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, answer := receive(t, tt.raw, tt.outcome)
			if diff := cmp.Diff(tt.want, said(answer)); diff != "" {
				t.Errorf("(-want +got)\n%s\n%s", diff, answer)
			}
			if len(s.got) != 1 || string(s.message.Raw) != tt.raw {
				t.Errorf("the ward got %d inputs, raw %q", len(s.got), s.message.Raw)
			}
		})
	}
}

// The names change places, the time has its zone, the character set is theirs,
// and each answer has an id of its own.
func TestAnswerHeaders(t *testing.T) {
	raw := strings.Replace(msh("ORU^R01^ORU_R01", "1", "P", "2.4", "AL", "AL", ""), "AL|AL||", "AL|AL||8859/1", 1) + report
	_, answer := receive(t, raw, ward.Outcome{})
	header := regexp.MustCompile(`MSH\|\^~\\&\|WARD\|UNIT\|GW\^00A0\^EUI-64\|HOSP\|20260113120005\+0000\|\|ACK\^R01\^ACK\|(\w{20})\|P\|2\.6\|\|\|\|\|\|8859/1\r`)
	ids := header.FindAllStringSubmatch(answer, -1)
	if len(ids) != 2 || ids[0][1] == ids[1][1] {
		t.Errorf("answer %q", answer)
	}
}
