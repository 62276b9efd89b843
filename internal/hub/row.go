package hub

import (
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// row is an authentication as stored.
type row struct {
	customer, id     ident.ID
	client           string // who started it
	purpose, channel string
	payment          payment.Hash // of what is to be paid; zero when there is nothing
	policies         int64        // version of the policy set it was last decided under
	state            State
	version          int  // counts changes of the row; 0: not stored yet
	keyed            bool // the id was made from an idempotency key; not stored
	step             int  // steps completed
	factors          authenticator.Factor
	proofs           []shown // those that completed steps
	keys             keys    // idempotency keys of its proofs, in the column last_key
	result           string  // of the last proof: "accepted", "refused", or ""
	reason           authenticator.Reason
	outlook          authenticator.Outlook // of the counter, after a refused proof
	renewing         renewal               // what must be replaced before the awaited step counts
	grounds          Grounds               // of an exemption
	created, expires time.Time
	ended            time.Time

	barred  bool            // the channel is closed to the customer; not stored, see closed
	subject ident.ID        // whose proofs are checked; not stored, see the function
	paid    payment.Payment // what is to be paid; in a table of its own, see loadPayment
	risk    judgment        // of the risk engine; in a table of its own, see loadRest
}

// Results of a proof, as stored.
const (
	accepted = "accepted"
	refused  = "refused"
	replaced = "replaced" // no proof came after what it was to be shown with was replaced
)

const columns = `customer, id, client, purpose, channel, payment_hash, policy_version, state, version, step, factors,
	last_key, last_result, last_reason, created_at, expires_at, ended_at, proofs,
	last_left, last_permanent, renewing, grounds`

// load reads an authentication that by has started; to everybody else there is none.
func load(tx *db.Tx, by audit.Actor, customerID, id ident.ID) (r row, found bool, err error) {
	return scanned(tx.Row("SELECT "+columns+" FROM authentication WHERE customer = $1 AND id = $2 AND client = $3", customerID, id, by.String()))
}

// loadAny reads an authentication of a customer, whoever has started it.
func loadAny(tx *db.Tx, customerID, id ident.ID) (r row, found bool, err error) {
	return scanned(tx.Row("SELECT "+columns+" FROM authentication WHERE customer = $1 AND id = $2", customerID, id))
}

func scanned(from db.Row) (r row, found bool, err error) {
	var factors int
	var proofs, grounds string
	err = from.Scan(
		&r.customer, &r.id, &r.client, &r.purpose, &r.channel, &r.payment, &r.policies, &r.state, &r.version, &r.step, &factors,
		(*[]byte)(&r.keys), &r.result, &r.reason, &r.created, &r.expires, &r.ended, &proofs, &r.outlook.Left, &r.outlook.Permanent, &r.renewing, &grounds)
	r.factors = authenticator.Factor(factors) //nolint:gosec // three bits
	if errors.Is(err, db.ErrNoRow) {
		return r, false, nil
	}
	if err == nil {
		r.proofs, err = parseShown(proofs)
	}
	if err == nil {
		r.grounds, err = parseGrounds(grounds)
	}
	return r, err == nil, err
}

// over reports whether no proof is taken any more. One whose steps were begun
// under other policies is: what was shown then may not be what its steps ask for now.
func (r *row) over(now time.Time, version int64) bool {
	return r.state != Open || now.After(r.expires) || r.step > 0 && r.policies != version
}

// Statements that add a row. An id made from a client's key may be there already;
// a fresh one is not, and its statement is so plain that db can send those of
// many units as one.
const (
	insertFresh = "INSERT INTO authentication (" + columns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`
	insertKeyed = insertFresh + " ON CONFLICT (customer, id) DO NOTHING"
)

// insert adds the row; false when there is one with its id already.
func (r *row) insert(tx *db.Tx) (bool, error) {
	r.version = 1
	sql := insertFresh
	if r.keyed {
		sql = insertKeyed
	}
	n, err := tx.Exec(sql,
		r.customer, r.id, r.client, r.purpose, r.channel, r.payment, r.policies, string(r.state), r.version, r.step, int(r.factors),
		[]byte(r.keys), r.result, string(r.reason), r.created, r.expires, r.ended, shownText(r.proofs), r.outlook.Left, r.outlook.Permanent, string(r.renewing), r.grounds.text())
	if n == 1 && err == nil {
		err = errors.Join(r.keepPayment(tx), r.keepRisk(tx))
	}
	return n == 1, err
}

// update is the compare-and-swap from the version that was read.
func (r *row) update(tx *db.Tx) (bool, error) {
	n, err := tx.Exec(`UPDATE authentication SET policy_version = $4, state = $5, version = version + 1, step = $6, factors = $7,
		last_key = $8, last_result = $9, last_reason = $10, ended_at = $11, proofs = $12,
		last_left = $13, last_permanent = $14, renewing = $15 WHERE customer = $1 AND id = $2 AND version = $3`,
		r.customer, r.id, r.version, r.policies, string(r.state), r.step, int(r.factors), []byte(r.keys), r.result, string(r.reason), r.ended, shownText(r.proofs),
		r.outlook.Left, r.outlook.Permanent, string(r.renewing))
	if n == 1 && err == nil {
		err = r.keepRisk(tx)
	}
	return n == 1, err
}

// journey returns what the authentication asks for under set.
func (r *row) journey(set *policy.Set) (policy.Journey, error) {
	j, known := set.Journey(r.purpose, r.channel)
	if !known {
		return j, fault.Invalidf("authentication.journey", "There is no journey for the purpose %q on the channel %q.", r.purpose, r.channel)
	}
	return j, nil
}

// settled moves the row by the result of a proof.
func (r *row) settled(now time.Time, a attempt, got authenticator.Result) {
	r.policies, r.reason, r.outlook, r.result, r.renewing = a.set.Version, got.Reason, got.Outlook, refused, ""
	if got.Reason != authenticator.Accepted {
		return
	}
	if a.finding.Outdated != "" {
		r.reason, r.renewing = authenticator.Outdated, renewal(a.request.Policy.Code+" "+a.finding.Outdated)
		return
	}
	r.result = accepted
	r.show(a.request.Policy, a.finding)
	r.factors |= a.finding.Factors
	r.step++
	blocked := r.risk.decision == score.Block
	if next := a.journey.Judged(r.shown(), r.risk.up()); !next.Done && !blocked {
		return
	}
	r.ended = now
	two := a.journey.SCA || r.risk.up() && len(a.journey.Risk.StepUp) == 0
	switch {
	case blocked:
		r.state, r.reason = Denied, Blocked
	case two && !r.factors.Independent():
		r.state, r.reason = Denied, NoSCA
	default:
		r.state = Granted
	}
}

// record adds the audit record of a proof.
func (r *row) record(tx *db.Tx, by audit.Actor, policyCode string, device ident.ID) {
	kind := AuditRefused
	if r.result == accepted {
		kind = map[State]string{Open: AuditStep, Granted: AuditGranted, Denied: AuditDenied}[r.state]
	} else if r.reason == authenticator.Outdated {
		kind = AuditOutdated
	}
	audit.Record(tx, audit.Event{Kind: kind, By: by, Customer: r.customer, Object: "authentication:" + r.id.String(), Details: detail{
		Purpose: r.purpose, Channel: r.channel, Payment: r.payment.String(), Policy: policyCode, Version: r.policies, Reason: r.reason, Device: device.String(), Factors: r.factors.String(), Risk: r.risk.decision, Exempt: r.risk.exempt, Event: r.risk.event.String(),
	}})
}

// detail is what the audit log keeps of a proof.
type detail struct {
	Purpose string               `json:"purpose"`
	Channel string               `json:"channel"`
	Payment string               `json:"payment,omitempty"` // its hash
	Policy  string               `json:"policy"`
	Version int64                `json:"policy_version"`
	Reason  authenticator.Reason `json:"reason,omitempty"`
	Device  string               `json:"device,omitempty"`
	Factors string               `json:"factors,omitempty"`
	Risk    score.Decision       `json:"risk,omitempty"`
	Event   string               `json:"risk_event,omitempty"` // by which the risk engine knows where it was from
	Exempt  policy.Exemption     `json:"exempt,omitempty"`
	Grounds *Grounds             `json:"grounds,omitempty"`
}

// outcome tells what is known about the row at the moment now.
func (h *Hub) outcome(r *row, now time.Time) Outcome {
	o := Outcome{
		Handle: h.handles.Seal(r.customer, r.id), State: r.state, Step: r.step + 1, Factors: r.factors, Version: r.policies, Expires: r.expires,
		Accepted: r.result == accepted, Replaced: r.result == replaced, Reason: r.reason, Outlook: r.outlook, Payment: r.payment,
		Risk: r.risk.decision, Event: r.risk.event, Exempt: r.risk.exempt,
	}
	if r.state == Granted {
		o.Customer = r.customer
	}
	set := h.policies.Active()
	if r.state == Open && r.over(now, set.Version) {
		o.State = Expired
	}
	if j, known := set.Journey(r.purpose, r.channel); known {
		next := j.Judged(r.shown(), r.risk.up())
		o.Steps = next.Of
		if o.State == Open {
			o.Policies = next.Allowed
			o.Replace, _ = r.renewing.split()
			o.Signing, _ = signings(set, o.Policies, r.paid)
		}
	}
	o.Step = min(o.Step, max(o.Steps, 1))
	return o
}
