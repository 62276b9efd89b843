package evidence_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/evidence"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
)

// TestAssertion (F-4.3.7): a stranger verifies it with the published set and reads
// who paid what to whom, when, and how it was proved.
func TestAssertion(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f := facts(t)
		a := w.issue(w.issuer, f, "")
		want := map[string]any{
			"iss": name, "aud": app().ID.String(), "client_id": app().ID.String(), "sub": "10023", "txn": "a-handle",
			"record": "authentication:" + f.ID.String(), "jti": ident.Derive("assertion", f.ID.String(), app().ID.String()).String(),
			"iat": float64(w.clock.Now().Unix()), "auth_time": float64(f.Granted.Unix()), "purpose": "payment", "channel": "web",
			"acr": "urn:countersign:acr:sca", "amr": []any{"mfa", "otp", "pin"}, "policy_version": float64(7),
			"methods": []any{map[string]any{
				"policy": "signature", "method": "token", "use": "sign", "factors": []any{"knowledge", "possession"}, "device": "KP100",
			}},
			"payment_hash": f.Payment.Hash().String(),
			"payment": map[string]any{"amount": "90.00", "currency": "EUR", "count": float64(1), "orders": []any{map[string]any{
				"amount": "90.00", "currency": "EUR", "reference": "rent",
				"payee": map[string]any{"scheme": "iban", "account": "NO9386011117947", "name": "Kari Nordmann"},
			}}},
		}
		if diff := cmp.Diff(want, judged(t, a.Text, w.keySet(w.issuer))); diff != "" {
			t.Error(diff)
		}
	})
}

// TestRepeats: the same authentication gives the same claims on every node but for
// the time of issue; another audience gets an assertion with a name of its own.
func TestRepeats(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f := facts(t)
		first := w.issue(w.issuer, f, "")
		w.clock.Advance(90 * time.Minute)
		second := w.issue(w.node(), f, "")
		if second.Claims.IssuedAt-first.Claims.IssuedAt != 5400 || first.Text == second.Text {
			t.Errorf("issued at %d and %d", first.Claims.IssuedAt, second.Claims.IssuedAt)
		}
		second.Claims.IssuedAt = first.Claims.IssuedAt
		if diff := cmp.Diff(first.Claims, second.Claims); diff != "" {
			t.Error(diff)
		}
		elsewhere := w.issue(w.issuer, f, "https://archive.bank.example").Claims
		if elsewhere.Audience != "https://archive.bank.example" || elsewhere.Client != first.Claims.Client || elsewhere.ID == first.Claims.ID {
			t.Errorf("for another audience: %+v", elsewhere)
		}
	})
}

// TestGrant: what comes with the answer is dated to the grant, so that a repeated
// answer says the same, and adds nothing to the log.
func TestGrant(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f := facts(t)
		first, err := w.issuer.Grant(context.Background(), f)
		if err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(time.Minute)
		again, err := w.node().Grant(context.Background(), f)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first.Claims, again.Claims); diff != "" || first.Claims.IssuedAt != f.Granted.Unix() {
			t.Errorf("issued at %d: %s", first.Claims.IssuedAt, diff)
		}
		judged(t, first.Text, w.keySet(w.issuer))
		if kinds := w.recorded(); !slices.Equal(kinds, []string{evidence.AuditKeyMade}) {
			t.Errorf("recorded %q", kinds)
		}
	})
}

// TestIssuedIsRecorded: each assertion on demand is in the log, with the digest of
// its text.
func TestIssuedIsRecorded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f := facts(t)
		a := w.issue(w.issuer, f, "archive")
		digest := sha256.Sum256([]byte(a.Text))
		found := w.entries(evidence.AuditIssued)
		if len(found) != 1 {
			t.Fatalf("%d records", len(found))
		}
		var got map[string]string
		if err := json.Unmarshal(found[0].Details, &got); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"audience": "archive", "jti": a.Claims.ID, "kid": a.KID, "sha256": hex.EncodeToString(digest[:])}
		if diff := cmp.Diff(want, got); diff != "" || found[0].Customer != f.Customer || found[0].Object != a.Claims.Record || found[0].Actor != app().String() {
			t.Errorf("%+v: %s", found[0], diff)
		}
	})
}

func TestRefusedFacts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for what, change := range map[string]func(*evidence.Facts){
			"not granted": func(f *evidence.Facts) { f.Granted = time.Time{} },
			"no proof":    func(f *evidence.Facts) { f.Proofs = nil },
			"nobody":      func(f *evidence.Facts) { f.Subject = "" },
		} {
			f := facts(t)
			change(&f)
			if a, err := w.issuer.Issue(context.Background(), app(), f, ""); !fault.Is(err, "evidence.not_granted") || a.Text != "" {
				t.Errorf("%s: %v", what, err)
			}
		}
		for _, audience := range []string{strings.Repeat("x", 201), "two words", "line\n", "ärger"} {
			if a, err := w.issuer.Issue(context.Background(), app(), facts(t), audience); !fault.Is(err, "evidence.audience") || a.Text != "" {
				t.Errorf("%q: %v", audience, err)
			}
		}
		if kinds := w.recorded(); len(kinds) != 0 {
			t.Errorf("recorded %q", kinds)
		}
	})
}

// TestClasses: the class says SCA for two independent factors only (SCA-01), also when
// two steps show the same one.
func TestClasses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			shown []authenticator.Factor
			class string
			means []string
		}{
			{[]authenticator.Factor{authenticator.Possession}, evidence.ClassSingle, []string{"otp"}},
			{[]authenticator.Factor{authenticator.Possession, authenticator.Possession}, evidence.ClassSingle, []string{"otp"}},
			{[]authenticator.Factor{authenticator.Possession, authenticator.Knowledge}, evidence.ClassSCA, []string{"mfa", "otp", "pin"}},
			{[]authenticator.Factor{authenticator.Possession | authenticator.Knowledge}, evidence.ClassSCA, []string{"mfa", "otp", "pin"}},
		} {
			f := facts(t)
			f.Payment, f.Proofs = payment.Payment{}, nil
			for _, s := range c.shown {
				f.Proofs = append(f.Proofs, evidence.Proof{Policy: "p", Method: policy.MethodToken, Factors: s})
			}
			a := w.issue(w.issuer, f, "")
			claims := judged(t, a.Text, w.keySet(w.issuer))
			if claims["acr"] != c.class || !slices.Equal(a.Claims.Means, c.means) || claims["payment"] != nil || claims["payment_hash"] != nil {
				t.Errorf("%v: %v", c.shown, claims)
			}
		}
	})
}

// TestBatches: a batch is listed as long as it is readable, and bound by its hash
// beyond that.
func TestBatches(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for n, listed := range map[int]int{evidence.MaxOrders: evidence.MaxOrders, evidence.MaxOrders + 1: 0} {
			orders := make([]payment.Order, n)
			for i := range orders {
				orders[i] = payment.Order{Amount: "1.00", Currency: "EUR", Payee: payment.Payee{Name: "Payee " + strconv.Itoa(i)}}
			}
			f := facts(t)
			var err error
			if f.Payment, err = payment.New(orders...); err != nil {
				t.Fatal(err)
			}
			a := w.issue(w.issuer, f, "")
			set, err := evidence.ParseKeySet([]byte(w.keySet(w.issuer)))
			if err != nil {
				t.Fatal(err)
			}
			c, _, err := evidence.Verify(a.Text, set)
			if err != nil || c.Payment.Count != n || len(c.Payment.Orders) != listed || c.Payment.Amount != strconv.Itoa(n)+".00" || c.PaymentHash != f.Payment.Hash().String() {
				t.Errorf("%d orders: %v, %+v", n, err, c.Payment)
			}
		}
	})
}

// entries lists records of a kind, or of kinds that begin so; newest first.
func (w *world) entries(kind string) []audit.Entry {
	w.t.Helper()
	log, err := audit.New(w.d, w.ring, audit.Config{Origin: "test/countersign", Now: w.clock.Now})
	if err != nil {
		w.t.Fatal(err)
	}
	page, err := log.Find(context.Background(), audit.Filter{Kind: kind}, "", 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return page.Entries
}

// recorded lists the kinds of this package's records, oldest first.
func (w *world) recorded() (kinds []string) {
	w.t.Helper()
	for _, e := range slices.Backward(w.entries("evidence.")) {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}
