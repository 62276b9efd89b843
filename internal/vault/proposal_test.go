package vault_test

import (
	"crypto/rand"
	"log/slog"
	"reflect"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/vault"
)

var bob = audit.Staff(ident.Derive("bob"), "bob")

// officers is a desk at which everybody may take every part.
func (w *world) officers() *foureyes.Desk {
	w.Helper()
	book := must[*policy.Book](w)(policy.Open(w.Context(), w.d, nil))
	return &foureyes.Desk{
		DB: w.d, Policies: book, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler), Permit: func(*db.Tx, audit.Actor, policy.Act, foureyes.Part) error { return nil },
		Executors: map[policy.Act]foureyes.Executor{policy.ActPortfolio: w.desk.PortfolioExecutor()},
	}
}

func (w *world) proposes(o *foureyes.Desk, c vault.PortfolioChange) (foureyes.Proposal, error) {
	return o.Propose(w.Context(), ann, foureyes.New{Act: policy.ActPortfolio, Payload: c.Payload(), Reason: "a test"})
}

// DI-211: portfolios are created and changed by two people. What was overtaken between proposal and approval changes nothing, and one who proposed does
// not approve.
func TestDI211PortfoliosUnderFourEyes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		o := w.officers()
		made := must[foureyes.Proposal](t)(w.proposes(o, vault.PortfolioChange{Name: "Debit", Range: ours, Profile: vault.DefaultProfile()}))
		if all := must[[]vault.Portfolio](t)(w.desk.Portfolios(t.Context())); len(all) != 0 {
			t.Errorf("before anybody approved: %+v", all)
		}
		_, err := o.Approve(t.Context(), ann, made.ID, made.Digest, "")
		w.wants(err, "foureyes.own")
		_ = must[foureyes.Proposal](t)(o.Approve(t.Context(), bob, made.ID, made.Digest, ""))
		p := must[[]vault.Portfolio](t)(w.desk.Portfolios(t.Context()))[0]
		if p.Name != "Debit" || p.Version != 1 || p.Profile != vault.DefaultProfile() {
			t.Errorf("%+v", p)
		}

		change := vault.PortfolioChange{Portfolio: p.ID, Version: 1, Profile: p.Profile}
		_, err = w.proposes(o, change)
		w.wants(err, "vault.same")
		change.Profile.Key.Uses = 5
		one, other := must[foureyes.Proposal](t)(w.proposes(o, change)), change
		other.Profile.Key.Uses = 7
		two := must[foureyes.Proposal](t)(w.proposes(o, other))
		_ = must[foureyes.Proposal](t)(o.Approve(t.Context(), bob, one.ID, one.Digest, ""))
		w.clock.Advance(time.Second)
		_, err = o.Approve(t.Context(), bob, two.ID, two.Digest, "")
		w.wants(err, "foureyes.failed")
		if p = must[vault.Portfolio](t)(w.desk.Portfolio(t.Context(), p.ID)); p.Version != 2 || p.Profile.Key.Uses != 5 {
			t.Errorf("%+v", p)
		}
	})
}

// What cannot be carried out is not proposed.
func TestProposalsThatCannotBe(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		o := w.officers()
		p := w.portfolio("cards", ours, nil)
		suite, weak := p.Profile, p.Profile
		suite.Suite = "emv-tdes"
		weak.Key = vault.Threshold{}
		for code, c := range map[string]vault.PortfolioChange{
			"vault.taken":     {Name: "other", Range: ours, Profile: p.Profile},
			"vault.name":      {Range: vault.Range{Prefix: "510000", Digits: 16}, Profile: p.Profile},
			"vault.suite":     {Portfolio: p.ID, Version: 1, Profile: suite},
			"vault.profile":   {Portfolio: p.ID, Version: 1, Profile: weak},
			"vault.version":   {Portfolio: p.ID, Version: 7, Profile: p.Profile},
			"vault.portfolio": {Portfolio: ident.Derive("none"), Version: 1, Profile: p.Profile},
		} {
			_, err := w.proposes(o, c)
			w.wants(err, code)
		}
		for _, payload := range []string{"", "{}", `{"portfolio":1}`, string(vault.PortfolioChange{Profile: p.Profile}.Payload()) + " "} {
			_, err := vault.ParsePortfolioChange([]byte(payload))
			w.wants(err, "foureyes.payload")
		}
	})
}

// A profile as people write it has no field that does not exist, and nothing after it.
func TestParseProfile(t *testing.T) {
	t.Parallel()
	w := &world{TB: t}
	good := `{"suite":"aes","assist":"storage","variant":"plain","wrap":"patent","static":"X","key":{"uses":3,"hours":24},"data":{"uses":1,"hours":1},"low_uses":1,"keys":1,"token_days":30}`
	if p, err := vault.ParseProfile([]byte(good)); err != nil || p.Key.Uses != 3 || p.Assist != "storage" {
		t.Errorf("%+v, %v", p, err)
	}
	for _, bad := range []string{"", "[]", good + good, `{"sweet":"aes"}`, "{}"} {
		_, err := vault.ParseProfile([]byte(bad))
		w.wants(err, "vault.profile")
	}
}

// Every field of a profile shows as a difference: somebody approves what they see.
func TestDifferencesHaveEveryField(t *testing.T) {
	t.Parallel()
	was := vault.DefaultProfile()
	to := vault.Profile{
		Suite: "emv-tdes", Assist: "storage", Variant: "plain", Wrap: "patent", Static: "X", Key: vault.Threshold{Uses: 1, Hours: 1, Amount: 1, Currency: "CHF", Foreign: "refuse"},
		Data: vault.Threshold{Uses: 2, Hours: 2, Amount: 2, Currency: "CHF", Foreign: "refuse"}, LowUses: 9, LowShare: 9, Keys: 9, Cache: 9, TokenDays: 9,
	}
	fields := 0
	var count func(reflect.Type)
	count = func(x reflect.Type) {
		for i := range x.NumField() {
			if x.Field(i).Type.Kind() == reflect.Struct {
				count(x.Field(i).Type)
			} else {
				fields++
			}
		}
	}
	count(reflect.TypeFor[vault.Profile]())
	if d := was.Differences(&to); len(d) != fields || len(was.Differences(&was)) != 0 {
		t.Errorf("%d of %d fields: %v", len(d), fields, d)
	}
}
