package dskpp

import (
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Code is an activation code: the Authentication Code of RFC 6063, section
// 3.4.1.1. All its texts are upper-case hexadecimal characters (IP-02, IP-03).
type Code struct {
	ClientID string // 1 to 128 characters: it must also fit dskpp:IdentifierType
	Password string // 1 to 255 characters
	Vendor   []TLV  // types 8 to F; nothing here uses them
}

// TLV is a field of an activation code.
type TLV struct {
	Type  byte // a hexadecimal character
	Value string
}

// Types of the fields that RFC 6063 defines.
const (
	typeClientID = '1'
	typePassword = '2'
	typeChecksum = '3'
	hexDigits    = "0123456789ABCDEF"
)

// NewCode makes a code with a random password of the given number of octets
// (two characters each). Ten octets, 80 bits, resist guessing at a captured MAC.
func NewCode(rand io.Reader, clientID string, passwordOctets int) (Code, error) {
	b := make([]byte, passwordOctets)
	if _, err := io.ReadFull(rand, b); err != nil {
		return Code{}, err
	}
	c := Code{ClientID: clientID, Password: strings.ToUpper(hex.EncodeToString(b))}
	return c, c.check()
}

func (c Code) check() error {
	switch {
	case c.ClientID == "" || len(c.ClientID) > maxIdentifier || !isHex(c.ClientID):
		return fmt.Errorf("%w: the client identifier must be 1 to %d hexadecimal characters", ErrCode, maxIdentifier)
	case c.Password == "" || len(c.Password) > 255 || !isHex(c.Password):
		return fmt.Errorf("%w: the password must be 1 to 255 hexadecimal characters", ErrCode)
	}
	for _, v := range c.Vendor {
		if v.Type < '8' || v.Type > 'F' || !isHex(string(v.Type)) || len(v.Value) > 255 || !isHex(v.Value) {
			return fmt.Errorf("%w: a vendor field has a type from 8 to F and hexadecimal characters", ErrCode)
		}
	}
	return nil
}

func isHex(s string) bool { return strings.Trim(s, hexDigits) == "" }

// Bare returns the code without checksum.
func (c Code) Bare() string {
	var b strings.Builder
	for _, f := range append([]TLV{{typeClientID, c.ClientID}, {typePassword, c.Password}}, c.Vendor...) {
		fmt.Fprintf(&b, "%c%02X%s", f.Type, len(f.Value), f.Value)
	}
	return b.String()
}

// String returns the code with its checksum: the form to hand out.
func (c Code) String() string {
	bare := c.Bare()
	return fmt.Sprintf("%s304%04X", bare, crc16(bare))
}

// Human returns the code with checksum in groups of four, for paper and screens.
func (c Code) Human() string {
	s := c.String()
	var groups []string
	for len(s) > 4 {
		groups, s = append(groups, s[:4]), s[4:]
	}
	return strings.Join(append(groups, s), "-")
}

// ParseHuman reads a code as people type it: in any case, with blanks and dashes
// anywhere, with O for 0 and I or L for 1. A checksum is demanded, so that a
// typing error is found before anything is sent: ErrChecksum or ErrCode.
func ParseHuman(s string) (Code, error) {
	typed := strings.NewReplacer(" ", "", "-", "", "\t", "", "\n", "", "\r", "", "\u00a0", "", "–", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(s))
	c, checked, err := parseCode(typed)
	if err == nil && !checked {
		return Code{}, fmt.Errorf("%w: its check digits are missing", ErrCode)
	}
	return c, err
}

// ParseCode reads a code; lower-case characters are taken for upper-case ones. A
// checksum is verified if there is one.
func ParseCode(s string) (Code, error) {
	c, _, err := parseCode(strings.ToUpper(s))
	return c, err
}

func parseCode(s string) (c Code, checked bool, err error) {
	fields, sum, err := splitTLV(s)
	if err != nil {
		return Code{}, false, err
	}
	seen := map[byte]bool{}
	for _, f := range fields {
		if seen[f.Type] {
			return Code{}, false, fmt.Errorf("%w: a field is given twice", ErrCode)
		}
		seen[f.Type] = true
		switch {
		case f.Type == typeClientID:
			c.ClientID = f.Value
		case f.Type == typePassword:
			c.Password = f.Value
		case f.Type == typeChecksum:
			if !strings.EqualFold(f.Value, sum) {
				return Code{}, false, ErrChecksum
			}
		case f.Type >= '8':
			c.Vendor = append(c.Vendor, f)
		default: // 0 and 4 to 7 are left for later revisions (IP-22)
			return Code{}, false, fmt.Errorf("%w: a field of unknown type", ErrCode)
		}
	}
	if err := c.check(); err != nil {
		return Code{}, false, err
	}
	return c, seen[typeChecksum], nil
}

// splitTLV takes the fields apart. sum is the checksum over all but the checksum
// field itself.
func splitTLV(s string) (fields []TLV, sum string, err error) {
	if len(s) > 4096 || !isHex(s) {
		return nil, "", fmt.Errorf("%w: it must be hexadecimal characters", ErrCode)
	}
	var rest strings.Builder
	for len(s) > 0 {
		if len(s) < 3 {
			return nil, "", fmt.Errorf("%w: it ends early", ErrCode)
		}
		n, _ := strconv.ParseUint(s[1:3], 16, 8)
		end := 3 + int(n)
		if len(s) < end {
			return nil, "", fmt.Errorf("%w: it ends early", ErrCode)
		}
		if s[0] != typeChecksum {
			rest.WriteString(s[:end])
		}
		fields = append(fields, TLV{s[0], s[3:end]})
		s = s[end:]
	}
	return fields, fmt.Sprintf("%04X", crc16(rest.String())), nil
}

// CodeFromText makes a code of texts that people chose (section 3.4.1.1): SASLprep,
// UTF-8, hexadecimal characters. See [SASLprep] for nfkc.
func CodeFromText(clientID, password string, nfkc func(string) string) (Code, error) {
	id, err := SASLprep(clientID, nfkc)
	if err != nil {
		return Code{}, err
	}
	pw, err := SASLprep(password, nfkc)
	if err != nil {
		return Code{}, err
	}
	c := Code{ClientID: strings.ToUpper(hex.EncodeToString([]byte(id))), Password: strings.ToUpper(hex.EncodeToString([]byte(pw)))}
	return c, c.check()
}
