package applet

import "fmt"

// Version is the first octet of every message.
const Version byte = 1

// Kind is a command. An answer repeats that of its command.
type Kind byte

// The commands.
const (
	Generate Kind = 1 // a key pair of a role, with a PIN that the person chooses
	Sign     Kind = 2
	Show     Kind = 3 // a message, such as a receipt
	Unblock  Kind = 4 // asks the person for the PUK and a new PIN
	Status   Kind = 5 // which keys the card has, and how many tries are left
	Cancel   Kind = 6 // what is on the screen for a transaction
	Erase    Kind = 7 // a key, after its certificate was revoked
)

// String returns the command's name.
func (k Kind) String() string {
	return name(byte(k), 1, "generate", "sign", "show", "unblock", "status", "cancel", "erase")
}

// Role is what a key is for; each has a PIN of its own.
type Role byte

// The roles.
const (
	Authentication Role = 1
	Signing        Role = 2
)

// String returns the role's name.
func (r Role) String() string { return name(byte(r), 1, "authentication", "signing") }

// Valid reports whether r is a role.
func (r Role) Valid() bool { return r == Authentication || r == Signing }

// PINLength is the fewest and the most digits of a role's PIN.
func (r Role) PINLength() (least, most int) {
	if r == Signing {
		return 5, 8
	}
	return 4, 8
}

// PUKDigits is the number of digits of a PUK.
const PUKDigits = 8

// Algorithm is that of a key, always with SHA-256.
type Algorithm byte

// The algorithms.
const (
	ECDSAP256 Algorithm = 1 // the signature is a DER Ecdsa-Sig-Value (RFC 3279, section 2.2.3)
	RSA2048   Algorithm = 2 // PKCS #1 v1.5 (RFC 8017, section 8.2); e = 65537
)

// String returns the algorithm's name.
func (a Algorithm) String() string { return name(byte(a), 1, "ecdsa-p256", "rsa-2048") }

// Valid reports whether a is an algorithm.
func (a Algorithm) Valid() bool { return a == ECDSAP256 || a == RSA2048 }

// Form says over what a signature is.
type Form byte

// The forms.
const (
	Attributed Form = 1 // signed attributes, for CMS
	Plain      Form = 2 // the content's hash, for PKCS #1
)

// String returns the form's name.
func (f Form) String() string { return name(byte(f), 1, "attributed", "plain") }

// ContentKind says where the content to be signed stands.
type ContentKind byte

// The kinds of content.
const (
	ShownText ContentKind = 1 // the text shown is what is signed
	OwnText   ContentKind = 2 // another text, shown below it
	Document  ContentKind = 3 // a document of which the card knows the hash only
)

// ControlMode says what the person does with the control code.
type ControlMode byte

// The modes.
const (
	NoControl     ControlMode = 0
	ShownControl  ControlMode = 1 // it stands on both screens
	ChosenControl ControlMode = 2 // the person picks it out of three
	TypedControl  ControlMode = 3
)

// String returns the mode's name.
func (m ControlMode) String() string { return name(byte(m), 0, "none", "shown", "chosen", "typed") }

// Result is how a command ended.
type Result byte

// The results.
const (
	Done         Result = 0x00
	Cancelled    Result = 0x01
	TimedOut     Result = 0x02
	Postponed    Result = 0x03 // "later"
	WrongPIN     Result = 0x04 // and given up
	PINBlocked   Result = 0x05
	NoKey        Result = 0x06
	Busy         Result = 0x07 // with another transaction
	NotMe        Result = 0x08 // "I did not start this"
	WrongControl Result = 0x09
	Unsupported  Result = 0x0A
	TooLong      Result = 0x0B
	PUKBlocked   Result = 0x0C
	KeyExists    Result = 0x0D
)

// String returns the result's name.
func (r Result) String() string {
	return name(byte(r), 0, "done", "cancelled", "timed_out", "postponed", "wrong_pin", "pin_blocked", "no_key", "busy", "not_me",
		"wrong_control", "unsupported", "too_long", "puk_blocked", "key_exists")
}

func name(n, first byte, names ...string) string {
	if i := int(n) - int(first); i >= 0 && i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("%#02x", n)
}
