package companion

import "slices"

// Kind says what sort of thing a companion is (DI-1).
type Kind string

// The kinds.
const (
	Phone       Kind = "phone"
	Tablet      Kind = "tablet"
	PDA         Kind = "pda"
	Laptop      Kind = "laptop"
	Desktop     Kind = "desktop"
	EReader     Kind = "e_reader"
	Watch       Kind = "watch"
	Bracelet    Kind = "bracelet"
	Wearable    Kind = "wearable" // other than a watch or a bracelet
	Headset     Kind = "headset"
	Card        Kind = "card"
	Pendant     Kind = "pendant"
	Vehicle     Kind = "vehicle"
	AccessPoint Kind = "access_point"
	Router      Kind = "router"
	Gateway     Kind = "gateway"
	Hub         Kind = "hub"
	SetTopBox   Kind = "set_top_box"
	TV          Kind = "tv"
	Speaker     Kind = "speaker"
	Oven        Kind = "oven"
	Fridge      Kind = "fridge"
	Thermostat  Kind = "thermostat"
	Heater      Kind = "heater"
	HomeMonitor Kind = "home_monitor"
)

// Kinds lists all kinds, in the order of pages.
func Kinds() []Kind {
	return []Kind{
		Phone, Tablet, PDA, Laptop, Desktop, EReader, Watch, Bracelet, Wearable, Headset, Card, Pendant, Vehicle,
		AccessPoint, Router, Gateway, Hub, SetTopBox, TV, Speaker, Oven, Fridge, Thermostat, Heater, HomeMonitor,
	}
}

// Group says where a device usually is. Devices of one group come and go together, so what they say
// together is bounded.
type Group string

// The groups.
const (
	Home Group = "home"
	Body Group = "body"
	Bag  Group = "bag" // carried, and stolen, with the phone
	Car  Group = "car"
	Job  Group = "job"
)

// Groups lists all groups.
func Groups() []Group { return []Group{Home, Body, Bag, Car, Job} }

// Group returns where a device of the kind usually is.
func (k Kind) Group() Group {
	for g, kinds := range map[Group][]Kind{
		Body: {Watch, Bracelet, Wearable, Pendant},
		Bag:  {Phone, Tablet, PDA, Laptop, EReader, Headset, Card},
		Car:  {Vehicle},
	} {
		if known(kinds, k) {
			return g
		}
	}
	return Home
}

// Capability is something that a device can do (DI-229 to DI-231).
type Capability string

// The capabilities.
const (
	Application  Capability = "application"  // it has a transaction application
	Cryptography Capability = "cryptography" // it has keys of its own
	Sensors      Capability = "sensors"
	Interface    Capability = "interface" // a person can use it
)

// Capabilities lists all capabilities.
func Capabilities() []Capability {
	return []Capability{Application, Cryptography, Sensors, Interface}
}

// Role is a part that a device plays in an interaction.
type Role string

// The roles.
const (
	Primary   Role = "primary"   // makes transactions, and reports
	HubRole   Role = "hub"       // reports what it meets
	Secondary Role = "secondary" // is met
	Tertiary  Role = "tertiary"  // is the user interface of another
)

// Roles lists all roles.
func Roles() []Role { return []Role{Primary, HubRole, Secondary, Tertiary} }

// Class says how strongly a device can prove that it is there, from weak to strong.
type Class string

// The classes. A cryptogram contribution is a proof of the moment, no class.
const (
	ByIdentifier Class = "identifier" // its identifier is seen; anybody can copy it
	BySignature  Class = "signed"     // it signs what it says, and fresh challenges
)

// may returns the roles that a device with these capabilities may play. Only one with a transaction
// application can be a primary (DI-231), and only one that a person can use a tertiary (DI-95).
func may(can []Capability) []Role {
	roles := []Role{HubRole, Secondary}
	if slices.Contains(can, Application) {
		roles = append(roles, Primary)
	}
	if slices.Contains(can, Interface) {
		roles = append(roles, Tertiary)
	}
	return roles
}
