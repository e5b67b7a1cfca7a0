package web

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drained returns all that waits, in the order in which it would be written.
func drained(l *lanes) []string {
	var out []string
	for {
		m, ok := l.next()
		if !ok {
			return out
		}
		out = append(out, string(m.body))
	}
}

func TestLanesOrder(t *testing.T) {
	for name, tt := range map[string]struct {
		queue func(*lanes)
		want  []string
	}{
		"only the latest of a key": {func(l *lanes) {
			l.setValue("12", []byte("12:1"))
			l.setValue("13", []byte("13:1"))
			l.setValue("12", []byte("12:2"))
		}, []string{"12:2", "13:1"}},
		"an old value never follows new html": {func(l *lanes) {
			l.setValue("12", []byte("12:1"))
			l.addHTML([]byte("html 2"))
			l.setValue("13", []byte("13:3"))
		}, []string{"12:1", "html 2", "13:3"}},
		"a new value never precedes older html": {func(l *lanes) {
			l.setValue("12", []byte("12:1"))
			l.addHTML([]byte("html 2"))
			l.setValue("12", []byte("12:3"))
		}, []string{"html 2", "12:3"}},
		"a tick vouches only for what is there": {func(l *lanes) {
			l.setTick([]byte("tick 1"))
			l.wave = []byte("wave")
			l.setValue("12", []byte("12:2"))
			l.addHTML([]byte("html 3"))
			l.setTick([]byte("tick 3"))
		}, []string{"12:2", "html 3", "tick 3", "wave"}},
	} {
		t.Run(name, func(t *testing.T) {
			var l lanes
			tt.queue(&l)
			if diff := cmp.Diff(tt.want, drained(&l)); diff != "" {
				t.Error(diff)
			}
			if !l.empty() {
				t.Error("not empty afterwards")
			}
		})
	}
}

func TestLanesAreBounded(t *testing.T) {
	var l lanes
	for i := range maxHTML {
		if !l.addHTML([]byte("x")) {
			t.Fatalf("html message %d was refused", i+1)
		}
	}
	if l.addHTML([]byte("x")) {
		t.Error("one too many was accepted")
	}
}

// Whatever is queued and however slowly it is read: no html is lost or reordered, the last value of each key arrives,
// and nothing is written after html or a tick that was queued later.
func TestLanesNeverContradictThemselves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l lanes
		var html, gotHTML []int
		last, gotLast := map[string]int{}, map[string]int{}
		newestHTML := 0
		read := func() bool {
			m, ok := l.next()
			if !ok {
				return false
			}
			var lane, key string
			var n int
			if _, err := fmt.Sscan(string(m.body), &lane, &key, &n); err != nil {
				t.Fatal(err)
			}
			switch lane {
			case "html":
				gotHTML, newestHTML = append(gotHTML, n), n
			case "value":
				if n < newestHTML {
					t.Fatalf("value %d after html %d", n, newestHTML)
				}
				gotLast[key] = n
			case "tick":
				if len(l.html) > 0 || len(l.values) > 0 {
					t.Fatalf("tick %d before what was queued", n)
				}
			}
			return true
		}
		steps := rapid.SliceOfN(rapid.IntRange(0, 7), 1, 200).Draw(t, "steps")
		for i, step := range steps {
			n := i + 1
			switch step {
			case 0, 1, 2:
				key := fmt.Sprint("bed", step)
				l.setValue(key, fmt.Appendf(nil, "value %s %d", key, n))
				last[key] = n
			case 3:
				if l.addHTML(fmt.Appendf(nil, "html - %d", n)) {
					html = append(html, n)
				}
			case 4:
				l.setTick(fmt.Appendf(nil, "tick - %d", n))
			default:
				read()
			}
		}
		for read() {
		}
		if diff := cmp.Diff(html, gotHTML); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(last, gotLast); diff != "" {
			t.Fatal(diff)
		}
	})
}
