package exemption

import (
	"io"
	"sync/atomic"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Kinds of audit records.
const (
	AuditUsed           = "exemption.used"
	AuditTrusted        = "exemption.payee_trusted"
	AuditDistrusted     = "exemption.payee_removed"
	AuditSeriesBegun    = "exemption.series_begun"
	AuditSeriesEnded    = "exemption.series_ended"
	AuditAccounts       = "exemption.accounts_set"
	AuditFraud          = "exemption.fraud_reported"
	AuditFraudWithdrawn = "exemption.fraud_withdrawn"
)

// Desk is where exemptions are decided, used and reported. DB, Policies and Rand are
// required. It must not be copied.
type Desk struct {
	DB       *db.DB
	Policies *policy.Book
	Rand     io.Reader // for ids

	ledger atomic.Pointer[ledger]
}

// Decide judges a request by what is stored of the customer. It changes nothing and
// may run outside the settling unit: Use judges again.
func (d *Desk) Decide(tx *db.Tx, r Request) (Decision, error) {
	set := d.Policies.Active()
	stored, err := load(tx, set.Exemptions, r)
	if err != nil {
		return Decision{}, err
	}
	return Judge(set, Facts{Request: r, Now: tx.Now, Stored: stored, Bands: d.standings(tx.Now, set)}), nil
}

// Use leaves strong authentication out for what was decided: in the unit that grants
// it consumes the counter or the turn, and records the use. It returns the name of
// the use, by which fraud is reported. It is false, and changes nothing, when the
// exemption does not apply any more: another payment was faster, a list or the
// policies changed. Then the customer has to authenticate.
func (d *Desk) Use(tx *db.Tx, by audit.Actor, was Decision) (id ident.ID, ok bool, err error) {
	if !was.Exempt() {
		return id, false, nil
	}
	now, err := d.Decide(tx, was.request)
	if err != nil || now.Exemption != was.Exemption {
		return id, false, err
	}
	x := d.Policies.Active().Exemptions
	if ok, err = consume(tx, x, now); err != nil || !ok {
		return id, false, err
	}
	u := d.use(tx.Now, x, now)
	if err := u.insert(tx); err != nil {
		return id, false, err
	}
	audit.Record(tx, audit.Event{Kind: AuditUsed, By: by, Customer: u.customer, Object: "use:" + u.id.String(), Details: usedDetails{
		u.exemption, u.channel, u.instrument, u.payment.String(), u.decision, u.authentication, u.policies, now.request.View, now.request.Provider, now.request.Series, now.request.Protocol,
	}})
	return u.id, true, nil
}

type usedDetails struct {
	Exemption      policy.Exemption `json:"exemption"`
	Channel        string           `json:"channel"`
	Instrument     Instrument       `json:"instrument,omitempty"`
	Payment        string           `json:"payment,omitempty"`
	Decision       ident.ID         `json:"decision,omitzero"`
	Authentication ident.ID         `json:"authentication,omitzero"`
	Policies       int64            `json:"policies"`
	View           View             `json:"view,omitempty"`
	Provider       string           `json:"provider,omitempty"`
	Series         ident.ID         `json:"series,omitzero"`
	Protocol       string           `json:"protocol,omitempty"`
}

// Strong is told of every authentication that was granted with strong
// authentication, in the unit that grants it: the counters of low value begin anew, a
// login lets the customer see their accounts again, an act of self-service or a
// payment is a warrant for one change of a list, and a payment counts among all
// payments. It does nothing while no exemption is on. The hub's audit record of the
// grant is the record of this, too.
func (d *Desk) Strong(tx *db.Tx, s Shown) error {
	set := d.Policies.Active()
	if !set.Exemptions.Any() {
		return nil
	}
	if err := s.store(tx); err != nil || s.Payment.IsZero() {
		return err
	}
	u := d.use(tx.Now, set.Exemptions, Decision{Exemption: strong, Policies: set.Version, request: Request{
		Customer: s.Customer, Authentication: s.Authentication, Channel: s.Channel, Payment: s.Payment, Instrument: s.Instrument, Risk: Risk{Decision: s.Decision},
	}})
	return u.insert(tx)
}

// Shown is an authentication that was granted with strong authentication.
type Shown struct {
	Customer       ident.ID
	Authentication ident.ID
	Purpose        string // of the journey
	Channel        string
	Payment        payment.Payment // that was approved; zero for none
	Instrument     Instrument      // of the payment
	Provider       string          // the account information provider through which the customer came; "" for none
	Decision       ident.ID        // of risk; zero for none
}

// strong stands in the table of uses for payments with strong authentication.
const strong policy.Exemption = "strong"

// use is a row of exemption_use.
type use struct {
	customer, id             ident.ID
	at                       time.Time
	exemption                policy.Exemption
	instrument               Instrument
	channel                  string
	amount                   payment.Amount
	cents                    *int64
	orders                   int
	payment                  payment.Hash
	decision, authentication ident.ID
	policies                 int64
}

func (d *Desk) use(now time.Time, x policy.Exemptions, n Decision) use {
	r := n.request
	u := use{
		customer: r.Customer, id: ident.New(now, d.Rand), at: now, exemption: n.Exemption, instrument: r.Instrument, channel: r.Channel, amount: r.Payment.Total(),
		orders: r.Payment.Len(), payment: r.Payment.Hash(), decision: r.Risk.Decision, authentication: r.Authentication, policies: n.Policies,
	}
	switch {
	case r.Payment.IsZero():
		u.cents, u.instrument = new(int64), ""
	default:
		if cents, ok := value(x.Euro, u.amount, now); ok {
			u.cents = &cents
		}
	}
	return u
}

func (u use) insert(tx *db.Tx) error {
	_, err := tx.Exec(`INSERT INTO exemption_use (customer, id, at, day, exemption, instrument, channel, minor, currency, cents, orders, payment, decision, authentication, policies)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		u.customer, u.id, u.at, int64(DayOf(u.at)), string(u.exemption), string(u.instrument), u.channel, u.amount.Minor, string(u.amount.Currency), u.cents, u.orders,
		u.payment, u.decision, u.authentication, u.policies)
	return err
}
