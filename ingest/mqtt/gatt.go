package mqtt

import (
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"wardlight/ward/fault"
	"wardlight/ward/vitals"
)

// Reading is one value as a device gives it.
type Reading struct {
	Metric  vitals.Metric
	Value   vitals.Decimal // in Metric.Unit; meaningless with IsNone
	IsNone  bool           // the device says that there is no value
	At      time.Time      // its own time; zero: that of the message
	Quality vitals.Quality
}

// Frame is one GATT characteristic as a sensor sends it.
type Frame struct {
	Readings []Reading
	At       time.Time // by the sensor's clock; zero: it gives none
	Sequence string    // of a glucose record; else empty
	// IsStored: it comes out of the sensor's memory, not from a finger now.
	IsStored bool
}

// The characteristics (Bluetooth SIG, assigned numbers) and their services.
const (
	HeartRateMeasurement     = 0x2A37 // service 0x180D
	BloodPressureMeasurement = 0x2A35 // 0x1810
	PLXContinuous            = 0x2A5F // 0x1822, pulse oximeter
	PLXSpotCheck             = 0x2A5E // 0x1822
	TemperatureMeasurement   = 0x2A1C // 0x1809
	GlucoseMeasurement       = 0x2A18 // 0x1808
)

// DecodeGATT reads a characteristic's value. Times in it have no zone and are
// taken in zone. It fails on a frame that is not as long as its flags say.
func DecodeGATT(characteristic uint16, raw []byte, zone *time.Location) (Frame, error) {
	f := fields{left: raw, zone: zone}
	var out Frame
	switch characteristic {
	case HeartRateMeasurement:
		out = f.heartRate()
	case BloodPressureMeasurement:
		out = f.bloodPressure()
	case PLXContinuous:
		out = f.oximeterContinuous()
	case PLXSpotCheck:
		out = f.oximeterSpot()
	case TemperatureMeasurement:
		out = f.temperature()
	case GlucoseMeasurement:
		out = f.glucose()
	default:
		return Frame{}, fault.New(fault.Invalid, "characteristic 0x%04X is not supported", characteristic)
	}
	if f.isShort || len(f.left) > 0 {
		return Frame{}, fault.New(fault.Invalid, "the frame of characteristic 0x%04X is not as long as its flags say", characteristic)
	}
	return out, nil
}

// fields takes a frame apart, little endian, from the front.
type fields struct {
	left    []byte
	zone    *time.Location
	isShort bool
}

func (f *fields) take(n int) []byte {
	if len(f.left) < n {
		f.isShort, f.left = true, nil
		return make([]byte, n)
	}
	b := f.left[:n]
	f.left = f.left[n:]
	return b
}

func (f *fields) u8() byte       { return f.take(1)[0] }
func (f *fields) u16() uint16    { return binary.LittleEndian.Uint16(f.take(2)) }
func (f *fields) u32() uint32    { return binary.LittleEndian.Uint32(f.take(4)) }
func (f *fields) sfloat() number { return sfloat(f.u16()) }

// when reads a date_time: year, month, day, hour, minute, second. A part of 0
// that must not be is unknown, and with it the time.
func (f *fields) when() time.Time {
	year := int(f.u16())
	b := f.take(5)
	month, day, hour, minute, second := int(b[0]), int(b[1]), int(b[2]), int(b[3]), int(b[4])
	if year == 0 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, 0, f.zone)
}

// number is a SFLOAT or FLOAT: mantissa × 10^exponent, or none (NaN, NRes,
// an infinity).
type number struct {
	mantissa int64
	exponent int
	isNone   bool
}

// sfloat reads an IEEE 11073-20601 SFLOAT: 4 bits of exponent, 12 of mantissa.
// What is special is so before the exponent counts.
func sfloat(raw uint16) number {
	switch raw & 0x0FFF {
	case 0x07FF, 0x0800, 0x07FE, 0x0802, 0x0801: // NaN, NRes, +INF, -INF, reserved
		return number{isNone: true}
	}
	return number{mantissa: int64(int16(raw<<4) >> 4), exponent: int(int8(raw>>8) >> 4)}
}

// float reads an IEEE 11073-20601 FLOAT: 8 bits of exponent, 24 of mantissa.
func float(raw uint32) number {
	switch raw & 0x00FFFFFF {
	case 0x007FFFFF, 0x00800000, 0x007FFFFE, 0x00800002, 0x00800001:
		return number{isNone: true}
	}
	return number{mantissa: int64(int32(raw<<8) >> 8), exponent: int(int8(raw >> 24))}
}

// decimal writes the number with the places that it came with. ok is false
// where there is none, and for one with more digits than any vital sign has.
func (n number) decimal() (d vitals.Decimal, ok bool) {
	if n.isNone || n.exponent > 15 || n.exponent < -15 {
		return d, false
	}
	digits, sign := strconv.FormatInt(max(n.mantissa, -n.mantissa), 10), ""
	if n.mantissa < 0 {
		sign = "-"
	}
	if n.exponent >= 0 {
		digits += strings.Repeat("0", n.exponent)
	} else {
		if pad := 1 - n.exponent - len(digits); pad > 0 {
			digits = strings.Repeat("0", pad) + digits
		}
		cut := len(digits) + n.exponent
		digits = digits[:cut] + "." + digits[cut:]
	}
	d, err := vitals.ParseDecimal(sign + digits)
	return d, err == nil
}

// reading makes a Reading of a number that the sensor gives in a unit.
func reading(refID string, n number, unit string) Reading {
	m, _ := vitals.ByRefID(refID)
	d, ok := n.decimal()
	if ok {
		d, ok = convert(d, unit, m.Unit)
	}
	if !ok {
		return Reading{Metric: m, IsNone: true, Quality: vitals.Invalid}
	}
	return Reading{Metric: m, Value: d, Quality: vitals.OK}
}

const (
	// contactSupported and contactDetected are the sensor contact bits of a
	// heart rate: without skin under it a strap counts nothing.
	contactDetected  = 1 << 1
	contactSupported = 1 << 2
)

func (f *fields) heartRate() Frame {
	flags := f.u8()
	var n number
	if flags&1 != 0 {
		n.mantissa = int64(f.u16())
	} else {
		n.mantissa = int64(f.u8())
	}
	n.isNone = flags&contactSupported != 0 && flags&contactDetected == 0
	if flags&(1<<3) != 0 {
		f.u16() // energy expended, kJ
	}
	if flags&(1<<4) != 0 {
		for len(f.left) > 0 {
			f.u16() // RR interval, 1/1024 s
		}
	}
	return Frame{Readings: []Reading{reading("MDC_ECG_HEART_RATE", n, "/min")}}
}

// doubtfulCuff are the status bits that put a blood pressure in doubt: body
// movement, cuff too loose, improper position.
const doubtfulCuff = 1<<0 | 1<<1 | 1<<5

func (f *fields) bloodPressure() Frame {
	flags := f.u8()
	unit := "mm[Hg]"
	if flags&1 != 0 {
		unit = "kPa"
	}
	out := Frame{Readings: []Reading{
		reading("MDC_PRESS_BLD_NONINV_SYS", f.sfloat(), unit),
		reading("MDC_PRESS_BLD_NONINV_DIA", f.sfloat(), unit),
		reading("MDC_PRESS_BLD_NONINV_MEAN", f.sfloat(), unit),
	}}
	if flags&(1<<1) != 0 {
		out.At = f.when()
	}
	if flags&(1<<2) != 0 {
		out.Readings = append(out.Readings, reading("MDC_PULS_RATE_NON_INV", f.sfloat(), "/min"))
	}
	if flags&(1<<3) != 0 {
		f.u8() // user
	}
	if flags&(1<<4) != 0 && f.u16()&doubtfulCuff != 0 {
		out.doubt()
	}
	return out
}

func (f *Frame) doubt() {
	for i := range f.Readings {
		if !f.Readings[i].IsNone {
			f.Readings[i].Quality = vitals.Questionable
		}
	}
}

func (f *fields) oximeter() Frame {
	return Frame{Readings: []Reading{
		reading("MDC_PULS_OXIM_SAT_O2", f.sfloat(), "%"),
		reading("MDC_PULS_OXIM_PULS_RATE", f.sfloat(), "/min"),
	}}
}

func (f *fields) oximeterContinuous() Frame {
	flags := f.u8()
	out := f.oximeter()
	if flags&(1<<0) != 0 {
		f.take(4) // the same, averaged fast
	}
	if flags&(1<<1) != 0 {
		f.take(4) // the same, averaged slowly
	}
	if flags&(1<<2) != 0 {
		out.judge(f.u16())
	}
	if flags&(1<<3) != 0 {
		f.take(3) // device and sensor status
	}
	if flags&(1<<4) != 0 {
		f.u16() // pulse amplitude index
	}
	return out
}

func (f *fields) oximeterSpot() Frame {
	flags := f.u8()
	out := f.oximeter()
	if flags&(1<<0) != 0 {
		out.At = f.when()
	}
	if flags&(1<<1) != 0 {
		out.judge(f.u16())
	}
	if flags&(1<<2) != 0 {
		f.take(3)
	}
	if flags&(1<<3) != 0 {
		f.u16()
	}
	if flags&(1<<4) != 0 { // its clock was never set
		out.At = time.Time{}
	}
	return out
}

// judge reads an oximeter's measurement status (PLX service, table 3.4).
func (f *Frame) judge(status uint16) {
	const (
		fromStorage  = 1 << 9
		demonstrated = 1 << 10
		tested       = 1 << 11
		calibrating  = 1 << 12
		unavailable  = 1 << 13
		questionable = 1 << 14
		invalid      = 1 << 15
	)
	f.IsStored = status&fromStorage != 0
	switch {
	case status&(unavailable|invalid) != 0:
		for i := range f.Readings {
			f.Readings[i].IsNone, f.Readings[i].Quality = true, vitals.Invalid
		}
	case status&(demonstrated|tested|calibrating|questionable) != 0:
		f.doubt()
	}
}

func (f *fields) temperature() Frame {
	flags := f.u8()
	n, unit := float(f.u32()), "Cel"
	if flags&1 != 0 {
		unit = "[degF]"
	}
	var out Frame
	if flags&(1<<1) != 0 {
		out.At = f.when()
	}
	site := byte(0)
	if flags&(1<<2) != 0 {
		site = f.u8()
	}
	out.Readings = []Reading{reading(temperatureAt(site), n, unit)}
	return out
}

// temperatureAt names the temperature by where it is taken (characteristic
// 0x2A1D, temperature type).
func temperatureAt(site byte) string {
	switch site {
	case 3, 9: // ear, tympanum
		return "MDC_TEMP_TYMP"
	case 4, 8: // finger, toe
		return "MDC_TEMP_SKIN"
	}
	return "MDC_TEMP_BODY"
}

func (f *fields) glucose() Frame {
	flags := f.u8()
	out := Frame{Sequence: strconv.Itoa(int(f.u16())), At: f.when(), IsStored: true}
	if flags&(1<<0) != 0 {
		offset := int16(f.u16()) // minutes
		if !out.At.IsZero() {
			out.At = out.At.Add(time.Duration(offset) * time.Minute)
		}
	}
	if flags&(1<<1) != 0 {
		n, unit := f.sfloat(), "mg/dL"
		if flags&(1<<2) != 0 {
			n.exponent, unit = n.exponent+3, "mmol/L" // mol/L
		} else {
			n.exponent += 5 // kg/L
		}
		f.u8() // type and sample location
		out.Readings = []Reading{reading("MDC_CONC_GLU_GEN", n, unit)}
	}
	if flags&(1<<3) != 0 && f.u16() != 0 { // sensor status annunciation: each bit is a reservation
		out.doubt()
	}
	return out
}
