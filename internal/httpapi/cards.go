package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/vault"
)

// Card is a card of a customer for which payment tokens may stand.
type Card struct {
	ID        string    `json:"id" doc:"Our id, as in the audit log."`
	Portfolio string    `json:"portfolio" doc:"The id of its portfolio."`
	Last4     string    `json:"last4" doc:"The last four digits of its number."`
	Expires   string    `json:"expires" doc:"The month that is printed on it, YYMM."`
	Sequence  int       `json:"sequence" doc:"Its sequence number."`
	State     string    `json:"state" enum:"good,blocked,closed" doc:"blocked: its tokens are suspended, and it gets none. closed: for good; its tokens are deleted."`
	CreatedAt time.Time `json:"created_at" doc:"When it was enrolled."`
	ChangedAt time.Time `json:"changed_at" doc:"When its state last changed."`
}

// Cards are the cards of a customer.
type Cards struct {
	Cards []Card `json:"cards" doc:"The oldest first, closed ones included."`
}

// AddCard is the request of addCard.
type AddCard struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Number         string `json:"number" minLength:"13" maxLength:"32" doc:"The account number on the card, blanks and hyphens allowed. It is kept sealed, and never answered."`
	Expires        string `json:"expires" minLength:"4" maxLength:"4" doc:"The month that is printed on it, YYMM."`
	Sequence       int    `json:"sequence,omitempty" minimum:"0" maximum:"99" doc:"Its sequence number."`
	Portfolio      string `json:"portfolio" minLength:"1" maxLength:"64" doc:"The id of its portfolio."`
}

// CardAct is the request of acts on a card.
type CardAct struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the card."`
	Reason         string `json:"reason" minLength:"1" maxLength:"200" doc:"Why, for people."`
}

// RenewCard is the request of renewCard.
type RenewCard struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the card."`
	Expires        string `json:"expires" minLength:"4" maxLength:"4" doc:"The month that is printed on the new card, YYMM."`
	Sequence       int    `json:"sequence,omitempty" minimum:"0" maximum:"99" doc:"Its sequence number."`
	Reason         string `json:"reason" minLength:"1" maxLength:"200" doc:"Why, for people."`
}

func cardOf(a *vault.Account) Card {
	return Card{
		ID: a.ID.String(), Portfolio: a.Portfolio.String(), Last4: a.Last4, Expires: a.Expires, Sequence: a.Sequence, State: string(a.Status), CreatedAt: a.Created, ChangedAt: a.Changed,
	}
}

func (a *API) cardOperations() []operation {
	at := func(id, method, rest, summary, text string, scopes client.Scopes) route {
		return route{id: id, method: method, path: "/v1/customers/{customer_number}/cards" + rest, tag: tagPayments, scopes: scopes, summary: summary, text: text}
	}
	one := func(state vault.AccountStatus) Card {
		c := cardOf(&vault.Account{Last4: "1237", Expires: "2912", Status: state, Created: exampleTime(0), Changed: exampleTime(0)})
		c.ID, c.Portfolio = exampleID, exampleID
		return c
	}
	turn := func(id, verb, summary, text string, state vault.AccountStatus, do cardDo) operation {
		return act[CardAct, Card]{
			route:  at(id, http.MethodPost, "/{id}/"+verb, summary, text, client.PaymentsWrite),
			status: http.StatusOK, repeats: stored, do: a.cardAct(do), in: CardAct{Reason: "The card is lost."}, out: one(state),
		}
	}
	add := at("addCard", http.MethodPost, "", "Enroll a card", "The customer's devices may then have payment tokens for it.", client.PaymentsWrite)
	add.absent, add.disputed = true, true
	return []operation{
		act[CustomerRef, Cards]{
			route:  at("listCards", http.MethodGet, "", "List a customer's cards", "", client.PaymentsRead),
			status: http.StatusOK, do: a.listCards, out: Cards{[]Card{one(vault.Good)}},
		},
		act[AddCard, Card]{
			route: add, status: http.StatusCreated, repeats: stored, do: a.addCard,
			in: AddCard{Number: "4147 0900 0000 1237", Expires: "2912", Portfolio: exampleID}, out: one(vault.Good),
		},
		act[RenewCard, Card]{
			route: at("renewCard", http.MethodPost, "/{id}/renew", "Renew a card",
				"The customer has the next card with the same number: tokens go on paying for it. Without it they stop with the month that is over.", client.PaymentsWrite),
			status: http.StatusOK, repeats: stored, do: a.renewCard, in: RenewCard{Expires: "3212", Sequence: 1, Reason: "The next card was sent."}, out: one(vault.Good),
		},
		turn("blockCard", "block", "Block a card", "Its tokens are suspended at once.", vault.Blocked, (*vault.Desk).BlockAccount),
		turn("unblockCard", "unblock", "Unblock a card", "Its tokens work again, those excepted that are suspended for another reason.", vault.Good, (*vault.Desk).UnblockAccount),
		turn("closeCard", "close", "Close a card", "For good; its tokens are deleted.", vault.Closed, (*vault.Desk).CloseAccount),
	}
}

func (a *API) listCards(ctx context.Context, _ *call, in *CustomerRef) (Cards, error) {
	out := Cards{[]Card{}}
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return out, err
	}
	all, err := a.Vault.Accounts(ctx, who.ID)
	for i := range all {
		out.Cards = append(out.Cards, cardOf(&all[i]))
	}
	return out, err
}

func (a *API) addCard(ctx context.Context, c *call, in *AddCard) (Card, error) {
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return Card{}, err
	}
	portfolio, err := ident.Parse(in.Portfolio)
	if err != nil {
		return Card{}, fault.NotFoundf("vault.portfolio", "There is no such portfolio.").WithField("/portfolio").WithCause(err)
	}
	x, err := a.Vault.AddAccount(ctx, c.access.Actor(), vault.NewAccount{Customer: who.ID, Portfolio: portfolio, Number: in.Number, Expires: in.Expires, Sequence: in.Sequence})
	return cardOf(&x), err
}

func (a *API) renewCard(ctx context.Context, c *call, in *RenewCard) (Card, error) {
	return a.cardAct(func(d *vault.Desk, ctx context.Context, by audit.Actor, id ident.ID, note string) error {
		return d.RenewAccount(ctx, by, id, in.Expires, in.Sequence, note)
	})(ctx, c, &CardAct{CustomerNumber: in.CustomerNumber, ID: in.ID, Reason: in.Reason})
}

// cardDo is an act on a card.
type cardDo = func(d *vault.Desk, ctx context.Context, by audit.Actor, id ident.ID, note string) error

// cardAct carries one out.
func (a *API) cardAct(do cardDo) func(context.Context, *call, *CardAct) (Card, error) {
	return func(ctx context.Context, c *call, in *CardAct) (Card, error) {
		id, err := ident.Parse(in.ID)
		if err != nil {
			return Card{}, fault.NotFoundf("vault.account", "There is no such card.").WithCause(err)
		}
		who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
		if err != nil {
			return Card{}, err
		}
		if _, err := a.Vault.Account(ctx, who.ID, id); err != nil {
			return Card{}, err
		}
		if err := do(a.Vault, ctx, c.access.Actor(), id, in.Reason); err != nil {
			return Card{}, err
		}
		x, err := a.Vault.Account(ctx, who.ID, id)
		return cardOf(&x), err
	}
}
