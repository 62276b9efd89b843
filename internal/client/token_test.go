package client_test

import (
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
)

func TestSecretsByBothMethods(t *testing.T) {
	each(t, func(w *world) {
		c, secret := w.create(client.New{Secret: true})
		for name, q := range map[string]client.Request{
			"basic":    {Authorization: basic(c.ID.String(), secret), Form: form()},
			"both ids": {Authorization: basic(c.ID.String(), secret), Form: form("client_id", c.ID.String())},
			"post":     {Form: form("client_id", c.ID.String(), "client_secret", secret)},
		} {
			tok, err := w.Token(w.Context(), q)
			if err != nil || tok.Life != 10*time.Minute || tok.Scopes != c.Scopes {
				w.Errorf("%s: %+v, %v", name, tok, err)
				continue
			}
			a, err := w.Verify(tok.Access)
			if err != nil || a.Client != c.ID || a.Scopes != c.Scopes || a.Name != c.Name || a.Rate.PerSecond != client.DefaultRate {
				w.Errorf("%s: %+v, %v", name, a, err)
			}
		}
		if n := w.records(client.AuditTokenIssued); n != 3 {
			w.Errorf("%d tokens were recorded, want 3", n)
		}
	})
}

// All failures of authentication look the same and are recorded.
func TestRefusalsAreUniform(t *testing.T) {
	each(t, func(w *world) {
		c, secret := w.create(client.New{Secret: true})
		keyless, _ := w.create(client.New{})
		gone, goneSecret := w.create(client.New{Secret: true})
		if err := w.Disable(w.Context(), cli, gone.ID); err != nil {
			w.Fatal(err)
		}
		requests := map[string]client.Request{
			"wrong secret":       {Authorization: basic(c.ID.String(), secret+"x"), Form: form()},
			"no secret":          {Authorization: basic(c.ID.String(), ""), Form: form()},
			"unknown":            {Authorization: basic("nobody", secret), Form: form()},
			"another's secret":   {Authorization: basic(gone.ID.String(), secret), Form: form()},
			"disabled":           {Authorization: basic(gone.ID.String(), goneSecret), Form: form()},
			"has no secret":      {Authorization: basic(keyless.ID.String(), ""), Form: form()},
			"empty assertion":    {Form: form("client_assertion_type", jwtBearer, "client_assertion", "")},
			"rubbish assertion":  {Form: form("client_assertion_type", jwtBearer, "client_assertion", "a.b.c")},
			"post without an id": {Form: form("client_secret", secret)},
		}
		var text string
		for name, q := range requests {
			_, err := w.Token(w.Context(), q)
			f := fault.From(err)
			if f.Code != "oauth.invalid_client" || f.Kind != fault.Denied || text != "" && f.Error() != text {
				w.Errorf("%s: %v", name, err)
			}
			text = f.Error()
		}
		if n := w.records(client.AuditRefused); n != len(requests) {
			w.Errorf("%d refusals were recorded, want %d", n, len(requests))
		}
	})
}

// TestRefusalsAreBounded: strangers cannot fill the log, cannot keep the refusals of
// a client out of it, and how many were left out is recorded.
func TestRefusalsAreBounded(t *testing.T) {
	each(t, func(w *world) {
		c, secret := w.create(client.New{Secret: true})
		refused := func(id string) {
			if _, err := w.Token(w.Context(), client.Request{Authorization: basic(id, "x"), Form: form()}); !fault.Is(err, "oauth.invalid_client") {
				w.Fatal(err)
			}
		}
		const burst = 200
		for range burst + 30 {
			refused("nobody")
		}
		if n := w.records(client.AuditRefused); n != burst {
			w.Errorf("%d refusals were recorded, want %d", n, burst)
		}
		refused(c.ID.String())
		if n := w.records(client.AuditRefused); n != burst+1 {
			w.Errorf("the refusal of a client was not recorded: %d", n)
		}
		var details []byte
		err := w.DB.Read(w.Context(), func(tx *db.Tx) error {
			return tx.Row("SELECT details FROM journal WHERE kind = $1 AND object = $2", client.AuditRefused, c.ID.String()).Scan(&details)
		})
		if err != nil || !strings.Contains(string(details), `"more_unrecorded":30`) {
			w.Errorf("the record does not say how many were left out: %s, %v", details, err)
		}
		w.clock.Advance(2 * time.Second)
		for range 5 {
			refused("nobody")
		}
		if n := w.records(client.AuditRefused); n != burst+3 {
			w.Errorf("two seconds later %d are recorded, want %d", n, burst+3)
		}
		w.token(c, secret)
	})
}

func TestRequestsOfTheWrongForm(t *testing.T) {
	each(t, func(w *world) {
		c, secret := w.create(client.New{Secret: true})
		id, auth := c.ID.String(), basic(c.ID.String(), secret)
		twice := form()
		twice["scope"] = []string{"a", "b"}
		for code, requests := range map[string][]client.Request{
			"oauth.invalid_request": {
				{Form: form()},
				{Authorization: auth, Form: twice},
				{Authorization: auth, Form: map[string][]string{}},
				{Authorization: auth, Form: form("client_id", id, "client_secret", secret)},
				{Authorization: auth, Form: form("client_id", "another")},
				{Authorization: "Bearer x", Form: form()},
				{Authorization: "Basic !", Form: form()},
				{Authorization: "Basic Og", Form: form("client_secret", secret)},
				{Form: form("client_assertion_type", "x", "client_assertion", "x")},
			},
			"oauth.unsupported_grant_type": {{Authorization: auth, Form: map[string][]string{"grant_type": {"password"}}}},
			"oauth.invalid_scope": {
				{Authorization: auth, Form: form("scope", "customers:read audit:read")},
				{Authorization: auth, Form: form("scope", "no:such")},
			},
		} {
			for _, q := range requests {
				_, err := w.Token(w.Context(), q)
				wantFault(w, err, code)
			}
		}
	})
}

func TestAnAskedForScopeNarrowsTheToken(t *testing.T) {
	each(t, func(w *world) {
		c, secret := w.create(client.New{Secret: true})
		tok, err := w.Token(w.Context(), client.Request{Authorization: basic(c.ID.String(), secret), Form: form("scope", "authentications")})
		if err != nil || tok.Scopes != client.Authentications {
			w.Fatalf("%+v, %v", tok, err)
		}
		a, err := w.Verify(tok.Access)
		if err != nil || a.Need(client.Authentications) != nil {
			w.Errorf("%+v, %v", a, err)
		}
		wantFault(w, a.Need(client.CustomersRead), "client.scope")
	})
}

func TestSecretRotation(t *testing.T) {
	each(t, func(w *world) {
		c, old := w.create(client.New{Secret: true})
		works := func(secret string) bool {
			_, err := w.Token(w.Context(), client.Request{Authorization: basic(c.ID.String(), secret), Form: form()})
			return err == nil
		}
		fresh, err := w.RotateSecret(w.Context(), cli, c.ID, time.Hour)
		if err != nil || !works(old) || !works(fresh) {
			w.Errorf("during the overlap: %v", err)
		}
		w.clock.Advance(time.Hour)
		if works(old) || !works(fresh) {
			w.Error("after the overlap the old secret works, or the new one does not")
		}
		last, err := w.RotateSecret(w.Context(), cli, c.ID, 0)
		if err != nil || works(fresh) || !works(last) {
			w.Errorf("without an overlap: %v", err)
		}
		if err := w.RemoveSecret(w.Context(), cli, c.ID); err != nil || works(last) || works("") {
			w.Errorf("after removal: %v", err)
		}
		if _, err := w.RotateSecret(w.Context(), cli, c.ID, -time.Second); err == nil {
			w.Error("a negative overlap was accepted")
		}
	})
}

func TestSweepKeepsWhatIsNeeded(t *testing.T) {
	each(t, func(w *world) {
		k := newKey(w, "ES256")
		c, _ := w.create(client.New{Keys: k.set})
		if _, err := w.assert(k.sign(w, c.ID, nil)); err != nil {
			w.Fatal(err)
		}
		if n, err := w.Sweep(w.Context(), 10); n != 0 || err != nil {
			w.Errorf("swept %d, %v", n, err)
		}
		w.clock.Advance(10 * time.Minute)
		if n, err := w.Sweep(w.Context(), 10); n != 1 || err != nil {
			w.Errorf("later swept %d, %v", n, err)
		}
	})
}
