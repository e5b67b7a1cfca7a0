package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/goccy/go-yaml"

	"wardlight/ingest/hl7"
	"wardlight/ward"
	"wardlight/ward/alarm"
	"wardlight/ward/census"
	"wardlight/ward/fault"
	"wardlight/ward/vitals"
)

// wardFile is a ward file: units, beds, care areas and limits, and how
// senders are to be understood. What it does not name stays as it is.
type wardFile struct {
	Units       []wardFileUnit        `yaml:"units"`
	Connections *[]wardFileConnection `yaml:"connections,omitempty"`
	MQTT        *[]wardFileTopic      `yaml:"mqtt,omitempty"`
}

// wardFileConnection is one HL7 v2 sender; see ward.Connection.
type wardFileConnection struct {
	Name          string   `yaml:"name"`
	Source        string   `yaml:"source,omitempty"`
	Peers         []string `yaml:"peers,omitempty"`
	Zone          string   `yaml:"zone,omitempty"`
	Charset       string   `yaml:"charset,omitempty"`
	NoValue       []string `yaml:"no_value,omitempty"`
	TrustIdentity *bool    `yaml:"trust_identity,omitempty"`
}

type wardFileUnit struct {
	Code         string                `yaml:"code"`
	Name         string                `yaml:"name,omitempty"`
	Zone         string                `yaml:"zone"`
	CareArea     string                `yaml:"care_area,omitempty"`
	TrustGateway bool                  `yaml:"trust_gateway,omitempty"`
	Beds         []string              `yaml:"beds"`
	Limits       map[string]alarm.Band `yaml:"limits,omitempty"`
}

// limitNames are the names of metrics in a ward file.
var limitNames = map[string]vitals.Code{
	"hr": vitals.HeartRate, "pulse": vitals.PulseRate, "spo2": vitals.SpO2, "rr": vitals.RespRate,
	"nibp_sys": vitals.NIBPSystolic, "nibp_mean": vitals.NIBPMean,
	"abp_sys": vitals.ABPSystolic, "abp_mean": vitals.ABPMean, "temp": vitals.Temperature,
}

var careAreas = []string{"", "adult-icu", "adult-ward", "paediatric-icu", "paediatric", "neonatal-icu", "home"}

// parseWardFile reads a ward file. Its errors name the line.
func parseWardFile(raw []byte) (ward.Configure, error) {
	var f wardFile
	if err := yaml.NewDecoder(bytes.NewReader(raw), yaml.Strict()).Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return ward.Configure{}, fault.New(fault.Invalid, "the ward file cannot be read: %s", yaml.FormatError(err, false, false))
	}
	if len(f.Units) == 0 {
		return ward.Configure{}, fault.New(fault.Invalid, "the ward file names no units")
	}
	var err error
	digest := sha256.Sum256(raw)
	c := ward.Configure{Digest: hex.EncodeToString(digest[:])}
	for _, u := range f.Units {
		unit, err := u.config()
		if err != nil {
			return ward.Configure{}, err
		}
		if slices.ContainsFunc(c.Units, func(o ward.UnitConfig) bool { return o.Code == unit.Code }) {
			return ward.Configure{}, fault.New(fault.Invalid, "unit %s is in the ward file twice", unit.Code)
		}
		c.Units = append(c.Units, unit)
	}
	if c.Settings, err = f.settings(); err != nil {
		return ward.Configure{}, err
	}
	return c, nil
}

// settings are what the file says of senders; nil if it says nothing.
func (f wardFile) settings() (*ward.Settings, error) {
	if f.Connections == nil && f.MQTT == nil {
		return nil, nil
	}
	s := &ward.Settings{}
	if f.MQTT != nil {
		var err error
		if s.Topics, err = f.topics(); err != nil {
			return nil, err
		}
	}
	if f.Connections == nil {
		return s, nil
	}
	s.Connections = []ward.Connection{}
	for _, c := range *f.Connections {
		if c.Charset != "" && !hl7.IsCharset(c.Charset) {
			return nil, fault.New(fault.Invalid, "connection %s: charset %q is not known: write it as HL7 table 0211 does, for example 8859/1", c.Name, c.Charset)
		}
		s.Connections = append(s.Connections, ward.Connection(c))
	}
	return s, nil
}

func (u wardFileUnit) config() (ward.UnitConfig, error) {
	if !slices.Contains(careAreas, u.CareArea) {
		return ward.UnitConfig{}, fault.New(fault.Invalid, "unit %s: care_area %q is not one of %v", u.Code, u.CareArea, careAreas[1:])
	}
	out := ward.UnitConfig{Unit: census.Unit{
		Code: census.UnitCode(u.Code), Name: u.Name, Zone: u.Zone, CareArea: u.CareArea, TrustGateway: u.TrustGateway,
	}}
	if out.Name == "" {
		out.Name = u.Code
	}
	for _, b := range u.Beds {
		out.Beds = append(out.Beds, census.BedCode(b))
	}
	for name, band := range u.Limits {
		code, ok := limitNames[name]
		if !ok {
			return ward.UnitConfig{}, fault.New(fault.Invalid, "unit %s: limits of %q: use one of %v", u.Code, name, sortedKeys(limitNames))
		}
		if _, err := alarm.Rules(code, band); err != nil {
			return ward.UnitConfig{}, fault.New(fault.Invalid, "unit %s: limits of %s: %w", u.Code, name, err)
		}
		if out.Limits == nil {
			out.Limits = map[vitals.Code]alarm.Band{}
		}
		out.Limits[code] = band
	}
	return out, out.Validate()
}

// writeWardFile is the ward file that would make these units and settings.
func writeWardFile(units []ward.UnitConfig, settings ward.Settings) ([]byte, error) {
	f := wardFile{MQTT: writeTopics(settings.Topics)}
	if len(settings.Connections) > 0 {
		f.Connections = &[]wardFileConnection{}
		for _, c := range settings.Connections {
			*f.Connections = append(*f.Connections, wardFileConnection(c))
		}
	}
	for _, u := range units {
		out := wardFileUnit{
			Code: string(u.Code), Name: u.Name, Zone: u.Zone, CareArea: u.CareArea, TrustGateway: u.TrustGateway,
		}
		for _, b := range u.Beds {
			out.Beds = append(out.Beds, string(b))
		}
		for name, code := range limitNames {
			if band, ok := u.Limits[code]; ok {
				if out.Limits == nil {
					out.Limits = map[string]alarm.Band{}
				}
				out.Limits[name] = band
			}
		}
		f.Units = append(f.Units, out)
	}
	raw, err := yaml.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("write ward file: %w", err)
	}
	return raw, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
