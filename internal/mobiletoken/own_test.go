package mobiletoken_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
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
	})
}
