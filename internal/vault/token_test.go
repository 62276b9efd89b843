package vault_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/vault"
)

// DI-13, DI-15: a token has the form of an account number, a check digit, and its issuer's range; DI-14: two for one account have
// nothing in common but the range.
func TestDI13TheFormOfATokenAndDI15ItsRange(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.portfolio("form", vault.Range{Prefix: "49000012", Digits: 19}, nil)
		who, phone := w.person()
		a := w.card(p, who)
		seen := map[string]bool{}
		for range 5 {
			x := must[vault.Issued](t)(w.desk.Issue(t.Context(), ann, a.ID, phone))
			if n, err := vault.Number(x.Number); err != nil || n != x.Number || len(n) != 19 || !strings.HasPrefix(n, "49000012") || seen[n] {
				t.Errorf("%v", err)
			}
			seen[x.Number] = true
			w.ok(w.d.Read(t.Context(), func(tx *db.Tx) error {
				got, ok, err := w.desk.Find(tx, x.Number)
				if err != nil || !ok || got.ID != x.ID || got.Last4 != vault.Last4(x.Number) {
					t.Errorf("%v, %v", ok, err)
				}
				number, err := w.desk.NumberOf(tx, &got)
				if err != nil || vault.Last4(number) != a.Last4 {
					t.Errorf("the account: %v", err)
				}
				return err
			}))
		}
	})
}

// Nothing that is stored shows an account number, a token or a key.
func TestNothingIsInTheClear(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.portfolio("clear", ours, nil)
		who, phone := w.person()
		number := pan()
		a := must[vault.Account](t)(w.desk.AddAccount(t.Context(), ann, vault.NewAccount{Customer: who, Portfolio: p.ID, Number: number, Expires: "2912"}))
		tok := must[vault.Issued](t)(w.desk.Issue(t.Context(), ann, a.ID, phone))
		g := w.key(tok.Token)
		for _, table := range []string{"vault_account", "vault_token", "vault_key", "vault_grant", "audit_span", "audit_tile", "audit_stream"} {
			w.ok(w.d.Read(t.Context(), func(tx *db.Tx) error {
				return tx.Each("SELECT * FROM "+table, nil, func(r db.Row) error {
					return r.Scan(anything(t, table, []string{number, tok.Number, string(g.Secret)}, columnsOf(t, w.d, table))...)
				})
			}))
		}
	})
}

// sniffer looks for secrets in a column.
type sniffer struct {
	t       *testing.T
	where   string
	secrets []string
}

func (s *sniffer) Scan(src any) error {
	var text string
	switch x := src.(type) {
	case string:
		text = x
	case []byte:
		text = string(x)
	}
	for _, secret := range s.secrets {
		if strings.Contains(text, secret) {
			s.t.Errorf("a secret is in %s", s.where)
		}
	}
	return nil
}

func anything(t *testing.T, table string, secrets []string, n int) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = &sniffer{t, table, secrets}
	}
	return out
}

// columnsOf counts the columns of a table.
func columnsOf(t *testing.T, d *db.DB, table string) (n int) {
	t.Helper()
	query := "SELECT COUNT(*) FROM pragma_table_info($1)"
	if d.Dialect() == db.Postgres {
		query = "SELECT COUNT(*) FROM information_schema.columns WHERE table_name = $1"
	}
	if err := d.Read(t.Context(), func(tx *db.Tx) error { return tx.Row(query, table).Scan(&n) }); err != nil || n == 0 {
		t.Fatal(n, err)
	}
	return n
}

// The table of states in the package comment, row by row.
func TestStatesOfATokenAndReasons(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.portfolio("states", ours, nil)
		who, phone := w.person()
		a := w.card(p, who)
		is := func(what string, x vault.Issued, want vault.Status) {
			t.Helper()
			if got := w.now(x.ID).Status; got != want {
				t.Errorf("%s: %s, want %s", what, got, want)
			}
		}
		issue := func() vault.Issued { return must[vault.Issued](t)(w.desk.Issue(t.Context(), ann, a.ID, phone)) }
		wish := vault.Cause{Reason: vault.ByCustomer}

		x := issue()
		is("new", x, vault.Inactive)
		w.ok(w.desk.Suspend(t.Context(), ann, x.ID, wish))
		is("suspended before it was active", x, vault.Suspended)
		w.ok(w.desk.Resume(t.Context(), ann, x.ID, wish))
		is("resumed", x, vault.Inactive)
		w.ok(w.desk.Suspend(t.Context(), ann, x.ID, wish))
		w.ok(w.desk.Activate(t.Context(), ann, x.ID))
		is("held while it is suspended", x, vault.Suspended)
		w.wants(w.desk.Activate(t.Context(), ann, x.ID), "vault.state")
		w.ok(w.desk.Resume(t.Context(), ann, x.ID, wish))
		is("activated", x, vault.Active)
		w.wants(w.desk.Activate(t.Context(), ann, x.ID), "vault.state")
		w.ok(w.desk.Resume(t.Context(), ann, x.ID, wish))
		is("resumed without a reason", x, vault.Active)

		fraud := vault.Cause{Reason: vault.ByIssuer, About: "case 7"}
		for _, c := range []vault.Cause{wish, wish, fraud} {
			w.ok(w.desk.Suspend(t.Context(), ann, x.ID, c))
		}
		if all := must[[]vault.Cause](t)(w.desk.Causes(t.Context(), x.ID)); !slices.Contains(all, wish) || !slices.Contains(all, fraud) || len(all) != 2 {
			t.Errorf("%v", all)
		}
		w.ok(w.desk.Resume(t.Context(), ann, x.ID, wish))
		is("one of two reasons gone", x, vault.Suspended)
		w.ok(w.desk.Resume(t.Context(), ann, x.ID, vault.Cause{Reason: vault.ByIssuer, About: "case 8"}))
		is("another case", x, vault.Suspended)
		w.ok(w.desk.Resume(t.Context(), ann, x.ID, fraud))
		is("no reason left", x, vault.Active)

		g := w.key(x.Token)
		w.ok(w.desk.Delete(t.Context(), ann, x.ID, "lost interest"))
		is("deleted", x, vault.Deleted)
		if worn := w.use(g, 1, "EUR"); worn != vault.WornEnded {
			t.Errorf("a key of a deleted token: %q", worn)
		}
		w.wants(w.desk.Suspend(t.Context(), ann, x.ID, wish), "vault.state")
		w.wants(w.desk.Activate(t.Context(), ann, x.ID), "vault.state")
		w.ok(w.desk.Delete(t.Context(), ann, x.ID, "again"))
		w.wants(w.desk.Suspend(t.Context(), ann, ident.Derive("nothing"), wish), "vault.token")
		w.wants(w.desk.Suspend(t.Context(), ann, x.ID, vault.Cause{Reason: "mood"}), "vault.reason")
		w.wants(w.desk.Resume(t.Context(), ann, x.ID, vault.Cause{Reason: vault.ByCard}), "vault.reason")
	})
}

// A blocked card suspends its tokens, a lost device its own; what comes back is what has no other reason. DI-113: no token and no key for a card
// that is not in good standing.
func TestCascadesAndDI113(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.portfolio("cascade", ours, nil)
		who, phone := w.person()
		watch := w.phone(who)
		a, other := w.card(p, who), w.card(p, who)
		issue := func(card vault.Account, device ident.ID) vault.Issued {
			x := must[vault.Issued](t)(w.desk.Issue(t.Context(), ann, card.ID, device))
			w.ok(w.desk.Activate(t.Context(), ann, x.ID))
			return x
		}
		onPhone, onWatch, ofOther := issue(a, phone), issue(a, watch), issue(other, phone)
		states := func(what string, want ...vault.Status) {
			t.Helper()
			for i, x := range []vault.Issued{onPhone, onWatch, ofOther} {
				if got := w.now(x.ID).Status; got != want[i] {
					t.Errorf("%s, %d: %s, want %s", what, i, got, want[i])
				}
			}
		}
		w.ok(w.desk.BlockAccount(t.Context(), ann, a.ID, "stolen"))
		states("blocked", vault.Suspended, vault.Suspended, vault.Active)
		_, err := w.desk.Issue(t.Context(), ann, a.ID, phone)
		w.wants(err, "vault.standing")
		_, err = w.desk.Renew(t.Context(), ann, onPhone.ID, vault.Key, 1)
		w.wants(err, "vault.standing")
		w.wants(w.desk.BlockAccount(t.Context(), ann, a.ID, "again"), "vault.state")

		w.ok(w.d.Write(t.Context(), func(tx *db.Tx) error { return w.desk.Lost(tx, ann, phone) }))
		states("phone lost", vault.Suspended, vault.Suspended, vault.Suspended)
		w.ok(w.desk.UnblockAccount(t.Context(), ann, a.ID, "found"))
		states("unblocked", vault.Suspended, vault.Active, vault.Suspended)
		w.ok(w.d.Write(t.Context(), func(tx *db.Tx) error { return w.desk.Returned(tx, ann, phone) }))
		states("phone found", vault.Active, vault.Active, vault.Active)

		w.ok(w.desk.CloseAccount(t.Context(), ann, a.ID, "over"))
		states("closed", vault.Deleted, vault.Deleted, vault.Active)
		w.wants(w.desk.CloseAccount(t.Context(), ann, a.ID, "again"), "vault.state")
		w.wants(w.desk.UnblockAccount(t.Context(), ann, a.ID, "no"), "vault.state")

		stranger, _ := w.person()
		_, err = w.desk.Issue(t.Context(), ann, w.card(p, stranger).ID, phone)
		w.wants(err, "vault.device")
		w.ok(w.d.Write(t.Context(), func(tx *db.Tx) error { return vault.Erase(tx, who) }))
		if all := must[[]vault.Token](t)(w.desk.Tokens(t.Context(), who)); len(all) != 0 {
			t.Errorf("%d tokens of an erased customer", len(all))
		}
	})
}

// Random acts: a token works exactly when it was activated, is not deleted and no reason is left.
func TestReasonsAgainstAModel(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.portfolio("model", ours, nil)
		rapid.Check(t, func(rt *rapid.T) {
			who, phone := w.person()
			x := must[vault.Issued](t)(w.desk.Issue(t.Context(), ann, w.card(p, who).ID, phone))
			active, reasons := false, map[vault.Cause]bool{}
			for range rapid.IntRange(1, 8).Draw(rt, "acts") {
				c := vault.Cause{
					Reason: rapid.SampledFrom([]vault.Reason{vault.ByDevice, vault.ByCustomer, vault.ByIssuer}).Draw(rt, "reason"), About: rapid.SampledFrom([]string{"", "a"}).Draw(rt, "about"),
				}
				switch rapid.IntRange(0, 2).Draw(rt, "act") {
				case 0:
					w.ok(w.desk.Suspend(t.Context(), ann, x.ID, c))
					reasons[c] = true
				case 1:
					w.ok(w.desk.Resume(t.Context(), ann, x.ID, c))
					delete(reasons, c)
				default:
					if err := w.desk.Activate(t.Context(), ann, x.ID); (err == nil) != !active {
						rt.Fatal(err)
					}
					active = true
				}
				now := w.now(x.ID)
				if now.Usable(w.clock.Now()) != (active && len(reasons) == 0) {
					rt.Fatalf("%s with %d reasons, active %v", now.Status, len(reasons), active)
				}
			}
		})
	})
}

// A token that has expired is of no use and gets no key.
func TestExpiredTokens(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		x := w.token(w.portfolio("expired", ours, func(p *vault.Profile) { p.TokenDays = 30 }))
		if now := w.now(x.ID); !now.Usable(w.clock.Now()) {
			t.Error("not usable")
		}
		w.clock.Advance(30 * 24 * time.Hour)
		if now := w.now(x.ID); now.Usable(w.clock.Now()) {
			t.Error("usable")
		}
		_, err := w.desk.Renew(t.Context(), ann, x.ID, vault.Key, 1)
		w.wants(err, "vault.standing")
	})
}
