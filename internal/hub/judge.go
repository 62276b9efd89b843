package hub

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// riskLimit is how long the risk engine may take to answer; then it is a step-up.
const riskLimit = 2 * time.Second

// Blocked is the reason of an authentication that is denied because of its risk.
const Blocked authenticator.Reason = "risk"

// Judge is the risk engine; package risk has it. Guard answers step-up for what fails.
type Judge interface {
	Guard(ctx context.Context, limit time.Duration, f func(context.Context) (risk.Assessment, error)) (risk.Assessment, error)
	Session(ctx context.Context, by audit.Actor, c risk.Call) (risk.Assessment, error)
	Payment(ctx context.Context, by audit.Actor, typ string, c risk.Call, payments []risk.Payment) (risk.Assessment, error)
	Action(ctx context.Context, by audit.Actor, typ string, c risk.Call) (risk.Assessment, error)
	Again(ctx context.Context, by audit.Actor, customer, id ident.ID) (risk.Assessment, error)
	Sign(ctx context.Context, by audit.Actor, customer, id ident.ID, item string, accepted bool) (risk.Event, error)
	Complete(ctx context.Context, by audit.Actor, customer, id ident.ID) (risk.Event, error)
	BlockChannel(tx *db.Tx, by audit.Actor, b risk.ChannelBlock) (made bool, err error)
	Reject(ctx context.Context, by audit.Actor, customer, id ident.ID) (risk.Event, error)
}

// Circumstances are what the bank knows of where and with what its customer is. All of
// it may be left out; what is unknown is a reason to look closer.
type Circumstances struct {
	Address   string // of the customer, IPv4 or IPv6
	Agent     string // text of the User-Agent header, up to 1 kB
	Tag       string // of the device: a cookie, an app's id; up to 128 bytes
	Visit     string // token of the page that the customer is on (risk.Desk.OpenVisit); up to 128 bytes
	NoConsent bool   // the customer does not consent to profiling beyond what the bank must do
}

// judgment is what the engine said of an authentication, the strictest of all times.
type judgment struct {
	event    ident.ID         // zero when the engine could not say
	decision score.Decision   // "" when the journey does not ask
	exempt   policy.Exemption // why strong authentication was left out; "" when it was not

	channel bool         // very high: the channel is to be closed; not stored
	result  score.Result // of the first judgment; not stored
	fresh   bool         // not as stored
}

// up reports whether more must be shown than without the engine.
func (g *judgment) up() bool { return g.decision != "" && g.decision != score.Allow }

// raised makes it at least a step-up, where the engine is asked: a secret that was set a
// moment ago is no evidence beside the one that was out of date, and one factor alone opens
// the accounts only where the law exempts it.
func (g *judgment) raised() {
	if g.decision == score.Allow {
		g.decision, g.fresh = score.StepUp, true
	}
}

// stricter takes another judgment in.
func (g *judgment) stricter(a risk.Assessment) {
	before := g.decision
	if g.event.IsZero() {
		g.event, g.result = a.ID, a.Result
	}
	if g.decision = a.Result.Decision; before != "" {
		g.decision = score.Stricter(before, g.decision)
	}
	g.channel = g.channel || a.Result.Decision == score.Block && a.Result.BlockChannel
	g.fresh = g.fresh || g.decision != before
}

// judge asks the engine about an authentication that is about to start. What the
// caller got wrong is a fault; what the engine fails at is a step-up.
func (h *Hub) judge(ctx context.Context, by audit.Actor, r *row, c Circumstances) error {
	call := risk.Call{Customer: r.customer, Reference: r.id.String(), Channel: r.channel, Agent: c.Agent, Tag: c.Tag, Visit: c.Visit, NoConsent: c.NoConsent}
	if c.Address != "" {
		a, err := netip.ParseAddr(c.Address)
		if err != nil {
			return fault.Invalidf("authentication.address", "The address of the customer is not an IP address.").WithField("/risk/address").WithCause(err)
		}
		call.Address = a.WithZone("")
	}
	if h.risk == nil {
		r.risk.stricter(risk.Assessment{Result: score.Failed()})
		return nil
	}
	a, err := h.risk.Guard(ctx, riskLimit, func(ctx context.Context) (risk.Assessment, error) { return h.askRisk(ctx, by, r, call) })
	switch {
	case fault.Is(err, "risk.reference_used"):
		return reused() // the id came from the caller's key
	case err != nil:
		return err
	}
	r.risk.stricter(a)
	return nil
}

// askRisk asks about a login, a payment or something else.
func (h *Hub) askRisk(ctx context.Context, by audit.Actor, r *row, c risk.Call) (risk.Assessment, error) {
	switch {
	case !r.paid.IsZero():
		all, err := payments(r.paid)
		if err != nil {
			return risk.Assessment{}, err
		}
		return h.risk.Payment(ctx, by, "transfer", c, all)
	case r.purpose == policy.PurposeLogin:
		return h.risk.Session(ctx, by, c)
	}
	return h.risk.Action(ctx, by, r.purpose, c)
}

// payments are what the engine looks at: of a large batch the largest ones.
func payments(p payment.Payment) (all []risk.Payment, err error) {
	for _, o := range p.Orders() {
		amount, err := payment.ParseAmount(o.Amount, payment.Currency(o.Currency))
		if err != nil {
			return nil, err
		}
		x := risk.Payment{Amount: amount, Payee: o.Payee.Account}
		switch {
		case x.Payee == "":
			x.Payee = o.Payee.Name
		case o.Payee.Scheme == payment.IBAN:
			x.PayeeCountry = x.Payee[:2]
		}
		all = append(all, x)
	}
	slices.SortStableFunc(all, func(a, b risk.Payment) int { return int(min(1, max(-1, b.Amount.Minor-a.Amount.Minor))) })
	return all[:min(len(all), risk.MaxBatch)], nil
}

// again asks the engine after a right proof, which is about to be settled.
func (h *Hub) again(ctx context.Context, by audit.Actor, r *row) {
	if r.version == 0 || h.risk == nil || r.risk.event.IsZero() {
		return // it was asked a moment ago, or can say nothing
	}
	a, err := h.risk.Guard(ctx, riskLimit, func(ctx context.Context) (risk.Assessment, error) {
		return h.risk.Again(ctx, by, r.customer, r.risk.event)
	})
	if err != nil { // the event was erased: nothing is known of it any more
		a = risk.Assessment{Result: score.Failed()}
	}
	r.risk.stricter(a)
}

// told lets the engine know what became of a proof, after the commit. It learns from
// it and decides nothing by it, so its failures change no answer: what it was not told
// is swept as never ended.
func (h *Hub) told(ctx context.Context, a attempt, out Outcome) {
	g := a.row.risk
	if h.risk == nil || g.event.IsZero() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), riskLimit)
	defer cancel()
	customer, err := a.row.customer, error(nil)
	switch {
	case out.State == Granted:
		if g.up() {
			_, err = h.risk.Sign(ctx, a.by, customer, g.event, string(a.request.Policy.Method), true)
		}
		if err == nil {
			_, err = h.risk.Complete(ctx, a.by, customer, g.event)
		}
	case out.State == Denied:
		_, err = h.risk.Reject(ctx, a.by, customer, g.event)
	case out.Reason == authenticator.Wrong || out.Reason == authenticator.Replayed:
		_, err = h.risk.Sign(ctx, a.by, customer, g.event, string(a.request.Policy.Method), false)
	}
	if err != nil && h.untold != nil {
		h.untold(ctx, err)
	}
}

// loadRest reads what belongs to a stored row in other tables.
func (r *row) loadRest(tx *db.Tx, set *policy.Set) error {
	if err := r.loadPayment(tx); err != nil {
		return err
	}
	if j, known := set.Journey(r.purpose, r.channel); !known || !j.Risk.On {
		return nil
	}
	err := tx.Row("SELECT event, decision, exempt FROM authentication_risk WHERE customer = $1 AND id = $2", r.customer, r.id).Scan(&r.risk.event, &r.risk.decision, &r.risk.exempt)
	if errors.Is(err, db.ErrNoRow) { // it was started when its journey did not ask
		r.risk.decision, r.risk.fresh, err = score.StepUp, true, nil
	}
	return err
}

// keepRisk stores a new judgment of a row that is stored in the same unit. It ends with
// errChanged where the channel was closed since.
func (r *row) keepRisk(tx *db.Tx) error {
	if err := r.undisturbed(tx); err != nil || !r.risk.fresh {
		return err
	}
	_, err := tx.Exec(`INSERT INTO authentication_risk (customer, id, event, decision, exempt) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (customer, id) DO UPDATE SET event = excluded.event, decision = excluded.decision, exempt = excluded.exempt`, r.customer, r.id, r.risk.event, string(r.risk.decision), string(r.risk.exempt))
	return err
}
