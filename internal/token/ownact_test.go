package token_test

import (
	"context"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/token"
)

// codesOf is a second proof by some tokens, for tests of what it is good for.
type codesOf struct {
	sure

	by []ident.ID
}

func (s codesOf) Shown() []ident.ID { return s.by }

// TestOwnActs: what customers may do with a token of theirs in every state, and
// with which warrant. (SCA-67, SCA-74.)
func TestOwnActs(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		care := w.care()
		owner := w.assigned("A1", "HOTP")
		w.stock("B1", "N1")
		w.assign("B1", owner)
		a, b := w.device("A1").ID, w.device("B1").ID
		me := audit.Customer(owner)
		acts := map[string]func(context.Context, audit.Actor, token.Order) (token.Effect, error){
			"suspend": care.Suspend, "resume": care.Resume, "lose": care.Lose, "retire": care.Retire, "return": care.Return,
			"replace": func(ctx context.Context, by audit.Actor, o token.Order) (token.Effect, error) {
				out, err := care.Replace(ctx, by, o, w.device("N1").ID) //nolint:contextcheck // the test looks a device up
				return out.Effect, err
			},
			"activate": func(ctx context.Context, by audit.Actor, o token.Order) (token.Effect, error) {
				out, err := care.Activate(ctx, by, o, token.Activation{Code: hotp("A1", 0)})
				return out.Effect, err
			},
			"find": func(ctx context.Context, by audit.Actor, o token.Order) (token.Effect, error) {
				out, err := care.Found(ctx, by, o)
				return out.Effect, err
			},
		}
		nothing, same, another, both, empty := token.Warrant(nil), codesOf{by: []ident.ID{a}}, codesOf{by: []ident.ID{b}}, codesOf{by: []ident.ID{b, a}}, codesOf{}
		for _, c := range []struct {
			act  string
			why  token.Warrant
			want string // a fault, or "" and the act is done
			then device.Status
		}{
			{"lose", nothing, "token.second_proof", device.Active},
			{"lose", sure{}, "token.second_proof", device.Active},
			{"lose", empty, "token.second_proof", device.Active},
			{"lose", same, "token.second_proof", device.Active},
			{"lose", both, "token.second_proof", device.Active},
			{"retire", another, "token.help_desk", device.Active},
			{"return", another, "token.help_desk", device.Active},
			{"replace", another, "token.help_desk", device.Active},
			{"activate", another, "token.help_desk", device.Active},
			{"suspend", token.Identified{}, "identification.required", device.Active},
			{"suspend", nothing, "", device.Suspended},
			{"suspend", nothing, "token.state", device.Suspended},
			{"resume", nothing, "token.help_desk", device.Suspended},
			{"resume", same, "token.help_desk", device.Suspended},
			{"resume", another, "token.help_desk", device.Suspended},
			{"lose", nothing, "token.second_proof", device.Suspended},
			{"lose", another, "", device.Lost},
			{"find", another, "token.help_desk", device.Lost},
			{"suspend", nothing, "token.state", device.Lost},
		} {
			o := w.order("A1")
			o.Why = c.why
			_, err := acts[c.act](t.Context(), audit.Customer(ident.Derive("a stranger")), o)
			want(t, err, "token.not_yours")
			_, err = acts[c.act](t.Context(), me, o)
			want(t, err, c.want)
			if got := w.device("A1").Status; got != c.then {
				t.Fatalf("%s with %#v: the token is %s; want %s", c.act, c.why, got, c.then)
			}
		}
		if d := w.device("B1"); d.Status != device.Active {
			t.Errorf("the other token is %s", d.Status)
		}
	})
}

// TestLastTokenIsStopped: a customer stops the only token at once, and says that it
// is the last; the help desk sets it going again.
func TestLastTokenIsStopped(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		care := w.care()
		owner := w.assigned("A1", "HOTP")
		o := w.order("A1")
		o.Why, o.EvenLast = nil, false
		_, err := care.Suspend(t.Context(), audit.Customer(owner), o)
		want(t, err, "token.last")
		o.EvenLast = true
		out, err := care.Suspend(t.Context(), audit.Customer(owner), o)
		want(t, err, "")
		if out.Left != 0 || out.Device.Status != device.Suspended {
			t.Errorf("%d left, the token is %s", out.Left, out.Device.Status)
		}
		_, err = care.Resume(t.Context(), by(), w.order("A1"))
		want(t, err, "")
	})
}
