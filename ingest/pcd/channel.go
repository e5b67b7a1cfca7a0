package pcd

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"wardlight/ward/device"
	"wardlight/ward/infusion"
	"wardlight/ward/vitals"
)

// channels reads a pump's rows into its delivery channels: one VMD of the
// pump is one channel, named by the number of its VMD.
func (d *decoder) channels(m *mds) []infusion.Channel {
	if m.kind != device.Pump {
		return nil
	}
	var out []infusion.Channel
	var states []delivery
	type place struct{ mds, vmd int }
	number := map[place]int{} // → index
	for _, r := range m.metrics {
		at := place{r.path.level(levelMDS), r.path.level(levelVMD)}
		i, seen := number[at]
		if !seen {
			i = len(out)
			number[at] = i
			out = append(out, infusion.Channel{Channel: channelName(out, at.vmd), DeviceAt: r.measured})
			states = append(states, delivery{})
		}
		d.channelRow(m, r, &out[i], &states[i])
	}
	for i := range out {
		out[i].Status = states[i].status(out[i])
	}
	return out
}

// channelName is the number of the channel's VMD, so that a message about one
// channel names it as one about all of them does; the next free number where
// the VMD has none, or another has it already.
func channelName(named []infusion.Channel, vmd int) string {
	isTaken := func(n int) bool {
		return slices.ContainsFunc(named, func(c infusion.Channel) bool { return c.Channel == strconv.Itoa(n) })
	}
	if vmd <= 0 || isTaken(vmd) {
		for vmd = 1; isTaken(vmd); vmd++ {
		}
	}
	return strconv.Itoa(vmd)
}

func (d *decoder) channelRow(m *mds, r located, c *infusion.Channel, s *delivery) {
	token := r.obx.Text(5, 2)
	if token == "" {
		token = r.obx.Text(5, 1)
	}
	ref, disagrees := reference(r.code)
	if disagrees {
		m.flag(r.row, "code and name disagree")
	}
	switch ref {
	case "MDC_PUMP_INFUSING_STATUS", "MDC_PUMP_STAT":
		s.infusing = token
	case "MDC_PUMP_CURRENT_DELIVERY_STATUS":
		s.delivering = token
	case "MDC_PUMP_NOT_DELIVERING_REASON":
		s.reason = token
	case "MDC_PUMP_ACTIVE_SOURCES":
		s.source = token
	case "MDC_DRUG_NAME_LABEL":
		c.Drug = r.obx.Field(5).String()
	case "MDC_FLOW_FLUID_PUMP_CURRENT":
		c.Rate = d.quantity(m, r)
	case "MDC_FLOW_FLUID_PUMP": // programmed; what flows now wins
		if c.Rate == nil {
			c.Rate = d.quantity(m, r)
		}
	case "MDC_RATE_DOSE":
		c.Dose = d.quantity(m, r)
	case "MDC_VOL_FLUID_TBI":
		c.VTBI = d.quantity(m, r)
	case "MDC_VOL_FLUID_TBI_REMAIN":
		c.Remaining = d.quantity(m, r)
	case "MDC_VOL_FLUID_DELIV_TOTAL":
		c.Infused = d.quantity(m, r)
	case "MDC_VOL_FLUID_DELIV_SEGMENT":
		if c.Infused == nil {
			c.Infused = d.quantity(m, r)
		}
	case "MDC_CONC_DRUG":
		c.Concentration = d.quantity(m, r)
	case "MDC_ATTR_PT_WEIGHT":
		if w := d.quantity(m, r); w != nil && w.Value.Sign() > 0 { // 0 is "not entered"
			c.Weight = w
		}
	case "MDC_TIME_PD_REMAIN":
		c.TimeLeft = timeLeft(d.quantity(m, r))
	}
}

// quantity reads a number with its unit; nil when there is none, or when the
// unit is not known: a dose never appears without its unit.
func (d *decoder) quantity(m *mds, r located) *infusion.Quantity {
	text, why := numericText(r.obx)
	if why != "" || d.isNoValue(text, vitals.Metric{}) || statuses(r.obx).none {
		return nil
	}
	value, err := vitals.ParseDecimal(text)
	if err != nil {
		m.flag(r.row, "not a numeric value")
		return nil
	}
	unit, why := unitOf(r.obx.Field(6))
	if why != "" {
		m.flag(r.row, why)
		return nil
	}
	return &infusion.Quantity{Value: value, Unit: unit}
}

func timeLeft(q *infusion.Quantity) time.Duration {
	if q == nil {
		return 0
	}
	unit := map[string]time.Duration{"s": time.Second, "min": time.Minute, "h": time.Hour}[q.Unit]
	return time.Duration(q.Value.Float() * float64(unit))
}

// delivery collects the tokens from which a channel's status follows (IHE PCD
// TF-2, infusion status enumerations).
type delivery struct{ infusing, delivering, reason, source string }

func (s delivery) status(c infusion.Channel) infusion.Status {
	infusing := strings.TrimPrefix(s.infusing, "pump-status-")
	delivering := strings.TrimPrefix(s.delivering, "pump-delivery-status-")
	switch {
	case delivering == "kvo" || infusing == "kvo":
		return infusion.KVO
	case infusing == "infusing" && delivering != "not-delivering", infusing == "" && delivering == "delivering":
		if bolusSource[s.source] {
			return infusion.Bolus
		}
		return infusion.Infusing
	case infusing == "ready":
		return infusion.Programmed
	case infusing == "standby":
		return infusion.Standby
	case infusing == "paused":
		return infusion.Paused
	case infusing == "" && delivering == "":
		return infusion.Unknown
	}
	return s.stopped(c)
}

// stopped names why nothing flows.
func (s delivery) stopped(c infusion.Channel) infusion.Status {
	switch strings.TrimPrefix(s.reason, "pump-stopped-") {
	case "by-clinician", "user":
		return infusion.Paused
	case "alarming":
		return infusion.Stopped
	case "powered-off":
		return infusion.Off
	case "between-doses", "switching-source":
		return infusion.Standby
	}
	switch {
	case c.Remaining != nil && c.Remaining.Value.Sign() <= 0:
		return infusion.Complete
	case c.VTBI != nil && (c.Infused == nil || c.Infused.Value.Sign() == 0):
		return infusion.Programmed
	}
	return infusion.Paused
}

var bolusSource = map[string]bool{
	"pump-source-info-pca": true, "pump-source-info-loading": true, "pump-source-info-clinician": true,
}
