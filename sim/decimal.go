package sim

import (
	"fmt"
	"math/big"
)

// decimal reads a decimal of the script exactly.
func decimal(s string) (*big.Rat, error) {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil, fmt.Errorf("%q is not a number", s)
	}
	return r, nil
}

// thousandths is a decimal in units of 0.001: mL become µL. Finer digits are
// cut off.
func thousandths(r *big.Rat) int64 {
	n := new(big.Int).Mul(r.Num(), big.NewInt(1000))
	return n.Quo(n, r.Denom()).Int64()
}

// tenths writes thousandths with one decimal, cut and not rounded, as pumps
// show volumes: never more than was given.
func tenths(n int64) string { return fmt.Sprintf("%d.%d", n/1000, n%1000/100) }
