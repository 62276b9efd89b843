package mobiletoken_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
)

// proof is a proof by some devices, for tests of what it is good for.
type proof []ident.ID

func (proof) Check(*db.Tx, ident.ID, audit.Actor) error { return nil }
func (proof) Note() (key, value string)                 { return "authentication", "a test" }
func (p proof) Shown() []ident.ID                       { return p }

// TestWhoMayDoWhat: the table of the package comment, for every act. (Invariant 5.)
func TestWhoMayDoWhat(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := w.Context()
		acts := map[string]func(by audit.Actor, o mobiletoken.Order) error{
			"rename": func(by audit.Actor, o mobiletoken.Order) error {
				_, err := w.desk.Rename(ctx, by, o, "mine")
				return err
			},
			"block": func(by audit.Actor, o mobiletoken.Order) error {
				_, err := w.desk.Block(ctx, by, o, time.Time{})
				return err
			},
			"enable":  func(by audit.Actor, o mobiletoken.Order) error { _, err := w.desk.Enable(ctx, by, o); return err },
			"archive": func(by audit.Actor, o mobiletoken.Order) error { _, err := w.desk.Archive(ctx, by, o); return err },
			"migrate": func(by audit.Actor, o mobiletoken.Order) error {
				_, _, _, err := w.desk.Migrate(ctx, by, mobiletoken.Migrate{Order: o})
				return err
			},
			"redistribute": func(by audit.Actor, o mobiletoken.Order) error {
				_, err := w.desk.Redistribute(ctx, by, o, mobiletoken.Handing{})
				return err
			},
			"enroll": func(by audit.Actor, o mobiletoken.Order) error {
				_, _, err := w.desk.Enroll(ctx, by, mobiletoken.Enrollment{Customer: o.Customer, Application: "bank", Proof: o.Proof})
				return err
			},
		}
		const staff, self = true, false
		n := 0
		for _, c := range []struct {
			act     string
			staff   bool
			proof   string // "", own, other
			want    string
			blocked string // "", user, operator
		}{
			{"rename", self, "", "", ""},
			{"rename", staff, "", "", ""},
			{"block", self, "", "", ""},
			{"block", staff, "", "", ""},
			{"enable", self, "", "mobiletoken.proof", "user"},
			{"enable", self, "own", "mobiletoken.other_proof", "user"},
			{"enable", self, "none", "mobiletoken.other_proof", "user"},
			{"enable", self, "other", "", "user"},
			{"enable", self, "other", "mobiletoken.help_desk", "operator"},
			{"enable", staff, "", "identification.required", "user"},
			{"enable", staff, "identified", "", "operator"},
			{"archive", self, "", "mobiletoken.proof", ""},
			{"archive", self, "own", "", ""},
			{"archive", self, "other", "", ""},
			{"archive", staff, "", "", ""},
			{"migrate", self, "", "mobiletoken.proof", ""},
			{"migrate", self, "own", "", ""},
			{"migrate", staff, "", "identification.required", ""},
			{"migrate", staff, "identified", "", ""},
			{"redistribute", self, "", "mobiletoken.proof", ""},
			{"redistribute", self, "own", "mobiletoken.other_proof", ""},
			{"redistribute", self, "other", "", ""},
			{"redistribute", self, "other", "mobiletoken.help_desk", "operator"},
			{"redistribute", self, "other", "", "user"},
			{"redistribute", staff, "", "identification.required", ""},
			{"redistribute", staff, "identified", "", ""},
			{"enroll", self, "", "mobiletoken.proof", ""},
			{"enroll", self, "own", "", ""},
			{"enroll", self, "none", "", ""},
			{"enroll", staff, "", "identification.required", ""},
			{"enroll", staff, "identified", "", ""},
		} {
			n++
			x, _ := w.active(w.customer("W"+strings.Repeat("1", n%7+1)+string(rune('A'+n/7))), "bank")
			o := order(x)
			by := auditOf(x)
			if c.staff {
				by = ann
			}
			switch c.proof {
			case "own":
				o.Proof = proof{x.Device}
			case "other":
				o.Proof = proof{ident.Derive("another token")}
			case "none":
				o.Proof = proof{}
			case "identified":
				w.identify(x.Customer)
			}
			if c.blocked != "" {
				blocker := auditOf(x)
				if c.blocked == "operator" {
					blocker = ann
				}
				want(t, acts["block"](blocker, order(x)), "")
			}
			stranger := audit.Customer(ident.Derive("a stranger"))
			if err := acts[c.act](stranger, o); !fault.Is(err, "mobiletoken.not_yours") {
				t.Errorf("%s by a stranger: %v", c.act, err)
			}
			if err := acts[c.act](by, o); c.want == "" && err != nil || c.want != "" && !fault.Is(err, c.want) {
				t.Errorf("%s, staff %t, proof %q, blocked %q: %v; want %q", c.act, c.staff, c.proof, c.blocked, err, c.want)
			}
		}
		c := w.customer("W9") // holds nothing yet
		want(t, acts["enroll"](ann, mobiletoken.Order{Customer: c}), "")
	})
}

// TestWarnings: nobody takes the last token that can be used, or the one that has just given
// its code, out of use without saying so; staff say why.
func TestWarnings(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := w.Context()
		x, _ := w.active(w.customer("W1"), "bank")
		o := order(x)
		o.Warned, o.Proof = false, proof{ident.Derive("another")}
		_, err := w.desk.Block(ctx, auditOf(x), o, time.Time{})
		want(t, err, "mobiletoken.last")
		_, err = w.desk.Archive(ctx, auditOf(x), o)
		want(t, err, "mobiletoken.last")
		y, _ := w.active(x.Customer, "bank")
		o.Proof = proof{x.Device}
		_, err = w.desk.Archive(ctx, auditOf(x), o)
		want(t, err, "mobiletoken.itself")
		o.Reason = ""
		_, err = w.desk.Archive(ctx, ann, o)
		want(t, err, "mobiletoken.reason")
		_, err = w.desk.Block(ctx, ann, o, time.Time{})
		want(t, err, "mobiletoken.reason")
		_, err = w.desk.Block(ctx, auditOf(x), o, w.clock.Now())
		want(t, err, "mobiletoken.until")
		_, err = w.desk.Block(ctx, auditOf(x), o, time.Time{})
		want(t, err, "")
		o.Token = y.ID
		_, err = w.desk.Block(ctx, auditOf(x), o, time.Time{})
		want(t, err, "mobiletoken.last")
		_, err = w.desk.Rename(ctx, auditOf(x), o, "a\x00b")
		want(t, err, "mobiletoken.text")
	})
}

// TestTold: customers hear of each act that matters, and an act that is held does not
// begin.
func TestTold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		x, _ := w.active(w.customer("T1"), "bank")
		_, err := w.desk.Block(w.Context(), system, order(x), time.Time{})
		want(t, err, "")
		_, err = w.desk.Enable(w.Context(), system, order(x))
		want(t, err, "")
		_, err = w.desk.Rename(w.Context(), system, order(x), "mine")
		want(t, err, "")
		_, err = w.desk.Archive(w.Context(), system, order(x))
		want(t, err, "")
		var got []string
		keys := map[string]bool{}
		for _, n := range w.news {
			got = append(got, n.Kind)
			keys[n.Key()] = true
			for _, locale := range []string{"en", "de-AT", "xx", ""} {
				if text := n.Text(locale); !strings.Contains(text, x.Serial[len(x.Serial)-4:]) || strings.Contains(text, x.Serial) || len(text) < 60 {
					t.Errorf("%s: %q", n.Kind, text)
				}
			}
		}
		if !slices.Equal(got, []string{mobiletoken.AuditIssued, mobiletoken.AuditActivated, mobiletoken.AuditBlocked, mobiletoken.AuditEnabled, mobiletoken.AuditArchived}) || len(keys) != 5 {
			t.Errorf("told: %q", got)
		}
		held := fault.Deniedf("mobiletoken.held", "Later.")
		w.desk.Judge = func(_ context.Context, _ audit.Actor, p mobiletoken.Planned) error {
			if p.What == mobiletoken.AuditCreated {
				return held
			}
			return nil
		}
		_, _, err = w.desk.Enroll(w.Context(), ann, mobiletoken.Enrollment{Customer: w.customer("T2"), Application: "bank"})
		want(t, err, "mobiletoken.held")
	})
}

// TestList: what a list says of each token.
func TestList(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("L1")
		x, p := w.active(c, "bank")
		w.clock.Advance(time.Minute)
		if why, err := w.login(w.Context(), w.desk, c, w.code(p)); why != authenticator.Accepted || err != nil {
			t.Fatal(why, err)
		}
		_, next, _, err := w.desk.Migrate(w.Context(), system, mobiletoken.Migrate{Order: order(x)})
		want(t, err, "")
		all, err := w.desk.List(w.Context(), c)
		want(t, err, "")
		if len(all) != 2 || all[0].ID != x.ID || all[0].Model != "Phone 7" || !all[0].Used.Equal(w.clock.Now()) || all[0].Migration == nil || all[0].Code.State(w.clock.Now()) != "used" ||
			all[1].ID != next.ID || all[1].Code.State(w.clock.Now()) != "valid" || !all[1].Used.IsZero() || all[1].Pending {
			t.Errorf("%+v", all)
		}
		if got := all[1].Code.State(w.clock.Now().Add(200 * time.Hour)); got != "expired" {
			t.Errorf("after its time the code is %s", got)
		}
	})
}

// TestMethod: codes of the tokens in use that serve the policy, and of no others; each
// once; and what is refused by form.
func TestMethod(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("S1")
		x, p := w.active(c, "bank")
		_, other := w.active(c, "same")
		pol, _ := w.set.Policy("mobile-code")
		check := func(id ident.ID, code string) authenticator.Finding {
			t.Helper()
			f, err := w.desk.Check(w.Context(), authenticator.Request{Customer: id, Policy: pol, Set: w.set, Now: w.clock.Now()}, authenticator.Proof{Code: code})
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		if f := check(c, w.code(p)); f.Right || f.Reason != authenticator.Replayed {
			t.Errorf("the first code again: %+v", f)
		}
		w.clock.Advance(time.Minute)
		f := check(c, w.code(p))
		if !f.Right || f.Device != x.Device || !f.Factors.Independent() || f.Consume == nil {
			t.Errorf("%+v", f)
		}
		if f := check(c, w.code(other)); f.Right || f.Reason != authenticator.Wrong {
			t.Error("a token that does not serve the policy was accepted")
		}
		if f := check(ident.Derive("nobody"), w.code(p)); f.Right || f.Holder {
			t.Error("somebody else's code was accepted")
		}
		for steps, right := range map[int]bool{-3: false, -1: true, 0: true, 1: true, 3: false} {
			if f := check(c, w.codeAt(p, w.clock.Now().Add(time.Duration(steps)*30*time.Second))); f.Right != right {
				t.Errorf("%d steps away: %t", steps, f.Right)
			}
		}
		for _, bad := range []string{"", "12345", "12345678901", "abcdef"} {
			_, err := w.desk.Check(w.Context(), authenticator.Request{Customer: c, Policy: pol, Set: w.set, Now: w.clock.Now()}, authenticator.Proof{Code: bad})
			want(t, err, "mobiletoken.code_form")
		}
		want(t, w.d.Write(w.Context(), func(tx *db.Tx) error {
			_, err := w.desk.Begin(tx, authenticator.Request{})
			want(t, err, "mobiletoken.no_challenge")
			return nil
		}), "")
	})
}

// TestMiss: wrong answers of one token block it, for a while or until somebody enables it.
func TestMiss(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		x, _ := w.active(w.customer("S2"), "bank")
		miss := func(want bool) {
			t.Helper()
			if err := w.d.Write(w.Context(), func(tx *db.Tx) error {
				got, err := w.desk.Miss(tx, system, x.Customer, x.ID)
				if got != want {
					t.Errorf("blocked: %t", got)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		for _, want := range []bool{false, false, true, false} {
			miss(want)
		}
		if got := w.get(x); got.Status != mobiletoken.Blocked || got.BlockedBy != mobiletoken.ByAttempts || !got.Until.Equal(w.clock.Now().Add(15*time.Minute)) {
			t.Errorf("%+v", got)
		}
		w.clock.Advance(16 * time.Minute)
		_, err := w.desk.Sweep(w.Context(), 10)
		want(t, err, "")
		if got := w.get(x); got.Status != mobiletoken.Active {
			t.Errorf("%+v", got)
		}
		miss(false)
		want(t, w.d.Write(w.Context(), func(tx *db.Tx) error { return w.desk.Hit(tx, x.Customer, x.ID) }), "")
		miss(false)
		miss(false)
	})
}

// TestKeys: each use has a key of its own, and that of signatures is there for an active
// token only.
func TestKeys(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		x, p := w.active(w.customer("K1"), "bank")
		look := func() (secret []byte, found bool) {
			want(t, w.d.Read(w.Context(), func(tx *db.Tx) error {
				_, s, ok, err := w.desk.SigningKey(tx, x.Customer, x.ID)
				secret, found = s, ok
				return err
			}), "")
			return secret, found
		}
		secret, found := look()
		derived, err := mobiletoken.Secret(p.key, mobiletoken.UseSign)
		if err != nil || !found || string(secret) != string(derived) || string(derived) == string(p.key) {
			t.Errorf("%t, %v", found, err)
		}
		_, err = w.desk.Block(w.Context(), system, order(x), time.Time{})
		want(t, err, "")
		if _, found := look(); found {
			t.Error("a blocked token signs")
		}
	})
}

// TestSuspendedCustomer: nothing is made or set going for a customer who is not active.
func TestSuspendedCustomer(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		x, out := w.enroll(w.customer("Z1"), "bank")
		want(t, w.cards.Suspend(w.Context(), ann, x.Customer, "a test"), "")
		_, _, err := w.desk.Enroll(w.Context(), system, mobiletoken.Enrollment{Customer: x.Customer, Application: "bank"})
		want(t, err, "customer.not_active")
		_, _, _, err = w.tryRedeem(w.Context(), out.ClientID)
		want(t, err, "customer.not_active")
		_, _, err = w.desk.Enroll(w.Context(), system, mobiletoken.Enrollment{Customer: ident.Derive("nobody"), Application: "bank"})
		want(t, err, "customer.unknown")
		_, _, err = w.desk.Enroll(w.Context(), system, mobiletoken.Enrollment{Customer: x.Customer, Application: "none"})
		want(t, err, "mobiletoken.application")
		want(t, w.d.Write(w.Context(), func(tx *db.Tx) error { return mobiletoken.Erase(tx, x.Customer) }), "")
		if w.count("mobile_code WHERE customer = $1", x.Customer) != 0 {
			t.Error("a code is left")
		}
	})
}
