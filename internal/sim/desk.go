package sim

import (
	"io"
	"log/slog"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/outbox"
)

// Kind is the kind of this package's messages in the outbox.
const Kind = "sim.packet"

// Kinds of the audit records of this package.
const (
	AuditImported  = "sim.imported"
	AuditAssigned  = "sim.assigned"  // a card from stock has a number
	AuditMoved     = "sim.moved"     // a number has another card
	AuditSuspended = "sim.suspended" // nothing is sent to a card
	AuditResumed   = "sim.resumed"
	AuditRetired   = "sim.retired" // a card's keys are destroyed
	AuditRaised    = "sim.raised"  // the counters of a card moved up
	AuditSent      = "sim.sent"    // a packet was put on its way
	AuditEnded     = "sim.ended"   // and came to an end
)

// Labels of sealed columns: for ever the same. The first is that of the keyed hash, too.
const (
	msisdnLabel = "sim.msisdn"
	keysLabel   = "sim.keys"
)

// Desk is the messaging server. All fields but Bearers, Watcher and Log are required; Handler
// must be set before anything is sent or comes. It is safe for concurrent use.
type Desk struct {
	DB     *db.DB
	Ring   *keyring.Ring
	Outbox *outbox.Outbox
	Now    func() time.Time
	Rand   io.Reader
	Log    *slog.Logger // where hints and trouble are told; nowhere when nil

	// Bearers are tried in this order; the first that takes a packet has it.
	Bearers []Bearer
	Handler Handler
	Watcher Watcher // nobody is told when nil

	// MaxParts is about how many parts of answers are kept in all, of all numbers; DefaultMaxParts when 0.
	MaxParts int

	stats counters
	turns turns
	rooms allowance
	told  onceAMinute
}

var _ interface {
	outbox.Handler
	outbox.Recorder
	outbox.Undertaker
	Receiver
} = (*Desk)(nil)

// Columns lists the sealed columns of this package, for the rotation of keys.
func Columns() []keyring.Column {
	return []keyring.Column{
		{Label: msisdnLabel, Table: "sim_card", Key: []string{"id"}, Column: "msisdn"},
		{Label: keysLabel, Table: "sim_key_set", Key: []string{"card", "number"}, Column: "keys", ID: func(key []any) (id ident.ID) {
			var card ident.ID
			b, _ := key[0].([]byte)
			copy(card[:], b)
			n, _ := key[1].(int64)
			return keySetID(card, int(n))
		}},
	}
}
