package customer

import (
	"errors"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Status is a customer's place in its life.
type Status string

// States of a customer; the transitions are in the package comment.
const (
	Active    Status = "active"
	Suspended Status = "suspended"
	Closed    Status = "closed"
)

// Customer is one person or company that the bank serves.
type Customer struct {
	ID      ident.ID
	Number  string // the bank's customer ID in normal form
	Name    string // for people to recognize; may be empty
	Locale  string // BCP 47 tag of the language to speak, such as "en" or "de-AT"
	Status  Status
	Created time.Time
	Changed time.Time // of the customer's own columns and contacts
	Erased  time.Time // zero: not erased
}

const (
	columns = "id, number, name, locale, status, created_at, changed_at, erased_at"

	maxNumber = 40  // characters
	maxName   = 140 // characters
)

func (c *Customer) dest() []any {
	return []any{&c.ID, &c.Number, &c.Name, &c.Locale, &c.Status, &c.Created, &c.Changed, &c.Erased}
}

// Find returns the customer with the given id; false when there is none.
func Find(tx *db.Tx, id ident.ID) (Customer, bool, error) { return find(tx, "id = $1", id) }

// ByNumber returns the customer with the number that a person typed; false when
// there is none, or when nobody could have such a number.
func ByNumber(tx *db.Tx, typed string) (Customer, bool, error) {
	number, err := Number(typed)
	if err != nil {
		number = "" // nobody's; asking costs the same
	}
	return find(tx, "number = $1", number)
}

func find(tx *db.Tx, where string, arg any) (c Customer, ok bool, err error) {
	err = tx.Row("SELECT "+columns+" FROM customer WHERE "+where, arg).Scan(c.dest()...)
	if errors.Is(err, db.ErrNoRow) {
		return Customer{}, false, nil
	}
	return c, err == nil, err
}

// Number gives the normal form of a customer number as typed: compatibility
// forms folded, digits of every script as ASCII, spaces and hyphens dropped,
// capitals. It has 1 to 40 letters, digits and characters of "._/@". Faults name
// the field /number.
func Number(typed string) (string, error) {
	bad := fault.Invalidf("customer.number", "A customer number has 1 to %d letters, digits or characters of . _ / @.", maxNumber).WithField("/number")
	if len(typed) > 4*maxNumber {
		return "", bad
	}
	var s strings.Builder
	for _, r := range norm.NFKC.String(typed) {
		switch r = asciiDigit(r); {
		case unicode.IsSpace(r) || r == '-' || r == '\u00ad' || '\u2010' <= r && r <= '\u2015':
			continue
		case 'a' <= r && r <= 'z':
			r -= 'a' - 'A'
		case (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._/@", r):
			return "", bad
		}
		s.WriteRune(r)
	}
	if s.Len() == 0 || s.Len() > maxNumber {
		return "", bad
	}
	return s.String(), nil
}

// asciiDigit maps decimal digits of every script to ASCII. Unicode encodes each
// set of them as a run of ten from zero to nine.
func asciiDigit(r rune) rune {
	if r <= unicode.MaxASCII || !unicode.Is(unicode.Nd, r) {
		return r
	}
	for _, g := range unicode.Nd.R16 {
		if lo := rune(g.Lo); lo <= r && r <= rune(g.Hi) {
			return '0' + (r-lo)%10
		}
	}
	for _, g := range unicode.Nd.R32 {
		if lo := rune(g.Lo); lo <= r && r <= rune(g.Hi) { //nolint:gosec // runes fit
			return '0' + (r-lo)%10
		}
	}
	return r
}

// Name gives the normal form of a name: NFC, single spaces, nothing that cannot
// be shown, at most 140 characters. Faults name the field /name.
func Name(s string) (string, error) {
	s = strings.Join(strings.Fields(norm.NFC.String(s)), " ")
	n := 0
	for _, r := range s {
		if n++; n > maxName || !unicode.IsGraphic(r) && r != '\u200c' && r != '\u200d' || r == unicode.ReplacementChar {
			return "", fault.Invalidf("customer.name", "A name has at most %d characters, all of which can be shown.", maxName).WithField("/name")
		}
	}
	return s, nil
}

// nameKey is how a name is searched: without accents, in lower case, and with
// compatibility forms folded.
func nameKey(name string) string {
	s := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) || r == '\u200c' || r == '\u200d' {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(name))
	return strings.Join(strings.Fields(s), " ")
}

// Locale gives the canonical form of a BCP 47 tag; "" becomes "en". Faults name
// the field /locale.
func Locale(s string) (string, error) {
	if s == "" {
		return "en", nil
	}
	tag, err := language.Parse(s)
	if err != nil || len(s) > 35 {
		return "", fault.Invalidf("customer.locale", "The locale is not a language tag such as en or de-AT.").WithField("/locale")
	}
	return tag.String(), nil
}
