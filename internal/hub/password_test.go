package hub_test

import (
	"crypto/rand"
	"testing"

	"github.com/countersign-auth/countersign/internal/argon"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/policy"
)

// withPassword is rules with a policy for passwords, alone and in front of a code.
const withPassword = `
policies:
  - {code: secure-code, name: First, method: token, failures: {max: 100, cool_down: 15m, max_blocks: 10}, events: {window: 10, first_use: 10, resync: 100}, time: {skew: 1, first_use: 20, resync: 120, max_drift: 20}, challenge: {length: 8, ttl: 3m, max: 8}}
  - {code: password, name: Password, method: password, failures: {max: 5, cool_down: 15m, max_blocks: 10}}
journeys:
  - {purpose: login, channel: web, ttl: 10m, sca: true, steps: [[password], [secure-code]]}
  - {purpose: login, channel: branch, ttl: 10m, steps: [[password]]}
models:
  - {code: plain, name: Button, manufacturer: oath.PLAIN, policies: [secure-code]}
registration: {code_length: 16, code_valid: 168h, max_extend: 3, attempts: {max: 5, cool_down: 15m, max_blocks: 4}, resume: 30m, token_tries: {max: 5, cool_down: 15m, max_blocks: 2}, pin_length: 4}
`

// horse is a hash of "correct horse" by another program.
const horse = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"

// knowing gives a world whose customers may know passwords, and one who does.
func knowing(t *testing.T, w *world) customer.Customer {
	t.Helper()
	w.activate(withPassword)
	ring := keyringtest.Open(t, w.d)
	passwords := password.New(w.d, ring, argon.New(argon.Options{Params: argon.Params{Memory: 64, Time: 1, Threads: 1}, Rand: rand.Reader}))
	w.hub = hub.New(hub.Config{DB: w.d, Ring: ring, Policies: w.policies, Rand: rand.Reader, Methods: map[policy.Method]authenticator.Method{
		policy.MethodToken: w.tokens, policy.MethodPassword: passwords,
	}})
	c := w.customer("100", "PLAIN")
	h, err := password.ReadHash(horse)
	if err != nil {
		t.Fatal(err)
	}
	w.write(func(tx *db.Tx) error {
		_, err := passwords.Import(tx, by(), c.ID, h)
		return err
	})
	return c
}

// TestPasswordAndCode: a password is knowledge, a code possession; together they are
// two factors, and alone they are not. A stranger is answered alike.
func TestPasswordAndCode(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := knowing(t, w)
		o := w.begun(hub.Start{CustomerNumber: "100"})
		if _, err := w.hub.Challenge(t.Context(), by(), o.Handle, ""); !fault.Is(err, "password.no_challenge") {
			t.Errorf("a challenge for a password: %v", err)
		}
		if got := w.must(w.step(o.Handle, hub.Proof{Code: "correct hors"})); got.Accepted || got.Step != 1 {
			t.Errorf("a wrong password: %+v", got)
		}
		if got := w.must(w.step(o.Handle, hub.Proof{Code: code("PLAIN100", 0)})); got.Accepted {
			t.Errorf("a code in place of the password: %+v", got)
		}
		if a := w.holds(c.ID, "password"); a.Failures.Count != 2 {
			t.Errorf("counted: %+v", a.Failures)
		}
		if got := w.must(w.step(o.Handle, hub.Proof{Code: "correct horse"})); !got.Accepted || got.State != hub.Open || got.Step != 2 {
			t.Errorf("the password: %+v", got)
		}
		if got := w.must(w.step(o.Handle, hub.Proof{Code: code("PLAIN100", 0)})); got.State != hub.Granted || got.Factors != authenticator.Knowledge|authenticator.Possession {
			t.Errorf("the code: %+v", got)
		}
		branch := w.must(w.start(hub.Start{CustomerNumber: "100", Channel: "branch", Proof: &hub.Proof{Code: "correct horse"}}))
		if branch.State != hub.Granted || branch.Factors != authenticator.Knowledge {
			t.Errorf("the password alone: %+v", branch)
		}
		stranger := w.must(w.start(hub.Start{CustomerNumber: "999", Channel: "branch", Proof: &hub.Proof{Code: "correct horse"}}))
		if stranger.Accepted || stranger.State != hub.Open || stranger.Reason != authenticator.None {
			t.Errorf("a stranger: %+v", stranger)
		}
	})
}

// TestKeysKeepNothingOfPasswords: what is kept of a request for its repetition says
// nothing about the password in it, so another one under the same key is a
// repetition, and not counted. A start without a proof stays another request.
func TestKeysKeepNothingOfPasswords(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := knowing(t, w)
		for channel, code := range map[string]string{"branch": "password", "web": ""} {
			before := w.holds(c.ID, "password").Failures.Count
			start := hub.Start{CustomerNumber: "100", Channel: channel, Key: "k" + channel, Proof: &hub.Proof{Policy: code, Code: "wrong horse"}}
			first := w.must(w.start(start))
			start.Proof = &hub.Proof{Policy: code, Code: "correct horse"}
			if got := w.must(w.start(start)); got.Accepted || got.Handle != first.Handle {
				t.Errorf("another password under the same key: %+v", got)
			}
			if n := w.holds(c.ID, "password").Failures.Count; n != before+1 {
				t.Errorf("%d failures more", n-before)
			}
			start.Proof = nil
			if _, err := w.start(start); !fault.Is(err, "authentication.key_reused") {
				t.Errorf("without a proof: %v", err)
			}
		}
	})
}

// TestStrangersAreOneHoweverTyped: the number that nobody has is the same stranger in
// every form, as somebody's number is the same customer.
func TestStrangersAreOneHoweverTyped(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		knowing(t, w)
		for _, number := range []string{"9 99", "999", "９９９"} {
			w.must(w.start(hub.Start{CustomerNumber: number, Channel: "branch"}))
		}
		if n := w.count("(SELECT DISTINCT customer FROM authentication) x"); n != 1 {
			t.Errorf("%d strangers", n)
		}
	})
}
