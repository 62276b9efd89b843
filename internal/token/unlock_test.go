package token_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

const unlockSuite = "OCRA-1:HOTP-SHA256-8:QN08"

// lockable gives a customer a token with a key for codes and one to unlock it.
func (w *world) lockable(serial string, change func(*pskc.KeyPackage)) ident.ID {
	w.t.Helper()
	var b box
	b.add(serial, "code", nil)
	b.add(serial, "unlock", func(p *pskc.KeyPackage) {
		ocra(unlockSuite)(p)
		p.Key.Policy.Usage, p.Key.Secret = pskc.UseUnlock, pskc.NewSecret(unlockSeed(serial))
		p.Key.Challenge = &pskc.ChallengeFormat{Encoding: pskc.Decimal, Min: 8, Max: 8, CheckDigit: true}
		if change != nil {
			change(p)
		}
	})
	for _, r := range w.load(b) {
		if r.Result != token.Imported {
			w.t.Fatalf("%+v", r)
		}
	}
	c := ident.Derive("customer", serial)
	w.assign(serial, c)
	return c
}

func unlockSeed(serial string) []byte { return []byte(fmt.Sprintf("%-32s", "unlock "+serial))[:32] }

// locked is a challenge as a locked token shows it.
func locked(n int) string {
	for d := range 10 {
		if s := fmt.Sprintf("%07d%d", n, d); token.CheckDigit(s) {
			return s
		}
	}
	panic("no check digit")
}

// opens is the unlock code that the token waits for.
func opens(serial, challenge string) string {
	s, err := oath.ParseSuite(unlockSuite)
	if err != nil {
		panic(err)
	}
	o, err := oath.NewOCRA(s, unlockSeed(serial))
	if err != nil {
		panic(err)
	}
	code, err := o.Code(oath.Input{Question: challenge})
	if err != nil {
		panic(err)
	}
	return code
}

func (w *world) unlock(serial, challenge string) (token.UnlockCode, error) {
	w.t.Helper()
	return w.upkeep().Unlock(w.t.Context(), by(), sure{}, token.Unlock{Target: w.target(serial), Challenge: challenge})
}

// sql changes what no use case would.
func (w *world) sql(text string, args ...any) {
	w.t.Helper()
	w.write(func(tx *db.Tx) error {
		_, err := tx.Exec(text, args...)
		return err
	})
}

// TestUnlock: F-4.4.5 and F-4.4.6. The code is the one that the token waits for, in
// whatever form the challenge was typed; it is given once, and the server's counters
// stay as they are.
func TestUnlock(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.lockable("U1", nil)
		w.verify(c, "123456")
		failures, keys := w.authenticator(c).Failures, w.item("U1").Keys
		for typed, challenge := range map[string]string{
			locked(1234567): "12345674", locked(1): "00000018", " 4242-4242 ": "42424242", "９９９９９９９７": "99999997",
		} {
			if !token.CheckDigit(challenge) {
				t.Fatalf("%s is no challenge", challenge)
			}
			code, err := w.unlock("U1", typed)
			if err != nil || code.Reveal() != opens("U1", challenge) {
				t.Errorf("%q: %q, %v", typed, code.Reveal(), err)
			}
			if code, err := w.unlock("U1", challenge); !fault.Is(err, "token.unlock_used") || code.Reveal() != "" {
				t.Errorf("%q again: %q, %v", typed, code.Reveal(), err)
			}
			w.sql("DELETE FROM token_attempt")
		}
		if got := w.authenticator(c).Failures; got != failures {
			t.Errorf("the failure counter went from %+v to %+v", failures, got)
		}
		if k := w.item("U1").Keys[0]; k.KeyID != "code" || k.Next != keys[0].Next || k.Uses != keys[0].Uses || !k.Used.Equal(keys[0].Used) {
			t.Errorf("the key for codes went from %+v to %+v", keys[0], k)
		}
		if got := w.verify(c, hotp("U1", 0)); got != authenticator.Accepted {
			t.Errorf("the token afterwards: %q", got)
		}
	})
}

// TestUnlockRefuses: each reason is said, and only what guesses counts.
func TestUnlockRefuses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner := w.lockable("U2", nil)
		w.assigned("U3", "HOTP")
		w.owned("U4", func(p *pskc.KeyPackage) { p.Key.Policy.Usage = pskc.UseUnlock })
		w.lockable("U5", nil)
		w.lockable("U6", func(p *pskc.KeyPackage) { p.Key.Policy.ExpiryDate = w.clock.Now().Add(time.Minute) })
		w.lockable("U7", func(p *pskc.KeyPackage) { p.Key.Policy.Transactions = pskc.Some(1) })
		w.csv("U8,3132333435363738393031323334353637383930,HOTP")
		w.clock.Advance(time.Hour)
		w.status("U5", device.Suspended)
		if _, err := w.unlock("U7", locked(1)); err != nil {
			t.Fatal(err)
		}
		before := w.count("token_attempt WHERE failures > 0")
		for name, c := range map[string]struct {
			target    token.Target
			challenge string
			code      string
		}{
			"seven digits":            {w.target("U2"), "1234567", "token.unlock_form"},
			"nine digits":             {w.target("U2"), "123456740", "token.unlock_form"},
			"letters":                 {w.target("U2"), "1234567x", "token.unlock_form"},
			"nothing":                 {w.target("U2"), "", "token.unlock_form"},
			"no unlock key":           {w.target("U3"), locked(1), "token.no_unlock_key"},
			"an unlock key of HOTP":   {w.target("U4"), locked(1), "token.unlock_suite"},
			"a suspended token":       {w.target("U5"), locked(1), "token.state"},
			"a key past its life":     {w.target("U6"), locked(1), "token.unlock_key_over"},
			"a key used up":           {w.target("U7"), locked(2), "token.unlock_key_over"},
			"a token in stock":        {w.target("U8"), locked(1), "token.state"},
			"somebody else's token":   {token.Target{Device: w.device("U3").ID, Customer: owner}, locked(1), "token.not_theirs"},
			"a token taken for stock": {token.Target{Device: w.device("U2").ID}, locked(1), "token.not_theirs"},
			"a token of nowhere":      {token.Target{Device: ident.Derive("nothing"), Customer: owner}, locked(1), "token.unknown"},
		} {
			code, err := w.upkeep().Unlock(t.Context(), by(), sure{}, token.Unlock{Target: c.target, Challenge: c.challenge})
			if !fault.Is(err, c.code) || code.Reveal() != "" {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := w.count("token_attempt WHERE failures > 0") - before; n != 0 {
			t.Errorf("%d were counted", n)
		}
		if _, err := w.unlock("U2", "12345678"); !fault.Is(err, "token.unlock_check_digit") {
			t.Errorf("a wrong check digit: %v", err)
		}
		if n := w.count("token_attempt WHERE failures > 0") - before; n != 1 {
			t.Errorf("a wrong check digit counted for %d tokens", n)
		}
		if d := w.details(token.AuditUnlockRefused); !strings.Contains(d, `"reason":"token.unlock_check_digit"`) {
			t.Errorf("its record: %s", d)
		}
	})
}

// TestUnlockIsLimited: codes and refused challenges count together, the block is
// the policy's, and the token's next right code ends it.
func TestUnlockIsLimited(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.set.Unlock.Requests.Max, w.set.Unlock.Requests.MaxBlocks = 3, 2
		cool := w.set.Unlock.Requests.CoolDown
		c := w.lockable("U9", nil)
		n := 0
		ask := func(want string) {
			t.Helper()
			n++
			if _, err := w.unlock("U9", locked(n)); want == "" && err != nil || want != "" && !fault.Is(err, want) {
				t.Fatalf("request %d: %v, want %q", n, err, want)
			}
		}
		right := func(counter uint64) {
			t.Helper()
			w.clock.Advance(time.Second)
			if got := w.verify(c, hotp("U9", counter)); got != authenticator.Accepted {
				t.Fatal(got)
			}
		}
		ask("")
		if _, err := w.unlock("U9", "00000000"[:7]+"1"); !fault.Is(err, "token.unlock_check_digit") {
			t.Fatal(err)
		}
		ask("")
		_, err := w.unlock("U9", locked(99))
		if !fault.Is(err, "token.unlock_limit") || fault.From(err).RetryAfter != cool {
			t.Fatalf("beyond the limit: %v", err)
		}
		right(0)
		ask("")
		ask("")
		ask("")
		ask("token.unlock_limit")
		w.clock.Advance(cool + time.Second)
		ask("")
		ask("")
		ask("")
		w.clock.Advance(1000 * time.Hour)
		if _, err := w.unlock("U9", locked(98)); !fault.Is(err, "token.unlock_limit") || !strings.Contains(err.Error(), "replace the token") {
			t.Fatalf("after two blocks in a row: %v", err)
		}
		right(1)
		ask("")
		// The challenge of a refused request is not spent.
		if _, err := w.unlock("U9", locked(99)); err != nil {
			t.Errorf("a challenge that was refused for the limit: %v", err)
		}
	})
}

// TestOneChallengeOneCode: of many who ask at once one gets the code.
func TestOneChallengeOneCode(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.set.Unlock.Requests.Max = 100
		w.lockable("UR", nil)
		target := w.target("UR")
		for round := range 4 {
			var got atomic.Int32
			var wg sync.WaitGroup
			for range 16 {
				wg.Go(func() {
					code, err := w.upkeep().Unlock(t.Context(), by(), sure{}, token.Unlock{Target: target, Challenge: locked(round)})
					switch {
					case err == nil && code.Reveal() != "":
						got.Add(1)
					case !fault.Is(err, "token.unlock_used"):
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if got.Load() != 1 {
				t.Fatalf("round %d: %d got the code", round, got.Load())
			}
		}
	})
}

// TestUnlockNeedsAnIdentification: of this customer, by who asks, passed and not
// over; and the record names it (invariant 5).
func TestUnlockNeedsAnIdentification(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		book, err := policy.Open(t.Context(), w.d, nil)
		if err != nil {
			t.Fatal(err)
		}
		desk := &identification.Desk{DB: w.d, Policies: book, Rand: rand.Reader}
		reg := &customer.Register{DB: w.d, Ring: keyringtest.Open(t, w.d), Rand: rand.Reader}
		kari, olga := audit.Staff(ident.Derive("kari"), "kari"), audit.Staff(ident.Derive("olga"), "olga")
		identified := func(c ident.ID, who audit.Actor, right bool) token.Identified {
			a := identification.Attempt{Customer: c, Way: identification.Call}
			for _, q := range book.Active().Identification.Questions {
				a.Answers = append(a.Answers, identification.Answer{Question: q.Code, Right: right})
			}
			i, err := desk.Record(t.Context(), who, a)
			if err != nil {
				t.Fatal(err)
			}
			return token.Identified(i.ID)
		}
		var owners []ident.ID
		for _, number := range []string{"1", "2"} {
			c, err := reg.Create(t.Context(), by(), customer.New{Number: number})
			if err != nil {
				t.Fatal(err)
			}
			owners = append(owners, c.ID)
		}
		w.lockable("UI", nil)
		w.sql("UPDATE device SET customer = $1 WHERE serial = 'UI'", owners[0])
		unlock := func(why token.Warrant) error {
			code, err := w.upkeep().Unlock(t.Context(), kari, why, token.Unlock{Target: w.target("UI"), Challenge: locked(5)})
			if (err == nil) != (code.Reveal() == opens("UI", locked(5))) {
				t.Errorf("%q, %v", code.Reveal(), err)
			}
			return err
		}
		old := identified(owners[0], kari, true)
		w.clock.Advance(book.Active().Identification.Valid + time.Second)
		for name, c := range map[string]struct {
			why  token.Warrant
			code string
		}{
			"none":              {token.Identified{}, "identification.required"},
			"of somebody else":  {identified(owners[1], kari, true), "identification.required"},
			"by somebody else":  {identified(owners[0], olga, true), "identification.required"},
			"that did not pass": {identified(owners[0], kari, false), "identification.required"},
			"that is over":      {old, "identification.expired"},
		} {
			if err := unlock(c.why); !fault.Is(err, c.code) || fault.KindOf(err) != fault.Denied {
				t.Errorf("an identification %s: %v", name, err)
			}
		}
		if n := w.count("token_attempt") + w.count("token_unlock"); n != 0 {
			t.Errorf("refused for want of an identification, and %d rows are there", n)
		}
		fresh := identified(owners[0], kari, true)
		if err := unlock(fresh); err != nil {
			t.Fatal(err)
		}
		d := w.details(token.AuditUnlocked)
		if !strings.Contains(d, `"identification":"`+ident.ID(fresh).String()+`"`) {
			t.Errorf("the record does not name it: %s", d)
		}
		if strings.Contains(d, opens("UI", locked(5))) {
			t.Errorf("the record has the code: %s", d)
		}
		if n := w.count("journal WHERE kind = $1 AND actor = $2 AND object = $3 AND customer = $4",
			token.AuditUnlocked, kari.String(), "device:"+w.device("UI").ID.String(), owners[0]); n != 1 {
			t.Errorf("%d records name staff, token and customer", n)
		}
	})
}

// TestUnlockCodesHide: no way of formatting a code shows it.
func TestUnlockCodesHide(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.lockable("UH", nil)
		code, err := w.unlock("UH", locked(7))
		if err != nil {
			t.Fatal(err)
		}
		var log strings.Builder
		slog.New(slog.NewJSONHandler(&log, nil)).Info("a code", slog.Any("code", code), slog.Any("in", struct{ C token.UnlockCode }{code}))
		text, err := json.Marshal(map[string]any{"code": code})
		if err != nil {
			t.Fatal(err)
		}
		all := fmt.Sprintf("%v %+v %#v %s %q %x %d", code, code, code, code, code, code, code) + fmt.Sprintf("%v %#v", struct{ C token.UnlockCode }{code}, []token.UnlockCode{code}) + log.String() + string(text)
		if strings.Contains(all, code.Reveal()) || strings.Contains(all, fmt.Sprintf("%x", code.Reveal())) || code.Reveal() != opens("UH", locked(7)) {
			t.Errorf("%s", all)
		}
	})
}

// TestImportOfUnlockKeys: what cannot unlock is refused when it comes in.
func TestImportOfUnlockKeys(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i, c := range []struct {
			suite     string
			challenge *pskc.ChallengeFormat
			want      token.Result
		}{
			{unlockSuite, nil, token.Imported},
			{unlockSuite, &pskc.ChallengeFormat{Encoding: pskc.Decimal, Min: 8, Max: 8, CheckDigit: true}, token.Imported},
			{unlockSuite, &pskc.ChallengeFormat{Encoding: pskc.Decimal, Min: 8, Max: 8}, token.Refused},
			{"OCRA-1:HOTP-SHA1-6:QN06", nil, token.Imported},
			{"OCRA-1:HOTP-SHA1-6:C-QN08", nil, token.Refused},
			{"OCRA-1:HOTP-SHA1-6:QH08", nil, token.Refused},
			{"OCRA-1:HOTP-SHA1-6:QN08-T1M", nil, token.Refused},
			{"OCRA-1:HOTP-SHA1-4:QN08", nil, token.Refused},
			{"OCRA-1:HOTP-SHA1-0:QN08", nil, token.Refused},
			{"OCRA-1:HOTP-SHA1-6:QN20", nil, token.Refused},
		} {
			var b box
			b.add(fmt.Sprint("UK", i), "unlock", func(p *pskc.KeyPackage) {
				ocra(c.suite)(p)
				p.Key.Policy.Usage, p.Key.Challenge = pskc.UseUnlock, c.challenge
			})
			if rows := w.load(b); rows[0].Result != c.want {
				t.Errorf("%s, %+v: %+v", c.suite, c.challenge, rows[0])
			}
		}
	})
}

// TestCheckDigit: vectors, and that slips of people are found: one wrong digit, and
// two neighbors exchanged, except 0 and 9 (ISO/IEC 7812-1).
func TestCheckDigit(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{"79927398713": true, "12345674": true, "00000018": true, "18": true, "79927398710": false, "": false, "0": false} {
		if token.CheckDigit(s) != want {
			t.Errorf("%q: %t", s, !want)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		right := []byte(locked(rapid.IntRange(0, 9999999).Draw(r, "number")))
		slip := []byte(string(right))
		i := rapid.IntRange(0, len(slip)-1).Draw(r, "at")
		slip[i] = '0' + (slip[i]-'0'+byte(rapid.IntRange(1, 9).Draw(r, "off")))%10
		if token.CheckDigit(string(slip)) {
			r.Errorf("%s for %s", slip, right)
		}
		i = rapid.IntRange(0, len(right)-2).Draw(r, "swap")
		if a, b := right[i], right[i+1]; a != b && a+b != '0'+'9' {
			right[i], right[i+1] = b, a
			if token.CheckDigit(string(right)) {
				r.Errorf("%s with %c and %c exchanged", right, a, b)
			}
		}
	})
}
