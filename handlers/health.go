package handlers

import (
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"wardlight/ward"
)

const (
	// stillAfter is how long the ward may go without a tick, which comes each
	// second, before the process is not ready.
	stillAfter = 5 * time.Second
	// lagAfter is how far the record may be behind before the process is not
	// ready.
	lagAfter = 10 * time.Second
)

// health is what a load balancer or a watchdog reads. It holds nothing of any
// patient. One that is ready may have reasons too: it works, and somebody
// should mend something.
type health struct {
	Ready   bool     `json:"ready"`
	Reasons []string `json:"reasons"`
}

// alive says that the process answers.
func (h *Handlers) alive(c echo.Context) error {
	return c.JSON(http.StatusOK, struct {
		Alive bool `json:"alive"`
	}{true})
}

// ready says whether the ward moves and the record keeps up, and what else
// somebody should look after.
func (h *Handlers) ready(c echo.Context) error {
	v, now := h.Ward.View(), h.Now()
	state := health{Reasons: []string{}}
	if still := now.Sub(v.At); still > stillAfter {
		state.Reasons = append(state.Reasons, fmt.Sprintf("the ward has not moved for %.0f s", still.Seconds()))
	}
	if lag := now.Sub(v.RecordedAt); lag > lagAfter {
		state.Reasons = append(state.Reasons, fmt.Sprintf("the record is %.0f s behind", lag.Seconds()))
	}
	state.Ready = len(state.Reasons) == 0
	state.Reasons = append(append(state.Reasons, troubles(v.Ward)...), h.Warnings...)
	status := http.StatusOK
	if !state.Ready {
		status = http.StatusServiceUnavailable
	}
	return c.JSON(status, state)
}

// troubles are the alarms about the machine itself. No other system alarm
// belongs here: some name senders.
func troubles(w ward.Ward) (labels []string) {
	for _, e := range w.SystemAlarms() {
		if e.Code == ward.CodeDiskLow || e.Code == ward.CodeSpoolFull {
			labels = append(labels, e.Label)
		}
	}
	return labels
}
