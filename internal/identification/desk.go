package identification

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Desk is where customers are identified: its methods are the use cases. All
// fields are required.
type Desk struct {
	DB       *db.DB
	Policies *policy.Book
	Rand     io.Reader // for ids
}

// Attempt describes an identification to be recorded.
type Attempt struct {
	// ID makes it repeatable: the same attempt under the same ID is recorded and
	// counted once. Zero for a fresh one.
	ID       ident.ID
	Customer ident.ID
	Way      Way
	Answers  []Answer // 1 to 20, each question once
}

// attempts is the counter of failed identifications.
var attempts = limit.In("identification_attempts", "", "customer")

// Record keeps how the questions were answered. Too few right answers are an
// outcome (Passed is false), not an error.
//
// Faults: "identification.actor" (customers do not identify themselves),
// "identification.way", "identification.questions", "identification.incomplete"
// (all right so far, but fewer than needed: ask on), "identification.blocked"
// (Limited), "identification.id_taken", "customer.unknown", "customer.closed".
func (d *Desk) Record(ctx context.Context, by audit.Actor, a Attempt) (i Identification, err error) {
	set := d.Policies.Active()
	if err := a.check(by, set.Identification); err != nil {
		return i, err
	}
	var refused error
	err = d.DB.Settle(ctx, a.Customer, func(tx *db.Tx) error {
		i, refused = d.draft(tx, by, a, set), nil
		if _, err := customer.Living(tx, a.Customer); err != nil {
			return err
		}
		before, found, err := find(tx, i.Customer, i.ID)
		if err != nil || found {
			i, refused = before, before.repeated(i)
			return err
		}
		refused, err = i.count(tx, by, set.Identification.Attempts)
		if err != nil || refused != nil {
			return err
		}
		return i.insert(tx, by)
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return Identification{}, err
	}
	return i, nil
}

// check reports an attempt that cannot be understood.
func (a Attempt) check(by audit.Actor, rule policy.Identification) error {
	if by.Kind == audit.CustomerKind {
		return fault.Deniedf("identification.actor", "Customers cannot identify themselves: staff or an application of the bank must.")
	}
	if !slices.Contains(Ways(), a.Way) {
		return fault.Invalidf("identification.way", "Say how you spoke with the customer: call, branch or chat.").WithField("/way")
	}
	seen, right := map[string]bool{}, 0
	for _, an := range a.Answers {
		known := slices.ContainsFunc(rule.Questions, func(q policy.Question) bool { return q.Code == an.Question })
		if !known || seen[an.Question] {
			return fault.Invalidf("identification.questions", "A question is not one of the policy's, or is there twice: fetch the questions anew.").WithField("/answers")
		}
		seen[an.Question] = true
		if an.Right {
			right++
		}
	}
	if right == len(a.Answers) && right < rule.Needed {
		return fault.Invalidf("identification.incomplete", "The policy needs %d right answers and there are %d: ask another question.", rule.Needed, right).WithField("/answers")
	}
	return nil
}

// draft is the identification that the attempt would be.
func (d *Desk) draft(tx *db.Tx, by audit.Actor, a Attempt, set *policy.Set) Identification {
	i := Identification{
		ID: a.ID, Customer: a.Customer, By: by, Way: a.Way, Answers: a.Answers,
		Needed: set.Identification.Needed, Policy: set.Version, At: tx.Now,
	}
	if i.ID.IsZero() {
		i.ID = ident.New(tx.Now, d.Rand)
	}
	if by.Kind != audit.SystemKind {
		i.By.Name = "" // as it will be read again
	}
	if i.Right() >= i.Needed {
		i.Until = tx.Now.Add(set.Identification.Valid)
	}
	return i
}

// repeated reports an attempt under an ID that stands for another one.
func (i Identification) repeated(again Identification) error {
	if i.By.String() != again.By.String() || i.Way != again.Way || !slices.Equal(i.Answers, again.Answers) {
		return fault.Conflictf("identification.id_taken", "Another identification has this id: send a new id or idempotency key.")
	}
	return nil
}

// count claims an attempt of the customer, and clears the counter when it passed.
// A refusal is returned apart from an error: it is to be recorded.
func (i Identification) count(tx *db.Tx, by audit.Actor, rule limit.Rule) (refused, err error) {
	_, err = tx.Exec(`INSERT INTO identification_attempts (customer, failures, blocks, blocked_until) VALUES ($1, 0, 0, NULL)
		ON CONFLICT (customer) DO NOTHING`, i.Customer)
	if err != nil {
		return nil, err
	}
	open, err := attempts.Claim(tx, rule, i.Customer)
	if err != nil {
		return nil, err
	}
	s, err := counter(tx, i.Customer)
	switch {
	case err != nil:
		return nil, err
	case !open:
		audit.Record(tx, audit.Event{Kind: AuditRefused, By: by, Customer: i.Customer, Object: i.Customer.String(), Details: map[string]any{"until": s.BlockedUntil, "way": i.Way}})
		return blocked(s.BlockedUntil, tx.Now), nil
	case i.Passed():
		_, err = attempts.Clear(tx, i.Customer)
	case s.Blocked(tx.Now):
		audit.Record(tx, audit.Event{Kind: AuditBlocked, By: by, Customer: i.Customer, Object: i.Customer.String(), Details: map[string]any{"failures": s.Count, "until": s.BlockedUntil}})
	}
	return nil, err
}

func blocked(until, now time.Time) error {
	after := until.Sub(now)
	return fault.Limitedf(after, "identification.blocked", "Too many identifications of this customer failed: nobody can be identified as them for %s.", max(after.Round(time.Minute), time.Minute))
}

// counter returns the state of the customer's counter; the zero value when
// nothing was ever counted.
func counter(tx *db.Tx, id ident.ID) (s limit.State, err error) {
	err = tx.Each("SELECT "+limit.Columns+" FROM identification_attempts WHERE customer = $1", []any{id}, func(row db.Row) error {
		return row.Scan(s.Dest()...)
	})
	return s, err
}

func (i Identification) insert(tx *db.Tx, by audit.Actor) error {
	answers, err := json.Marshal(i.Answers)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO identification (`+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		i.Customer, i.ID, by.String(), string(i.Way), string(answers), i.Needed, i.Policy, i.At, i.Until); err != nil {
		return err
	}
	kind := AuditFailed
	if i.Passed() {
		kind = AuditPassed
	}
	audit.Record(tx, audit.Event{Kind: kind, By: by, Customer: i.Customer, Object: i.ID.String(), Details: map[string]any{
		"way": i.Way, "answers": i.Answers, "needed": i.Needed, "policy_version": i.Policy,
	}})
	return nil
}
