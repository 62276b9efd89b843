package hub

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/evidence"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// Kinds of audit records.
const (
	AuditStarted = "authentication.started"
	AuditRefused = "authentication.refused"
	AuditStep    = "authentication.step_accepted"
	AuditGranted = "authentication.granted"
	AuditDenied  = "authentication.denied"

	AuditOutdated = "authentication.outdated" // a right secret that must be replaced first
	AuditReplaced = "authentication.replaced" // it was
)

// State is how far an authentication has come.
type State string

// States; the transitions are in the package comment.
const (
	Open    State = "open"
	Granted State = "granted"
	Denied  State = "denied"
	Expired State = "expired"
)

// NoSCA is the reason of an authentication that is denied because the proofs
// showed one factor only.
const NoSCA authenticator.Reason = "one_factor"

// Hub runs authentications. Use New.
type Hub struct {
	db       *db.DB
	policies *policy.Book
	methods  map[policy.Method]authenticator.Method
	random   io.Reader
	ring     *keyring.Ring
	handles  *authenticator.Handles
	evidence *evidence.Issuer
	risk     Judge

	exemptions Exempter
	untold     func(context.Context, error)
	walk       walk
	waits      chan struct{} // a place for everybody who waits
	stopping   <-chan struct{}
}

// Config is what a Hub works with; Risk, Exemptions, Untold and Stopping may be left out.
type Config struct {
	DB         *db.DB
	Ring       *keyring.Ring
	Policies   *policy.Book
	Methods    map[policy.Method]authenticator.Method
	Rand       io.Reader
	Evidence   *evidence.Issuer
	Risk       Judge                        // nil: journeys that ask for a judgment step up
	Exemptions Exempter                     // nil: nothing is exempted
	Untold     func(context.Context, error) // is given what kept the engine from learning an outcome; may be nil
	Stopping   <-chan struct{}              // closed when the node stops: nobody waits any longer; nil for never
}

// New returns a hub.
func New(c Config) *Hub {
	return &Hub{
		db: c.DB, policies: c.Policies, methods: c.Methods, random: c.Rand, ring: c.Ring, evidence: c.Evidence, risk: c.Risk, exemptions: c.Exemptions, untold: c.Untold,
		handles: authenticator.NewHandles(c.Ring, "authentication"),
		waits:   make(chan struct{}, maxWaits), stopping: c.Stopping,
	}
}

// Outcome is what is answered about an authentication.
type Outcome struct {
	Handle   string                // its opaque name
	State    State                 // how far it has come
	Step     int                   // which step is awaited, from 1
	Steps    int                   // how many there are
	Policies []string              // the policies of which one will do for the awaited step
	Accepted bool                  // whether the last proof counted; false when there was none
	Reason   authenticator.Reason  // why the last proof did not count; not for the customer
	Outlook  authenticator.Outlook // what further wrong proofs lead to, when the last one was refused; not for the customer
	Replace  string                // the policy whose secret must be replaced before the awaited step counts, because a right one was out of date; "" for none
	Replaced bool                  // whether it was replaced, and no proof came since
	Factors  authenticator.Factor  // what was shown so far
	Asked    *Asked                // what the customer is asked by another way, for the awaited step; nil for nothing. Get and Wait say it
	Signing  []Signing             // what is typed into tokens for the awaited step, where it takes signatures of tokens
	Version  int64                 // of the policy set
	Risk     score.Decision        // of the risk engine, the strictest so far; "" where it is not asked. Not for the customer
	Event    ident.ID              // that the risk engine knows it by; zero where there is none
	Exempt   policy.Exemption      // why it was granted without strong authentication; "" where it was not
	Expires  time.Time
	Customer ident.ID     // whose it was; zero until it is granted
	Payment  payment.Hash // what is to be approved; zero where there is no payment. The answer that grants one carries an assertion, see Granted
}

// method returns who checks the proofs of a policy.
func (h *Hub) method(p policy.Policy) (authenticator.Method, error) {
	m, ok := h.methods[p.Method]
	if !ok {
		return nil, fmt.Errorf("hub: nobody checks the method %q of policy %q", p.Method, p.Code)
	}
	return m, nil
}

// subject returns whose proofs are checked for an authentication under way: its
// customer's, or nobody's once the customer is suspended or closed.
func subject(tx *db.Tx, id ident.ID) (ident.ID, error) {
	c, found, err := customer.Find(tx, id)
	if err == nil && found && c.Status != customer.Active {
		id = ident.Derive("nobody", id.String())
	}
	return id, err
}

// who resolves the customer's number. A number that nobody has gives an id that nobody
// has, and the same one however the number is typed, as with somebody's.
func who(tx *db.Tx, number string) (ident.ID, error) {
	c, found, err := customer.ByNumber(tx, number)
	if err != nil {
		return ident.ID{}, err
	}
	if !found || c.Status != customer.Active {
		if normal, err := customer.Number(number); err == nil {
			number = normal
		}
		return ident.Derive("nobody", number), nil
	}
	return c.ID, nil
}
