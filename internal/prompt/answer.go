package prompt

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/oath"
)

// Answer is an approval as a phone gives it. Which customer and token it comes from, the
// caller knows: it has checked the key of the device.
type Answer struct {
	Customer ident.ID
	Token    ident.ID
	Prompt   ident.ID
	Digits   string // of the signing key, over Question
	Control  string // that the person typed, where the digits must match; else not looked at
}

// Refusal is a customer's no.
type Refusal struct {
	Customer ident.ID
	Token    ident.ID
	Prompt   ident.ID
	Fraud    bool // it was not the customer who asked for it
}

// Outcome is what became of an answer.
type Outcome struct {
	Accepted bool   // whether this answer counted
	Status   Status // of the prompt now; pending after a wrong answer
}

// errRace ends a unit that somebody else was faster than.
var errRace = errors.New("prompt: somebody else was first")

// minDigits is the length of the shortest answer.
const minDigits = 6

// Approve takes an approval from a phone. A wrong one counts on the token, and nobody is told
// whether PIN, key or control digits were wrong. Of two devices that answer, one is first, and the other one
// learns what became of the prompt; a repeated approval is answered as before.
//
// Faults: "prompt.unknown" (NotFound), "prompt.answer_form" (Invalid), "prompt.token" (Denied:
// the token is not in use any more).
func (d *Desk) Approve(ctx context.Context, by audit.Actor, in Answer) (out Outcome, err error) {
	digits, err := oath.CanonicalRange(in.Digits, minDigits, oath.MaxDigits)
	if err != nil {
		return out, fault.Invalidf("prompt.answer_form", "The answer has %d to %d decimal digits.", minDigits, oath.MaxDigits).WithField("/answer")
	}
	q, err := d.asked(ctx, in.Customer, in.Token, in.Prompt)
	if err != nil {
		return out, err
	}
	if !q.pending() {
		return q.told(in.Token, Approved, Used), nil
	}
	drift, right, err := q.device.Right(Question(q.Content, q.Control), digits, q.now, q.rule.Time)
	if err != nil {
		return out, err
	}
	if q.Matching && in.Control != q.Control {
		right = false
	}
	if !right {
		return d.miss(ctx, by, q)
	}
	err = d.DB.Settle(ctx, in.Customer, func(tx *db.Tx) error { return d.approve(tx, by, q.Prompt, q.device, q.rule, drift) })
	return d.settled(ctx, in.Customer, in.Token, in.Prompt, err, Approved, Used)
}

// question is a prompt with what a token needs that answers it, as read.
type question struct {
	Prompt
	device Device
	rule   policy.Policy
	now    time.Time
}

func (q question) pending() bool { return q.At(q.now) == Pending }

// told is the answer to whoever comes after a prompt has been answered: it counts when
// it was theirs, and came to the same.
func (q question) told(token ident.ID, same ...Status) Outcome {
	return Outcome{Accepted: q.Token == token && slices.Contains(same, q.Status), Status: q.At(q.now)}
}

// asked reads a prompt for a token that may answer it.
func (d *Desk) asked(ctx context.Context, customerID, token, id ident.ID) (q question, err error) {
	set := d.Policies.Active()
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		q.now = tx.Now
		if err := active(tx, customerID); err != nil {
			return err
		}
		var found, known bool
		if q.Prompt, found, err = get(tx, customerID, id); err != nil || !found || q.Method != policy.MethodApproval {
			return orUnknown(err)
		}
		if q.rule, known = set.Policy(q.Policy); !known {
			return unknown()
		}
		all, err := d.Devices.Serving(tx, customerID, set, q.Policy)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(x Device) bool { return x.Token() == token })
		if i < 0 {
			return unknown()
		}
		q.device = all[i]
		return nil
	})
	return q, err
}

// active refuses a customer who may not authenticate.
func active(tx *db.Tx, id ident.ID) error {
	if may, err := mayAnswer(tx, id); err != nil || !may {
		return orUnknown(err)
	}
	return nil
}

// mayAnswer reports whether a customer may authenticate.
func mayAnswer(tx *db.Tx, id ident.ID) (bool, error) {
	c, found, err := customer.Find(tx, id)
	return found && c.Status == customer.Active, err
}

func unknown() error {
	return fault.NotFoundf("prompt.unknown", "There is no such approval for this token. Look at the inbox again.")
}

func orUnknown(err error) error {
	if err != nil {
		return err
	}
	return unknown()
}

// approve makes a right answer count.
func (d *Desk) approve(tx *db.Tx, by audit.Actor, p Prompt, from Device, rule policy.Policy, drift int) error {
	if p.over(tx.Now) {
		return errRace
	}
	switch used, err := from.Spend(tx, drift); {
	case err != nil:
		return err
	case !used:
		return fault.Deniedf("prompt.token", "This token is not in use any more.")
	}
	p.Token, p.Device, p.Expires = from.Token(), from.Device(), tx.Now.Add(rule.Approval.TTL)
	switch moved, err := p.move(tx, Approve); {
	case err != nil:
		return err
	case !moved:
		return errRace
	}
	if err := p.sort().calm(tx, p.Customer); err != nil {
		return err
	}
	d.note(tx, by, AuditApproved, p)
	return nil
}

// note leaves the record of an answer, and wakes who waits for it.
func (d *Desk) note(tx *db.Tx, by audit.Actor, kind string, p Prompt) {
	audit.Record(tx, audit.Event{Kind: kind, By: by, Customer: p.Customer, Object: p.object(), Details: map[string]any{
		"authentication": p.Authentication.String(), "policy": p.Policy, "token": p.Token.String(), "content": Digest(p.Content),
	}})
	tx.After(func() { d.waiting.Tell(p.Authentication) })
}

func (p *Prompt) object() string { return "prompt:" + p.ID.String() }

// miss counts a wrong answer on the token that gave it. The prompt waits on.
func (d *Desk) miss(ctx context.Context, by audit.Actor, q question) (Outcome, error) {
	err := d.DB.Write(ctx, func(tx *db.Tx) error {
		blocked, err := d.Devices.Miss(tx, by, q.Customer, q.device.Token())
		if err == nil {
			audit.Record(tx, audit.Event{Kind: AuditWrong, By: by, Customer: q.Customer, Object: q.object(), Details: map[string]any{
				"authentication": q.Authentication.String(), "token": q.device.Token().String(), "blocked": blocked,
			}})
		}
		return err
	})
	return Outcome{Status: Pending}, err
}

// settled is the outcome of a unit: as it was meant, or what the prompt has become meanwhile.
func (d *Desk) settled(ctx context.Context, customerID, token, id ident.ID, err error, want ...Status) (Outcome, error) {
	if err == nil {
		return Outcome{Accepted: true, Status: want[0]}, nil
	}
	if !errors.Is(err, errRace) {
		return Outcome{}, err
	}
	q, err := d.asked(ctx, customerID, token, id)
	if err != nil {
		return Outcome{}, err
	}
	return q.told(token, want...), nil
}

// Refuse takes a customer's no. What it was asked for ends at once, and nothing is counted:
// nobody has guessed. A repeated refusal is answered as before. Fault: "prompt.unknown" (NotFound).
func (d *Desk) Refuse(ctx context.Context, by audit.Actor, in Refusal) (Outcome, error) {
	q, err := d.asked(ctx, in.Customer, in.Token, in.Prompt)
	if err != nil {
		return Outcome{}, err
	}
	act, kind, want := Refuse, AuditRefused, Refused
	if in.Fraud {
		act, kind, want = Report, AuditReported, Reported
	}
	if !q.pending() {
		return q.told(in.Token, want), nil
	}
	err = d.DB.Settle(ctx, in.Customer, func(tx *db.Tx) error {
		p := q.Prompt
		p.Token, p.Device = q.device.Token(), q.device.Device()
		if p.over(tx.Now) {
			return errRace
		}
		switch moved, err := p.move(tx, act); {
		case err != nil:
			return err
		case !moved:
			return errRace
		}
		d.note(tx, by, kind, p)
		if d.Refused == nil {
			return nil
		}
		return d.Refused(tx, by, p)
	})
	return d.settled(ctx, in.Customer, in.Token, in.Prompt, err, want)
}

// Inbox returns what waits for an answer that a token may give, the oldest first; nothing unless the
// customer is active.
func (d *Desk) Inbox(ctx context.Context, customerID, token ident.ID) (all []Prompt, err error) {
	set := d.Policies.Active()
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		if may, err := mayAnswer(tx, customerID); err != nil || !may {
			return err
		}
		serves, err := d.Devices.Serves(tx, customerID, token, set)
		if err != nil || len(serves) == 0 {
			return err
		}
		return tx.Each("SELECT "+columns+` FROM prompt WHERE customer = $1 AND status IN ('pending', 'approved') AND status = 'pending' AND method = 'approval' AND expires_at > $2
			ORDER BY created_at, id LIMIT 50`, []any{customerID, tx.Now}, func(r db.Row) error {
			var p Prompt
			if err := r.Scan(p.dest()...); err != nil {
				return err
			}
			if slices.Contains(serves, p.Policy) {
				all = append(all, p)
			}
			return nil
		})
	})
	return all, err
}
