package token

import (
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

// isPIN reports whether the row is a PIN that comes as a key of its own
// (RFC 6030, section 10.2).
func (e *entry) isPIN() bool { return e.row.Algorithm == string(pskc.ProfilePIN) }

// link gives the keys of a batch the PINs that they refer to by PINKeyId, in
// whatever order they come. A PIN that no key refers to, a PIN of another form
// than digits, and a key that cannot work without its missing PIN are refused.
func link(batch []*entry) {
	type name struct{ manufacturer, serial, key string }
	pins := map[name]*entry{}
	for _, e := range batch {
		if e.isPIN() && e.row.Result == Imported {
			e.refuse("no key of this device refers to this PIN")
			pins[name{e.device.Manufacturer, e.device.Serial, e.row.KeyID}] = e
		}
	}
	for _, e := range batch {
		if e.row.Result != Imported || e.isPIN() || e.pinKeyID == "" && e.key.PINMode != PINAlgorithmic {
			continue
		}
		of := pins[name{e.device.Manufacturer, e.device.Serial, e.pinKeyID}]
		switch pin, ok := readPINKey(of); {
		case ok:
			e.pin = pin
			of.row.Result, of.row.Reason = Imported, ""
		case of != nil:
			of.refuse("the PIN must be 4 to 8 digits")
			e.refuse("its PIN cannot be used")
		case e.key.PINMode == PINAlgorithmic:
			e.refuse("its PIN enters the computation, but the file does not bring the PIN next to the key")
		}
	}
}

// readPINKey returns the PIN of a PIN row.
func readPINKey(e *entry) (string, bool) {
	if e == nil {
		return "", false
	}
	pin, err := oath.CanonicalRange(string(e.seed.Bytes()), 4, maxPIN)
	return pin, err == nil
}

// sealPIN fills in what is stored of the entry's PIN: its keyed hash, or the
// sealed PIN when it enters the computation.
func (x *importer) sealPIN(e *entry) {
	switch {
	case e.pin == "":
	case e.key.PINMode == PINAlgorithmic:
		e.key.pinSealed = x.ring.Seal(pinLabel, e.device.ID, []byte(e.pin))
	case e.key.PINMode.Typed():
		e.key.pinHash = hashPIN(x.ring, e.device.ID, e.pin)
	}
}
