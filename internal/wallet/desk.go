package wallet

import (
	"io"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/vault"
)

// Kinds of the audit records of this package.
const (
	AuditAdded    = "wallet.added"
	AuditStoodIn  = "wallet.stood_in"
	AuditReleased = "wallet.released"
	AuditWrongPIN = "wallet.wrong_pin"
	AuditCopied   = "wallet.copied" // a payment that the device does not know
)

// Tries is how many wrong PINs in a row end that the server stands in.
const Tries = 5

// Labels of sealed and hashed values: for ever the same.
const (
	boxLabel    = "wallet.box"
	letterLabel = "wallet.letter"
	pinLabel    = "wallet.pin"
)

// Desk answers devices: its methods run in the transaction that takes a device's message. It is safe for concurrent use. All fields but
// Posted are required.
type Desk struct {
	Ring       *keyring.Ring
	Vault      *vault.Desk
	Companions *companion.Desk
	Rand       io.Reader
	// Paid lists the transaction counters of the right cryptograms of a token that came since a moment, such as issuing.Counters.
	Paid func(tx *db.Tx, token ident.ID, since time.Time) ([]int, error)
	// Added hears, in the transaction of it, that a device got a token, such as to tell its owner. Nil: nobody does.
	Added func(tx *db.Tx, by audit.Actor, a Added) error
	// Posted hears that a letter waits for a device, such as to wake it. Nil: nobody does.
	Posted func(tx *db.Tx, customer, device, letter ident.ID) error
}

// Columns lists the sealed columns of this package, for the rotation of keys.
func Columns() []keyring.Column {
	return []keyring.Column{
		{Table: "wallet_set", Column: "box", Label: boxLabel, Key: []string{"token"}},
		{Table: "wallet_letter", Column: "body", Label: letterLabel, Key: []string{"id"}},
	}
}

// primary refuses a device that gets no credentials: the fault "companion.role" (Denied) for one without a transaction application, or
// whose owner does not let it pay; "wallet.fresh" (Denied) while it is in its quarantine.
func primary(tx *db.Tx, c *companion.Companion) error {
	switch {
	case !c.May(companion.Primary):
		return fault.Deniedf("companion.role", "This device makes no payments: it has no transaction application, or its owner does not let it.")
	case c.Fresh(tx.Now):
		return fault.Deniedf("wallet.fresh", "This device was registered a short while ago. It can pay from %s on.", c.Counts.UTC().Format("2006-01-02 15:04 MST"))
	}
	return nil
}

// own returns a token that the device holds: the fault "wallet.token" (NotFound) is for every other one.
func own(tx *db.Tx, c *companion.Companion, id []byte) (vault.Token, error) {
	none := fault.NotFoundf("wallet.token", "This device has no such token.")
	if len(id) != len(ident.ID{}) {
		return vault.Token{}, none
	}
	t, err := vault.Get(tx, ident.ID(id))
	if fault.Is(err, "vault.token") || err == nil && (t.Customer != c.Customer || t.Device != c.ID || t.Status == vault.Deleted) {
		return t, none
	}
	return t, err
}

func record(tx *db.Tx, kind string, c *companion.Companion, token ident.ID, details map[string]any) {
	if details == nil {
		details = map[string]any{}
	}
	details["device"] = c.ID
	audit.Record(tx, audit.Event{Kind: kind, By: audit.Customer(c.Customer), Customer: c.Customer, Object: token.String(), Details: details})
}
