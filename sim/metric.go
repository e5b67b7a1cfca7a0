package sim

// UnitOfMeasure is a unit as IEEE 11073-10101 and UCUM write it. MDC is 0
// where only the UCUM form is certain.
type UnitOfMeasure struct {
	MDC   int
	RefID string
	UCUM  string
}

// The units of the simulated quantities.
var (
	perMinuteBeats   = UnitOfMeasure{264864, "MDC_DIM_BEAT_PER_MIN", "/min"}
	perMinuteBreaths = UnitOfMeasure{264928, "MDC_DIM_RESP_PER_MIN", "/min"}
	percent          = UnitOfMeasure{262688, "MDC_DIM_PERCENT", "%"}
	mmHg             = UnitOfMeasure{266016, "MDC_DIM_MMHG", "mm[Hg]"}
	celsius          = UnitOfMeasure{268192, "MDC_DIM_DEGC", "Cel"}
	mLPerHour        = UnitOfMeasure{265266, "MDC_DIM_MILLI_L_PER_HR", "mL/h"}
	millilitre       = UnitOfMeasure{263762, "MDC_DIM_MILLI_L", "mL"}
	minute           = UnitOfMeasure{264352, "MDC_DIM_MIN", "min"}
	kilogram         = UnitOfMeasure{263875, "MDC_DIM_KILO_G", "kg"}
	millivolt        = UnitOfMeasure{266418, "MDC_DIM_MILLI_VOLT", "mV"}
	dimensionless    = UnitOfMeasure{262656, "MDC_DIM_DIMLESS", "1"}
	perSecond        = UnitOfMeasure{264608, "MDC_DIM_PER_SEC", "/s"}
	mgPerML          = UnitOfMeasure{264306, "MDC_DIM_MILLI_G_PER_ML", "mg/mL"}
)

// Metric is a quantity as a device reports it: OBX-3 and OBX-4, and where the
// unit is the same for every reading OBX-6.
type Metric struct {
	MDC    int
	RefID  string
	Label  string
	Unit   UnitOfMeasure
	Path   string // containment: MDS.VMD.channel.metric
	Limits string // the device's own alarm limits, for OBX-7; empty: none
}

// The vital signs. Limits are a monitor's usual adult ones.
var (
	HeartRate     = Metric{147842, "MDC_ECG_HEART_RATE", "HR", perMinuteBeats, "1.1.1.1", "50-120"}
	RespRate      = Metric{151578, "MDC_TTHOR_RESP_RATE", "RR", perMinuteBreaths, "1.1.1.2", "8-30"}
	SpO2          = Metric{150456, "MDC_PULS_OXIM_SAT_O2", "SpO2", percent, "1.2.1.1", "90-100"}
	PulseRate     = Metric{149530, "MDC_PULS_OXIM_PULS_RATE", "Pulse", perMinuteBeats, "1.2.1.2", "50-120"}
	NIBPSystolic  = Metric{150021, "MDC_PRESS_BLD_NONINV_SYS", "NIBP sys", mmHg, "1.3.1.1", "90-160"}
	NIBPDiastolic = Metric{150022, "MDC_PRESS_BLD_NONINV_DIA", "NIBP dia", mmHg, "1.3.1.2", ""}
	NIBPMean      = Metric{150023, "MDC_PRESS_BLD_NONINV_MEAN", "NIBP mean", mmHg, "1.3.1.3", "60-110"}
	Temperature   = Metric{150344, "MDC_TEMP", "T", celsius, "1.4.1.1", "36.0-39.0"}
)

// The quantities of an infusion channel; units of dose and concentration
// differ by drug. Path is that of channel 1; channel n has n in second place.
var (
	FlowCurrent   = Metric{MDC: 158014, RefID: "MDC_FLOW_FLUID_PUMP_CURRENT", Label: "Rate now", Unit: mLPerHour, Path: "1.1.1.2"}
	FlowSet       = Metric{MDC: 157784, RefID: "MDC_FLOW_FLUID_PUMP", Label: "Rate set", Unit: mLPerHour, Path: "1.1.2.2"}
	DoseRate      = Metric{MDC: 157924, RefID: "MDC_RATE_DOSE", Label: "Dose", Path: "1.1.2.3"}
	VTBI          = Metric{MDC: 157884, RefID: "MDC_VOL_FLUID_TBI", Label: "VTBI", Unit: millilitre, Path: "1.1.2.4"}
	Infused       = Metric{MDC: 157993, RefID: "MDC_VOL_FLUID_DELIV_TOTAL", Label: "Infused", Unit: millilitre, Path: "1.1.2.5"}
	Remaining     = Metric{MDC: 157872, RefID: "MDC_VOL_FLUID_TBI_REMAIN", Label: "Remaining", Unit: millilitre, Path: "1.1.2.6"}
	TimeLeft      = Metric{MDC: 157916, RefID: "MDC_TIME_PD_REMAIN", Label: "Time left", Unit: minute, Path: "1.1.2.7"}
	Concentration = Metric{MDC: 157760, RefID: "MDC_CONC_DRUG", Label: "Concentration", Path: "1.1.2.9"}
	PatientWeight = Metric{MDC: 68063, RefID: "MDC_ATTR_PT_WEIGHT", Label: "Weight", Unit: kilogram, Path: "1.1.2.10"}
)

// Part is a device, module or channel row of the containment tree, which has
// a code and no value.
type Part struct {
	MDC   int
	RefID string
	Path  string
}

// MonitorParts are the rows above a monitor's metrics. The temperature's
// module has no row, as on many monitors.
var MonitorParts = []Part{
	{69965, "MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS", "1.0.0.0"},
	{69798, "MDC_DEV_ECG_VMD", "1.1.0.0"},
	{69642, "MDC_DEV_ANALY_SAT_O2_VMD", "1.2.0.0"},
	{70686, "MDC_DEV_PRESS_BLD_NONINV_VMD", "1.3.0.0"},
	{70687, "MDC_DEV_PRESS_BLD_NONINV_CHAN", "1.3.1.0"},
}

// PumpParts are the rows above a pump's first channel; channel n repeats all
// but the first with n in second place.
var PumpParts = []Part{
	{70049, "MDC_DEV_PUMP_INFUS_LVP_MDS", "1.0.0.0"},
	{70050, "MDC_DEV_PUMP_INFUS_LVP_VMD", "1.1.0.0"},
	{70067, "MDC_DEV_PUMP_DELIVERY_INFO", "1.1.1.0"},
	{70071, "MDC_DEV_PUMP_INFUSATE_SOURCE_PRIMARY", "1.1.2.0"},
}
