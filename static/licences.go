package static

import (
	"encoding/json"
	"fmt"
)

// Library is a vendored script and the terms under which it is passed on.
type Library struct {
	Name, Version string
	Licence       string // SPDX
	Text          string // of the licence, as its authors published it
}

// Libraries lists what is vendored, as the lock file names it. It panics when
// the lock file and the embedded files disagree: such a binary may not be
// passed on.
func Libraries() []Library {
	list, err := libraries()
	if err != nil {
		panic(err)
	}
	return list
}

func libraries() ([]Library, error) {
	raw, err := embedded.ReadFile("vendor/lock.json")
	if err != nil {
		return nil, err
	}
	var locked []struct{ Name, Version, Licence string }
	if err := json.Unmarshal(raw, &locked); err != nil {
		return nil, fmt.Errorf("static: vendor/lock.json: %w", err)
	}
	var list []Library
	for _, l := range locked {
		text, err := embedded.ReadFile("vendor/" + l.Name + ".LICENSE")
		if err != nil {
			return nil, err
		}
		list = append(list, Library{l.Name, l.Version, l.Licence, string(text)})
	}
	return list, nil
}
