package ward

// Settings is how senders are to be understood: what a ward file says of
// connections and topics. In a Configure, nil connections or topics are those
// as before.
type Settings struct {
	Connections []Connection `json:"connections,omitempty"`
	Topics      []Topic      `json:"topics,omitempty"`
}

// Connection is what a ward file says of one HL7 v2 sender.
type Connection struct {
	Name string `json:"name"`
	// Source is the sender's MSH-3.1, Peers its networks (CIDR); either may
	// be empty, and then matches everything.
	Source string   `json:"source,omitempty"`
	Peers  []string `json:"peers,omitempty"`
	Zone   string   `json:"zone,omitempty"` // IANA; of times without a zone
	// Charset is what its text is in where MSH-18 is silent or wrong, in the
	// words of HL7 table 0211: "8859/1".
	Charset string   `json:"charset,omitempty"`
	NoValue []string `json:"no_value,omitempty"` // values that mean "none": "-999"
	// TrustIdentity is whether its PID-3 and PV1-3 associate a device without
	// a person; nil: as the unit says.
	TrustIdentity *bool `json:"trust_identity,omitempty"`
}

// Topic is what a ward file says of one family of MQTT topics.
type Topic struct {
	Name   string `json:"name"`
	Filter string `json:"filter"` // MQTT topic filter: "home/+/state"
	// Clients are the devices that may publish under it, by the name of their
	// token; none: every device.
	Clients []string `json:"clients,omitempty"`
	// Mapping is how its payload is read: one of the ready ones
	// ("wardlight", "open-mhealth", "home-assistant", "ble-gatt"), or "json"
	// with Values.
	Mapping string `json:"mapping"`
	// Device says which part of the topic names the device, counted from 1;
	// 0: the client that published it.
	Device int `json:"device,omitempty"`
	// DevicePointer, TimePointer are JSON pointers (RFC 6901) into the
	// payload; empty: none.
	DevicePointer string       `json:"device_pointer,omitempty"`
	TimePointer   string       `json:"time_pointer,omitempty"`
	Values        []TopicValue `json:"values,omitempty"`
	// RetainedIsLive says that these devices mark everything they publish as
	// retained. Otherwise a retained value without a time of its own is as
	// old as nobody knows.
	RetainedIsLive bool `json:"retained_is_live,omitempty"`
	// Bed is where the devices of these topics are, "HOME-3"; empty: only a
	// person says.
	Bed string `json:"bed,omitempty"`
}

// TopicValue is where one quantity stands in a payload.
type TopicValue struct {
	Pointer string `json:"pointer"`        // JSON pointer; empty: the whole payload
	Metric  string `json:"metric"`         // 11073 reference id
	Unit    string `json:"unit,omitempty"` // UCUM; empty: the metric's own
}
