package household

// Kind is a kind of device that a phone meets.
type Kind string

// The kinds of devices.
const (
	AccessPoint Kind = "access_point"
	Television  Kind = "television"
	Speaker     Kind = "speaker"
	Hub         Kind = "hub"
	Thermostat  Kind = "thermostat"
	Tablet      Kind = "tablet"
	Wearable    Kind = "wearable"
	Headset     Kind = "headset"
	Laptop      Kind = "laptop"
	Vehicle     Kind = "vehicle"
	Desk        Kind = "desk" // what stands on the desk at work
)

// Group says what devices have in common: those of one place come together.
type Group string

// The groups of devices.
const (
	InBag  Group = "bag" // carried, and stolen, with the phone
	AtHome Group = "home"
	OnBody Group = "body"
	InCar  Group = "car"
	AtWork Group = "job"
)

// Proof says what a sighting proves.
type Proof string

// The proofs, weak to strong.
const (
	Identifier Proof = "identifier" // a name on the air: anybody can send it
	Signed     Proof = "signed"     // signed by the device, with a time
	Challenged Proof = "challenged" // signed over a nonce of the server's
)

// Device is a registered secondary of a person.
type Device struct {
	Number   int // 1..; as the server numbers a person's devices
	Kind     Kind
	Group    Group
	Proof    Proof    // Identifier or Signed: what it can give
	Portable bool     // may be in a bag
	From, To int      // days: registered on From, removed on To; To is 0 for never
	Key      [16]byte // identity resolving key of a device whose address rotates
	Rotates  bool
	fixed    [6]byte
}

// On reports whether the device is registered on a day.
func (d Device) On(day int) bool { return d.From <= day && (d.To == 0 || day < d.To) }

// kinds is how common a kind is, how often one of them can sign, and where it belongs.
func kinds() []struct {
	kind           Kind
	group          Group
	owned, signs   float64
	portable, home bool
} {
	return []struct {
		kind           Kind
		group          Group
		owned, signs   float64
		portable, home bool
	}{
		{AccessPoint, AtHome, 0.98, 0.5, false, true},
		{Television, AtHome, 0.85, 0.2, false, true},
		{Speaker, AtHome, 0.5, 0.3, false, true},
		{Hub, AtHome, 0.45, 0.6, false, true},
		{Thermostat, AtHome, 0.3, 0.1, false, true},
		{Tablet, InBag, 0.5, 0.7, true, false},
		{Wearable, OnBody, 0.5, 0.7, true, false},
		{Headset, InBag, 0.55, 0.2, true, false},
		{Laptop, InBag, 0.85, 0.8, true, false},
		{Vehicle, InCar, 0.7, 0.4, false, false},
	}
}

func newDevice(r *random, kind Kind, group Group, signs float64, portable bool) Device {
	d := Device{Kind: kind, Group: group, Proof: Identifier, Portable: portable}
	if r.chance(signs) {
		d.Proof = Signed
	}
	d.Rotates = kind == Wearable || kind == Headset || r.chance(0.2)
	r.fill(d.Key[:])
	r.fill(d.fixed[:])
	return d
}
