package issuing_test

import (
	"bytes"
	"testing"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/vault"
)

// The chip can tell that it was its issuer who answered, and what: by both methods, for an approval and a refusal. Whoever guesses learns
// nothing, and a portfolio that wants no such answer gives none.
func TestAnswersToChips(t *testing.T) {
	t.Parallel()
	code := func(d *issuing.Decision) [2]byte {
		if d.Approves() {
			return [2]byte{'0', '0'}
		}
		return [2]byte{'5', '9'}
	}
	for name, x := range map[string]struct{ suite, method string }{
		"method 1": {"emv-tdes", vault.ResponseCode}, "method 2, triple DES": {"emv-tdes", vault.ResponseStatus}, "method 2, AES": {"aes", vault.ResponseStatus}, "none": {"aes", vault.ResponseNone},
	} {
		dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
			w := newWorld(t, d, clock, func(p *vault.Profile) { p.Suite, p.Response = x.suite, x.method })
			for outcome, told := range map[judge.Outcome]struct {
				code   [2]byte
				status [4]byte
			}{judge.Allow: {[2]byte{'0', '0'}, [4]byte{1: 0x80}}, judge.Deny: {[2]byte{'5', '9'}, [4]byte{}}} {
				w.judged = func(interaction.Ask) judge.Outcome { return outcome }
				r := w.payment(1200)
				r.Code39 = code
				var want []byte
				switch x.method {
				case vault.ResponseCode:
					want = append(must[[]byte](t)(w.suite().Response(r.Chip.Cryptogram, told.code)), told.code[:]...)
				case vault.ResponseStatus:
					want = append(must[[]byte](t)(w.suite().ResponseStatus(r.Chip.Cryptogram, told.status, nil)), told.status[:]...)
				}
				got := w.ask(r)
				if !bytes.Equal(got.Response, want) || got.Approves() != (outcome == judge.Allow) {
					t.Errorf("%s, %s: %x, not %x", name, outcome, got.Response, want)
				}
				if again := w.ask(r); !again.Repeated || !bytes.Equal(again.Response, want) {
					t.Errorf("%s, %s, again: %+v", name, outcome, again)
				}
			}
			guess := w.payment(1200)
			guess.Code39 = code
			guess.Chip.Cryptogram[0] ^= 1
			if got := w.ask(guess); got.Response != nil {
				t.Errorf("%s: a guess is answered with %x", name, got.Response)
			}
			if x.method == vault.ResponseCode {
				if got := w.ask(w.payment(1)); got.Response != nil {
					t.Errorf("nobody has a code, and there is one in %x", got.Response)
				}
			}
		})
	}
}
