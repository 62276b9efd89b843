package mobiletoken_test

import (
	"crypto/rand"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
)

// pages reads the list to its end.
func (w *world) pages(q mobiletoken.Query) (serials []string) {
	w.Helper()
	for n := 0; ; n++ {
		p, err := w.desk.All(w.Context(), q)
		if err != nil || n > 1000 {
			w.Fatal(n, err)
		}
		if len(p.Tokens) > q.Limit {
			w.Fatalf("%d tokens on a page of %d", len(p.Tokens), q.Limit)
		}
		for _, t := range p.Tokens {
			serials = append(serials, t.Serial)
		}
		if q.After = p.Next; p.Next == "" {
			return serials
		}
	}
}

// TestAllTokensByPages: every token is on exactly one page, newest first, in each order of
// states and with pages of any size.
func TestAllTokensByPages(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		byStatus := map[mobiletoken.Status][]string{}
		var all, used []string
		for i := range 7 {
			c := w.customer("P" + string(rune('0'+i)))
			_, _ = w.enroll(c, "events") // of another application
			x, out := w.enroll(c, "bank")
			want := mobiletoken.CodeIssued
			if i%3 > 0 {
				p, _, _ := w.redeem(out.ClientID)
				w.confirm(x, p, mobiletoken.Accepted)
				want = mobiletoken.Active
			}
			if i%3 == 2 {
				want = mobiletoken.Blocked
				if _, err := w.desk.Block(t.Context(), ann, order(x), time.Time{}); err != nil {
					t.Fatal(err)
				}
			}
			w.clock.Advance(time.Minute)
			byStatus[want] = append([]string{x.Serial}, byStatus[want]...)
			all = append([]string{x.Serial}, all...)
			if want != mobiletoken.CodeIssued && i < 4 {
				used = append([]string{x.Serial}, used...)
			}
		}
		it, owner, err := w.desk.Find(t.Context(), strings.ToLower(all[0]))
		if err != nil || owner != "P6" || it.Serial != all[0] || it.Code == nil {
			t.Errorf("found %+v of %q: %v", it, owner, err)
		}
		_, _, err = w.desk.Find(t.Context(), "M4711")
		want(t, err, "mobiletoken.unknown_serial")
		since := w.clock.Now().Add(-3*time.Minute - time.Second)
		if p, err := w.desk.All(t.Context(), mobiletoken.Query{Application: "bank", Limit: 1}); err != nil || p.Tokens[0].Owner != "P6" {
			t.Errorf("%+v, %v", p, err)
		}
		for limit := 1; limit <= 8; limit++ {
			q := mobiletoken.Query{Application: "bank", Limit: limit}
			if d := cmp.Diff(all, w.pages(q)); d != "" {
				t.Errorf("pages of %d: %s", limit, d)
			}
			for s, serials := range byStatus {
				q.Status = s
				if d := cmp.Diff(serials, w.pages(q)); d != "" {
					t.Errorf("%s, pages of %d: %s", s, limit, d)
				}
			}
			if d := cmp.Diff(used, w.pages(mobiletoken.Query{Application: "bank", Unused: since, Limit: limit})); d != "" {
				t.Errorf("not used, pages of %d: %s", limit, d)
			}
		}
		for code, q := range map[string]mobiletoken.Query{
			"mobiletoken.application": {Limit: 1}, "mobiletoken.status": {Application: "bank", Status: "lost", Limit: 1},
			"mobiletoken.page_size": {Application: "bank"}, "mobiletoken.cursor": {Application: "bank", Limit: 1, After: "x"},
		} {
			_, err = w.desk.All(t.Context(), q)
			want(t, err, code)
		}
	})
}

// TestManyUnusedTokens: a page that leaves most of what it looks at out ends nevertheless,
// and the pages after it have the rest.
func TestManyUnusedTokens(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const n = 2300
		begin := w.clock.Now()
		w.fill(n)
		got := w.pages(mobiletoken.Query{Application: "bank", Unused: begin.Add(100*time.Second - time.Millisecond), Limit: 30})
		if len(got) != 100 || len(w.pages(mobiletoken.Query{Application: "bank", Limit: 200})) != n {
			t.Errorf("%d of 100 tokens that were not used", len(got))
		}
		first, err := w.desk.All(t.Context(), mobiletoken.Query{Application: "bank", Unused: begin.Add(time.Second), Limit: 30})
		if err != nil || len(first.Tokens) != 0 || first.Next == "" {
			t.Errorf("the first page looked at more than its share: %+v, %v", first, err)
		}
	})
}

// TestListUsesItsIndex: a page must not read all tokens of the bank.
func TestListUsesItsIndex(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if w.d.Dialect() != db.SQLite {
			t.Skip("the planner of PostgreSQL reads small tables whole")
		}
		var plan strings.Builder
		err := w.d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Each(`EXPLAIN QUERY PLAN SELECT t.id, k.used_at FROM mobile_token t
				LEFT JOIN mobile_key k ON k.customer = t.customer AND k.token = t.id AND k.usage = 'code' AND k.state <> 'pending'
				WHERE t.application = 'bank' AND t.status = 'active' AND t.id < x'ff' ORDER BY t.id DESC LIMIT 50`, nil, func(r db.Row) error {
				var a, b, c int
				var s string
				err := r.Scan(&a, &b, &c, &s)
				plan.WriteString(s + "\n")
				return err
			})
		})
		if s := plan.String(); err != nil || strings.Contains(s, "SCAN") || strings.Contains(s, "TEMP B-TREE") || !strings.Contains(s, "mobile_token_list") || !strings.Contains(s, "mobile_key_one") {
			t.Errorf("%v: %s", err, s)
		}
	})
}

// TestListIsWhatEachTokenSays: the list of a customer says of each token what the token
// says alone, and counts nobody else's.
func TestListIsWhatEachTokenSays(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("A1")
		w.active(w.customer("A2"), "bank")
		x, _ := w.active(c, "bank")
		w.clock.Advance(time.Second)
		if _, _, _, err := w.desk.Migrate(t.Context(), system, mobiletoken.Migrate{Order: order(x)}); err != nil {
			t.Fatal(err)
		}
		y, _ := w.enroll(c, "events")
		w.clock.Advance(time.Second)
		if _, err := w.desk.Renew(t.Context(), system, order(y), mobiletoken.Handing{}); err != nil {
			t.Fatal(err)
		}
		_, out := w.enroll(c, "same")
		w.redeem(out.ClientID)
		all, err := w.desk.List(t.Context(), c)
		if err != nil || len(all) != 4 {
			t.Fatalf("%d tokens, %v", len(all), err)
		}
		pending, moving := 0, 0
		for _, it := range all {
			one, err := w.desk.Get(t.Context(), c, it.ID)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(one, it, cmp.AllowUnexported(mobiletoken.Token{}, mobiletoken.Code{})); d != "" {
				t.Error(d)
			}
			if it.Pending {
				pending++
			}
			if it.Migration != nil {
				moving++
			}
		}
		if pending != 1 || moving != 2 {
			t.Errorf("%d keys are pending, %d tokens in a migration", pending, moving)
		}
	})
}

// BenchmarkAll reads a page of the list of a small and of a large bank, and
// BenchmarkList the tokens of one customer.
func BenchmarkAll(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			w := newWorld(b, dbtest.Open(b, db.Config{DSN: dbtest.DSN(b, db.SQLite)}), dbtest.NewClock())
			w.fill(n)
			for b.Loop() {
				if p, err := w.desk.All(b.Context(), mobiletoken.Query{Application: "bank", Limit: 50}); err != nil || len(p.Tokens) != 50 {
					b.Fatal(p, err)
				}
			}
		})
	}
}

func BenchmarkList(b *testing.B) {
	for _, n := range []int{1, 50} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			w := newWorld(b, dbtest.Open(b, db.Config{DSN: dbtest.DSN(b, db.SQLite)}), dbtest.NewClock())
			for i := range w.set.Applications {
				w.set.Applications[i].Tokens = n
			}
			c := w.customer("A1")
			for range n {
				w.active(c, "bank")
			}
			for b.Loop() {
				if all, err := w.desk.List(b.Context(), c); err != nil || len(all) != n {
					b.Fatal(len(all), err)
				}
			}
		})
	}
}

// fill adds tokens of as many customers.
func (w *world) fill(n int) {
	w.Helper()
	begin := w.clock.Now()
	err := w.d.Write(w.Context(), func(tx *db.Tx) error {
		for i := range n {
			made := begin.Add(time.Duration(i) * time.Second)
			id := ident.New(made, rand.Reader)
			if _, err := tx.Exec(`INSERT INTO mobile_token (customer, id, application, serial, name, device, status, blocked_by, before_status, reason, counted, version, model, app_version, failures, blocks, created_at, changed_at)
				VALUES ($1, $1, 'bank', $2, '', $1, 'active', '', '', '', $3, 0, '', '', 0, 0, $4, $4)`, id, id.String(), true, made); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
}
