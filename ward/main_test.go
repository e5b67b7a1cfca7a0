package ward_test

import (
	"flag"
	"os"
	"testing"
)

// The stories that properties tell are the same in every run, so that a change
// is judged by what it changed; `make soak` tells new ones. -rapid.seed=0
// tells new ones in a single run.
func TestMain(m *testing.M) {
	flag.Parse()
	isGiven := false
	flag.Visit(func(f *flag.Flag) { isGiven = isGiven || f.Name == "rapid.seed" })
	if !isGiven {
		if err := flag.Set("rapid.seed", "60601"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
