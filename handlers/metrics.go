package handlers

import (
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"wardlight/ward"
	"wardlight/ward/alarm"
)

// metrics answers Prometheus from a registry of its own. Nothing in it names
// a patient, a bed or a sender.
func (h *Handlers) metrics() echo.HandlerFunc {
	r := prometheus.NewRegistry()
	r.MustRegister(gauges{h}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return echo.WrapHandler(promhttp.HandlerFor(r, promhttp.HandlerOpts{}))
}

func described(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("wardlight_"+name, help, labels, nil)
}

var (
	received     = described("messages_received_total", "Messages taken in since the start, repeats among them.")
	repeated     = described("messages_repeated_total", "Messages that were known already.")
	recorded     = described("messages_recorded_total", "Messages that are durable in the database.")
	refused      = described("messages_refused_total", "Messages that went to quarantine.")
	spooled      = described("messages_spooled_total", "Messages acknowledged from the outage spool.")
	acknowledged = described("messages_acknowledged_total", "Messages whose sender was told that they are durable.")
	spoolDepth   = described("spool_messages", "Messages in the outage spool that are not in the database.")
	spoolBytes   = described("spool_bytes", "Size of these messages.")
	spoolTrouble = described("spool_blocked", "1 while the outage spool takes no more.")
	spoolShare   = described("spool_used_ratio", "Part of the outage spool's room that its file takes.")
	diskFree     = described("disk_free_bytes", "Free room on the disk that holds it.", "holds")
	diskShare    = described("disk_free_ratio", "Free part of the disk that holds it.", "holds")
	warnings     = described("start_warnings", "What was found at the start that somebody should mend; /readyz names it.")
	lag          = described("record_lag_seconds", "How far the record is behind the ward.")
	unrecorded   = described("unrecorded_bytes", "Messages in memory that are neither recorded nor spooled, with what they take besides.")
	watchers     = described("watchers", "Screens that follow a unit.")
	alarmsOpen   = described("alarms_open", "Alarms that stand.", "priority", "category")
	connections  = described("connections", "Open connections of devices and gateways.", "protocol")
	build        = described("build_info", "1 for the version that runs.", "version")
)

// gauges reads everything at the moment it is asked.
type gauges struct{ h *Handlers }

func (g gauges) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		received, repeated, recorded, refused, spooled, acknowledged, spoolDepth, spoolBytes, spoolTrouble, spoolShare,
		diskFree, diskShare, warnings, lag, unrecorded, watchers, alarmsOpen, connections, build,
	} {
		to <- d
	}
}

func (g gauges) Collect(to chan<- prometheus.Metric) {
	v := g.h.Ward.View()
	send := func(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, kind, value, labels...)
	}
	count := func(d *prometheus.Desc, n uint64) { send(d, prometheus.CounterValue, float64(n)) }
	count(received, v.Tally.Received)
	count(repeated, v.Tally.Repeated)
	count(recorded, v.Tally.Recorded)
	count(refused, v.Tally.Refused)
	count(spooled, v.Tally.Spooled)
	count(acknowledged, v.Tally.Acknowledged)

	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		send(d, prometheus.GaugeValue, value, labels...)
	}
	gauge(spoolDepth, float64(v.Spooled.Messages))
	gauge(spoolBytes, float64(v.Spooled.Bytes))
	gauge(spoolTrouble, one(v.Spooled.Trouble != ""))
	ground := g.h.Ground()
	gauge(spoolShare, ground.Spool.Share())
	for _, d := range ground.Disks {
		gauge(diskFree, float64(d.Free), d.Holds)
		gauge(diskShare, d.FreeShare(), d.Holds)
	}
	gauge(warnings, float64(len(g.h.Warnings)))
	gauge(lag, max(0, g.h.Now().Sub(v.RecordedAt).Seconds()))
	gauge(unrecorded, float64(v.Unrecorded))
	gauge(watchers, float64(g.h.Watchers()))
	for kind, n := range alarmsOf(v.Ward) {
		gauge(alarmsOpen, float64(n), kind.priority, kind.category)
	}
	for protocol, n := range g.connections() {
		gauge(connections, float64(n), protocol)
	}
	gauge(build, 1, g.h.Version)
}

func (g gauges) connections() map[string]int {
	n := map[string]int{"hl7": 0, "mqtt": 0}
	for _, l := range g.h.Links() {
		n[l.Protocol]++
	}
	return n
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

type alarmKind struct{ priority, category string }

// alarmsOf counts the open alarms of a ward and of the system itself; what
// there is none of is 0.
func alarmsOf(w ward.Ward) map[alarmKind]int {
	n := map[alarmKind]int{}
	for _, p := range []alarm.Priority{alarm.High, alarm.Medium, alarm.Low} {
		for _, c := range []alarm.Category{alarm.Physiological, alarm.Technical} {
			n[alarmKind{string(p), string(c)}] = 0
		}
	}
	count := func(open []alarm.Episode) {
		for i := range open {
			n[alarmKind{string(open[i].Priority), string(open[i].Category)}]++
		}
	}
	count(w.SystemAlarms())
	for _, u := range w.Units() {
		for _, b := range u.Beds {
			count(b.Episodes)
		}
	}
	return n
}
