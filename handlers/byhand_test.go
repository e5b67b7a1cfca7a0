package handlers

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"

	"wardlight/ward"
	"wardlight/ward/fault"
)

// slow is a ward whose record does not answer.
type slow struct{ Ward }

func (slow) Submit(ctx context.Context, _ ward.Event, _ *ward.Message) ward.Outcome {
	<-ctx.Done()
	return ward.Outcome{Err: fault.New(fault.Unsettled, "nobody waited for the answer: %w", ctx.Err())}
}

// A page does not wait for a record that has just gone away, and says how
// things stand.
func TestSubmitByHandDoesNotWaitForever(t *testing.T) {
	for name, tt := range map[string]struct {
		leaves time.Duration // the browser; zero: it stays
		says   string
	}{
		"somebody waits":          {0, "not saved yet"},
		"the browser goes before": {time.Second, "nobody waited"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if tt.leaves > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.leaves)
					defer cancel()
				}
				r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", nil)
				c := echo.New().NewContext(r, httptest.NewRecorder())
				began := time.Now()
				err := New(Config{Ward: slow{}}).submitByHand(c, ward.GoAway{})
				if fault.KindOf(err) != fault.Unsettled || !strings.Contains(fault.Text(err), tt.says) {
					t.Errorf("%v, want %q in it", err, tt.says)
				}
				if took := time.Since(began); took > savedWithin {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}
