package pskc

// Encoding is how a challenge, response or PIN is written (RFC 6030, section 4.3.4).
type Encoding string

// The encodings of RFC 6030, section 4.3.4.
const (
	Decimal      Encoding = "DECIMAL"
	Hexadecimal  Encoding = "HEXADECIMAL"
	Alphanumeric Encoding = "ALPHANUMERIC"
	Base64       Encoding = "BASE64"
	Binary       Encoding = "BINARY"
)

// Known tells whether e is one of the registered encodings.
func (e Encoding) Known() bool {
	switch e {
	case Decimal, Hexadecimal, Alphanumeric, Base64, Binary:
		return true
	}
	return false
}

// ChallengeFormat describes the challenges that a device takes (RFC 6030,
// section 4.3.4). Min and Max count characters, or octets for Base64 and Binary.
type ChallengeFormat struct {
	Encoding   Encoding
	Min, Max   int
	CheckDigit bool // the challenge ends in a Luhn digit that the device checks
}

// ResponseFormat describes the responses of a device, or the form of a PIN
// (RFC 6030, section 4.3.4). Length counts characters, or octets for Base64 and
// Binary.
type ResponseFormat struct {
	Encoding   Encoding
	Length     int
	CheckDigit bool // the device appends a Luhn digit
}
