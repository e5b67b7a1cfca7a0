package mqtt

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"

	"wardlight/ward/fault"
)

// bleHub reads a GATT frame that a Bluetooth hub forwards:
//
//	{"device":"C4:64:E3:01:02:03","characteristic":"2A37","hex":"06 48","at":…}
//
// The frame is in "hex" or in "base64"; "at" is when the hub heard it.
func (c *reception) bleHub() (message, error) {
	o, err := object(c.Payload)
	if err != nil {
		return message{}, err
	}
	s := message{device: text(o["device"]), label: text(o["label"]), number: text(o["seq"])}
	uuid, ok := characteristic(text(o["characteristic"]))
	if !ok {
		return s, fault.New(fault.Invalid, `"characteristic" is not a Bluetooth UUID such as 2A37`)
	}
	raw, err := frameOf(o)
	if err != nil {
		return s, err
	}
	f, err := DecodeGATT(uuid, raw, c.zone)
	if err != nil {
		return s, err
	}
	heard, err := moment(o["at"], c.zone)
	if err != nil {
		return s, err
	}
	s.readings, s.isStored, s.at = f.Readings, f.IsStored, f.At
	if s.number == "" {
		s.number = f.Sequence
	}
	if s.at.IsZero() && !f.IsStored {
		s.at = heard
	}
	if len(s.readings) == 0 {
		s.flags = append(s.flags, "the frame has no value")
	}
	return s, nil
}

// baseUUID is what follows the 16 bits of an assigned characteristic.
const baseUUID = "-0000-1000-8000-00805f9b34fb"

func characteristic(s string) (uint16, bool) {
	s = strings.TrimPrefix(strings.ToLower(s), "0x")
	if short, ok := strings.CutSuffix(s, baseUUID); ok {
		s = strings.TrimPrefix(short, "0000")
	}
	n, err := strconv.ParseUint(s, 16, 16)
	return uint16(n), err == nil && len(s) == 4
}

func frameOf(o map[string]any) ([]byte, error) {
	if s, ok := o["hex"].(string); ok {
		raw, err := hex.DecodeString(strings.NewReplacer(" ", "", ":", "", "-", "").Replace(s))
		if err != nil {
			return nil, fault.New(fault.Invalid, `"hex" is not hexadecimal`)
		}
		return raw, nil
	}
	if s, ok := o["base64"].(string); ok {
		raw, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return nil, fault.New(fault.Invalid, `"base64" is not base64 (RFC 4648 §4)`)
		}
		return raw, nil
	}
	return nil, fault.New(fault.Invalid, `the frame is missing: give it in "hex" or "base64"`)
}
