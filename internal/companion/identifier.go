package companion

import (
	"encoding/hex"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/fault"
)

// IdentifierKind says what an identifier is (DI-2).
type IdentifierKind string

// The kinds of identifiers.
const (
	Serial   IdentifierKind = "serial"
	Alias    IdentifierKind = "alias"
	IP       IdentifierKind = "ip"
	MAC      IdentifierKind = "mac"
	MSISDN   IdentifierKind = "msisdn"
	IMSI     IdentifierKind = "imsi"
	IMEI     IdentifierKind = "imei"
	IRK      IdentifierKind = "irk" // identity resolving key of Bluetooth: it resolves rotating addresses
	Variable IdentifierKind = "variable"
	Fixed    IdentifierKind = "fixed" // other characters that never change
)

// IdentifierKinds lists all kinds of identifiers.
func IdentifierKinds() []IdentifierKind {
	return []IdentifierKind{Serial, Alias, IP, MAC, MSISDN, IMSI, IMEI, IRK, Variable, Fixed}
}

// maxIdentifier is the longest identifier, in characters.
const maxIdentifier = 128

// Identifier names a device towards the devices around it.
type Identifier struct {
	Kind  IdentifierKind
	Value string // in normal form
}

var (
	digits15 = regexp.MustCompile(`^[0-9]{14,16}$`)
	digitsSI = regexp.MustCompile(`^[0-9]{6,15}$`)
)

// Normal returns the identifier in the form in which equal ones are equal. The fault
// "companion.identifier" (Invalid) says what is wrong with it.
//
// A MAC address whose second digit is 2, 6, A or E was made up by the device and changes (IEEE
// 802, section 8.2): it names nothing, so it is refused; use the identity resolving key or another
// identifier.
func (i Identifier) Normal() (Identifier, error) {
	v := strings.TrimSpace(norm.NFKC.String(i.Value))
	bad := func(hint string) (Identifier, error) {
		return i, fault.Invalidf("companion.identifier", "This is no %s: %s", i.Kind, hint).WithField("/identifiers")
	}
	if v == "" || utf8.RuneCountInString(v) > maxIdentifier || strings.ContainsFunc(v, func(r rune) bool { return !unicode.IsGraphic(r) || r == unicode.ReplacementChar }) {
		return bad("it must have 1 to 128 characters that can be shown.")
	}
	switch i.Kind {
	case MAC:
		hw, err := net.ParseMAC(v)
		switch {
		case err != nil || len(hw) != 6 && len(hw) != 8:
			return bad("give 6 or 8 octets, such as 00:1A:7D:DA:71:13.")
		case hw[0]&2 != 0:
			return bad("this address was made up by the device and will change. Give its permanent address, its identity resolving key, or its serial number.")
		case hw[0]&1 != 0:
			return bad("this is a group address.")
		}
		v = strings.ToUpper(hw.String())
	case IP:
		a, err := netip.ParseAddr(v)
		if err != nil {
			return bad("give an IPv4 or IPv6 address.")
		}
		v = a.Unmap().WithZone("").String()
	case MSISDN:
		n, ok := customer.ReadPhone(v, "")
		if !ok {
			return bad("give the phone number with its country, such as +43 664 1234567.")
		}
		v = n.E164
	case IMEI:
		v = strings.NewReplacer(" ", "", "-", "", "/", "").Replace(v)
		if !digits15.MatchString(v) {
			return bad("give its 15 digits.")
		}
		v = v[:14] // the check digit and the software version are not the device
	case IMSI:
		if !digitsSI.MatchString(v) {
			return bad("give 6 to 15 digits.")
		}
	case IRK:
		v = strings.NewReplacer(" ", "", ":", "").Replace(v)
		if b, err := hex.DecodeString(v); err != nil || len(b) != 16 {
			return bad("give its 16 octets in hexadecimal.")
		}
		v = strings.ToUpper(v)
	case Serial:
		v = strings.ToUpper(strings.Join(strings.Fields(v), ""))
	case Alias, Variable, Fixed:
	default:
		return i, fault.Invalidf("companion.identifier_kind", "Unknown kind of identifier; use one of %s.", words(IdentifierKinds())).WithField("/identifiers")
	}
	return Identifier{i.Kind, v}, nil
}

// words joins what people may choose from.
func words[T ~string](all []T) string {
	s := make([]string, len(all))
	for i, x := range all {
		s[i] = string(x)
	}
	return strings.Join(s, ", ")
}
