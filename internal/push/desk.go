package push

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// Config is what a Desk works with; all fields are needed.
type Config struct {
	DB   *db.DB
	Ring *keyring.Ring
	Now  func() time.Time
	// Services are those whose endpoints may be bound; the zero value: pushes are off.
	Services Services
}

// Desk keeps bindings and keys. It is safe for concurrent use. Use New.
type Desk struct {
	Config

	mu   sync.Mutex // one reading of the keys at a time
	seen atomic.Pointer[view]
}

// New returns a desk. It reads nothing yet.
func New(c Config) *Desk { return &Desk{Config: c} }

// On reports whether pushes are sent at all.
func (d *Desk) On() bool { return d.Services.on() }

// Kinds of audit records.
const (
	AuditBound   = "push.bound"
	AuditUnbound = "push.unbound"
	AuditGone    = "push.gone"
	AuditKeyMade = "push.key_made"
	AuditRotated = "push.key_rotated"
)

// Labels of sealed columns and of the keyed hash of endpoints.
const (
	subscriptionLabel = "push.subscription"
	privateLabel      = "push.private"
	endpointLabel     = "push.endpoint"
)

// Columns lists the sealed columns of the package.
func Columns() []keyring.Column {
	return []keyring.Column{
		{Label: subscriptionLabel, Table: "push_binding", Key: []string{"customer", "token"}, Column: "subscription", ID: func(key []any) (id ident.ID) {
			b, _ := key[1].([]byte)
			copy(id[:], b)
			return id
		}},
		{Label: privateLabel, Table: "push_key", Key: []string{"number"}, Column: "private", ID: func(key []any) ident.ID {
			n, _ := key[0].(int64)
			return keyRow(n)
		}},
	}
}

// Erase forgets where the pushes of a closed customer went.
func Erase(tx *db.Tx, customer ident.ID) error {
	_, err := tx.Exec("DELETE FROM push_binding WHERE customer = $1", customer)
	return err
}

// Restored is the hook for a database that was restored from a backup: bindings in it may
// have been ended since by phones that want no pushes any more, so all are forgotten. Phones
// bind again at their next start, and look into their inbox until then.
func Restored(tx *db.Tx, _ audit.Recovery) error {
	_, err := tx.Exec("DELETE FROM push_binding")
	return err
}

func off() *fault.Error {
	return fault.Conflictf("push.off", "This installation sends no pushes. Look into the inbox instead.")
}
