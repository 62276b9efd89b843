package customer

import (
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// Kind says how a contact reaches the customer.
type Kind string

// Kinds of contacts.
const (
	Phone Kind = "phone" // E.164: +4791234567
	Email Kind = "email"
	Post  Kind = "post" // a postal address of several lines
)

// MaxContacts is how many contacts a customer can have.
const MaxContacts = 20

// Contact is one way to reach a customer. Its value is personal data: pages
// mask it unless the reader may see it ([Contact.Masked]).
type Contact struct {
	ID       ident.ID
	Kind     Kind
	Value    string // normal form
	Created  time.Time
	Verified time.Time // zero: not verified
}

// contactLabel is for ever: it is in the associated data of every sealed contact.
const contactLabel = "customer.contact"

// Columns are the sealed columns of this package, for key rotation.
func Columns() []keyring.Column {
	return []keyring.Column{{
		Label: contactLabel, Table: "contact", Key: []string{"customer", "id"}, Column: "sealed",
		ID: func(key []any) (id ident.ID) {
			b, _ := key[1].([]byte)
			copy(id[:], b)
			return id
		},
	}}
}

// Normal gives the normal form of a value as typed. Faults name the field /value.
func (k Kind) Normal(typed string) (string, error) {
	var s string
	switch {
	case len(typed) > 2000:
	case k == Phone:
		s = phone(typed)
	case k == Email:
		s = email(typed)
	case k == Post:
		s = post(typed)
	default:
		return "", fault.Invalidf("customer.contact_kind", "A contact is a phone, an email or a post.").WithField("/kind")
	}
	if s == "" {
		return "", fault.Invalidf("customer.contact", "%s", hints[k]).WithField("/value")
	}
	return s, nil
}

var hints = map[Kind]string{
	Phone: "The phone number is not in international form: write + and the country code first, 7 to 15 digits in all, such as +47 912 34 567.",
	Email: "The e-mail address is not right: it has a name, one @ and a domain with a point.",
	Post:  "The postal address is empty, longer than 500 characters, or has characters that cannot be shown.",
}

// phone gives E.164 (ITU-T E.164, section 6), of a length that the numbering plan of
// its country has.
func phone(typed string) string {
	n, _ := ReadPhone(typed, "")
	return n.E164
}

// email lowers the whole address. Mailboxes that differ in case alone are
// allowed by RFC 5321, section 2.4, and given out by nobody.
func email(typed string) string {
	s := strings.ToLower(norm.NFKC.String(strings.TrimSpace(typed)))
	local, domain, ok := strings.Cut(s, "@")
	bad := func(r rune) bool {
		return !unicode.IsGraphic(r) || unicode.IsSpace(r) || strings.ContainsRune(`@,;:<>()[]"\`, r)
	}
	switch {
	case !ok || local == "" || len(local) > 64 || len(s) > 254 || strings.ContainsFunc(local+domain, bad):
		return ""
	case !strings.Contains(domain, ".") || strings.HasPrefix(domain, ".") || strings.HasSuffix(domain, ".") || strings.Contains(domain, ".."):
		return ""
	}
	return s
}

// post keeps the lines of an address and cleans each.
func post(typed string) string {
	var lines []string
	n := 0
	for line := range strings.Lines(norm.NFC.String(typed)) {
		line = strings.Join(strings.Fields(line), " ")
		for _, r := range line {
			if n++; n > 500 || !unicode.IsGraphic(r) {
				return ""
			}
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// Masked returns the value as it may be shown to somebody who need not know it
// (SCA-20): "+47 ••• 67", "k•••@example.com", and nothing of a postal address.
func (c Contact) Masked() string {
	switch c.Kind {
	case Phone:
		if len(c.Value) > 5 {
			return c.Value[:3] + " ••• " + c.Value[len(c.Value)-2:]
		}
	case Post:
	case Email:
		if local, domain, ok := strings.Cut(c.Value, "@"); ok && local != "" {
			r := []rune(local)
			return string(r[:1]) + "•••@" + domain
		}
	}
	return "•••"
}
