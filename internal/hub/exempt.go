package hub

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// Exempter decides where strong authentication may be left out; package exemption has it.
type Exempter interface {
	Decide(*db.Tx, exemption.Request) (exemption.Decision, error)
	Use(*db.Tx, audit.Actor, exemption.Decision) (id ident.ID, ok bool, err error)
	Strong(*db.Tx, exemption.Shown) error
}

// errNeeded says that strong authentication is needed after all.
var errNeeded = errors.New("hub: no exemption applies")

// exemptible reports whether it is one that an exemption could apply to: a payment, or a
// look at accounts that says what is to be seen.
func (r *row) exemptible() bool { return !r.paid.IsZero() || r.grounds.View != "" }

// asked is what strong authentication is to be left out for.
func (r *row) asked() exemption.Request {
	g := r.grounds
	return exemption.Request{
		Customer: r.customer, Authentication: r.id, Channel: r.channel, Payment: r.paid, Instrument: exemption.Transfer,
		Series: g.Series, Protocol: g.Protocol, LegalPerson: g.LegalPerson, View: g.View, Provider: g.Provider,
		Risk: exemption.Risk{Decision: r.risk.event, Advice: exemption.Advice(r.risk.decision), Score: r.risk.result.Score, Checks: checks(r.risk.result)},
	}
}

// exempt grants a payment or a look at accounts without a proof when the policies and
// risk allow it (RTS, articles 10 to 18). It ends with errNeeded when no exemption applies, or not any
// more: another payment may have used up what was left of a limit.
func (h *Hub) exempt(ctx context.Context, by audit.Actor, r row) (out Outcome, err error) {
	if h.exemptions == nil {
		return out, errNeeded
	}
	var d exemption.Decision
	err = h.db.Read(ctx, func(tx *db.Tx) error {
		d, err = h.exemptions.Decide(tx, r.asked())
		return err
	})
	switch {
	case err != nil:
		return out, err
	case !d.Exempt():
		return out, errNeeded
	}
	r.risk.exempt = d.Exemption
	err = h.db.Settle(ctx, r.customer, func(tx *db.Tx) error {
		n := r
		n.state, n.ended = Granted, tx.Now
		switch isNew, err := n.insert(tx); {
		case err != nil:
			return err
		case !isNew:
			return errChanged
		}
		switch _, ok, err := h.exemptions.Use(tx, by, d); {
		case err != nil:
			return err
		case !ok:
			return errNeeded
		}
		audit.Record(tx, audit.Event{Kind: AuditGranted, By: by, Customer: n.customer, Object: "authentication:" + n.id.String(), Details: detail{
			Purpose: n.purpose, Channel: n.channel, Payment: n.payment.String(), Version: n.policies, Risk: n.risk.decision, Exempt: d.Exemption, Grounds: n.grounds.noted(),
		}})
		out = h.outcome(&n, tx.Now)
		return nil
	})
	if err != nil {
		return Outcome{}, err
	}
	if !r.paid.IsZero() { // of a look at accounts nothing was shown, so nothing is to be learned
		h.told(ctx, attempt{by: by, row: r}, out)
	}
	return out, nil
}

// single is about a login that one factor would complete, in a journey that exempts: it is
// a look at accounts without strong authentication, so it is granted where article 10, or 10a
// through a provider, exempts it, and recorded. Else it goes on as if risk had wanted more; a
// journey that asks for nothing more then, or for the same factor again, denies it.
func (h *Hub) single(tx *db.Tx, a attempt, r *row) error {
	if r.state != Granted || !a.journey.Exempt || r.purpose != policy.PurposeLogin || r.factors.Independent() {
		return nil
	}
	if used, err := h.looks(tx, a.by, r); err != nil || used {
		return err
	}
	r.risk.raised()
	if next := a.journey.Judged(r.shown(), r.risk.up()); !next.Done {
		r.state, r.ended = Open, time.Time{}
		return nil
	}
	r.state, r.reason = Denied, NoSCA
	return nil
}

// looks uses the exemption of a login by one factor; false when it has none. Who does not
// say what is to be seen may see all that is exempted.
func (h *Hub) looks(tx *db.Tx, by audit.Actor, r *row) (used bool, err error) {
	if h.exemptions == nil {
		return false, nil
	}
	asked := r.asked()
	if asked.View == "" {
		asked.View = exemption.History
	}
	d, err := h.exemptions.Decide(tx, asked)
	if err != nil || !d.Exempt() {
		return false, err
	}
	if _, used, err = h.exemptions.Use(tx, by, d); used {
		r.risk.exempt, r.risk.fresh = d.Exemption, true
	}
	return used, err
}

// strong tells where exemptions are decided that a customer was authenticated strongly:
// in the unit that grants.
func (h *Hub) strong(tx *db.Tx, r *row) error {
	if h.exemptions == nil || r.state != Granted || !r.factors.Independent() {
		return nil
	}
	return h.exemptions.Strong(tx, exemption.Shown{
		Customer: r.customer, Authentication: r.id, Purpose: r.purpose, Channel: r.channel, Payment: r.paid, Instrument: exemption.Transfer, Provider: r.grounds.Provider, Decision: r.risk.event,
	})
}

// telling is the weight from which a term says something by itself, in thousandths of a
// natural log-odds: that of a rule of low weight.
const telling = 500

// checks are the findings that speak against low risk (RTS, article 18(2)(c)), by the
// families of the terms that speak for a fraud, and by what a list of the bank says.
func checks(r score.Result) (all []exemption.Check) {
	for _, t := range r.Terms {
		if c := check(t); t.Weight >= telling && c != "" && !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	slices.Sort(all)
	return all
}

// check says which of the six a term speaks for; "" for none. Rules of the bank about the
// payee's country have codes that begin with "payee.country".
func check(t score.Term) exemption.Check {
	if strings.HasPrefix(t.Code, "payee.country") {
		return exemption.CheckPayeeLocation
	}
	switch t.Family {
	case score.FamilyPayment, score.FamilyBehavior, score.FamilyUser, score.FamilyVelocity:
		return exemption.CheckSpending
	case score.FamilyDevice, score.FamilyAgent:
		return exemption.CheckDevice
	case score.FamilyProbe:
		return exemption.CheckMalware
	case score.FamilyPayee, score.FamilyList:
		return exemption.CheckScenario
	case score.FamilyPlace, score.FamilyNetwork:
		return exemption.CheckPayerLocation
	}
	return ""
}
