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
	if err := p.sort().prune(tx, p, r.Policy.Approval.Pending); err != nil {
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
		Proven: r.Proven,
	}
	n, err := p.sort().count(tx, r.Customer, r.Policy)
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

// Watch returns a channel that is told, once, of the next change to what was asked for an authentication
// on this node; what happens on others it does not see. Stop ends the watch.
func (d *Desk) Watch(authentication ident.ID) (changed <-chan struct{}, stop func()) {
	return d.waiting.Watch(authentication)
}
