package pskc

import "time"

// KeyPackage is one key with the device, module and rules that belong to it
// (RFC 6030, section 3), or one row of a CSV file. It shares no memory with the
// reader that returned it.
type KeyPackage struct {
	Row            int    // 1 for the first key package or data row of the file
	Line           int    // line where it begins, from 1
	Offset         int64  // octet where it begins, from 0
	Device         Device // section 4.3.1
	CryptoModuleID string // section 4.3.2; empty if absent
	Key            Key
	// Warnings tell what was tolerated: a manufacturer without registered prefix,
	// an element that was skipped. They hold no secrets.
	Warnings []string
}

// Device identifies a device (RFC 6030, section 4.3.1). Manufacturer and
// SerialNo together name it; a serial number alone is not unique.
type Device struct {
	Manufacturer  string
	SerialNo      string
	Model         string
	IssueNo       string
	DeviceBinding string
	StartDate     time.Time // UTC; zero if absent
	ExpiryDate    time.Time // UTC; zero if absent
	UserID        string    // distinguished name (RFC 4514), kept as written
}

// Key is a key and its metadata (RFC 6030, section 4.1).
type Key struct {
	ID               string
	Algorithm        string // URI as written, see Profile
	Profile          Profile
	Issuer           string
	FriendlyName     string
	FriendlyNameLang string // BCP 47 tag; "en" if the file gives none
	UserID           string // distinguished name, kept as written
	ProfileID        string // KeyProfileId (section 4.4)
	Reference        string // KeyReference (section 4.4); there is no Secret then
	// Suite is the OCRA suite, whether it stood in the Suite element or in the
	// algorithm URI; for other profiles the Suite element as written.
	Suite     string
	Hash      Hash // of HOTP, TOTP and OCRA keys; from the suite, never from the key's length
	Challenge *ChallengeFormat
	Response  *ResponseFormat
	Secret    Secret
	Counter   Int // events; 0 to 2^63-1
	Time      Int // intervals since the algorithm's epoch
	Interval  Int // seconds
	Drift     Int // intervals, positive or negative
	Policy    Policy
}

// Int is an integer that a file may leave out.
type Int struct {
	Value int64
	Set   bool
}

// Some returns a set Int.
func Some(v int64) Int { return Int{v, true} }

// Or returns the value, or def if the file left it out.
func (i Int) Or(def int64) int64 {
	if i.Set {
		return i.Value
	}
	return def
}

// Source is a stream of key packages: a [Reader], a [CSVReader] or what [Open]
// returns. Next returns io.EOF after the last row, a [*RowError] for a row that
// cannot be used (reading goes on), and a [*FileError] when nothing more can be
// read.
type Source interface {
	Next() (*KeyPackage, error)
}
