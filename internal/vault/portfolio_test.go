package vault_test

import (
	"bytes"
	"crypto/rand"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/vault"
)

// DI-213: a profile without its least parameters is refused, with the field.
func TestDI213LeastParameters(t *testing.T) {
	t.Parallel()
	good := vault.DefaultProfile()
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for field, change := range map[string]func(*vault.Profile){
		"suite":      func(p *vault.Profile) { p.Suite = "rot13" },
		"assist":     func(p *vault.Profile) { p.Assist = "" },
		"variant":    func(p *vault.Profile) { p.Variant = "bare" },
		"wrap":       func(p *vault.Profile) { p.Wrap = "paper" },
		"static":     func(p *vault.Profile) { p.Static = "" },
		"key":        func(p *vault.Profile) { p.Key = vault.Threshold{} },
		"key ":       func(p *vault.Profile) { p.Key.Hours = 0 },
		"key  ":      func(p *vault.Profile) { p.Key.Uses, p.Key.Amount, p.Key.Currency, p.LowUses = 0, 0, "", 0 },
		"key   ":     func(p *vault.Profile) { p.Key.Currency = "" },
		"key    ":    func(p *vault.Profile) { p.Key.Foreign = "convert" },
		"key     ":   func(p *vault.Profile) { p.Key.Uses = -1 },
		"key      ":  func(p *vault.Profile) { p.Suite, p.Key.Hours = "emv-tdes", 121 },
		"data":       func(p *vault.Profile) { p.Data.Hours = 9000 },
		"data ":      func(p *vault.Profile) { p.Suite, p.Data.Uses = "emv-tdes", 11 },
		"adding":     func(p *vault.Profile) { p.Adding = "" },
		"low_uses":   func(p *vault.Profile) { p.LowUses = 10 },
		"low_share":  func(p *vault.Profile) { p.LowShare = 91 },
		"keys":       func(p *vault.Profile) { p.Keys = 0 },
		"cache":      func(p *vault.Profile) { p.Cache = 31 },
		"token_days": func(p *vault.Profile) { p.TokenDays = 0 },
	} {
		p := vault.DefaultProfile()
		change(&p)
		if err := p.Check(); err == nil || !strings.Contains(fieldOf(err), "/profile/"+strings.TrimSpace(field)) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// DI-211, DI-214: portfolios come before accounts, which have the profile as it is now; changes are by version, and the suite stays.
func TestDI214AccountsHaveTheProfileOfTheirPortfolio(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.portfolio("first", ours, nil)
		x := w.token(p)
		if g := w.key(x.Token); g.Limit.Uses != 10 {
			t.Errorf("%+v", g.Limit)
		}
		profile := p.Profile
		profile.Key.Uses = 3
		w.ok(w.desk.ChangeProfile(t.Context(), ann, p.ID, 1, profile))
		if g := w.key(x.Token); g.Limit.Uses != 3 {
			t.Errorf("%+v", g.Limit)
		}
		w.wants(w.desk.ChangeProfile(t.Context(), ann, p.ID, 1, profile), "vault.version")
		other := profile
		other.Suite, other.Key.Hours = "emv-tdes", 24
		w.wants(w.desk.ChangeProfile(t.Context(), ann, p.ID, 2, other), "vault.suite")
		w.wants(w.desk.ChangeProfile(t.Context(), ann, p.ID, 2, vault.Profile{}), "vault.profile")
		w.wants(w.desk.ChangeProfile(t.Context(), ann, ident.Derive("none"), 1, profile), "vault.portfolio")
		who, _ := w.person()
		_, err := w.desk.AddAccount(t.Context(), ann, vault.NewAccount{Customer: who, Portfolio: ident.Derive("none"), Number: pan(), Expires: "2912"})
		w.wants(err, "vault.portfolio")
		if all := must[[]vault.Portfolio](t)(w.desk.Portfolios(t.Context())); len(all) != 1 || all[0].Version != 2 || all[0].Profile.Key.Uses != 3 {
			t.Errorf("%+v", all)
		}
	})
}

func TestRangesDoNotOverlap(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.portfolio("first", ours, nil)
		for name, c := range map[string]struct {
			name string
			r    vault.Range
			want string
		}{
			"within":      {"second", vault.Range{Prefix: "49000012", Digits: 16}, "vault.taken"},
			"the name":    {" first ", vault.Range{Prefix: "520000", Digits: 16}, "vault.taken"},
			"no name":     {" ", vault.Range{Prefix: "520000", Digits: 16}, "vault.name"},
			"a short one": {"x", vault.Range{Prefix: "52000", Digits: 16}, "vault.range"},
			"letters":     {"x", vault.Range{Prefix: "52000x", Digits: 16}, "vault.range"},
			"no room":     {"x", vault.Range{Prefix: "520000123", Digits: 13}, "vault.range"},
			"too long":    {"x", vault.Range{Prefix: "520000", Digits: 20}, "vault.range"},
		} {
			_, err := w.desk.CreatePortfolio(t.Context(), ann, vault.NewPortfolio{Name: c.name, Range: c.r, Profile: vault.DefaultProfile()})
			t.Log(name)
			w.wants(err, c.want)
		}
		w.portfolio("other length", vault.Range{Prefix: "490000", Digits: 19}, nil)
	})
}

// Cards: what is typed, what is refused, and that one number is enrolled once.
func TestCards(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.portfolio("cards", ours, nil)
		who, _ := w.person()
		add := func(number, expires string, sequence int) error {
			_, err := w.desk.AddAccount(t.Context(), ann, vault.NewAccount{Customer: who, Portfolio: p.ID, Number: number, Expires: expires, Sequence: sequence})
			return err
		}
		w.ok(add("4147 0900 0000 1237", "2912", 1))
		w.wants(add("4147-0900-0000-1237", "2912", 2), "vault.taken")
		for _, bad := range []string{"", "4147090000001235", "414709000000123", "4147090000001237x", "41470900000012340000"} {
			err := add(bad, "2912", 0)
			w.wants(err, "vault.number")
			if bad != "" && strings.Contains(err.Error(), bad) {
				t.Error("the error shows the number")
			}
		}
		w.wants(add(pan(), "2913", 0), "vault.expires")
		w.wants(add(pan(), "2912", 100), "vault.expires")
		w.wants(add("4900000000000003", "2912", 0), "vault.number")
		month := w.clock.Now().UTC()
		w.wants(add(pan(), month.AddDate(0, -1, 1-month.Day()).Format("0601"), 0), "vault.expires")
		if all := must[[]vault.Account](t)(w.desk.Accounts(t.Context(), who)); len(all) != 1 || all[0].Last4 != "1237" || all[0].Status != vault.Good {
			t.Errorf("%+v", all)
		}
	})
}

// Master keys: a new set serves new grants, and old ones are still derived from theirs.
func TestMasterKeys(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.portfolio("keys", ours, nil)
		x := w.token(p)
		first := w.key(x.Token)
		w.ok(w.desk.AddKey(t.Context(), ann, p.ID, bytes.Repeat([]byte{7}, 32)))
		second := w.key(x.Token)
		if first.KeySet != 1 || second.KeySet != 2 || bytes.Equal(first.Secret, second.Secret) {
			t.Errorf("%d, %d", first.KeySet, second.KeySet)
		}
		w.wants(w.desk.AddKey(t.Context(), ann, p.ID, []byte("short")), "vault.key")
		w.wants(w.desk.AddKey(t.Context(), ann, ident.Derive("none"), nil), "vault.portfolio")
		tdes := w.portfolio("interoperation", vault.Range{Prefix: "520000", Digits: 16}, func(p *vault.Profile) { p.Suite = "emv-tdes" })
		if g := w.key(w.token(tdes).Token); len(g.Secret) != 16 {
			t.Errorf("a key of %d octets", len(g.Secret))
		}
	})
}

// A number is a card's or a token's, never both: whichever of card and range was there first, and whosever portfolio the range is of.
func TestNoNumberIsACardAndAToken(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		debit := w.portfolio("debit", vault.Range{Prefix: "490000", Digits: 16}, nil)
		who, phone := w.person()
		add := func(number string) error {
			_, err := w.desk.AddAccount(t.Context(), ann, vault.NewAccount{Customer: who, Portfolio: debit.ID, Number: number, Expires: "2912"})
			return err
		}
		w.ok(add("4910000000000001")) // older than the range in which it lies
		credit := w.portfolio("credit", vault.Range{Prefix: "491000", Digits: 16}, nil)
		w.wants(add("4910000000000019"), "vault.number")
		card := w.card(credit, who)
		w.desk.Rand = zeros{}
		_, err := w.desk.Issue(t.Context(), ann, card.ID, phone)
		w.wants(err, "vault.range_full") // nothing else is drawn
		w.desk.Rand = io.MultiReader(io.LimitReader(zeros{}, 40), rand.Reader)
		if x := must[vault.Issued](t)(w.desk.Issue(t.Context(), ann, card.ID, phone)); x.Number == "4910000000000001" || !strings.HasPrefix(x.Number, "491000") {
			t.Errorf("the token is %s", x.Number)
		}
	})
}

// zeros is no randomness.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// A card that has expired gets no token and no key; the next card with the same number goes on where it ended.
func TestACardIsRenewed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.portfolio("debit", vault.Range{Prefix: "490000", Digits: 16}, nil)
		who, phone := w.person()
		card := must[vault.Account](t)(w.desk.AddAccount(t.Context(), ann, vault.NewAccount{Customer: who, Portfolio: p.ID, Number: pan(), Expires: w.clock.Now().UTC().Format("0601")}))
		token := must[vault.Issued](t)(w.desk.Issue(t.Context(), ann, card.ID, phone))
		w.ok(w.desk.Activate(t.Context(), ann, token.ID))
		w.key(token.Token)
		w.clock.Advance(31 * 24 * time.Hour)
		_, err := w.desk.Issue(t.Context(), ann, card.ID, phone)
		w.wants(err, "vault.standing")
		_, err = w.desk.Renew(t.Context(), ann, token.ID, vault.Key, 2)
		w.wants(err, "vault.standing")
		w.wants(w.desk.RenewAccount(t.Context(), ann, card.ID, card.Expires, 1, "sent"), "vault.expires")
		w.wants(w.desk.RenewAccount(t.Context(), ann, card.ID, "2912", 100, "sent"), "vault.expires")
		w.wants(w.desk.RenewAccount(t.Context(), ann, ident.Derive("none"), "2912", 1, "sent"), "vault.account")
		w.ok(w.desk.RenewAccount(t.Context(), ann, card.ID, "2912", 1, "sent"))
		must[vault.Granted](t)(w.desk.Renew(t.Context(), ann, token.ID, vault.Key, 2))
		if x := must[vault.Account](t)(w.desk.Account(t.Context(), who, card.ID)); x.Expires != "2912" || x.Sequence != 1 {
			t.Errorf("%+v", x)
		}
		w.ok(w.desk.RenewAccount(t.Context(), ann, card.ID, "9912", 2, "far away")) // 2099
		if h := must[vault.Holding](t)(w.desk.Holding(t.Context(), who, token.ID)); !h.Ends().Equal(h.Expires) || h.Card.Ends().Year() != 2100 {
			t.Errorf("the token ends %s, its card %s", h.Ends(), h.Card.Ends())
		}
		w.ok(w.desk.CloseAccount(t.Context(), ann, card.ID, "gone"))
		w.wants(w.desk.RenewAccount(t.Context(), ann, card.ID, "3012", 2, "sent"), "vault.state")
	})
}
