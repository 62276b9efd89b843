package httpapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/vault"
)

// Portfolio is a set of cards that are served alike.
type Portfolio struct {
	ID        string         `json:"id" doc:"Our id, as in the audit log."`
	Name      string         `json:"name" doc:"What people call it."`
	Prefix    string         `json:"prefix" doc:"The digits with which its tokens begin."`
	Digits    int            `json:"digits" doc:"How many digits its tokens have."`
	Version   int            `json:"version" doc:"Of its profile, from 1."`
	Profile   PaymentProfile `json:"profile" doc:"How its tokens work."`
	CreatedAt time.Time      `json:"created_at" doc:"When it was made."`
	ChangedAt time.Time      `json:"changed_at" doc:"When its profile was last changed."`
}

// PaymentProfile says how the tokens of a portfolio work.
type PaymentProfile struct {
	Suite        string   `json:"suite" enum:"aes,emv-tdes" doc:"The algorithms of its cryptograms."`
	Assist       string   `json:"assist" enum:"storage,encryption" doc:"What a second device gives. storage: its data open the key. encryption: it holds half of the key."`
	Variant      string   `json:"variant" enum:"protected,plain" doc:"How the two halves of a cryptogram travel between devices."`
	Wrap         string   `json:"wrap" enum:"hardened,patent" doc:"How data of devices become keys."`
	Adding       string   `json:"adding" enum:"device,approval" doc:"What it takes that a token which a device asked for may pay: the word of the device, or the approval of its owner."`
	Response     string   `json:"response" enum:"none,method-1,method-2" doc:"How the issuer's answer to a chip proves itself (EMV Book 2, section 8.2)."`
	Key          KeyLimit `json:"key" doc:"Where a limited-use key ends."`
	Data         KeyLimit `json:"data" doc:"Where limited-use dynamic data end."`
	LowUses      int      `json:"low_uses" doc:"So many uses are left: a device asks for the next key."`
	LowShare     int      `json:"low_share" doc:"Percent of amount or time that are left, likewise."`
	Keys         int      `json:"keys" doc:"How many keys a device holds at most."`
	CacheMinutes int      `json:"cache_minutes" doc:"How long a device keeps what a second one gave."`
	TokenDays    int      `json:"token_days" doc:"The life of a token."`
}

// KeyLimit is where something of limited use ends: at what is reached first. What is not there is no limit.
type KeyLimit struct {
	Uses     int    `json:"uses,omitempty" doc:"Payments."`
	Hours    int    `json:"hours,omitempty" doc:"Time since it was given."`
	Amount   string `json:"amount,omitempty" doc:"The sum of all payments, in decimal digits."`
	Currency string `json:"currency,omitempty" doc:"ISO 4217, of the amount."`
	Foreign  string `json:"foreign,omitempty" enum:"refuse,count" doc:"Payments in another currency: refused, or counted as a use alone."`
}

// Portfolios are all portfolios.
type Portfolios struct {
	Portfolios []Portfolio `json:"portfolios" doc:"By their names."`
}

// minor writes an amount of minor units in decimal digits.
func minor(n int64, currency string) string {
	return payment.Amount{Minor: n, Currency: payment.Currency(currency)}.Decimal()
}

func limitOf(t vault.Threshold) KeyLimit {
	l := KeyLimit{Uses: t.Uses, Hours: t.Hours, Currency: t.Currency, Foreign: t.Foreign}
	if t.Amount > 0 {
		l.Amount = minor(t.Amount, t.Currency)
	}
	return l
}

func portfolioOf(p *vault.Portfolio) Portfolio {
	x := &p.Profile
	return Portfolio{
		ID: p.ID.String(), Name: p.Name, Prefix: p.Range.Prefix, Digits: p.Range.Digits, Version: p.Version, CreatedAt: p.Created, ChangedAt: p.Changed,
		Profile: PaymentProfile{
			Suite: x.Suite, Assist: x.Assist, Variant: x.Variant, Wrap: x.Wrap, Adding: x.Adding, Response: x.Response, Key: limitOf(x.Key), Data: limitOf(x.Data), LowUses: x.LowUses, LowShare: x.LowShare,
			Keys: x.Keys, CacheMinutes: int(x.Cache), TokenDays: x.TokenDays,
		},
	}
}

// payingOperations are those about cards, payment tokens and payments.
func (a *API) payingOperations() []operation {
	example := portfolioOf(&vault.Portfolio{Name: "Debit", Range: vault.Range{Prefix: "490000", Digits: 16}, Version: 1, Profile: vault.DefaultProfile(), Created: exampleTime(0), Changed: exampleTime(0)})
	example.ID = exampleID
	return slices.Concat([]operation{
		act[nothing, Portfolios]{
			route:  route{id: "listPortfolios", method: http.MethodGet, path: "/v1/portfolios", tag: tagPayments, scopes: client.PaymentsRead, summary: "List the portfolios", text: "They are created and changed by the bank's officers, in the console."},
			status: http.StatusOK, do: a.listPortfolios, out: Portfolios{[]Portfolio{example}},
		},
	}, a.cardOperations(), a.paymentTokenOperations(), a.authorizationOperations(), a.authorizeOperations())
}

func (a *API) listPortfolios(ctx context.Context, _ *call, _ *nothing) (Portfolios, error) {
	out := Portfolios{[]Portfolio{}}
	all, err := a.Vault.Portfolios(ctx)
	for i := range all {
		out.Portfolios = append(out.Portfolios, portfolioOf(&all[i]))
	}
	return out, err
}
