package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/risk"
)

// riskLimit is how long the risk engine may take to answer; then it is a step-up.
const riskLimit = 2 * time.Second

// Circumstances are where and with what a customer is.
type Circumstances struct {
	Address   string `json:"address,omitempty" maxLength:"64" doc:"The customer's IP address."`
	Agent     string `json:"agent,omitempty" maxLength:"1024" doc:"The text of the User-Agent header; cut a longer one at 1024 bytes."`
	DeviceTag string `json:"device_tag,omitempty" maxLength:"128" doc:"What you know the device by: the value of a lasting cookie, or an app's id."`
	Visit     string `json:"visit,omitempty" maxLength:"128" doc:"The visit that the page was opened with (openVisit). Send what came back, whatever it is: of a page with the probe nothing, or something else, is told by its absence."`
	NoConsent bool   `json:"no_consent,omitempty" doc:"The customer does not consent to profiling beyond what the bank must do: visit, device tag and place are neither judged nor kept."`
}

// CreateRiskSession is the request of createRiskSession.
type CreateRiskSession struct {
	CustomerNumber string        `json:"customer_number" minLength:"1" maxLength:"80" doc:"The bank's number of the customer."`
	Reference      string        `json:"reference" minLength:"1" maxLength:"128" doc:"Your own id of the event: under it the same event gets the same answer."`
	Channel        string        `json:"channel,omitempty" maxLength:"128" doc:"Your application, such as web or mobile."`
	Circumstances  Circumstances `json:"circumstances" doc:"Where and with what the customer is; what is left out is a reason to look closer."`
}

// CreateRiskPayment is the request of createRiskPayment.
type CreateRiskPayment struct {
	CustomerNumber string             `json:"customer_number" minLength:"1" maxLength:"80" doc:"The bank's number of the customer."`
	Reference      string             `json:"reference" minLength:"1" maxLength:"128" doc:"Your own id of the event: under it the same event gets the same answer."`
	Channel        string             `json:"channel,omitempty" maxLength:"128" doc:"Your application, such as web or mobile."`
	Session        string             `json:"session,omitempty" maxLength:"64" doc:"The event of the session that it belongs to."`
	Type           string             `json:"type,omitempty" maxLength:"128" doc:"What kind of payment it is, in your words, such as domestic, foreign or own_account."`
	Payments       []RiskPaymentOrder `json:"payments" maxItems:"100" doc:"One payment, or a batch that is signed together: the riskiest one decides, and each has a score."`
	Circumstances  Circumstances      `json:"circumstances" doc:"Where and with what the customer is; what is left out is a reason to look closer."`
}

// RiskPaymentOrder is one payment of a batch.
type RiskPaymentOrder struct {
	Payee        string `json:"payee" minLength:"1" maxLength:"128" doc:"The payee's account: an IBAN, or another number with what makes it unique. Kept as a keyed hash."`
	PayeeCountry string `json:"payee_country,omitempty" maxLength:"2" doc:"Where the payee's bank is: two letters."`
	Amount       string `json:"amount" maxLength:"128" doc:"In decimal digits with at most one point, such as 1234.50: no more decimals than the currency has."`
	Currency     string `json:"currency" maxLength:"16" doc:"ISO 4217, such as EUR."`
	Own          bool   `json:"own_account,omitempty" doc:"Whether it goes to another account of the same customer."`
}

// CreateRiskAction is the request of createRiskAction.
type CreateRiskAction struct {
	CustomerNumber string        `json:"customer_number" minLength:"1" maxLength:"80" doc:"The bank's number of the customer."`
	Reference      string        `json:"reference" minLength:"1" maxLength:"128" doc:"Your own id of the event: under it the same event gets the same answer."`
	Channel        string        `json:"channel,omitempty" maxLength:"128" doc:"Your application, such as web or mobile."`
	Session        string        `json:"session,omitempty" maxLength:"64" doc:"The event of the session that it belongs to."`
	Type           string        `json:"type" minLength:"1" maxLength:"128" doc:"What the customer does. phone.change, email.change, password.change and device.add make a payment soon after riskier; other names are yours."`
	Circumstances  Circumstances `json:"circumstances" doc:"Where and with what the customer is; what is left out is a reason to look closer."`
}

// address reads the address; none is none.
func (c *Circumstances) address() (netip.Addr, error) {
	if c.Address == "" {
		return netip.Addr{}, nil
	}
	addr, err := netip.ParseAddr(c.Address)
	if err != nil {
		return addr, refuse(http.StatusUnprocessableEntity, "risk.address", "/circumstances/address", "This is not an IP address.")
	}
	return addr.WithZone(""), nil
}

// riskCall makes what the engine is told of what the requests have in common.
func (a *API) riskCall(ctx context.Context, number, reference, channel, session string, at *Circumstances) (risk.Call, error) {
	c := risk.Call{Reference: reference, Channel: channel, Agent: at.Agent, Tag: at.DeviceTag, Visit: at.Visit, NoConsent: at.NoConsent}
	var err error
	if c.Address, err = at.address(); err != nil {
		return c, err
	}
	if session != "" {
		if c.Session, err = ident.Parse(session); err != nil {
			return c, refuse(http.StatusUnprocessableEntity, "request.id", "/session", "This is not the id of an event.")
		}
	}
	if number != "" {
		who, err := a.Customers.GetByNumber(ctx, number)
		if err != nil {
			return c, err
		}
		c.Customer = who.ID
	}
	return c, nil
}

// judged asks the engine, which steps up when it fails or takes too long (SCA-76).
func (a *API) judged(ctx context.Context, c *call, f func(context.Context) (risk.Assessment, error)) (RiskJudgment, error) {
	got, err := a.Risk.Guard(ctx, riskLimit, f)
	if err == nil && got.Repeated {
		c.status = http.StatusOK
	}
	return judgmentOf(got), err
}

func (a *API) createRiskSession(ctx context.Context, c *call, in *CreateRiskSession) (RiskJudgment, error) {
	told, err := a.riskCall(ctx, in.CustomerNumber, in.Reference, in.Channel, "", &in.Circumstances)
	if err != nil {
		return RiskJudgment{}, err
	}
	return a.judged(ctx, c, func(ctx context.Context) (risk.Assessment, error) { return a.Risk.Session(ctx, c.access.Actor(), told) })
}

func (a *API) createRiskPayment(ctx context.Context, c *call, in *CreateRiskPayment) (RiskJudgment, error) {
	all, err := riskPayments(in.Payments)
	if err != nil {
		return RiskJudgment{}, err
	}
	told, err := a.riskCall(ctx, in.CustomerNumber, in.Reference, in.Channel, in.Session, &in.Circumstances)
	if err != nil {
		return RiskJudgment{}, err
	}
	return a.judged(ctx, c, func(ctx context.Context) (risk.Assessment, error) {
		return a.Risk.Payment(ctx, c.access.Actor(), in.Type, told, all)
	})
}

func (a *API) createRiskAction(ctx context.Context, c *call, in *CreateRiskAction) (RiskJudgment, error) {
	told, err := a.riskCall(ctx, in.CustomerNumber, in.Reference, in.Channel, in.Session, &in.Circumstances)
	if err != nil {
		return RiskJudgment{}, err
	}
	return a.judged(ctx, c, func(ctx context.Context) (risk.Assessment, error) {
		return a.Risk.Action(ctx, c.access.Actor(), in.Type, told)
	})
}

// riskPayments reads the amounts of a batch; faults say which one is wrong.
func riskPayments(orders []RiskPaymentOrder) (all []risk.Payment, err error) {
	for i, o := range orders {
		currency, err := payment.ParseCurrency(o.Currency)
		if err != nil {
			return nil, ofPayment(err, i)
		}
		amount, err := payment.ParseAmount(o.Amount, currency)
		if err != nil {
			return nil, ofPayment(err, i)
		}
		all = append(all, risk.Payment{Amount: amount, Payee: o.Payee, PayeeCountry: o.PayeeCountry, Own: o.Own})
	}
	return all, nil
}

func ofPayment(err error, i int) error {
	f := fault.From(err)
	return f.WithField(fmt.Sprintf("/payments/%d%s", i, f.Field))
}

// riskNames are the fields of the engine that are called otherwise here.
func riskNames() map[string]string {
	return map[string]string{
		"agent": "/circumstances/agent", "tag": "/circumstances/device_tag", "visit": "/circumstances/visit",
		"amount": "/payments", "payee": "/payments", "currency": "/payments",
	}
}

func (a *API) riskEventOperations() []operation {
	at := func(id, rest, summary, text string) route {
		return route{
			id: id, method: http.MethodPost, path: "/v1/risk/" + rest, tag: tagRisk, scopes: client.RiskWrite, summary: summary, absent: true, disputed: true,
			text: text + " The same reference gets the same answer, with status 200. When the engine cannot answer in time the decision is step-up and there is no event.",
		}
	}
	from := Circumstances{Address: "192.0.2.10", Agent: "Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0", DeviceTag: "b7f3a1c2", Visit: exampleVisit}
	batch := exampleJudgment()
	batch.Payments = []RiskPaymentScore{{Score: 312}}
	return []operation{
		act[CreateRiskSession, RiskJudgment]{
			route:  at("createRiskSession", "sessions", "Have a session judged", "Judges a login, after its first factor."),
			status: http.StatusCreated, other: http.StatusOK, names: riskNames(), do: a.createRiskSession, out: exampleJudgment(),
			in: CreateRiskSession{CustomerNumber: "10023", Reference: "login-7f2a", Channel: "web", Circumstances: from},
		},
		act[CreateRiskPayment, RiskJudgment]{
			route:  at("createRiskPayment", "payments", "Have a payment or a batch judged", "Judges one payment, or a batch that is signed together."),
			status: http.StatusCreated, other: http.StatusOK, names: riskNames(), do: a.createRiskPayment, out: batch,
			in: CreateRiskPayment{
				CustomerNumber: "10023", Reference: "payment-118", Channel: "web", Session: exampleID, Type: "domestic", Circumstances: from,
				Payments: []RiskPaymentOrder{{Payee: "NO9386011117947", PayeeCountry: "NO", Amount: "90.00", Currency: "EUR"}},
			},
		},
		act[CreateRiskAction, RiskJudgment]{
			route:  at("createRiskAction", "actions", "Have another action judged", "Judges something that moves no money, such as a new phone number."),
			status: http.StatusCreated, other: http.StatusOK, names: riskNames(), do: a.createRiskAction, out: exampleJudgment(),
			in: CreateRiskAction{CustomerNumber: "10023", Reference: "change-41", Channel: "web", Session: exampleID, Type: "phone.change", Circumstances: from},
		},
	}
}
