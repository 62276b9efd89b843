package password

import (
	"errors"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/policy"
)

// AuditImported is the kind of the audit record of an imported hash.
const AuditImported = "password.imported"

// sealLabel is for ever: it is in the associated data of every sealed hash.
const sealLabel = "password.hash"

// Columns lists the sealed columns of the package.
func Columns() []keyring.Column {
	return []keyring.Column{
		{Label: sealLabel, Table: "password", Key: []string{"customer"}, Column: "sealed"},
		{Label: sealLabel, Table: "password_former", Key: []string{"customer", "generation"}, Column: "sealed"},
		{Label: sealLabel, Table: "registration_part", Key: []string{"customer", "id", "policy"}, Column: "kept"},
	}
}

// Entry is what is known of a customer's password, besides itself.
type Entry struct {
	Imported bool      // the hash is still the one of the server before
	Created  time.Time // when the customer got a password here
	Changed  time.Time // when it became another
	Used     time.Time // last right one; zero: never
	Due      bool      // staff want it replaced before it counts again

	customer   ident.ID
	scheme     string
	generation int64
	sealed     []byte
}

// Find returns what is known of a customer's password; false when there is none.
func Find(tx *db.Tx, customer ident.ID) (e Entry, found bool, err error) {
	e.customer = customer
	err = tx.Row("SELECT sealed, scheme, needs_rehash, generation, created_at, changed_at, used_at, must_change FROM password WHERE customer = $1", customer).
		Scan(&e.sealed, &e.scheme, &e.Imported, &e.generation, &e.Created, &e.Changed, &e.Used, &e.Due)
	if errors.Is(err, db.ErrNoRow) {
		return e, false, nil
	}
	return e, err == nil, err
}

// Import stores a hash that another server made, for a customer who has no password
// here. It reports false, and changes nothing, when there is one.
func (p *Passwords) Import(tx *db.Tx, by audit.Actor, customer ident.ID, h Hash) (bool, error) {
	n, err := tx.Exec(`INSERT INTO password (customer, sealed, scheme, needs_rehash, generation, created_at, changed_at, used_at)
		VALUES ($1, $2, $3, 1, 1, $4, $4, NULL) ON CONFLICT (customer) DO NOTHING`, customer, p.seal(customer, h.text), h.scheme, tx.Now)
	if err != nil || n == 0 {
		return false, err
	}
	_, err = tx.Exec(`INSERT INTO password_scheme (scheme, imported) VALUES ($1, 1)
		ON CONFLICT (scheme) DO UPDATE SET imported = password_scheme.imported + 1`, h.scheme)
	audit.Record(tx, audit.Event{Kind: AuditImported, By: by, Customer: customer, Object: "password", Details: map[string]any{"scheme": h.scheme}})
	return true, err
}

// outdated names the password that must be replaced before it counts; "" when it
// counts as it is.
func (e *Entry) outdated(rules policy.Secret, now time.Time) string {
	if !e.Expired(rules, now) {
		return ""
	}
	return strconv.FormatInt(e.generation, 10)
}

// Expired reports whether the password must be replaced before it counts: staff want
// it, or it is older than the rules allow.
func (e *Entry) Expired(rules policy.Secret, now time.Time) bool {
	return e.Due || rules.MaxAge > 0 && now.Sub(e.Changed) >= rules.MaxAge
}

func (p *Passwords) seal(customer ident.ID, text string) []byte {
	return p.ring.Seal(sealLabel, customer, []byte(text))
}

// consume makes a right password count: it must still be the one that was checked.
// A fresh hash, if there is one, takes the place of the imported one.
func (e *Entry) consume(tx *db.Tx, fresh []byte) (bool, error) {
	const same = " WHERE customer = $1 AND generation = $2"
	if fresh == nil {
		n, err := tx.Exec("UPDATE password SET used_at = $3"+same, e.customer, e.generation, tx.Now)
		return n == 1, err
	}
	n, err := tx.Exec("UPDATE password SET used_at = $3, sealed = $4, needs_rehash = 0"+same, e.customer, e.generation, tx.Now, fresh)
	return n == 1, err
}

// weighted is a scheme of which imported hashes are left.
type weighted struct {
	scheme   string
	imported int64 // ever
}

// schemesLeft lists the schemes of which imported hashes are left.
func schemesLeft(tx *db.Tx) (all []weighted, err error) {
	err = tx.Each(`SELECT scheme, imported FROM password_scheme WHERE EXISTS
		(SELECT 1 FROM password WHERE password.scheme = password_scheme.scheme AND needs_rehash = 1)`, nil, func(r db.Row) error {
		var w weighted
		err := r.Scan(&w.scheme, &w.imported)
		all = append(all, w)
		return err
	})
	return all, err
}
