package mobileid

import (
	"strings"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// Labels of what is sealed, and of keyed hashes.
const (
	numberLabel = "mobileid.number"
	spamLabel   = "mobileid.spam"
	personLabel = "mobileid.person"
)

// Bounds of a phone number as it is given (FiCom: 3 to 16 characters, and people's blanks).
const minNumber, maxNumber = 3, 32

// Number gives the normal form of a phone number: E.164 with "+". Providers give it with or
// without "+" and always with the country code; what begins with 0 is read as people of the
// region (ISO 3166; "" for none) type it. The fault "mobileid.number" (Invalid) names the field
// /number.
func Number(typed, region string) (string, error) {
	s := strings.TrimSpace(typed)
	if len(s) < minNumber || len(s) > maxNumber {
		return "", badNumber()
	}
	if s[0] != '+' && s[0] != '0' && s[0] != '(' {
		if n, ok := customer.ReadPhone("+"+s, ""); ok && n.Texts() {
			return n.E164, nil
		}
	}
	if strings.HasPrefix(s, "00") {
		if n, ok := customer.ReadPhone("+"+s[2:], ""); ok && n.Texts() {
			return n.E164, nil
		}
	}
	n, ok := customer.ReadPhone(s, region)
	if !ok || !n.Texts() {
		return "", badNumber()
	}
	return n.E164, nil
}

func badNumber() error {
	return fault.Invalidf("mobileid.number", "This is no number of a mobile phone: give it with its country code, such as +41791234567.").WithField("/number")
}

// mask shows enough of a number to tell one's own apart: "+41 ••• 67".
func mask(number string) string {
	return customer.Contact{Kind: customer.Phone, Value: number}.Masked()
}

// tagOf is the keyed hash by which a number, or another name of somebody, is found.
func (d *Desk) tagOf(kind, name string) []byte {
	return d.Ring.MAC(numberLabel, []byte(kind), []byte(name))
}

// Columns lists the sealed columns of this package, for the rotation of keys.
func Columns() []keyring.Column {
	return []keyring.Column{{
		Label: numberLabel, Table: "mobile_id", Key: []string{"customer", "id"}, Column: "sealed",
		ID: func(key []any) (id ident.ID) {
			b, _ := key[1].([]byte)
			copy(id[:], b)
			return id
		},
	}}
}
