package httpapi

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/vault"
)

// PaymentToken stands for a card on one device.
type PaymentToken struct {
	ID        string         `json:"id" doc:"Our id, as in the audit log."`
	Card      string         `json:"card" doc:"The id of the card that it stands for."`
	CardLast4 string         `json:"card_last4" doc:"The last four digits of the card."`
	Last4     string         `json:"last4" doc:"The last four digits of the token itself, as on receipts."`
	Device    string         `json:"device" doc:"The id of the device that pays with it (getCompanion)."`
	With      []string       `json:"with" doc:"The ids of the other devices without which it does not pay."`
	State     string         `json:"state" enum:"inactive,active,suspended,deleted" doc:"inactive: the device has not said yet that it holds it."`
	Causes    []PaymentCause `json:"causes" doc:"Why it is suspended, the oldest first: it works again when none is left."`
	Counter   int            `json:"counter" doc:"Its highest transaction counter."`
	Renewals  int            `json:"renewals" doc:"How often its device got keys."`
	Grants    []PaymentGrant `json:"grants" doc:"Keys of limited use that its device got, and then data for codes; the newest first."`
	ExpiresAt time.Time      `json:"expires_at" doc:"When it ends."`
	CreatedAt time.Time      `json:"created_at" doc:"When it was issued."`
	ChangedAt time.Time      `json:"changed_at" doc:"When its state last changed."`
}

// PaymentCause is one reason of a suspension.
type PaymentCause struct {
	Reason string `json:"reason" enum:"card,device,customer,issuer,approval" doc:"card: its card is blocked. device: a device is lost or suspended. customer, issuer: they wanted it. approval: a device asked for it, and its owner has not approved it yet."`
	About  string `json:"about,omitempty" doc:"What it is about: the id of the card or the device, or a case."`
}

// PaymentGrant is a key, or data, of limited use.
type PaymentGrant struct {
	Index     string    `json:"index" doc:"What tells it from the others of its token: YHHHHCC."`
	Kind      string    `json:"kind" enum:"key,data" doc:"What it is."`
	State     string    `json:"state" enum:"good,ended,time,uses,amount" doc:"good, or what it ended by. ended: it was taken away."`
	Limit     KeyLimit  `json:"limit" doc:"Where it ends."`
	Used      int       `json:"used" doc:"Payments that were made with it."`
	Charged   string    `json:"charged,omitempty" doc:"Their sum, in decimal digits of the limit's currency."`
	ExpiresAt time.Time `json:"expires_at" doc:"When it ends at the latest."`
	CreatedAt time.Time `json:"created_at" doc:"When the device got it."`
}

// PaymentTokens are the payment tokens of a customer.
type PaymentTokens struct {
	Tokens []PaymentToken `json:"payment_tokens" doc:"The oldest first, deleted ones included."`
}

// PaymentTokenRef names a payment token.
type PaymentTokenRef struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the payment token."`
}

// TurnPaymentToken is the request of suspendPaymentToken.
type TurnPaymentToken struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the payment token."`
	Reason         string `json:"reason" enum:"customer,issuer" doc:"Who wants it."`
	About          string `json:"about,omitempty" maxLength:"60" doc:"What it is about, such as a case: with it the same is taken back. Ids, no names."`
}

// ResumePaymentToken is the request of resumePaymentToken.
type ResumePaymentToken struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the payment token."`
	Reason         string `json:"reason" enum:"customer,issuer,approval" doc:"Who wanted it; approval: the customer approves a new token."`
	About          string `json:"about,omitempty" maxLength:"60" doc:"What it is about, as it was said then."`
}

// DeletePaymentToken is the request of deletePaymentToken.
type DeletePaymentToken struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the payment token."`
	Reason         string `json:"reason" minLength:"1" maxLength:"200" doc:"Why, for people."`
}

func (a *API) paymentTokenOf(h *vault.Holding) PaymentToken {
	out := PaymentToken{
		ID: h.ID.String(), Card: h.Account.String(), CardLast4: h.Card.Last4, Last4: h.Last4, Device: h.Device.String(), With: []string{}, State: string(h.Status), Causes: []PaymentCause{},
		Counter: h.Counter, Renewals: h.Renewals, Grants: []PaymentGrant{}, ExpiresAt: h.Expires, CreatedAt: h.Created, ChangedAt: h.Changed,
	}
	for _, id := range h.With {
		out.With = append(out.With, id.String())
	}
	for _, c := range h.Causes {
		out.Causes = append(out.Causes, PaymentCause{string(c.Reason), c.About})
	}
	for i := range h.Grants {
		g := &h.Grants[i]
		x := PaymentGrant{Index: g.Index.String(), Kind: string(g.Kind), State: cmp.Or(string(g.State(a.Now())), "good"), Limit: limitOf(g.Limit), Used: g.Used, ExpiresAt: g.Expires, CreatedAt: g.Created}
		if g.Limit.Amount > 0 {
			x.Charged = minor(g.Charged, g.Limit.Currency)
		}
		out.Grants = append(out.Grants, x)
	}
	return out
}

func examplePaymentToken(state vault.Status, causes ...PaymentCause) PaymentToken {
	return PaymentToken{
		ID: exampleID, Card: exampleID, CardLast4: "1237", Last4: "8812", Device: exampleID, With: []string{exampleID}, State: string(state), Causes: append([]PaymentCause{}, causes...), Counter: 7, Renewals: 1,
		Grants:    []PaymentGrant{{Index: "6734500", Kind: "key", State: "good", Limit: limitOf(vault.DefaultProfile().Key), Used: 7, Charged: "182.40", ExpiresAt: exampleTime(7200), CreatedAt: exampleTime(0)}},
		ExpiresAt: exampleTime(1_576_800), CreatedAt: exampleTime(0), ChangedAt: exampleTime(3),
	}
}

func (a *API) paymentTokenOperations() []operation {
	at := func(id, method, rest, summary, text string, scopes client.Scopes) route {
		return route{id: id, method: method, path: "/v1/customers/{customer_number}/payment-tokens" + rest, tag: tagPayments, scopes: scopes, summary: summary, text: text}
	}
	wish := TurnPaymentToken{Reason: "issuer", About: "case 4711"}
	return []operation{
		act[CustomerRef, PaymentTokens]{
			route:  at("listPaymentTokens", http.MethodGet, "", "List a customer's payment tokens", "With the device of each, why it is suspended, and what is left of its keys.", client.PaymentsRead),
			status: http.StatusOK, do: a.listPaymentTokens, out: PaymentTokens{[]PaymentToken{examplePaymentToken(vault.Active)}},
		},
		act[PaymentTokenRef, PaymentToken]{
			route:  at("getPaymentToken", http.MethodGet, "/{id}", "Look at a payment token", "", client.PaymentsRead),
			status: http.StatusOK, do: a.getPaymentToken, out: examplePaymentToken(vault.Active),
		},
		act[TurnPaymentToken, PaymentToken]{
			route:  at("suspendPaymentToken", http.MethodPost, "/{id}/suspend", "Suspend a payment token", "It does not pay until this reason and all others are taken away.", client.PaymentsWrite),
			status: http.StatusOK, repeats: stored, do: a.turnPaymentToken((*vault.Desk).SuspendFor), in: wish, out: examplePaymentToken(vault.Suspended, PaymentCause{"issuer", "case 4711"}),
		},
		act[ResumePaymentToken, PaymentToken]{
			route: at("resumePaymentToken", http.MethodPost, "/{id}/resume", "Take a reason of a suspension away",
				"The token works again when none is left. For the reasons customer and approval, the customer must have been identified."+identifiedText, client.PaymentsWrite),
			status: http.StatusOK, repeats: stored, do: a.resumePaymentToken, in: ResumePaymentToken(wish), out: examplePaymentToken(vault.Active),
		},
		act[DeletePaymentToken, PaymentToken]{
			route:  at("deletePaymentToken", http.MethodPost, "/{id}/delete", "Delete a payment token", "For good, and its keys; its devices forget it.", client.PaymentsWrite),
			status: http.StatusOK, repeats: stored, do: a.deletePaymentToken, in: DeletePaymentToken{Reason: "The phone was sold."}, out: examplePaymentToken(vault.Deleted),
		},
	}
}

func (a *API) listPaymentTokens(ctx context.Context, _ *call, in *CustomerRef) (PaymentTokens, error) {
	out := PaymentTokens{[]PaymentToken{}}
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return out, err
	}
	all, err := a.Vault.Holdings(ctx, who.ID)
	for i := range all {
		out.Tokens = append(out.Tokens, a.paymentTokenOf(&all[i]))
	}
	return out, err
}

// paymentTokenAt finds the token that is meant; whether there is one is found out later.
func (a *API) paymentTokenAt(ctx context.Context, number, id string) (on vault.On, err error) {
	if on.ID, err = ident.Parse(id); err != nil {
		return on, fault.NotFoundf("vault.token", "There is no such token.").WithCause(err)
	}
	who, err := a.Customers.GetByNumber(ctx, number)
	on.Customer = who.ID
	return on, err
}

func (a *API) paymentTokenNow(ctx context.Context, on vault.On) (PaymentToken, error) {
	h, err := a.Vault.Holding(ctx, on.Customer, on.ID)
	if err != nil {
		return PaymentToken{}, err
	}
	return a.paymentTokenOf(&h), nil
}

func (a *API) getPaymentToken(ctx context.Context, _ *call, in *PaymentTokenRef) (PaymentToken, error) {
	on, err := a.paymentTokenAt(ctx, in.CustomerNumber, in.ID)
	if err != nil {
		return PaymentToken{}, err
	}
	return a.paymentTokenNow(ctx, on)
}

// turnPaymentToken gives a token a reason of a suspension, or takes it away.
func (a *API) turnPaymentToken(do func(*vault.Desk, context.Context, audit.Actor, vault.On, vault.Cause) error) func(context.Context, *call, *TurnPaymentToken) (PaymentToken, error) {
	return func(ctx context.Context, c *call, in *TurnPaymentToken) (PaymentToken, error) {
		on, err := a.paymentTokenAt(ctx, in.CustomerNumber, in.ID)
		if err != nil {
			return PaymentToken{}, err
		}
		if err := do(a.Vault, ctx, c.access.Actor(), on, vault.Cause{Reason: vault.Reason(in.Reason), About: in.About}); err != nil {
			return PaymentToken{}, err
		}
		return a.paymentTokenNow(ctx, on)
	}
}

func (a *API) resumePaymentToken(ctx context.Context, c *call, in *ResumePaymentToken) (PaymentToken, error) {
	turn := TurnPaymentToken(*in)
	return a.turnPaymentToken((*vault.Desk).ResumeFor)(ctx, c, &turn)
}

func (a *API) deletePaymentToken(ctx context.Context, c *call, in *DeletePaymentToken) (PaymentToken, error) {
	on, err := a.paymentTokenAt(ctx, in.CustomerNumber, in.ID)
	if err != nil {
		return PaymentToken{}, err
	}
	if err := a.Vault.DeleteFor(ctx, c.access.Actor(), on, in.Reason); err != nil {
		return PaymentToken{}, err
	}
	return a.paymentTokenNow(ctx, on)
}
