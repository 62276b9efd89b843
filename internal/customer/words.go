package customer

import (
	"strings"
	"unicode"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Words returns what is known of a customer that no password may be made of: number,
// name, telephone numbers, and addresses by their parts. It returns none of
// a customer who does not exist.
func (r *Register) Words(tx *db.Tx, id ident.ID) (words []string, err error) {
	c, found, err := Find(tx, id)
	if err != nil || !found {
		return nil, err
	}
	words = append(strings.Fields(c.Name), c.Number)
	contacts, err := r.ContactsOf(tx, id)
	for _, k := range contacts {
		words = append(words, strings.FieldsFunc(k.Value, func(x rune) bool { return unicode.IsSpace(x) || strings.ContainsRune("@,;:/", x) })...)
	}
	return words, err
}
