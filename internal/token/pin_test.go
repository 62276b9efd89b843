package token_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/pskc"
)

// TestTypedPIN: a code with a PIN before or after it, from the file or chosen at
// registration.
func TestTypedPIN(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for name, c := range map[string]struct {
			mode pskc.PINMode
			file bool
			text func(pin, code string) string
		}{
			"PREPEND": {pskc.PINPrepend, true, func(pin, code string) string { return pin + code }},
			"APPEND":  {pskc.PINAppend, true, func(pin, code string) string { return code + pin }},
			"CHOSEN":  {pskc.PINPrepend, false, func(pin, code string) string { return pin + code }},
		} {
			customer := w.pinned(name, c.mode, c.file)
			for i, s := range []struct {
				typed string
				want  authenticator.Reason
			}{
				{hotp(name, 0), authenticator.Wrong},
				{c.text("2581", hotp(name, 0)), authenticator.Wrong}, // wrong PIN, right code
				{c.text("2580", "000000"), authenticator.Wrong},
				{c.text("25800", hotp(name, 0)), authenticator.Wrong},
				{c.text("2580", hotp(name, 0)), authenticator.Accepted}, // the code was not spent by a wrong PIN
				{c.text("2581", hotp(name, 0)), authenticator.Wrong},    // a wrong PIN does not tell that the code was spent
				{c.text("2580", hotp(name, 0)), authenticator.Replayed},
			} {
				before := w.authenticator(customer).Failures.Count
				if got := w.verify(customer, s.typed); got != s.want {
					t.Errorf("%s, step %d: %q, want %q", name, i+1, got, s.want)
				}
				if after := w.authenticator(customer).Failures.Count; s.want != authenticator.Accepted && after != before+1 {
					t.Errorf("%s, step %d did not count: %d, then %d", name, i+1, before, after)
				}
			}
		}
	})
}

// pinned imports a token whose code is typed with a PIN, which is 2580.
func (w *world) pinned(serial string, mode pskc.PINMode, file bool) ident.ID {
	w.t.Helper()
	var b box
	b.add(serial, "k", func(p *pskc.KeyPackage) {
		p.Key.Policy.PIN = &pskc.PINPolicy{Mode: mode}
		if file {
			p.Key.Policy.PIN.KeyID = "pin"
		}
	})
	if file {
		b.pinKey(serial, "pin", "2580")
	}
	for _, r := range w.load(b) {
		if r.Result != token.Imported {
			w.t.Fatalf("%+v", r)
		}
	}
	k := w.item(serial).Keys[0]
	if k.HasPIN() != file {
		w.t.Fatalf("has a PIN: %t", k.HasPIN())
	}
	c := ident.Derive("customer", serial)
	w.assign(serial, c)
	w.write(func(tx *db.Tx) error {
		set, err := w.tokens.SetPIN(tx, &k, "2580")
		if set == file {
			w.t.Errorf("a PIN was set: %t; the file had brought one: %t", set, file)
		}
		return err
	})
	return c
}

func TestTypedPINShowsKnowledge(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		with, without := w.pinned("P", pskc.PINAppend, true), w.assigned("N", "HOTP")
		for c, want := range map[ident.ID]authenticator.Factor{with: authenticator.Possession | authenticator.Knowledge, without: authenticator.Possession} {
			typed := hotp("N", 0)
			if c == with {
				typed = hotp("P", 0) + "2580"
			}
			f, err := w.tokens.Check(t.Context(), w.request(c), authenticator.Proof{Code: typed})
			if err != nil || !f.Right || f.Factors != want {
				t.Errorf("%+v, %v; want %s", f, err, want)
			}
		}
	})
}

func TestReadPIN(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typed    string
		shortest int
		want     string
		code     string
	}{
		{"2580", 4, "2580", ""},
		{" 25 80 ", 4, "2580", ""},
		{"２５８０", 4, "2580", ""},
		{"90210", 4, "90210", ""},
		{"258", 3, "", "token.pin_form"},
		{"2580", 5, "", "token.pin_form"},
		{"258025802", 4, "", "token.pin_form"},
		{"25a0", 4, "", "token.pin_form"},
		{"", 4, "", "token.pin_form"},
		{"0000", 4, "", "token.pin_trivial"},
		{"１１１１", 4, "", "token.pin_trivial"},
		{"1234", 4, "", "token.pin_trivial"},
		{"567890", 4, "", "token.pin_trivial"},
		{"9876", 4, "", "token.pin_trivial"},
		{"3210", 4, "", "token.pin_trivial"},
	} {
		got, err := token.ReadPIN(c.typed, &token.Key{}, c.shortest)
		if got != c.want || c.code != "" && !fault.Is(err, c.code) || c.code == "" && err != nil {
			t.Errorf("%q: %q, %v", c.typed, got, err)
		}
	}
	if _, err := token.ReadPIN("25801", &token.Key{PINMin: 6}, 4); !fault.Is(err, "token.pin_form") {
		t.Errorf("shorter than the key's own minimum: %v", err)
	}
}
