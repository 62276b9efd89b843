package vault

import (
	"context"
	"errors"
	"io"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// Kinds of the audit records of this package.
const (
	AuditPortfolioCreated = "vault.portfolio_created"
	AuditPortfolioChanged = "vault.portfolio_changed"
	AuditKeyAdded         = "vault.key_added"
	AuditAccountAdded     = "vault.account_added"
	AuditAccountRenewed   = "vault.account_renewed"
	AuditAccountBlocked   = "vault.account_blocked"
	AuditAccountUnblocked = "vault.account_unblocked"
	AuditAccountClosed    = "vault.account_closed"
	AuditIssued           = "vault.token_issued"
	AuditActivated        = "vault.token_activated"
	AuditSuspended        = "vault.token_suspended"
	AuditResumed          = "vault.token_resumed"
	AuditDeleted          = "vault.token_deleted"
	AuditGranted          = "vault.granted"
)

// Labels of sealed columns and keyed hashes: for ever the same.
const (
	panLabel    = "vault.pan"
	tokenLabel  = "vault.token"
	masterLabel = "vault.master"
)

// Desk is the vault: its methods are the use cases. It is safe for concurrent use. DB, Ring and Rand are required.
type Desk struct {
	DB   *db.DB
	Ring *keyring.Ring
	Rand io.Reader // for ids, token numbers and keys

	// Deleted hears, in the transaction of it, that a token was deleted: whoever keeps something of it forgets it. Nil: nobody.
	Deleted func(*db.Tx, *Token) error
	// Together lists the other devices with which the tokens of a customer pay, by token. Nil: nobody knows any.
	Together func(tx *db.Tx, customer ident.ID) (map[ident.ID][]ident.ID, error)
}

// Columns lists the sealed columns of this package, for the rotation of keys.
func Columns() []keyring.Column {
	first := func(key []any) (id ident.ID) {
		b, _ := key[0].([]byte)
		copy(id[:], b)
		return id
	}
	return []keyring.Column{
		{Label: panLabel, Table: "vault_account", Key: []string{"id"}, Column: "pan", ID: first},
		{Label: tokenLabel, Table: "vault_token", Key: []string{"id"}, Column: "number", ID: first},
		{Label: masterLabel, Table: "vault_key", Key: []string{"id"}, Column: "master", ID: first},
	}
}

func (d *Desk) write(ctx context.Context, f func(*db.Tx) error) error { return d.DB.Write(ctx, f) }

// hash is what a number is found by.
func (d *Desk) hash(label, number string) []byte { return d.Ring.MAC(label, []byte(number)) }

// record leaves the record of an act.
func record(tx *db.Tx, by audit.Actor, kind string, customer, object ident.ID, details map[string]any) {
	audit.Record(tx, audit.Event{Kind: kind, By: by, Customer: customer, Object: object.String(), Details: details})
}

// found turns "no row" into false.
func found(err error) (bool, error) {
	if errors.Is(err, db.ErrNoRow) {
		return false, nil
	}
	return err == nil, err
}
