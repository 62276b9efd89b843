package prompt

import (
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Prompt is one approval that is asked for on a customer's phone.
type Prompt struct { //nolint:recvcheck // dest fills it, the rest only look
	ID             ident.ID
	Customer       ident.ID
	Authentication ident.ID // that it is asked for
	Policy         string   // code
	Method         policy.Method
	Kind           string       // what it is about: the purpose of the authentication, "login", "payment" …
	Status         Status       // as stored; one that ran out may still be pending here
	Content        string       // JSON text: exactly what the phone shows and signs, see Question
	Control        string       // two decimal digits; "" for a picture. The phone learns it from the content, if it may
	Matching       bool         // the digits are on the bank's page only, and the phone asks for them
	Payment        payment.Hash // that it approves; zero for none
	Proven         bool         // a factor had been shown before it was asked for
	Withheld       Withheld     // why no phone was told; for the bank's systems, never for the customer
	Token          ident.ID     // that answered; zero: none yet
	Device         ident.ID     // of that token
	Created        time.Time
	Expires        time.Time // of a pending one: until when it can be answered; of an approved one: taken
	Answered       time.Time // zero: not yet
	Ended          time.Time // zero: something can still happen to it

	asked []byte // tag of the idempotency key that it was asked for under
}

// Withheld says why no phone was told of a prompt.
type Withheld string

// Why no phone was told.
const (
	NoToken Withheld = "no_token"         // the customer has no token in use that may answer
	TooMany Withheld = "too_many_prompts" // the customer was asked too often without approving
	NotUsed Withheld = "not_tried"        // staff have disabled the policy for the customer, or it is blocked: no approval would be taken
)

const columns = `customer, id, authentication, policy, method, kind, status, content, control, matching, payment, withheld, asked,
	token, device, created_at, expires_at, answered_at, ended_at, proven`

func (p *Prompt) dest() []any {
	return []any{
		&p.Customer, &p.ID, &p.Authentication, &p.Policy, &p.Method, &p.Kind, &p.Status, &p.Content, &p.Control, &p.Matching, &p.Payment, &p.Withheld, &p.asked,
		&p.Token, &p.Device, &p.Created, &p.Expires, &p.Answered, &p.Ended, &p.Proven,
	}
}

func (p *Prompt) insert(tx *db.Tx) (bool, error) {
	n, err := tx.Exec(`INSERT INTO prompt (`+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, NULL, NULL, $14, $15, NULL, NULL, $16)
		ON CONFLICT DO NOTHING`,
		p.Customer, p.ID, p.Authentication, p.Policy, string(p.Method), p.Kind, string(p.Status), p.Content, p.Control, p.Matching, p.Payment, string(p.Withheld), p.asked,
		p.Created, p.Expires, p.Proven)
	return n == 1, err
}

func one(tx *db.Tx, where string, args ...any) (p Prompt, found bool, err error) {
	err = tx.Row("SELECT "+columns+" FROM prompt WHERE "+where, args...).Scan(p.dest()...)
	if errors.Is(err, db.ErrNoRow) {
		return Prompt{}, false, nil
	}
	return p, err == nil, err
}

// get returns a prompt of a customer.
func get(tx *db.Tx, customer, id ident.ID) (Prompt, bool, error) {
	return one(tx, "customer = $1 AND id = $2", customer, id)
}

// open returns the prompt of a decision and a policy to which something can still happen.
func open(tx *db.Tx, customer, authentication ident.ID, policyCode string) (Prompt, bool, error) {
	return one(tx, "customer = $1 AND authentication = $2 AND policy = $3 AND status IN ('pending', 'approved')", customer, authentication, policyCode)
}

// over reports whether the time of a prompt has passed.
func (p *Prompt) over(now time.Time) bool { return !now.Before(p.Expires) }

// At is the state of a prompt at the moment now.
func (p Prompt) At(now time.Time) Status {
	if p.Status.Open() && p.over(now) {
		return Expired
	}
	return p.Status
}

// move carries an act out, by a compare-and-swap on the state that was read: false when
// it is not possible, or somebody else was first. States do not come back, so none is
// missed.
func (p *Prompt) move(tx *db.Tx, a Act) (bool, error) {
	to, possible := a.To(p.Status)
	if !possible {
		return false, nil
	}
	var answered, ended any
	switch a {
	case Approve:
		answered = tx.Now
	case Answered, Refuse, Report:
		answered, ended = tx.Now, tx.Now
	case Use, Expire, Cancel, Supersede:
		ended = tx.Now
	}
	n, err := tx.Exec(`UPDATE prompt SET status = $4, token = $5, device = $6, expires_at = $7, answered_at = COALESCE(answered_at, $8), ended_at = $9
		WHERE customer = $1 AND id = $2 AND status = $3`, p.Customer, p.ID, string(p.Status), string(to), p.Token, p.Device, p.Expires, answered, ended)
	if n == 1 && err == nil {
		p.Status = to
	}
	return n == 1, err
}
