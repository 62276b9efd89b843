package interaction

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// Decision is a request that was judged, with why.
type Decision struct {
	ID        ident.ID
	Customer  ident.ID
	Primary   ident.ID
	Reference string
	Mode      string // shadow or on
	Outcome   judge.Outcome
	Zone      judge.Outcome // what the sum alone says
	Sum       float64
	Details   Details
	Spent     int64 // minor units that it took of the day's sum
	Day       int   // civil day where the bank is, counted from 1970-01-01
	Denied    time.Time
	Created   time.Time
}

// Details are what explains a decision, and makes it possible to draw it anew with other
// thresholds.
type Details struct {
	Terms      []judge.Term  `json:"terms"`
	Confidence float64       `json:"confidence"`
	Limits     *judge.Limits `json:"limits,omitempty"`
	LimitsIn   string        `json:"limits_in,omitempty"` // currency of the limits, which are those of the policies then
	Over       string        `json:"over,omitempty"`
	Allow      float64       `json:"allow"`
	Limit      float64       `json:"limit"`
	Deny       float64       `json:"deny"`
	Kind       judge.Kind    `json:"kind"`
	Amount     int64         `json:"amount,omitempty"`
	Currency   string        `json:"currency,omitempty"`
	Category   string        `json:"category,omitempty"`
	Place      string        `json:"place,omitempty"` // token of a coarse cell, of level 10
	Policies   int64         `json:"policies"`
	Refuse     string        `json:"refuse,omitempty"` // what the policies said then: step_up or block

	Access judge.AccessKind `json:"access,omitempty"` // kind of the access device
}

// Counts reports whether an answer depends on the decision.
func (x *Decision) Counts() bool { return x.Mode == policy.InteractionOn }

// Scores returns the terms for the risk engine; none in shadow.
func (x *Decision) Scores() (terms []score.Term) {
	if !x.Counts() {
		return nil
	}
	for _, t := range x.Details.Terms {
		terms = append(terms, t.Term)
	}
	return terms
}

// Demand returns what must at least be done by the decision, and why; "" for nothing.
func (x *Decision) Demand() (d score.Demand) {
	if !x.Counts() {
		return d
	}
	switch x.Outcome {
	case judge.StepUp:
		code := "interaction.step_up"
		if x.Details.Over != "" {
			code = "interaction.over_" + x.Details.Over
		}
		return score.Demand{Code: code, Decision: score.StepUp}
	case judge.Deny:
		return score.Demand{Code: "interaction.deny", Decision: score.Block}
	case judge.Allow, judge.Limited, judge.Thin:
	}
	return d
}

// Spares reports whether the devices lead to a step-up at most, also together with what
// else the risk engine knows: nobody is refused by a pattern, unless the policies say so.
func (x *Decision) Spares() bool { return x.Counts() && x.Details.Refuse == policy.InteractionStepUp }

const decisionColumns = "id, customer, companion, reference, mode, outcome, zone, sum, details, spent, day, denied_at, created_at"

func (x *Decision) scan(r db.Row) error {
	var sum int64
	var details string
	err := r.Scan(&x.ID, &x.Customer, &x.Primary, &x.Reference, &x.Mode, (*string)(&x.Outcome), (*string)(&x.Zone), &sum, &details, &x.Spent, &x.Day, &x.Denied, &x.Created)
	if err != nil {
		return err
	}
	x.Sum = float64(sum) / 1000
	return json.Unmarshal([]byte(details), &x.Details)
}

// insert keeps a decision with its record.
func (x *Decision) insert(tx *db.Tx, by audit.Actor) error {
	b, err := json.Marshal(x.Details)
	if err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO interaction_decision ("+decisionColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL, $12)",
		x.ID, x.Customer, x.Primary, x.Reference, x.Mode, string(x.Outcome), string(x.Zone), int64(math.Round(x.Sum*1000)), string(b), x.Spent, x.Day, x.Created)
	if err != nil {
		return err
	}
	audit.Record(tx, audit.Event{Kind: AuditJudged, By: by, Customer: x.Customer, Object: "interaction:" + x.ID.String(), Details: map[string]any{
		"outcome": x.Outcome, "zone": x.Zone, "mode": x.Mode, "reference": x.Reference, "policies": x.Details.Policies,
	}})
	return nil
}

// spend takes what is allowed with restrictions from the sum of the day, with one
// conditional statement: of two payments at once that do not both fit, one needs a step-up.
// It is not given back when the payment is not made: the day is short.
func (d *Desk) spend(tx *db.Tx, x *Decision, r rules, a Ask) error {
	if x.Outcome != judge.Limited || a.Request.Kind != judge.Transaction || a.Request.Amount <= 0 || !x.Counts() {
		return nil
	}
	n, err := tx.Exec(`INSERT INTO interaction_budget (customer, day, spent) VALUES ($1, $2, $3)
		ON CONFLICT (customer, day) DO UPDATE SET spent = interaction_budget.spent + excluded.spent WHERE interaction_budget.spent + excluded.spent <= $4`,
		a.Customer, x.Day, a.Request.Amount, r.Restrictions.Daily)
	switch {
	case err != nil:
		return err
	case n == 0:
		x.Outcome, x.Details.Limits, x.Details.Over = judge.StepUp, nil, "daily"
	default:
		x.Spent = a.Request.Amount
	}
	return nil
}

// day is the civil day on which a payment counts, where the bank is: whoever has the phone says in which civil time it is, and another
// one would be another day with another sum.
func (d *Desk) day(now time.Time) int {
	if d.Zone == nil {
		return pattern.HourOf(now, 0).Day()
	}
	_, seconds := now.In(d.Zone).Zone()
	return pattern.HourOf(now, seconds/60).Day()
}

// spent returns what was allowed with restrictions on a day.
func spent(tx *db.Tx, customer ident.ID, day int) (n int64, err error) {
	err = tx.Row("SELECT spent FROM interaction_budget WHERE customer = $1 AND day = $2", customer, day).Scan(&n)
	if errors.Is(err, db.ErrNoRow) {
		return 0, nil
	}
	return n, err
}

// Decisions returns decisions about a customer, newest first, older than the one named; at most n.
func (d *Desk) Decisions(ctx context.Context, customer, before ident.ID, n int) (all []Decision, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		where, args := "customer = $1", []any{customer, n}
		if !before.IsZero() {
			where, args = "customer = $1 AND id < $3", append(args, before)
		}
		return tx.Each("SELECT "+decisionColumns+" FROM interaction_decision WHERE "+where+" ORDER BY id DESC LIMIT $2", args, func(r db.Row) error {
			var x Decision
			err := x.scan(r)
			all = append(all, x)
			return err
		})
	})
	return all, err
}

// Decision returns one decision. The fault "interaction.decision" (NotFound).
func (d *Desk) Decision(ctx context.Context, customer, id ident.ID) (x Decision, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error { x, err = decision(tx, customer, id); return err })
	return x, err
}

func decision(tx *db.Tx, customer, id ident.ID) (x Decision, err error) {
	err = x.scan(tx.Row("SELECT "+decisionColumns+" FROM interaction_decision WHERE customer = $1 AND id = $2", customer, id))
	if errors.Is(err, db.ErrNoRow) {
		err = fault.NotFoundf("interaction.decision", "There is no such decision about this customer.")
	}
	return x, err
}
