package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/vault"
)

const pan = "4147 0900 0000 1237"

// purse is a customer with a phone, a card, and a token on the phone that has a key.
type purse struct {
	card  string // id
	token vault.Issued
	key   vault.Granted
	spent int
}

func (w *world) portfolio() vault.Portfolio {
	w.Helper()
	p, err := w.config.Vault.CreatePortfolio(w.Context(), by(), vault.NewPortfolio{Name: "Debit", Range: vault.Range{Prefix: "490000", Digits: 16}, Profile: vault.DefaultProfile()})
	w.must(err)
	return p
}

func (w *world) purse(number string) *purse {
	w.Helper()
	w.customer(number)
	w.identify(number)
	phone := w.enrolled(w.post("/v1/customers/"+number+"/companions/invitations", fields{"kind": "phone"}).status(http.StatusCreated).text("code"))
	card := w.post("/v1/customers/"+number+"/cards", fields{"number": pan, "expires": "2912", "portfolio": w.portfolio().ID.String()}).status(http.StatusCreated).text("id")
	accounts, err := w.config.Vault.Accounts(w.Context(), phone.Customer)
	w.must(err)
	p := &purse{card: card}
	p.token, err = w.config.Vault.Issue(w.Context(), by(), accounts[0].ID, phone.ID)
	w.must(err)
	w.must(w.config.Vault.Activate(w.Context(), by(), p.token.ID))
	p.key, err = w.config.Vault.Renew(w.Context(), by(), p.token.ID, vault.Key, 1)
	w.must(err)
	return p
}

// pay is a payment with the token; good says whether its cryptogram is.
func (w *world) pay(p *purse, amount int64, good bool) issuing.Decision {
	w.Helper()
	p.spent++
	k, err := cryptogram.NewKey(cryptogram.AES, p.key.Secret)
	w.must(err)
	data, err := cryptogram.Input{Static: "COUNTERSIGN", Count: uint32(p.spent)}.Data()
	w.must(err)
	proof := issuing.Dynamic{Index: p.key.Index, Counter: p.spent, Cryptogram: k.Cryptogram(data)}
	if !good {
		proof.Cryptogram[0] ^= 1
	}
	d, err := w.config.Issuing.Authorize(w.Context(), by(), issuing.Request{
		Key: p.token.ID.String() + strings.Repeat("x", p.spent), Path: issuing.ByMerchant, Number: p.token.Number, Amount: amount, Currency: "EUR", At: w.clock.Now(), Dynamic: &proof,
		Merchant: issuing.Merchant{ID: "SHOP", Name: "Corner shop", Category: "5411", Country: "276", Terminal: "T1"},
	})
	w.must(err)
	return d
}

// silent fails if an answer has the number of the card or of the token.
func (r *response) silent(p *purse) *response {
	r.w.Helper()
	for _, secret := range []string{strings.ReplaceAll(pan, " ", ""), pan, p.token.Number} {
		if strings.Contains(string(r.raw), secret) {
			r.w.Errorf("%v has a number in it", r)
		}
	}
	return r
}

// TestCards: a card from its enrollment to its end, and its tokens with it.
func TestCards(t *testing.T) {
	each(t, func(w *world) {
		p := w.purse("10023")
		const at = "/v1/customers/10023/cards"
		w.get("/v1/portfolios").status(http.StatusOK).silent(p).first("portfolios", fields{"name": "Debit", "prefix": "490000", "digits": 16, "version": 1})
		list := w.get(at).status(http.StatusOK).silent(p)
		list.first("cards", fields{"id": p.card, "last4": "1237", "expires": "2912", "state": "good"})
		portfolio := list.value["cards"].([]any)[0].(map[string]any)["portfolio"]
		again := fields{"number": strings.ReplaceAll(pan, " ", ""), "expires": "2912", "portfolio": portfolio}
		w.post(at, again).problem(http.StatusConflict, "vault.taken").silent(p)
		again["number"] = "4147090000001238"
		if r := w.post(at, again).problem(http.StatusUnprocessableEntity, "vault.number").has(fields{"field": "/number"}); strings.Contains(string(r.raw), "4147") {
			t.Errorf("%v repeats what was typed", r)
		}
		again["portfolio"] = "nonsense"
		w.post(at, again).problem(http.StatusNotFound, "vault.portfolio")

		w.post(at+"/"+p.card+"/renew", fields{"expires": "2001", "reason": "sent"}).problem(http.StatusUnprocessableEntity, "vault.expires").has(fields{"field": "/expires"})
		w.post(at+"/"+p.card+"/renew", fields{"expires": "3212", "sequence": 1, "reason": "sent"}).status(http.StatusOK).silent(p).has(fields{"expires": "3212", "sequence": 1})
		why := fields{"reason": "in a taxi"}
		tokens := "/v1/customers/10023/payment-tokens"
		w.post(at+"/"+p.card+"/block", why).status(http.StatusOK).has(fields{"state": "blocked"}).silent(p)
		w.get(tokens).first("payment_tokens", fields{"state": "suspended"})
		w.post(at+"/"+p.card+"/block", why).problem(http.StatusConflict, "vault.state")
		w.post(at+"/"+p.card+"/unblock", why).status(http.StatusOK).has(fields{"state": "good"})
		w.get(tokens).first("payment_tokens", fields{"state": "active", "causes": "[]"})
		w.post(at+"/"+p.card+"/close", why).status(http.StatusOK).has(fields{"state": "closed"})
		w.get(tokens).silent(p).first("payment_tokens", fields{"state": "deleted"})

		w.customer("10024")
		w.post("/v1/customers/10024/cards/"+p.card+"/block", why).problem(http.StatusNotFound, "vault.account")
		w.post(at+"/nonsense/block", why).problem(http.StatusNotFound, "vault.account")
	})
}

// TestAddCardOnce: a request that is repeated under its key enrolls one card.
func TestAddCardOnce(t *testing.T) {
	each(t, func(w *world) {
		w.customer("10023")
		body := fields{"number": pan, "expires": "2912", "sequence": 1, "portfolio": w.portfolio().ID.String()}
		send := func() string {
			return w.do(request{method: http.MethodPost, path: "/v1/customers/10023/cards", body: body, key: "k-1"}).status(http.StatusCreated).has(fields{"sequence": 1}).text("id")
		}
		if one, two := send(), send(); one != two {
			t.Errorf("%s, then %s", one, two)
		}
	})
}

// TestPaymentTokens: suspended for two reasons, given back, deleted; each reason needs what it needs.
func TestPaymentTokens(t *testing.T) {
	each(t, func(w *world) {
		p := w.purse("10023")
		w.pay(p, 1250, true)
		const at = "/v1/customers/10023/payment-tokens"
		one := at + "/" + p.token.ID.String()
		w.get(one).status(http.StatusOK).silent(p).has(fields{"state": "active", "card_last4": "1237", "last4": p.token.Last4, "device": p.token.Device.String(), "counter": 1, "renewals": 1}).
			first("grants", fields{"kind": "key", "state": "good", "used": 1, "charged": "12.50", "index": p.key.Index.String()})
		w.get(at).status(http.StatusOK).silent(p).first("payment_tokens", fields{"id": p.token.ID.String()})

		w.post(one+"/suspend", fields{"reason": "issuer", "about": "case 1"}).status(http.StatusOK).has(fields{"state": "suspended"})
		w.post(one+"/suspend", fields{"reason": "customer"}).status(http.StatusOK).silent(p)
		w.post(one+"/suspend", fields{"reason": "card"}).problem(http.StatusUnprocessableEntity, "request.choice")
		w.post(one+"/resume", fields{"reason": "issuer", "about": "case 1"}).status(http.StatusOK).has(fields{"state": "suspended"}).first("causes", fields{"reason": "customer"})
		if d := w.pay(p, 100, true); d.Reason != issuing.Suspended {
			t.Errorf("%+v", d)
		}
		w.advance(16 * 60 * 1e9) // the identification is over
		w.post(one+"/resume", fields{"reason": "customer"}).problem(http.StatusForbidden, "identification.required")
		w.identify("10023")
		w.post(one+"/resume", fields{"reason": "customer"}).status(http.StatusOK).has(fields{"state": "active", "causes": "[]"})
		w.post(one+"/delete", fields{"reason": "sold"}).status(http.StatusOK).has(fields{"state": "deleted"}).first("grants", fields{"state": "ended"})
		w.post(one+"/suspend", fields{"reason": "issuer"}).problem(http.StatusConflict, "vault.state")

		w.customer("10024")
		w.get("/v1/customers/10024/payment-tokens/"+p.token.ID.String()).problem(http.StatusNotFound, "vault.token")
		w.post("/v1/customers/10024/payment-tokens/"+p.token.ID.String()+"/delete", fields{"reason": "sold"}).problem(http.StatusNotFound, "vault.token")
		w.get(at+"/nonsense").problem(http.StatusNotFound, "vault.token")
		w.do(request{method: http.MethodPost, path: one + "/suspend", body: fields{"reason": "issuer"}, token: w.token(client.PaymentsRead)}).problem(http.StatusForbidden, "client.scope")
	})
}

// TestAuthorizations: what was decided is read page by page, with the reason and without any number.
func TestAuthorizations(t *testing.T) {
	each(t, func(w *world) {
		p := w.purse("10023")
		first := w.pay(p, 1250, true)
		w.advance(1e9)
		w.pay(p, 99, false)
		const at = "/v1/customers/10023/authorizations"
		page := w.get(at + "?limit=1").status(http.StatusOK).silent(p)
		page.first("authorizations", fields{"outcome": "decline", "reason": "cryptogram", "amount": "0.99", "approved": "0.00", "code": nil})
		w.get(at+"?limit=1&cursor="+page.text("next_cursor")).first("authorizations", fields{"id": first.ID.String(), "outcome": "approve", "amount": "12.50", "currency": "EUR", "code": first.Code})
		w.get(at + "/" + first.ID.String()).status(http.StatusOK).silent(p).has(fields{"approved": "12.50", "returned": "0.00", "card_last4": "1237", "last4": p.token.Last4, "merchant.name": "Corner shop", "path": "merchant", "counter": 1})
		w.get(at+"?cursor=nonsense").problem(http.StatusUnprocessableEntity, "request.cursor")
		w.get(at+"/nonsense").problem(http.StatusNotFound, "issuing.unknown")
		w.customer("10024")
		w.get("/v1/customers/10024/authorizations/"+first.ID.String()).problem(http.StatusNotFound, "issuing.unknown")
		w.get("/v1/customers/10024/authorizations").status(http.StatusOK).has(fields{"authorizations": "[]"})
	})
}
