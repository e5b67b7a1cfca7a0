package sim

import "math/big"

// formulary are the infusions of the demo. Doses and concentrations lie inside
// the soft limits of an illustrative adult library, vancomycin is set by its
// rate. They are no clinical advice.
var formulary = map[string]Program{
	"Norepinephrine":     {Dose: "0.08", DoseUnit: ugPerKgMin, Concentration: "0.016", ConcUnit: mgPerML, VTBI: "250.0"},
	"Dopamine":           {Dose: "5.00", DoseUnit: ugPerKgMin, Concentration: "1.6", ConcUnit: mgPerML, VTBI: "250.0"},
	"Vasopressin":        {Dose: "0.03", DoseUnit: unitsPerMin, Concentration: "0.2", ConcUnit: unitsPerMLCon, VTBI: "50.0"},
	"Propofol":           {Dose: "25", DoseUnit: ugPerKgMin, Concentration: "10", ConcUnit: mgPerML, VTBI: "100.0"},
	"Dexmedetomidine":    {Dose: "0.5", DoseUnit: ugPerKgHour, Concentration: "0.004", ConcUnit: mgPerML, VTBI: "100.0"},
	"Midazolam":          {Dose: "2.0", DoseUnit: mgPerHour, Concentration: "1", ConcUnit: mgPerML, VTBI: "50.0"},
	"Fentanyl":           {Dose: "50", DoseUnit: ugPerHour, Concentration: "0.01", ConcUnit: mgPerML, VTBI: "100.0"},
	"Amiodarone":         {Dose: "0.5", DoseUnit: mgPerMin, Concentration: "1.5", ConcUnit: mgPerML, VTBI: "250.0"},
	"Heparin":            {Dose: "12", DoseUnit: unitsPerKgH, Concentration: "100", ConcUnit: unitsPerMLCon, VTBI: "250.0"},
	"Insulin regular":    {Dose: "3.0", DoseUnit: unitsPerHour, Concentration: "1", ConcUnit: unitsPerMLCon, VTBI: "50.0"},
	"Furosemide":         {Dose: "5", DoseUnit: mgPerHour, Concentration: "2", ConcUnit: mgPerML, VTBI: "50.0"},
	"Potassium chloride": {Dose: "10", DoseUnit: meqPerHour, Concentration: "0.1", ConcUnit: meqPerMLCon, VTBI: "100.0"},
	"Vancomycin":         {SetRate: "125.0", Concentration: "4", ConcUnit: mgPerML, VTBI: "250.0"},
}

// intermittent infusions stop when they are given; the others keep the vein
// open until the next bag hangs.
var intermittent = map[string]bool{"Vancomycin": true, "Potassium chloride": true}

// ordered is a formulary entry as ordered for a patient.
func ordered(drug string, p *Patient) Program {
	out := formulary[drug]
	out.Drug = drug
	if out.DoseUnit.IsPerKg {
		out.Weight = p.Weight
	}
	return out
}

// infusedBefore is the volume given, in mL, when a bag has so many seconds of
// its program left; at least zero.
func infusedBefore(p Program, secondsLeft int64) string {
	rate, err := p.exactRate()
	if err != nil {
		return "0.0"
	}
	left := rate.Mul(rate, big.NewRat(secondsLeft, 3600))
	vtbi, err := decimal(p.VTBI)
	if err != nil || left.Cmp(vtbi) > 0 {
		return "0.0"
	}
	return tenths(thousandths(vtbi.Sub(vtbi, left)))
}
