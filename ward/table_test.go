package ward

import (
	"fmt"
	"testing"
)

// What is taken out of a table is gone from it, and not from the table before.
func TestTableWithout(t *testing.T) {
	var full table[string, int]
	if full.without("a").count() != 0 {
		t.Error("an empty table lost something")
	}
	for i := range 500 {
		full = full.set(fmt.Sprint(i), i)
	}
	less := full
	for i := range 250 {
		less = less.without(fmt.Sprint(2 * i))
	}
	for i := range 500 {
		v, ok := less.get(fmt.Sprint(i))
		if ok != (i%2 == 1) || ok && v != i {
			t.Errorf("%d: %d, %v", i, v, ok)
		}
		if _, ok := full.get(fmt.Sprint(i)); !ok {
			t.Errorf("%d is gone from the table before", i)
		}
	}
	if less.count() != 250 || full.count() != 500 {
		t.Errorf("%d and %d entries", less.count(), full.count())
	}
}
