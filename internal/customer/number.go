package customer

import (
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"
)

// PhoneClass is what kind of line a phone number belongs to, as far as the numbering
// plan of its country tells.
type PhoneClass string

// Classes of phone numbers.
const (
	MobilePhone  PhoneClass = "mobile"
	FixedPhone   PhoneClass = "fixed"
	EitherPhone  PhoneClass = "fixed_or_mobile" // the plan does not tell them apart
	PremiumPhone PhoneClass = "premium"         // whoever calls pays its owner, shared-cost numbers too
	VoIPPhone    PhoneClass = "voip"            // taken on the Internet within minutes, by anybody
	OtherPhone   PhoneClass = "other"           // free of charge, pagers, personal numbers, voice mail, companies
	UnknownPhone PhoneClass = "unknown"         // in nobody's plan
)

// PhoneNumber is a phone number with what its form says.
type PhoneNumber struct {
	E164    string
	Country string // ISO 3166 code; "" when the number belongs to none
	Class   PhoneClass
}

// Texts reports whether a text message to the number can arrive and costs its owner
// nothing: those of other classes are never texted.
func (n PhoneNumber) Texts() bool { return n.Class == MobilePhone || n.Class == EitherPhone }

// maxPhoneText bounds what is typed as a phone number, in bytes.
const maxPhoneText = 100

// ReadPhone reads a phone number in whatever form people write it: with spaces, points,
// brackets, full-width or other digits, "(0)" behind the country code, or as a link (RFC 3966,
// section 5.1.4: tel: and a global number). Region is the country whose numbers need no
// country code (ISO 3166); "" for none. It reports false for what no country's numbering
// plan could hold. Letters and extensions are refused.
func ReadPhone(typed, region string) (n PhoneNumber, ok bool) {
	if n, ok = readPhone(typed, region); ok || len(typed) > maxPhoneText {
		return n, ok
	}
	// A zero in brackets is left out behind the country code, but for some countries, such as
	// Italy, it belongs there: so that is tried first.
	if before, after, found := strings.Cut(norm.NFKC.String(typed), "(0)"); found {
		return readPhone(before+" "+after, region)
	}
	return n, false
}

func readPhone(typed, region string) (n PhoneNumber, ok bool) {
	s, ok := dialed(typed)
	if !ok || !strings.HasPrefix(s, "+") && region == "" {
		return n, false
	}
	if region == "" {
		region = "ZZ" // no country
	}
	p, err := phonenumbers.Parse(s, region)
	if err != nil || !phonenumbers.IsPossibleNumber(p) {
		return n, false
	}
	n = PhoneNumber{E164: phonenumbers.Format(p, phonenumbers.E164), Country: phonenumbers.GetRegionCodeForNumber(p), Class: classOf(p)}
	if len(n.E164) < 8 || len(n.E164) > 16 || !stable(n.E164) {
		return PhoneNumber{}, false
	}
	if n.Country == "001" || n.Country == "ZZ" { // satellites and other networks of no country
		n.Country = ""
	}
	return n, true
}

// stable reports whether a number is read as itself again. Some that no country gives away,
// such as +27000000, lose another zero each time.
func stable(e164 string) bool {
	p, err := phonenumbers.Parse(e164, "ZZ")
	return err == nil && phonenumbers.IsPossibleNumber(p) && phonenumbers.Format(p, phonenumbers.E164) == e164
}

// dialed leaves the plus sign and the digits of what was typed, and what separates
// them; false when there is anything else.
func dialed(typed string) (string, bool) {
	if len(typed) > maxPhoneText {
		return "", false
	}
	typed = strings.TrimSpace(norm.NFKC.String(typed))
	if scheme, number, found := strings.Cut(typed, ":"); found && strings.EqualFold(scheme, "tel") && strings.HasPrefix(number, "+") {
		typed = number
	}
	var b strings.Builder
	for _, r := range typed {
		switch r = asciiDigit(r); {
		case '0' <= r && r <= '9':
			b.WriteRune(r)
		case r == '+' && b.Len() == 0:
			b.WriteRune(r)
		case unicode.IsSpace(r) || strings.ContainsRune("-./()\u00ad\u2010\u2011\u2012\u2013", r):
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
		case r == '\u202a' || r == '\u202c' || r == '\u200e': // what copying from a list of contacts brings along
		default:
			return "", false
		}
	}
	return b.String(), true
}

func classOf(p *phonenumbers.PhoneNumber) PhoneClass {
	switch phonenumbers.GetNumberType(p) { //nolint:exhaustive // the rest is other
	case phonenumbers.MOBILE:
		return MobilePhone
	case phonenumbers.FIXED_LINE:
		return FixedPhone
	case phonenumbers.FIXED_LINE_OR_MOBILE:
		return EitherPhone
	case phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST:
		return PremiumPhone
	case phonenumbers.VOIP:
		return VoIPPhone
	case phonenumbers.UNKNOWN:
		return UnknownPhone
	}
	return OtherPhone
}
