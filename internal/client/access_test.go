package client_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
)

// A token is a JWT as RFC 9068 has it, whatever our parser thinks.
func TestTokensAreJWTs(t *testing.T) {
	each(t, func(w *world) {
		c, secret := w.create(client.New{Secret: true})
		part := strings.Split(w.token(c, secret), ".")
		if len(part) != 3 {
			w.Fatalf("%d parts", len(part))
		}
		var head, claims map[string]any
		for i, into := range []*map[string]any{&head, &claims} {
			b, err := base64.RawURLEncoding.DecodeString(part[i])
			if err != nil || json.Unmarshal(b, into) != nil {
				w.Fatalf("part %d: %s, %v", i, b, err)
			}
		}
		now := float64(w.clock.Now().Unix())
		if head["alg"] != "HS256" || head["typ"] != "at+jwt" || claims["iss"] != issuer || claims["aud"] != issuer ||
			claims["sub"] != c.ID.String() || claims["client_id"] != c.ID.String() || claims["iat"] != now || claims["exp"] != now+600 ||
			claims["scope"] != "customers:read authentications" || claims["jti"] == "" {
			w.Errorf("%v, %v", head, claims)
		}
	})
}

// Whatever single character of a token changes, it is refused.
func TestChangedTokensAreRefused(t *testing.T) {
	each(t, func(w *world) {
		c, secret := w.create(client.New{Secret: true})
		good := w.token(c, secret)
		for i := range good {
			alphabet := "Aa-.="
			if i == len(good)-1 { // its last bits are not used: they must be zero
				alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
			}
			for _, r := range alphabet {
				bad := good[:i] + string(r) + good[i+1:]
				if _, err := w.Verify(bad); err == nil && bad != good {
					w.Fatalf("accepted with %q at %d", r, i)
				}
			}
		}
		for _, bad := range []string{"", ".", "..", good + "A", good[1:], good[:len(good)-1], good + "." + good, strings.Repeat("A", 10000)} {
			_, err := w.Verify(bad)
			wantFault(w, err, "client.token_invalid")
		}
	})
}

func TestTokensExpire(t *testing.T) {
	each(t, func(w *world) {
		c, secret := w.create(client.New{Secret: true})
		tok := w.token(c, secret)
		w.clock.Advance(10*time.Minute - time.Second)
		if err := w.Refresh(w.Context()); err != nil {
			w.Fatal(err)
		}
		if _, err := w.Verify(tok); err != nil {
			w.Error(err)
		}
		w.clock.Advance(time.Second)
		_, err := w.Verify(tok)
		wantFault(w, err, "client.token_expired")
	})
}

// What changes on one node reaches another with its next comparison, which is
// at most half a second away.
func TestChangesReachEveryNode(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		r := ring(t, d, clock)
		w := &world{open(t, d, r, clock), t, clock}
		far := open(t, d, r, clock)
		verify := func(tok string) (client.Access, error) {
			if err := far.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			return far.Verify(tok)
		}
		c, secret := w.create(client.New{Secret: true})
		tok := w.token(c, secret)
		if a, err := verify(tok); err != nil || a.Scopes != c.Scopes {
			t.Fatalf("%+v, %v", a, err)
		}
		less := client.CustomersRead
		if _, err := w.Update(t.Context(), cli, c.ID, client.Change{Scopes: &less}); err != nil {
			t.Fatal(err)
		}
		for name, a := range map[string]func(string) (client.Access, error){"near": w.Verify, "far": verify} {
			if got, err := a(tok); err != nil || got.Scopes != less {
				t.Errorf("%s: a reduced scope gives %+v, %v", name, got, err)
			}
		}
		more := client.CustomersRead | client.AuditRead
		if _, err := w.Update(t.Context(), cli, c.ID, client.Change{Scopes: &more}); err != nil {
			t.Fatal(err)
		}
		if got, err := verify(tok); err != nil || got.Scopes != less {
			t.Errorf("a scope that was not granted is in an old token: %+v, %v", got, err)
		}
		for name, end := range map[string]func() error{
			"revoke":  func() error { return w.RevokeTokens(t.Context(), cli, c.ID) },
			"disable": func() error { return w.Disable(t.Context(), cli, c.ID) },
		} {
			tok := w.token(c, secret)
			if _, err := verify(tok); err != nil {
				t.Errorf("%s: before: %v", name, err)
			}
			if err := end(); err != nil {
				t.Fatal(err)
			}
			for _, a := range []func(string) (client.Access, error){w.Verify, verify} {
				_, err := a(tok)
				wantFault(t, err, "client.token_invalid")
			}
			if err := w.Enable(t.Context(), cli, c.ID); err != nil {
				t.Fatal(err)
			}
			_, err := verify(tok)
			wantFault(t, err, "client.token_invalid") // enabling revives no token
		}
	})
}

// Fail closed: a node that cannot reach its database lets nobody in for long.
func TestAStaleTableLetsNobodyIn(t *testing.T) {
	each(t, func(w *world) {
		c, secret := w.create(client.New{Secret: true})
		tok := w.token(c, secret)
		w.clock.Advance(5 * time.Second)
		if _, err := w.Verify(tok); err != nil {
			w.Error(err)
		}
		w.clock.Advance(time.Millisecond)
		_, err := w.Verify(tok)
		wantFault(w, err, "client.stale")
		if err := w.Refresh(w.Context()); err != nil {
			w.Fatal(err)
		}
		if _, err := w.Verify(tok); err != nil {
			w.Error(err)
		}
	})
}

// A token of another installation, which has another root key, is refused.
func TestTokensOfAnotherInstallation(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock()
	var tokens []string
	var last *client.Register
	for range 2 {
		d := dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite), Now: clock.Now})
		w := &world{open(t, d, ring(t, d, clock), clock), t, clock}
		c, secret := w.create(client.New{ID: [16]byte{7}, Secret: true})
		tokens = append(tokens, w.token(c, secret))
		last = w.Register
	}
	_, err := last.Verify(tokens[0])
	wantFault(t, err, "client.token_invalid")
	if _, err := last.Verify(tokens[1]); err != nil {
		t.Error(err)
	}
}

func FuzzVerify(f *testing.F) {
	clock := dbtest.NewClock()
	d := dbtest.Open(f, db.Config{DSN: dbtest.DSN(f, db.SQLite), Now: clock.Now})
	r := open(f, d, ring(f, d, clock), clock)
	c, secret, err := r.Create(f.Context(), cli, client.New{Name: "x", Scopes: client.AllScopes, Secret: true})
	if err != nil {
		f.Fatal(err)
	}
	tok, err := r.Token(f.Context(), client.Request{Authorization: basic(c.ID.String(), secret), Form: form()})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(tok.Access)
	f.Add("..")
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := r.Verify(s); err == nil && s != tok.Access {
			t.Errorf("accepted %q", s)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	clock := dbtest.NewClock()
	d := dbtest.Open(b, db.Config{DSN: dbtest.DSN(b, db.SQLite), Now: clock.Now})
	r := open(b, d, ring(b, d, clock), clock)
	c, secret, err := r.Create(b.Context(), cli, client.New{Name: "x", Scopes: client.CustomersRead | client.Authentications | client.AuthenticationsReason, Secret: true})
	if err != nil {
		b.Fatal(err)
	}
	tok, err := r.Token(b.Context(), client.Request{Authorization: basic(c.ID.String(), secret), Form: form()})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Verify(tok.Access); err != nil {
			b.Fatal(err)
		}
	}
}
