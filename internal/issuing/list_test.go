package issuing_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/vault"
)

// What is on record says what was asked for, what became of it and what came back; pages follow each other without gap or repeat, and
// nobody reads another customer's.
func TestAuthorizationsOnRecord(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.judged = func(interaction.Ask) judge.Outcome { return judge.Allow }
		first := w.payment(1200)
		event := ident.Derive("event")
		w.desk.Risk = func(context.Context, audit.Actor, *issuing.Request, *vault.Token) (issuing.Risked, error) {
			return issuing.Risked{Event: event, Outcome: issuing.Approve}, nil
		}
		approved := w.ask(first)
		w.clock.Advance(time.Second)
		w.reverse("back", first.Key, 1000)
		wrong := w.payment(500)
		wrong.Chip.Cryptogram[0] ^= 1
		refused := w.ask(wrong)
		w.clock.Advance(time.Second)
		told := must[issuing.Decision](t)(w.desk.Advise(t.Context(), ann, issuing.Advice{Request: w.payment(300), Approved: 300, Code: "ABC123"}))

		one := must[issuing.Authorization](t)(w.desk.Authorization(t.Context(), w.who, approved.ID))
		if one.Outcome != issuing.Approve || one.Amount != 1200 || one.Approved != 1200 || one.Returned != 200 || one.Code != approved.Code || one.Judged != approved.Judged || one.Judged.IsZero() || one.Risk != event ||
			one.Merchant != first.Merchant || one.Path != issuing.Network || one.Index != w.key.Index || one.Counter != 1 || one.Advice || !one.Created.Equal(approved.Created) ||
			one.Last4 != w.token.Last4 || one.Card != "1237" || one.Device != w.token.Device || one.Token != w.token.ID || one.Currency != "EUR" {
			t.Errorf("%+v", one)
		}
		if text := fmt.Sprintf("%+v", one); strings.Contains(text, w.token.Number) || strings.Contains(text, "4147090000001237") {
			t.Errorf("a number in %s", text)
		}
		var got []ident.ID
		for before := (ident.ID{}); ; {
			page := must[[]issuing.Authorization](t)(w.desk.Authorizations(t.Context(), w.who, before, 2))
			for _, a := range page {
				got = append(got, a.ID)
			}
			if len(page) < 2 {
				break
			}
			before = page[1].ID
		}
		if want := []ident.ID{told.ID, refused.ID, approved.ID}; !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		if a := must[issuing.Authorization](t)(w.desk.Authorization(t.Context(), w.who, told.ID)); !a.Advice || a.Code != "ABC123" {
			t.Errorf("%+v", a)
		}
		if _, err := w.desk.Authorization(t.Context(), ident.Derive("other"), approved.ID); !fault.Is(err, "issuing.unknown") {
			t.Errorf("another customer's: %v", err)
		}
		if all := must[[]issuing.Authorization](t)(w.desk.Authorizations(t.Context(), ident.Derive("other"), ident.ID{}, 10)); len(all) != 0 {
			t.Errorf("another customer's: %v", all)
		}
	})
}

// What belongs to no customer is listed by itself, page by page, and no customer's is there.
func TestAuthorizationsOfNobody(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var want []ident.ID
		for range 3 {
			w.ask(w.payment(100))
			stranger := w.payment(100)
			stranger.Number = "4900000000000003"
			want = append(want, w.ask(stranger).ID)
			w.clock.Advance(time.Second)
		}
		taken := w.payment(100)
		w.reverse(w.bare(0).Key, taken.Key, 0)
		want = append(want, w.ask(taken).ID)
		slices.Reverse(want)
		var got []ident.ID
		for before := (ident.ID{}); ; {
			page := must[[]issuing.Authorization](t)(w.desk.Unowned(t.Context(), before, 3))
			for _, a := range page {
				got = append(got, a.ID)
				if a.Outcome != issuing.Decline || a.Merchant.Terminal != "T1" || a.Amount != 100 {
					t.Errorf("%+v", a)
				}
			}
			if len(page) < 3 {
				break
			}
			before = page[2].ID
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}

// Figures count each decision in the span in which it was made, also those of tokens that nobody knows.
func TestFigures(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.ask(w.payment(100))
		w.clock.Advance(time.Hour)
		from := w.clock.Now()
		w.ask(w.payment(100))
		w.ask(w.payment(100))
		stranger := w.payment(100)
		stranger.Number = "4900000000000003"
		w.ask(stranger)
		_ = must[issuing.Decision](t)(w.desk.Advise(t.Context(), ann, issuing.Advice{Request: w.payment(300), Approved: 300}))
		w.clock.Advance(time.Hour)
		to := w.clock.Now()
		w.ask(w.payment(100))
		want := []issuing.Figure{
			{Portfolio: w.card.Portfolio, Outcome: issuing.Approve, Advices: true, Count: 1},
			{Portfolio: w.card.Portfolio, Outcome: issuing.Approve, Count: 2},
			{Outcome: issuing.Decline, Reason: issuing.UnknownToken, Count: 1},
		}
		if got := must[[]issuing.Figure](t)(w.desk.Figures(t.Context(), from, to)); !slices.Equal(got, want) {
			t.Errorf("%+v, want %+v", got, want)
		}
	})
}
