package token_test

import (
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/pskc"
)

// TestNumberOfTransactions: a key's uses end (RFC 6030, section 5).
func TestNumberOfTransactions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.policy.Failures.Max = 100
		c := w.owned("M1", func(p *pskc.KeyPackage) { p.Key.Policy.Transactions = pskc.Some(3) })
		for i := range uint64(5) {
			want := authenticator.Accepted
			if i >= 3 {
				want = authenticator.Wrong
			}
			if got := w.verify(c, hotp("M1", i)); got != want {
				t.Errorf("use %d: %q, want %q", i+1, got, want)
			}
		}
		// In a race for the last use one wins: the limit stands in the statement.
		d := w.owned("M2", func(p *pskc.KeyPackage) { p.Key.Policy.Transactions = pskc.Some(1) })
		if won := w.race(d, hotp("M2", 0), 32); won != 1 {
			t.Errorf("%d of 32 had the one use", won)
		}
	})
}

// TestDates: a key is used from its first moment to its last, and so is a device.
func TestDates(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.policy.Failures.Max = 100
		start, end := w.clock.Now().Add(time.Hour), w.clock.Now().Add(2*time.Hour)
		key := w.owned("D1", func(p *pskc.KeyPackage) { p.Key.Policy.StartDate, p.Key.Policy.ExpiryDate = start, end })
		dev := w.owned("D2", func(p *pskc.KeyPackage) { p.Device.StartDate, p.Device.ExpiryDate = start, end })
		for i, s := range []struct {
			at   time.Time
			want authenticator.Reason
		}{
			{start.Add(-time.Second), authenticator.Wrong}, {start, authenticator.Accepted}, {end, authenticator.Accepted}, {end.Add(time.Second), authenticator.Wrong},
		} {
			w.clock.Set(s.at)
			for c, serial := range map[ident.ID]string{key: "D1", dev: "D2"} {
				if got := w.verify(c, hotp(serial, uint64(i))); got != s.want {
					t.Errorf("%s at %v: %q, want %q", serial, s.at, got, s.want)
				}
			}
		}
	})
}

// TestOnlyCodeKeysGiveCodes: a key for signing or unlocking opens no login.
func TestOnlyCodeKeysGiveCodes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for name, use := range map[string]pskc.Usage{"SIGN": pskc.UseIntegrity, "UNLOCK": pskc.UseUnlock} {
			c := w.owned(name, func(p *pskc.KeyPackage) { p.Key.Policy.Usage = use })
			if got := w.verify(c, hotp(name, 0)); got != authenticator.Wrong {
				t.Errorf("%s: %q", name, got)
			}
		}
		c := w.owned("BOTH", func(p *pskc.KeyPackage) { p.Key.Policy.Usage = pskc.UseOTP | pskc.UseIntegrity })
		if got := w.verify(c, hotp("BOTH", 0)); got != authenticator.Accepted {
			t.Errorf("a key for both: %q", got)
		}
	})
}

// TestUnknownRuleBlocks: a rule that we do not know makes the device unusable,
// in whatever batch of the file its key comes (RFC 6030, section 5).
func TestUnknownRuleBlocks(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		odd := func(p *pskc.KeyPackage) { p.Key.ID = "odd" }
		var b box
		b.add("FIRST", "odd", odd)
		b.add("LATE", "k", nil)
		for i := range 1100 { // a batch has a thousand rows
			b.add("X"+strings.Repeat("I", i%7)+string(rune('A'+i%26))+time.Duration(i).String(), "k", nil)
		}
		b.add("LATE", "odd", odd)
		file := string(b.file(t))
		const rule = `<pskc:Policy><vendor:OnlyAtNight xmlns:vendor="urn:example:vendor"/></pskc:Policy>`
		file = withRule(t, file, rule)
		var rows []token.Row
		s, err := w.tokens.ImportFile(t.Context(), by(), w.of([]byte(file), &rows))
		if err != nil || s.Refused+s.Duplicate > 0 || s.Imported != int64(len(b)) {
			t.Fatalf("%+v, %v", s, err)
		}
		for _, serial := range []string{"FIRST", "LATE"} {
			d := w.device(serial)
			if d.Status != device.Blocked || !strings.Contains(d.Note, "OnlyAtNight") {
				t.Errorf("%s is %s: %q", serial, d.Status, d.Note)
			}
			w.write(func(tx *db.Tx) error {
				if done, err := device.Assign(tx, d.ID, ident.Derive("c"), 0); done || err != nil {
					t.Errorf("%s was assigned: %v", serial, err)
				}
				return nil
			})
		}
		if last := rows[len(rows)-1]; !strings.HasPrefix(last.Reason, "imported as blocked:") {
			t.Errorf("the report does not say so: %+v", last)
		}
	})
}

// withRule puts a policy into the packages whose key has the id "odd".
func withRule(t *testing.T, file, rule string) string {
	t.Helper()
	parts := strings.Split(file, `Id="odd"`)
	for i := 1; i < len(parts); i++ {
		at := strings.Index(parts[i], "</pskc:Key>")
		prefix := "pskc:"
		if at < 0 {
			prefix, at = "", strings.Index(parts[i], "</Key>")
		}
		if at < 0 {
			t.Fatalf("no end of a key in %.300s", parts[i])
		}
		r := rule
		if prefix == "" {
			r = strings.ReplaceAll(rule, "pskc:", "")
		}
		parts[i] = parts[i][:at] + r + parts[i][at:]
	}
	return strings.Join(parts, `Id="odd"`)
}
