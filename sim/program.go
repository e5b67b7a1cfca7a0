package sim

import (
	"errors"
	"fmt"
	"math/big"
)

// Program is what a channel was told to give. A program without a dose is set
// by its rate.
type Program struct {
	Drug          string
	Dose          string
	DoseUnit      DoseUnit
	Concentration string
	ConcUnit      UnitOfMeasure
	Weight        string // kg; empty where the dose is not per kg
	SetRate       string // mL/h, of a program without a dose
	VTBI          string // mL, one decimal at most
}

// DoseUnit is a unit of dose per time, and how it relates to the unit of
// concentration that goes with it.
type DoseUnit struct {
	Unit        UnitOfMeasure
	PerConc     int64 // how many of its amounts make one of the concentration's: 1000 ug in a mg
	IsPerKg     bool
	IsPerMinute bool // else per hour
}

// The units of dose, with concentrations in mg/mL, [iU]/mL or meq/mL.
var (
	ugPerKgMin    = DoseUnit{UnitOfMeasure{265619, "MDC_DIM_MICRO_G_PER_KG_PER_MIN", "ug/kg/min"}, 1000, true, true}
	ugPerKgHour   = DoseUnit{UnitOfMeasure{265651, "MDC_DIM_MICRO_G_PER_KG_PER_HR", "ug/kg/h"}, 1000, true, false}
	ugPerHour     = DoseUnit{UnitOfMeasure{UCUM: "ug/h"}, 1000, false, false}
	mgPerHour     = DoseUnit{UnitOfMeasure{UCUM: "mg/h"}, 1, false, false}
	mgPerMin      = DoseUnit{UnitOfMeasure{UCUM: "mg/min"}, 1, false, true}
	unitsPerMin   = DoseUnit{UnitOfMeasure{UCUM: "[iU]/min"}, 1, false, true}
	unitsPerHour  = DoseUnit{UnitOfMeasure{UCUM: "[iU]/h"}, 1, false, false}
	unitsPerKgH   = DoseUnit{UnitOfMeasure{UCUM: "[iU]/kg/h"}, 1, true, false}
	meqPerHour    = DoseUnit{UnitOfMeasure{UCUM: "meq/h"}, 1, false, false}
	unitsPerMLCon = UnitOfMeasure{UCUM: "[iU]/mL"}
	meqPerMLCon   = UnitOfMeasure{UCUM: "meq/mL"}
)

// Rate is the flow of the program in mL/h, rounded as the pump sets it: three
// decimals below 1, two below 10, else one.
//
//	rate = dose × weight × 60 (if per minute) / concentration
func (p Program) Rate() (string, error) {
	exact, err := p.exactRate()
	if err != nil {
		return "", err
	}
	if exact.Sign() <= 0 {
		return "", errors.New("a rate of zero or less")
	}
	return exact.FloatString(ratePlaces(exact)), nil
}

func ratePlaces(rate *big.Rat) int {
	switch {
	case rate.Cmp(big.NewRat(1, 1)) < 0:
		return 3
	case rate.Cmp(big.NewRat(10, 1)) < 0:
		return 2
	}
	return 1
}

func (p Program) exactRate() (*big.Rat, error) {
	if p.Dose == "" {
		return decimal(p.SetRate)
	}
	rate, err := decimal(p.Dose)
	if err != nil {
		return nil, fmt.Errorf("dose: %w", err)
	}
	conc, err := decimal(p.Concentration)
	if err != nil || conc.Sign() <= 0 {
		return nil, fmt.Errorf("concentration %q", p.Concentration)
	}
	if p.DoseUnit.IsPerKg {
		weight, err := decimal(p.Weight)
		if err != nil {
			return nil, fmt.Errorf("weight: %w", err)
		}
		rate.Mul(rate, weight)
	}
	if p.DoseUnit.IsPerMinute {
		rate.Mul(rate, big.NewRat(60, 1))
	}
	return rate.Quo(rate, conc.Mul(conc, big.NewRat(p.DoseUnit.PerConc, 1))), nil
}
