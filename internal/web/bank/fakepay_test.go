package bank_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/payment"
)

// fakePaying is what the fake API knows of payments. The payment value and what is
// typed are the real ones, so that the bank's own hash meets Countersign's.
type fakePaying struct {
	key      *ecdsa.PrivateKey
	profiles map[string]payment.Profile  // by code
	models   map[string][]string         // profile, models
	proofs   map[string]map[string]reply // authentication, idempotency key
	newest   map[string]string           // authentication, idempotency key
	proved   int                         // codes that were looked at
	granted  int
	grants   string // the state that a right code leads to
	ways     bool   // there is another way: what no token can take in is not refused

	spoilHash  func(string) string         // what answers call the payment's hash
	spoil      func(claims map[string]any) // changes assertions before they are signed
	spoilText  func(string) string         // changes them after
	keysAway   bool                        // the key set is answered with 503
	foreignKey bool                        // assertions are signed with a key that is not published
}

type reply struct {
	status int
	out    any
}

type fakePayment struct {
	payment payment.Payment
	issued  time.Time
}

func newPaying(t testing.TB) *fakePaying {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &fakePaying{
		key: key, grants: "granted", proofs: map[string]map[string]reply{}, newest: map[string]string{},
		models: map[string][]string{"keypad": {"k300", "k310", "k400"}},
		profiles: map[string]payment.Profile{"keypad": {
			Code: "keypad", Keypad: payment.Decimal, Length: 64,
			Single: []payment.Field{payment.FieldAccount, payment.FieldAmount, payment.FieldCurrency},
			Batch:  []payment.Field{payment.FieldTotal, payment.FieldCount, payment.FieldCurrency, payment.FieldPayees},
		}},
	}
}

// again gives the answer that a proof got under its key before.
func (p *fakePaying) again(auth, key string) (reply, bool) {
	old, known := p.proofs[auth][key]
	if known && p.newest[auth] != key {
		return reply{http.StatusConflict, problem("authentication.superseded", "")}, true
	}
	return old, known
}

func readPayment(in any) (payment.Payment, error) {
	b, err := json.Marshal(in)
	if err != nil {
		return payment.Payment{}, err
	}
	var body struct {
		Orders []payment.Order `json:"orders"`
	}
	if err := json.Unmarshal(b, &body); err != nil {
		return payment.Payment{}, err
	}
	return payment.New(body.Orders...)
}

func (f *fakeAPI) startPayment(in map[string]any) (int, any) {
	p, err := readPayment(in["payment"])
	if err != nil {
		x := fault.From(err)
		at, many := strings.CutPrefix(x.Field, "/payments")
		if !many {
			at = "/0" + at
		}
		return http.StatusUnprocessableEntity, problem(x.Code, "/payment/orders"+at)
	}
	id := f.id("auth")
	f.auths[id] = &fakeAuth{customer: canonical(in["customer_number"]), state: f.risk.start(), pay: &fakePayment{payment: p}}
	if f.risk.exempts {
		f.auths[id].state = "granted"
		out := f.payOutcome(id, false, false).(map[string]any)
		delete(out, "assertion")
		out["exemption"] = "low-value"
		return http.StatusCreated, out
	}
	if _, err := f.signing(id); err != nil && !f.paying.ways {
		return http.StatusUnprocessableEntity, problem(fault.From(err).Code, "/payment")
	}
	return http.StatusCreated, f.payOutcome(id, false, true)
}

// signing lays out what is typed, by profile.
func (f *fakeAPI) signing(id string) (all []any, err error) {
	for code, p := range f.paying.profiles {
		entries, wrong := p.Entries(f.auths[id].pay.payment)
		if wrong != nil {
			err = wrong
			continue
		}
		typed := []any{}
		for _, e := range entries {
			typed = append(typed, map[string]any{"field": e.Field, "text": e.Text, "shown": e.Grouped()})
		}
		all = append(all, map[string]any{"policy": "transaction-signature", "profile": code, "keypad": p.Keypad, "models": f.paying.models[code], "entries": typed})
	}
	if len(all) > 0 {
		return all, nil
	}
	return nil, err
}

func (f *fakeAPI) payOutcome(id string, accepted, open bool) any {
	a := f.auths[id]
	hash := a.pay.payment.Hash().String()
	if f.paying.spoilHash != nil {
		hash = f.paying.spoilHash(hash)
	}
	out := map[string]any{
		"authentication": id, "state": a.state, "accepted": accepted, "step": 1, "steps": 1, "policies": []string{"transaction-signature"}, "policy_version": 0,
		"expires_at": f.now().Add(15 * time.Minute), "payment_hash": hash,
	}
	f.describeText(id, out)
	if open {
		out["signing"], _ = f.signing(id)
	}
	if a.state == "granted" {
		out["assertion"] = f.assertion(id)
	}
	return out
}

// sign takes a signing code, with the payment that it is for.
func (f *fakeAPI) sign(id, key string, in map[string]any) (int, any) {
	a := f.auths[id]
	p, err := readPayment(in["payment"])
	switch {
	case err != nil || p.Hash() != a.pay.payment.Hash():
		f.t.Errorf("the code comes with another payment than was started: %v", err)
		return http.StatusConflict, problem("authentication.payment_differs", "/payment")
	case isText(in["policy"]):
		accepted := f.proveText(id, in)
		if a.state == "granted" {
			a.pay.issued = f.now()
			f.paying.granted++
		}
		return http.StatusOK, f.payOutcome(id, accepted, false)
	case in["policy"] != "transaction-signature":
		f.t.Errorf("the code is for the policy %v", in["policy"])
	case strings.ContainsAny(fmt.Sprint(in["code"]), "abcdefghijklmnopqrstuvwxyz"):
		return http.StatusUnprocessableEntity, problem("token.code_form", "/code")
	}
	f.paying.proved++
	c := f.customers[a.customer]
	for _, k := range append([]*fakeToken{c.token}, c.more...) {
		if k.Signs && c.status == "active" && fmt.Sprint(in["code"]) == k.code(f.question(k, a.pay.payment)) {
			k.signed++
			a.state, a.pay.issued = f.paying.grants, f.now()
			f.paying.granted++
			break
		}
	}
	out := reply{http.StatusOK, f.payOutcome(id, a.state != "open", false)}
	if f.paying.proofs[id] == nil {
		f.paying.proofs[id] = map[string]reply{}
	}
	f.paying.proofs[id][key], f.paying.newest[id] = out, key
	return out.status, out.out
}

// question is what a token makes of a payment.
func (f *fakeAPI) question(k *fakeToken, p payment.Payment) string {
	for code, models := range f.paying.models {
		if slices.Contains(models, k.Model) {
			q, _ := f.paying.profiles[code].Question(p)
			return q
		}
	}
	return ""
}

// code is the next signing code of the token.
func (k *fakeToken) code(question string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %d", k.Serial, question, k.signed))
	return fmt.Sprintf("%08d", binary.BigEndian.Uint32(sum[:])%100_000_000)
}

// typed is what a person's token answers who typed these entries.
func (w *world) typed(k *fakeToken, entries ...string) string {
	w.Helper()
	q, err := payment.Decimal.Question(entries, 64)
	if err != nil {
		w.Fatal(err)
	}
	w.api.mu.Lock()
	defer w.api.mu.Unlock()
	return k.code(q)
}

func (f *fakeAPI) assertion(id string) string {
	a, p := f.auths[id], f.paying
	c := map[string]any{
		"iss": f.server.URL, "aud": "bank", "sub": a.customer, "jti": "j" + id, "iat": a.pay.issued.Unix(), "auth_time": a.pay.issued.Unix(),
		"txn": id, "purpose": "payment", "acr": "urn:countersign:acr:sca", "payment_hash": a.pay.payment.Hash().String(),
		"methods": []any{map[string]any{"policy": "transaction-signature", "method": "token", "use": "sign", "device": "CS-4407-903641"}},
	}
	if a.text.shown {
		c["methods"] = []any{map[string]any{"policy": "password", "method": "password", "use": "code"}, map[string]any{"policy": "sms-signature", "method": "passcode", "use": "sign"}}
	}
	if p.spoil != nil {
		p.spoil(c)
	}
	key := p.key
	if p.foreignKey {
		key, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "k1"}}, (&jose.SignerOptions{}).WithType("countersign-assertion+jwt"))
	if err != nil {
		f.t.Fatal(err)
	}
	b, err := json.Marshal(c)
	if err != nil {
		f.t.Fatal(err)
	}
	jws, err := signer.Sign(b)
	if err != nil {
		f.t.Fatal(err)
	}
	text, err := jws.CompactSerialize()
	if err != nil {
		f.t.Fatal(err)
	}
	if p.spoilText != nil {
		text = p.spoilText(text)
	}
	return text
}

func (f *fakeAPI) keySet(*http.Request, map[string]any) (int, any) {
	if f.paying.keysAway {
		return http.StatusServiceUnavailable, problem("unavailable", "")
	}
	return http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: f.paying.key.Public(), KeyID: "k1", Algorithm: "ES256", Use: "sig"}}}
}
