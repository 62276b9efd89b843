package prompt

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/policy"
)

// asker is who asks for answers, in the audit log.
var asker = audit.System("prompt")

// ask returns the prompt of a request: the one that is there, or a new one. Whoever it is
// asked for, the same statements run and the same rows are written.
func (d *Desk) ask(tx *db.Tx, r authenticator.Request) (Prompt, error) {
	holds, err := d.Devices.Holds(tx, r.Customer, r.Set, r.Policy.Code)
	if err != nil {
		return Prompt{}, err
	}
	was, found, err := open(tx, r.Customer, r.Authentication, r.Policy.Code)
	if err != nil || found && !was.due(tx.Now, r) {
		return was, err
	}
	if found {
		if moved, err := was.retire(tx); err != nil || !moved {
			return d.other(tx, r, err)
		}
	}
	p, err := d.compose(tx, r, holds)
	if err != nil {
		return p, err
	}
	if added, err := p.insert(tx); err != nil || !added {
		return d.other(tx, r, err)
	}
	if err := prune(tx, p, r.Policy.Approval.Pending); err != nil {
		return p, err
	}
	audit.Record(tx, audit.Event{Kind: AuditAsked, By: asker, Customer: p.Customer, Object: p.object(), Details: map[string]any{
		"authentication": p.Authentication.String(), "policy": p.Policy, "withheld": p.Withheld, "content": Digest(p.Content),
	}})
	return p, d.push(tx, p)
}

// other is the prompt that somebody else asked for at the same moment.
func (d *Desk) other(tx *db.Tx, r authenticator.Request, err error) (Prompt, error) {
	if err != nil {
		return Prompt{}, err
	}
	p, found, err := open(tx, r.Customer, r.Authentication, r.Policy.Code)
	if err == nil && !found {
		err = busy()
	}
	return p, err
}

// due reports whether another prompt may take this one's place: it has run out, or has waited for so
// long that the customer asks to be reminded. The same request under the same idempotency
// key gets no second one while the first can be answered.
func (p *Prompt) due(now time.Time, r authenticator.Request) bool {
	switch {
	case p.over(now), p.Payment != r.Payment.Hash():
		return true
	case p.Status == Approved, r.Asking.Key != nil && bytes.Equal(p.asked, r.Asking.Key):
		return false
	}
	return !now.Before(p.Created.Add(r.Policy.Approval.Resend))
}

// retire makes room for a newer prompt.
func (p *Prompt) retire(tx *db.Tx) (bool, error) {
	if p.over(tx.Now) || p.Status == Approved {
		return p.move(tx, Expire)
	}
	return p.move(tx, Supersede)
}

// compose makes a prompt, without storing it.
func (d *Desk) compose(tx *db.Tx, r authenticator.Request, holds bool) (Prompt, error) {
	p := Prompt{
		ID: ident.New(tx.Now, d.Rand), Customer: r.Customer, Authentication: r.Authentication, Policy: r.Policy.Code, Method: r.Policy.Method,
		Kind: r.Purpose, Status: Pending, Payment: r.Payment.Hash(), Created: tx.Now, Expires: tx.Now.Add(r.Policy.Approval.TTL), asked: r.Asking.Key,
	}
	n, err := count(tx, r.Customer, r.Policy, p.pays())
	if err != nil {
		return p, err
	}
	if p.Method == policy.MethodApproval {
		p.Control, p.Matching = authenticator.Digits(2, d.Rand), r.Policy.Approval.Control == policy.ControlTyped
		if n > int64(r.Policy.Approval.Prompts) {
			p.Withheld = TooMany
		}
	}
	switch shut, err := shut(tx, r); {
	case err != nil:
		return p, err
	case !holds:
		p.Withheld = NoToken
	case shut:
		p.Withheld = NotUsed
	}
	c, _, err := customer.Find(tx, r.Customer)
	p.Content = contentOf(r, p.ID, tx.Now, p.Control, c.Locale).text()
	return p, err
}

// shut reports whether no approval would be taken: then nobody is disturbed. A policy that came
// into force after the token is enrolled with its first approval.
func shut(tx *db.Tx, r authenticator.Request) (bool, error) {
	a, found, err := authenticator.Get(tx, r.Customer, r.Policy.Code)
	return found && (a.Status != authenticator.Enabled || a.Failures.Blocked(tx.Now) || a.Expired(tx.Now)), err
}

// longestWindow is the longest that the policies allow.
const longestWindow = 24 * time.Hour

// count counts a prompt of a customer, in a window that begins with the first one: anybody
// who knows the customer's number can have them asked (prompt bombing). Prompts of payments are
// counted apart, so that whoever asks for logins uses up no window of theirs. It counts on beyond
// every limit, in one statement that holds the customer's prompts until the end of the transaction.
// A picture disturbs nobody: it runs the same statement and counts nothing.
func count(tx *db.Tx, customerID ident.ID, p policy.Policy, pays bool) (int64, error) {
	var logins, payments int64
	loginsFrom, paymentsFrom := tx.Now.Add(-longestWindow), tx.Now.Add(-longestWindow)
	addLogins, addPayments := 0, 0
	switch {
	case p.Method != policy.MethodApproval:
	case pays:
		addPayments, paymentsFrom = 1, tx.Now.Add(-p.Approval.Window)
	default:
		addLogins, loginsFrom = 1, tx.Now.Add(-p.Approval.Window)
	}
	err := tx.Row(`INSERT INTO prompt_holder (customer, asked, since, payments, payments_since) VALUES ($1, $4, $2, $6, $2)
		ON CONFLICT (customer) DO UPDATE SET
			asked = CASE WHEN prompt_holder.since <= $3 THEN $4 ELSE prompt_holder.asked + $4 END,
			since = CASE WHEN prompt_holder.since <= $3 OR prompt_holder.asked = 0 THEN $2 ELSE prompt_holder.since END,
			payments = CASE WHEN prompt_holder.payments_since <= $5 THEN $6 ELSE prompt_holder.payments + $6 END,
			payments_since = CASE WHEN prompt_holder.payments_since <= $5 OR prompt_holder.payments = 0 THEN $2 ELSE prompt_holder.payments_since END
		RETURNING asked, payments`, customerID, tx.Now, loginsFrom, addLogins, paymentsFrom, addPayments).Scan(&logins, &payments)
	if pays {
		return payments, err
	}
	return logins, err
}

// calm forgets what was counted of a prompt's sort, because the customer has approved one.
func calm(tx *db.Tx, p Prompt) error {
	forget := "UPDATE prompt_holder SET asked = 0 WHERE customer = $1"
	if p.pays() {
		forget = "UPDATE prompt_holder SET payments = 0 WHERE customer = $1"
	}
	_, err := tx.Exec(forget, p.Customer)
	return err
}

// prune keeps a new prompt and the newest others of its sort that wait at its customer; older ones
// have been superseded. No login supersedes a payment.
func prune(tx *db.Tx, p Prompt, most int) error {
	if p.Method != policy.MethodApproval {
		return nil
	}
	waits := "customer = $1 AND status IN ('pending', 'approved') AND status = 'pending' AND method = 'approval' AND id <> $2 AND payment IS NULL"
	if p.pays() {
		waits = "customer = $1 AND status IN ('pending', 'approved') AND status = 'pending' AND method = 'approval' AND id <> $2 AND payment IS NOT NULL"
	}
	_, err := tx.Exec("UPDATE prompt SET status = 'superseded', ended_at = $3 WHERE "+waits+
		" AND id NOT IN (SELECT id FROM prompt WHERE "+waits+" ORDER BY created_at DESC, id DESC LIMIT $4)", p.Customer, p.ID, tx.Now, most-1)
	return err
}

// push leaves the message that wakes phones, or one that costs the same.
func (d *Desk) push(tx *db.Tx, p Prompt) error {
	if p.Withheld != "" || p.Method != policy.MethodApproval {
		return d.Outbox.Put(tx, outbox.Message{Kind: MessageNothing, Customer: p.Customer, Expires: p.Expires})
	}
	payload, err := json.Marshal(Push{Customer: p.Customer, Prompt: p.ID, Policy: p.Policy, Expires: p.Expires})
	if err != nil {
		return err
	}
	return d.Outbox.Put(tx, outbox.Message{Kind: MessagePush, Customer: p.Customer, Payload: payload, Expires: p.Expires})
}
