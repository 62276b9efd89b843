package provider_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/provider"
)

func TestProvidersAreKept(t *testing.T) {
	each(t, func(w *world) {
		p, _ := w.create("https://shop.example/ap", func(t *provider.Terms) { t.Callbacks = []string{"https://shop.example/notify"} })
		got, err := w.ByCode(w.Context(), p.Code)
		if err != nil {
			w.Fatal(err)
		}
		if diff := cmp.Diff(p, got, cmpopts.IgnoreUnexported(provider.Provider{})); diff != "" {
			w.Error(diff)
		}
		if _, _, err := w.Create(w.Context(), officer, provider.New{Code: p.Code, Terms: terms(nil)}); !fault.Is(err, "provider.taken") {
			w.Errorf("the same AP_ID again: %v", err)
		}
		w.create("urn:second", nil)
		all, err := w.List(w.Context(), "", 1)
		if err != nil || len(all) != 1 || all[0].Code != p.Code {
			w.Errorf("the first page: %v, %v", all, err)
		}
		if all, err = w.List(w.Context(), all[0].Code, 10); err != nil || len(all) != 1 || all[0].Code != "urn:second" {
			w.Errorf("the second page: %v, %v", all, err)
		}
		if n := w.records(provider.AuditCreated); n != 2 {
			w.Errorf("%d records of two providers", n)
		}
	})
}

func TestTermsThatCannotWorkAreRefused(t *testing.T) {
	each(t, func(w *world) {
		for name, change := range map[string]func(*provider.Terms){
			"no name":              func(t *provider.Terms) { t.Name = "" },
			"a line feed":          func(t *provider.Terms) { t.Name = "a\nb" },
			"both ways in":         func(t *provider.Terms) { t.PasswordOnly = true },
			"another success":      func(t *provider.Terms) { t.Success = 504 },
			"a plain address":      func(t *provider.Terms) { t.Callbacks = []string{"http://shop.example/"} },
			"an address with user": func(t *provider.Terms) { t.Callbacks = []string{"https://a:b@shop.example/"} },
			"no rate":              func(t *provider.Terms) { t.Rate = 0 },
			"texts too long":       func(t *provider.Terms) { t.Display = 240 },
			"no profile":           func(t *provider.Terms) { t.Profiles = []string{"signing"} },
		} {
			if _, _, err := w.Create(w.Context(), officer, provider.New{Code: "urn:x", Terms: terms(change)}); !fault.Is(err, "provider.invalid") {
				w.Errorf("%s: %v", name, err)
			}
		}
		for _, code := range []string{"", "ab", "a b c", strings.Repeat("x", 129), "ü.example"} {
			if _, _, err := w.Create(w.Context(), officer, provider.New{Code: code, Terms: terms(nil)}); !fault.Is(err, "provider.code") {
				w.Errorf("the AP_ID %q: %v", code, err)
			}
		}
	})
}

func TestWhoeverIsNotTheProviderIsRefusedAlike(t *testing.T) {
	each(t, func(w *world) {
		p, password := w.create("urn:shop", nil)
		open, openPassword := w.create("urn:open", func(t *provider.Terms) { t.Pins, t.PasswordOnly = nil, true })
		bare, barePassword := w.create("urn:bare", func(t *provider.Terms) { t.Pins = nil })
		off, offPassword := w.create("urn:off", nil)
		if err := w.Disable(w.Context(), officer, off.ID); err != nil {
			w.Fatal(err)
		}
		for name, c := range map[string]provider.Credentials{
			"nobody":             {Code: "urn:nobody", Password: password, Pin: pin},
			"a wrong password":   {Code: p.Code, Password: password + "x", Pin: pin},
			"no password":        {Code: p.Code, Pin: pin},
			"no certificate":     {Code: p.Code, Password: password},
			"another's":          {Code: p.Code, Password: password, Pin: provider.Pin{9}},
			"none registered":    {Code: bare.Code, Password: barePassword, Pin: pin},
			"disabled":           {Code: off.Code, Password: offPassword, Pin: pin},
			"another's password": {Code: p.Code, Password: openPassword, Pin: pin},
		} {
			_, err := w.Authenticate(w.Context(), c)
			if want := "provider.refused: The service provider could not be authenticated: check AP_ID, AP_PWD and the client certificate."; err == nil || err.Error() != want {
				w.Errorf("%s: %v", name, err)
			}
		}
		if n := w.records(provider.AuditRefused); n != 8 {
			w.Errorf("%d of 8 refusals are recorded", n)
		}
		for _, c := range []provider.Credentials{{Code: p.Code, Password: password, Pin: pin}, {Code: open.Code, Password: openPassword}} {
			if got, err := w.Authenticate(w.Context(), c); err != nil || got.Code != c.Code {
				w.Errorf("%s is not let in: %v", c.Code, err)
			}
		}
		if err := w.Enable(w.Context(), officer, off.ID); err != nil {
			w.Fatal(err)
		}
		if _, err := w.Authenticate(w.Context(), provider.Credentials{Code: off.Code, Password: offPassword, Pin: pin}); err != nil {
			w.Error(err)
		}
	})
}

func TestStrangersDoNotFillTheLog(t *testing.T) {
	each(t, func(w *world) {
		for range 150 {
			if _, err := w.Authenticate(w.Context(), provider.Credentials{Code: "urn:nobody"}); !fault.Is(err, "provider.refused") {
				w.Fatal(err)
			}
		}
		if n := w.records(provider.AuditRefused); n != 100 {
			w.Errorf("%d records of 150 refusals at once", n)
		}
		w.clock.Advance(time.Second)
		_, _ = w.Authenticate(w.Context(), provider.Credentials{Code: "urn:nobody"})
		if n := w.records(provider.AuditRefused); n != 101 {
			w.Errorf("%d records a second later", n)
		}
	})
}

func TestPasswordsChangeWithAnOverlap(t *testing.T) {
	each(t, func(w *world) {
		p, first := w.create("urn:shop", nil)
		second, err := w.Rotate(w.Context(), officer, p.ID, "", time.Hour)
		if err != nil {
			w.Fatal(err)
		}
		in := func(password string) bool {
			_, err := w.Authenticate(w.Context(), provider.Credentials{Code: p.Code, Password: password, Pin: pin})
			return err == nil
		}
		if !in(first) || !in(second) {
			w.Error("both passwords work within the overlap")
		}
		w.clock.Advance(time.Hour)
		if in(first) || !in(second) {
			w.Error("only the new password works after the overlap")
		}
		if _, err := w.Rotate(w.Context(), officer, p.ID, "short", 0); !fault.Is(err, "provider.password") {
			w.Errorf("a short password: %v", err)
		}
		taken := "taken over from elsewhere"
		if got, err := w.Rotate(w.Context(), officer, p.ID, taken, 0); err != nil || got != taken || in(second) || !in(taken) {
			w.Errorf("a password that is taken over: %v", err)
		}
	})
}

func TestNoPasswordIsStoredOrRecorded(t *testing.T) {
	each(t, func(w *world) {
		p, password := w.create("urn:shop", nil)
		if strings.Contains(p.Code, password) || !strings.HasPrefix(password, "cs_ap_") || len(password) != 49 {
			w.Errorf("the password has %d characters", len(password))
		}
		body, err := json.Marshal(p)
		if err != nil || bytes.Contains(body, []byte(password)) {
			w.Errorf("%v: %s", err, body)
		}
		err = w.DB.Read(w.Context(), func(tx *db.Tx) error {
			var secret []byte
			if err := tx.Row("SELECT secret FROM provider WHERE id = $1", p.ID).Scan(&secret); err != nil {
				return err
			}
			if len(secret) != 32 || bytes.Contains(secret, []byte(password[:8])) {
				w.Error("the password is stored")
			}
			return nil
		})
		if err != nil {
			w.Error(err)
		}
	})
}

func TestCallbacksAreTheRegisteredOnes(t *testing.T) {
	t.Parallel()
	one := provider.Terms{Callbacks: []string{"https://a.example/n"}}
	two := provider.Terms{Callbacks: []string{"https://a.example/n", "https://b.example/n"}}
	for _, c := range []struct {
		terms provider.Terms
		named string
		want  bool
	}{
		{one, "", true},
		{one, "https://a.example/n", true},
		{one, "https://a.example/n?x", false},
		{one, "https://A.example/n", false},
		{two, "", false},
		{two, "https://b.example/n", true},
		{provider.Terms{}, "", false},
		{provider.Terms{}, "https://a.example/n", false},
	} {
		if _, ok := c.terms.Callback(c.named); ok != c.want {
			t.Errorf("%q of %v: %t", c.named, c.terms.Callbacks, ok)
		}
	}
}

func TestANotificationIsTakenOnce(t *testing.T) {
	each(t, func(w *world) {
		p, _ := w.create("urn:shop", nil)
		o := provider.Order{Customer: ident.Derive("maria"), ID: ident.Derive("request"), Provider: p.ID, TransID: "A1", Handle: "h", Mode: "asynchServerServer", User: "+436641234567", Callback: "https://shop.example/n", Services: []string{"a", "b"}, Expires: w.clock.Now().Add(time.Minute)}
		quiet := o
		quiet.ID, quiet.Callback = ident.Derive("quiet"), ""
		for _, x := range []provider.Order{o, quiet} {
			if err := w.Keep(w.Context(), x); err != nil {
				w.Fatal(err)
			}
		}
		due, err := w.Due(w.Context(), ident.ID{}, 10)
		if err != nil || len(due) != 1 {
			w.Fatalf("%v, %v", due, err)
		}
		if diff := cmp.Diff(o, due[0], cmpopts.IgnoreFields(provider.Order{}, "Created")); diff != "" {
			w.Error(diff)
		}
		sent := 0
		for range 2 {
			if _, err := w.Take(w.Context(), due[0], func(*db.Tx) error { sent++; return nil }); err != nil {
				w.Error(err)
			}
		}
		if sent != 1 {
			w.Errorf("the notification was sent %d times", sent)
		}
		w.clock.Advance(26 * time.Hour)
		if n, err := w.Sweep(w.Context(), 10); err != nil || n != 2 {
			w.Errorf("%d of 2 orders are forgotten: %v", n, err)
		}
	})
}

func TestOrdersGoWithTheirCustomer(t *testing.T) {
	each(t, func(w *world) {
		maria := ident.Derive("maria")
		if err := w.Keep(w.Context(), provider.Order{Customer: maria, ID: ident.Derive("r"), Provider: ident.Derive("p"), User: "+436641234567", Expires: w.clock.Now()}); err != nil {
			w.Fatal(err)
		}
		if err := w.DB.Write(w.Context(), func(tx *db.Tx) error { return provider.Erase(tx, maria) }); err != nil {
			w.Fatal(err)
		}
		if _, found, err := w.Order(w.Context(), maria, ident.Derive("r")); found || err != nil {
			w.Errorf("found: %t, %v", found, err)
		}
	})
}
