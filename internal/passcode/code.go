package passcode

import (
	"bytes"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Kinds of audit records about codes. That a text left is sms.sent.
const (
	AuditWithheld = "passcode.withheld"      // a code was asked for, and none was sent
	AuditLimit    = "passcode.request_limit" // because too many were asked for without a right one
)

// Kind is the kind of outbox messages that stand for a text which is not sent. Its
// handler is [Nothing].
const Kind = "passcode.nothing"

// macSize is the size of the keyed hash of a code.
const macSize = 32

// code is the newest code of a decision, as stored. The rows of somebody who does not
// exist are like all others.
type code struct {
	Customer, Authentication ident.ID
	Policy                   string
	ID                       ident.ID // of this code, and of its text
	Phone                    ident.ID // that it is for; zero when there is none
	Withheld                 Withheld
	Made, Again, Expires     time.Time
	Used                     time.Time

	mac    []byte
	issued int
	prefix string
	key    []byte
}

const codeColumns = "customer, authentication, policy, id, phone, mac, issued, withheld, prefix, last_key, made_at, resend_at, expires_at, used_at"

func (c *code) dest() []any {
	return []any{&c.Customer, &c.Authentication, &c.Policy, &c.ID, &c.Phone, &c.mac, &c.issued, &c.Withheld, &c.prefix, &c.key, &c.Made, &c.Again, &c.Expires, &c.Used}
}

// find returns the newest code of a decision; false when none was asked for.
func find(tx *db.Tx, customer, authentication ident.ID, policy string) (c code, ok bool, err error) {
	err = tx.Row("SELECT "+codeColumns+" FROM passcode_code WHERE customer = $1 AND authentication = $2 AND policy = $3", customer, authentication, policy).Scan(c.dest()...)
	if errors.Is(err, db.ErrNoRow) {
		return code{}, false, nil
	}
	return c, err == nil, err
}

// claim makes the code of a request the newest of its decision. Of many that come at
// once, one does; the others, and those that come before the next code is due, get
// what is there, and false.
func (p *Passcodes) claim(tx *db.Tx, r authenticator.Request, phone ident.ID) (code, bool, error) {
	was, found, err := find(tx, r.Customer, r.Authentication, r.Policy.Code)
	if err != nil || found && !was.due(tx.Now, r.Asking.Key) {
		return was, false, err
	}
	c := code{
		Customer: r.Customer, Authentication: r.Authentication, Policy: r.Policy.Code, ID: ident.New(tx.Now, p.random), Phone: phone,
		Made: tx.Now, Expires: tx.Now.Add(r.Policy.Passcode.TTL), issued: was.issued + 1, key: r.Asking.Key, mac: make([]byte, macSize),
	}
	c.Again = again(r.Policy.Passcode, c.issued, tx.Now)
	won, err := c.put(tx)
	if err == nil && !won {
		c, _, err = find(tx, r.Customer, r.Authentication, r.Policy.Code)
	}
	return c, won, err
}

// due reports whether another code may take this one's place. The same request under
// the same idempotency key gets no second one, however late it is repeated.
func (c *code) due(now time.Time, key []byte) bool {
	return !c.Again.IsZero() && !now.Before(c.Again) && c.Used.IsZero() && (key == nil || !bytes.Equal(c.key, key))
}

// put is the compare-and-swap: from no code, or from the one before.
func (c *code) put(tx *db.Tx) (bool, error) {
	n, err := tx.Exec(`INSERT INTO passcode_code (`+codeColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, '', '', $8, $9, $10, $11, NULL)
		ON CONFLICT (customer, authentication, policy) DO UPDATE SET id = excluded.id, phone = excluded.phone, mac = excluded.mac, issued = excluded.issued,
			withheld = '', prefix = '', last_key = excluded.last_key, made_at = excluded.made_at, resend_at = excluded.resend_at, expires_at = excluded.expires_at
		WHERE passcode_code.issued = excluded.issued - 1 AND passcode_code.used_at IS NULL`,
		c.Customer, c.Authentication, c.Policy, c.ID, c.Phone, c.mac, c.issued, c.key, c.Made, c.Again, c.Expires)
	return n == 1, err
}

// store keeps what became of a code that was just put.
func (c *code) store(tx *db.Tx) error {
	_, err := tx.Exec("UPDATE passcode_code SET mac = $4, withheld = $5, prefix = $6 WHERE customer = $1 AND authentication = $2 AND policy = $3",
		c.Customer, c.Authentication, c.Policy, c.mac, string(c.Withheld), c.prefix)
	return err
}

// even writes the row once more, where others get a row of a text.
func (c *code) even(tx *db.Tx) error {
	_, err := tx.Exec("UPDATE passcode_code SET issued = issued WHERE customer = $1 AND authentication = $2 AND policy = $3", c.Customer, c.Authentication, c.Policy)
	return err
}

// consume spends the code; false when it was spent, replaced or ran out before.
func (c *code) consume(tx *db.Tx) (bool, error) {
	n, err := tx.Exec(`UPDATE passcode_code SET used_at = $5 WHERE customer = $1 AND authentication = $2 AND policy = $3 AND id = $4 AND used_at IS NULL AND expires_at > $5`,
		c.Customer, c.Authentication, c.Policy, c.ID, tx.Now)
	return n == 1, err
}

// challenge is what may be told about a code.
func (c *code) challenge(to string) authenticator.Challenge {
	return authenticator.Challenge{ID: c.ID, Expires: c.Expires, Again: c.Again, To: to, Withheld: string(c.Withheld)}
}

// codeKeep is how long a code stays after it ran out, so that a late one is known as such.
const codeKeep = time.Hour

// Sweep deletes at most n codes that ran out long ago; it returns how many it deleted.
func Sweep(tx *db.Tx, n int) (int64, error) {
	return tx.Exec(`DELETE FROM passcode_code WHERE (customer, authentication, policy) IN
		(SELECT customer, authentication, policy FROM passcode_code WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)`, tx.Now.Add(-codeKeep), n)
}

// Restored is the hook for a database that was restored from a backup: codes in it may
// have been used since, so none may be used again.
func Restored(tx *db.Tx, _ audit.Recovery) error {
	_, err := tx.Exec("DELETE FROM passcode_code")
	return err
}

// Erase deletes the phones and codes of a customer who is erased (customer.Register).
func Erase(tx *db.Tx, customerID ident.ID) error {
	if _, err := tx.Exec("DELETE FROM passcode_code WHERE customer = $1", customerID); err != nil {
		return err
	}
	_, err := tx.Exec("DELETE FROM passcode_phone WHERE customer = $1", customerID)
	return err
}
