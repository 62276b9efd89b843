package client_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/ident"
)

func TestScopeNamesAreOneToOne(t *testing.T) {
	t.Parallel()
	var all client.Scopes
	for _, s := range client.Describe() {
		got, err := client.ParseScopes(s.Name)
		if err != nil || got != s.Scope || s.Scope.String() != s.Name || all.Has(s.Scope) || s.Description == "" {
			t.Errorf("%+v: %v, %v", s, got, err)
		}
		all |= s.Scope
	}
	if all != client.AllScopes {
		t.Errorf("scopes without a name: %b", client.AllScopes&^all)
	}
	back, err := client.ParseScopes("  " + client.AllScopes.String() + " customers:read ")
	if err != nil || back != client.AllScopes {
		t.Errorf("%v, %v", back, err)
	}
	_, err = client.ParseScopes("customers:read Customers:read")
	wantFault(t, err, "oauth.invalid_scope")
}

func TestClientsAreStoredAsGiven(t *testing.T) {
	each(t, func(w *world) {
		k := newKey(w, "EdDSA")
		c, secret := w.create(client.New{Name: "mobile", Kind: client.Provider, Brand: "Blue", Scopes: client.AllScopes, Rate: 7, Burst: 9, Secret: true, Keys: k.set})
		got, err := w.Get(w.Context(), c.ID)
		if err != nil || secret == "" || !strings.HasPrefix(secret, "cs_secret_") {
			w.Fatal(secret, err)
		}
		opts := cmp.FilterPath(func(p cmp.Path) bool {
			f, ok := p.Last().(cmp.StructField)
			return ok && (f.Name() == "Keys" || f.Name() == "secret" || f.Name() == "previous" || f.Name() == "generation")
		}, cmp.Ignore())
		if diff := cmp.Diff(c, got, opts); diff != "" {
			w.Errorf("created and stored differ:\n%s", diff)
		}
		if len(got.Keys.Keys) != 1 {
			w.Errorf("%d keys", len(got.Keys.Keys))
		}
		name, keys, burst := "renamed", []byte(nil), 11
		ch, err := w.Update(w.Context(), cli, c.ID, client.Change{Name: &name, Keys: &keys, Burst: &burst})
		if err != nil || ch.Name != name || len(ch.Keys.Keys) != 0 || ch.Burst != 11 || ch.Rate != 7 || ch.Brand != "Blue" || !ch.HasSecret {
			w.Errorf("%+v, %v", ch, err)
		}
		w.token(ch, secret) // still works
	})
}

func TestRefusedClients(t *testing.T) {
	each(t, func(w *world) {
		c, _ := w.create(client.New{})
		for name, n := range map[string]client.New{
			"no name":   {},
			"long name": {Name: strings.Repeat("x", 101)},
			"control":   {Name: "a\nb"},
			"kind":      {Name: "x", Kind: "thief"},
			"rate":      {Name: "x", Rate: -1},
			"burst":     {Name: "x", Burst: 2_000_000},
			"scope":     {Name: "x", Scopes: 1 << 63},
		} {
			_, _, err := w.Create(w.Context(), cli, n)
			if err == nil {
				w.Errorf("%s: accepted", name)
			}
			wantFault(w, err, "client.invalid")
		}
		_, _, err := w.Create(w.Context(), cli, client.New{ID: c.ID, Name: "x"})
		wantFault(w, err, "client.id_taken")
		unknown := ident.Derive("nobody")
		_, err = w.Get(w.Context(), unknown)
		wantFault(w, err, "client.unknown")
		wantFault(w, w.Disable(w.Context(), cli, unknown), "client.unknown")
	})
}

func TestListGoesOnAfterAnID(t *testing.T) {
	each(t, func(w *world) {
		want := map[ident.ID]bool{}
		for range 5 {
			c, _ := w.create(client.New{})
			want[c.ID] = true
		}
		var after ident.ID
		for {
			page, err := w.List(w.Context(), after, 2)
			if err != nil {
				w.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, c := range page {
				if !want[c.ID] {
					w.Errorf("%v came twice or was never made", c.ID)
				}
				delete(want, c.ID)
				after = c.ID
			}
		}
		if len(want) != 0 {
			w.Errorf("missing: %v", want)
		}
	})
}

func TestEveryChangeIsRecorded(t *testing.T) {
	each(t, func(w *world) {
		c, _ := w.create(client.New{Secret: true})
		name := "x"
		_, err1 := w.Update(w.Context(), cli, c.ID, client.Change{Name: &name})
		_, err2 := w.RotateSecret(w.Context(), cli, c.ID, 0)
		for _, err := range []error{
			err1, err2, w.RevokeTokens(w.Context(), cli, c.ID), w.RemoveSecret(w.Context(), cli, c.ID),
			w.Disable(w.Context(), cli, c.ID), w.Enable(w.Context(), cli, c.ID),
		} {
			if err != nil {
				w.Fatal(err)
			}
		}
		for _, kind := range []string{
			client.AuditCreated, client.AuditChanged, client.AuditSecretRotated, client.AuditTokensRevoked,
			client.AuditSecretRemoved, client.AuditDisabled, client.AuditEnabled,
		} {
			if n := w.records(kind); n != 1 {
				w.Errorf("%s was recorded %d times", kind, n)
			}
		}
	})
}
