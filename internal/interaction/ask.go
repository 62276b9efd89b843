package interaction

import (
	"context"
	"math"
	"time"

	"github.com/golang/geo/s2"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Ask is a request that is to be judged.
type Ask struct {
	Customer  ident.ID
	Primary   ident.ID // the device that makes it; zero: the primary that was heard of last
	Reference string   // of what is asked for, such as a risk event; up to 128 bytes
	Request   judge.Request
	Currency  string // of the amount
	Access    judge.Access

	Interface   int             // short number of the tertiary device on which it was started; 0 for none (DI-92)
	Contributed []int           // short numbers of those whose key took part in the cryptogram
	Values      []pattern.Value // of contexts, as the access device handed them over (DI-86)
}

// Judge judges a request, and keeps the decision. judged is false where there is nothing to judge
// by: the policies or the customer do not want it, or no device of theirs reports.
//
// Faults: "companion.unknown" (NotFound: the device that makes it is not the customer's), "interaction.device" (Denied: it is not in use, or makes
// no such requests).
func (d *Desk) Judge(ctx context.Context, by audit.Actor, a Ask) (x Decision, judged bool, err error) {
	err = d.DB.Settle(ctx, a.Customer, func(tx *db.Tx) error {
		if err := a.made(tx); err != nil {
			return err
		}
		x, judged, err = d.Assess(tx, by, a)
		return err
	})
	return x, judged, err
}

// made refuses a request of a device that cannot have made it (DI-231). Not to judge it would be to let it pass.
func (a *Ask) made(tx *db.Tx) error {
	if a.Primary.IsZero() {
		return nil
	}
	c, found, err := companion.Get(tx, a.Customer, a.Primary)
	switch {
	case err != nil:
		return err
	case !found:
		return fault.NotFoundf("companion.unknown", "The customer has no such device.").WithField("/companion")
	case !c.May(companion.Primary) && (a.Request.Kind == judge.Transaction || !c.May(companion.HubRole)):
		return fault.Deniedf("interaction.device", "This device makes no such request: it is not in use, it has no transaction application, or its owner does not let it.").WithField("/companion")
	}
	return nil
}

// Assess is Judge as a part of a transaction, for a device whose right to make the request is known.
func (d *Desk) Assess(tx *db.Tx, by audit.Actor, a Ask) (x Decision, judged bool, err error) {
	r := d.rules()
	if r.Mode == policy.InteractionOff {
		return x, false, nil
	}
	w, found, err := d.look(tx, r, a)
	if err != nil || !found {
		return x, false, err
	}
	if w.primary.Fresh(tx.Now) {
		r.judge.ThinDays = math.MaxInt // it counts for nothing before its quarantine is over, also with the habits that it inherited
	}
	var res judge.Result
	r.judge.Score(w.state, &w.recent, &res)
	x = Decision{
		ID: ident.New(tx.Now, d.Rand), Customer: a.Customer, Primary: w.primary.ID, Reference: a.Reference, Mode: r.Mode, Outcome: res.Outcome, Zone: res.Zone, Sum: res.Sum, Created: tx.Now,
		Day: d.day(tx.Now),
		Details: Details{
			Terms: res.Terms, Confidence: res.Confidence, Limits: res.Limits, Over: res.Over, Allow: r.Allow, Limit: r.Limit, Deny: r.Deny,
			Kind: a.Request.Kind, Amount: a.Request.Amount, Currency: a.Currency, Category: a.Request.Category, Place: token(region(w.place())), Policies: r.version, Access: a.Access.Kind, Refuse: r.Refuse,
		},
	}
	if x.Details.Limits != nil {
		x.Details.LimitsIn = r.Restrictions.Currency
	}
	if x.Outcome == judge.Deny && r.Refuse == policy.InteractionStepUp {
		x.Outcome = judge.StepUp
	}
	if err := d.spend(tx, &x, r, a); err != nil {
		return x, false, err
	}
	return x, true, x.insert(tx, by)
}

// request is what is asked for, in the currency of the restrictions: an amount in another
// one is over them.
func (d *Desk) request(r rules, a Ask) judge.Request {
	q := a.Request
	if q.Kind == judge.Transaction && q.Amount > 0 && a.Currency != r.Restrictions.Currency {
		q.Amount = r.Restrictions.Amount + 1
	}
	return q
}

// inventory are the devices of a customer for the judgment. What is suspended or in quarantine
// gives nothing.
func inventory(now time.Time, all []companion.Companion, primary ident.ID) (out []judge.Device) {
	for _, c := range all {
		if c.ID == primary || c.Status == device.Lost {
			continue
		}
		out = append(out, judge.Device{Number: pattern.Number(c.Number), Group: group(c.Group), Fresh: c.Fresh(now) || c.Status != device.Active}) //nolint:gosec // a short number
	}
	return out
}

func group(g companion.Group) judge.Group {
	switch g {
	case companion.Home:
		return judge.Home
	case companion.Body:
		return judge.Body
	case companion.Car:
		return judge.Car
	case companion.Job:
		return judge.Job
	case companion.Bag:
	}
	return judge.Bag
}

// shown takes in what the request itself shows: keys that took part now, the device on
// which it was started, and contexts.
func (w *sight) shown(a Ask, all []companion.Companion) {
	for _, c := range all {
		if c.Number == a.Interface && !c.May(companion.Tertiary) {
			a.Interface = 0 // nobody can start anything on it (DI-95)
		}
	}
	for i := range w.recent.Devices {
		v := &w.recent.Devices[i]
		for _, n := range a.Contributed {
			if int(v.Number) == n {
				v.Proof, v.Age = pattern.Contributed, 0
			}
		}
		v.Interface = a.Interface != 0 && int(v.Number) == a.Interface && v.Proof > pattern.Nothing
	}
	w.recent.Values = append(w.recent.Values, a.Values...)
}

// traveling reports whether the customer announced to be where they are.
func (d *Desk) traveling(tx *db.Tx, a Ask, at s2.CellID) (bool, error) {
	if at == 0 {
		at = a.Access.Cell
	}
	all, err := d.notices(tx, a.Customer, tx.Now)
	for i := range all {
		if all[i].covers(tx.Now, at) {
			return true, err
		}
	}
	return false, err
}

// regionLevel is of the cells that decisions keep, some nine kilometers: a decision is kept for longer
// than a place should be.
const regionLevel = 10

// region is the coarse cell around a place.
func region(c s2.CellID) s2.CellID {
	if c.IsValid() && c.Level() > regionLevel {
		return c.Parent(regionLevel)
	}
	return c
}

func token(c s2.CellID) string {
	if !c.IsValid() {
		return ""
	}
	return c.ToToken()
}
