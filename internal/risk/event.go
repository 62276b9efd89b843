package risk

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// State is where an event is in its life.
type State string

// The states.
const (
	Created   State = "created"
	Signed    State = "signed"
	Completed State = "completed"
	Rejected  State = "rejected"
)

// Label is what people found an event to be.
type Label string

// The labels.
const (
	Unlabeled  Label = ""
	Fraud      Label = "fraud"
	Legitimate Label = "legitimate"
)

// Assessment is the answer to a call that judges.
type Assessment struct {
	ID           ident.ID // to continue with; zero when nothing could be stored
	State        State
	Result       score.Result
	Items        []score.Item // the payments of a batch, each with its score
	RulesVersion int64
	Shadow       []string        // codes of rules in the shadow that would have fired
	Failures     []score.Failure // rules that could not be evaluated
	Repeated     bool            // the caller's id was used before: this is the answer from then
}

// Event is a stored event.
type Event struct {
	Customer  ident.ID
	ID        ident.ID
	Kind      string
	Reference string   // the caller's
	Session   ident.ID // of a payment or action; zero for none
	State     State
	Result    score.Result
	Facts     score.Facts
	Models    []score.Term // what the models said
	Rules     int64        // version
	Shadow    []string
	Failures  []score.Failure
	Item      string // what it was signed with
	Learned   bool
	Label     Label
	Created   time.Time
	SignedAt  time.Time
	Closed    time.Time
	Labeled   time.Time

	request []byte
	address []byte // sealed
}

// notes are what the rules said besides the result.
type notes struct {
	Shadow   []string        `json:"shadow,omitempty"`
	Failures []score.Failure `json:"failures,omitempty"`
}

const eventColumns = `customer, id, kind, reference, request, session, state, result, facts, models, rules, notes, address, item, learned, label,
	created_at, signed_at, closed_at, labeled_at`

func (e *Event) scan(r interface{ Scan(dest ...any) error }) error {
	var state, label, result, facts, models, n string
	err := r.Scan(&e.Customer, &e.ID, &e.Kind, &e.Reference, &e.request, &e.Session, &state, &result, &facts, &models, &e.Rules, &n, &e.address, &e.Item, &e.Learned, &label,
		&e.Created, &e.SignedAt, &e.Closed, &e.Labeled)
	if err != nil {
		return err
	}
	e.State, e.Label = State(state), Label(label)
	var said notes
	for _, x := range []struct {
		text string
		to   any
	}{{result, &e.Result}, {facts, &e.Facts}, {models, &e.Models}, {n, &said}} {
		if err := json.Unmarshal([]byte(x.text), x.to); err != nil {
			return fault.New(fault.Internal, "risk.damaged", "A stored event cannot be read.").WithCause(err)
		}
	}
	e.Shadow, e.Failures = said.Shadow, said.Failures
	return nil
}

// find reads an event; the fault "risk.unknown" (NotFound) when there is none.
func find(tx *db.Tx, customer, id ident.ID) (e Event, err error) {
	err = e.scan(tx.Row("SELECT "+eventColumns+" FROM risk_event WHERE customer = $1 AND id = $2", customer, id))
	if errors.Is(err, db.ErrNoRow) {
		return e, fault.NotFoundf("risk.unknown", "The customer has no such event.")
	}
	return e, err
}

// assessment is the answer from when the event was judged.
func (e *Event) assessment(repeated bool) Assessment {
	return Assessment{
		ID: e.ID, State: e.State, Result: e.Result, Items: e.Facts.Items, RulesVersion: e.Rules, Shadow: e.Shadow, Failures: e.Failures, Repeated: repeated,
	}
}

// text writes JSON for a column. What is written here can always be written.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic("risk: " + err.Error())
	}
	return string(b)
}
