package registration

import (
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// State is how far a registration has come.
type State string

// States of a registration; the transitions are in the package comment.
const (
	Begun     State = "begun"
	Reserved  State = "reserved"
	Done      State = "done"
	Abandoned State = "abandoned"
)

// row is a registration as stored.
type row struct {
	customer, id, code ident.ID
	policy, channel    string
	state              State
	device             ident.ID
	question           string
	created, expires   time.Time
	ended              time.Time
}

const rowColumns = "customer, id, code, policy, channel, state, device, question, created_at, expires_at, ended_at"

func (r *row) dest() []any {
	return []any{&r.customer, &r.id, &r.code, &r.policy, &r.channel, &r.state, &r.device, &r.question, &r.created, &r.expires, &r.ended}
}

func (r *row) open(now time.Time) bool {
	return (r.state == Begun || r.state == Reserved) && !now.After(r.expires)
}

// load returns a registration; false when there is none.
func load(tx *db.Tx, customer, id ident.ID) (r row, found bool, err error) {
	return one(tx, "customer = $1 AND id = $2", customer, id)
}

// current returns the customer's registration for a policy that has not ended,
// run out or not.
func current(tx *db.Tx, customer ident.ID, policyCode string) (row, bool, error) {
	return one(tx, "customer = $1 AND policy = $2 AND state IN ('begun', 'reserved')", customer, policyCode)
}

func one(tx *db.Tx, where string, args ...any) (r row, found bool, err error) {
	err = tx.Row("SELECT "+rowColumns+" FROM registration WHERE "+where, args...).Scan(r.dest()...)
	if errors.Is(err, db.ErrNoRow) {
		return r, false, nil
	}
	return r, err == nil, err
}

func (r *row) insert(tx *db.Tx) error {
	_, err := tx.Exec("INSERT INTO registration ("+rowColumns+") VALUES ($1, $2, $3, $4, $5, $6, NULL, '', $7, $8, NULL)",
		r.customer, r.id, r.code, r.policy, r.channel, string(r.state), r.created, r.expires)
	return err
}

// move is the compare-and-swap from the state that was read.
func (r *row) move(tx *db.Tx, to State, device ident.ID, question string) (bool, error) {
	var ended time.Time
	if to == Done || to == Abandoned {
		ended = tx.Now
	}
	n, err := tx.Exec(`UPDATE registration SET state = $4, device = $5, question = $6, ended_at = $7
		WHERE customer = $1 AND id = $2 AND state = $3 AND (device IS NULL OR device = $8)`,
		r.customer, r.id, string(r.state), string(to), device, question, ended, r.device)
	if err == nil && n == 1 {
		r.state, r.device, r.question, r.ended = to, device, question, ended
	}
	return n == 1, err
}

// record adds an audit record about the registration.
func (r *row) record(tx *db.Tx, kind string, by audit.Actor, details map[string]any) {
	audit.Record(tx, audit.Event{Kind: kind, By: by, Customer: r.customer, Object: "registration:" + r.id.String(), Details: details})
}
