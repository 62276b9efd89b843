package token_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

const (
	plainSuite = "OCRA-1:HOTP-SHA1-6:QN08"
	pinSuite   = "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1"
	timedSuite = "OCRA-1:HOTP-SHA512-8:QN08-T1M"
)

func TestChallengeResponse(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.owned("O1", ocra(plainSuite))
		ch := w.challenge(c)
		if got := w.answer(c, "000000", ch); got != authenticator.Wrong {
			t.Errorf("a wrong answer: %q", got)
		}
		code := respond("O1", plainSuite, oath.Input{Question: ch.Question}, "")
		if got := w.answer(c, code, authenticator.Challenge{}); got != authenticator.Wrong {
			t.Errorf("without naming the challenge: %q", got)
		}
		if got := w.answer(c, code, ch); got != authenticator.Accepted {
			t.Errorf("the right answer, after a wrong one: %q", got)
		}
		if got := w.answer(c, code, ch); got != authenticator.Wrong {
			t.Errorf("the same answer again: %q", got)
		}
	})
}

// TestForeignAndExpiredChallenges: an answer counts for its own challenge, in its
// authentication and its time.
func TestForeignAndExpiredChallenges(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, other := w.owned("O1", ocra(plainSuite)), w.owned("O2", ocra(plainSuite))
		mine, another, theirs := w.challenge(c), w.challenge(c), w.challenge(other)
		right := func(ch authenticator.Challenge) string {
			return respond("O1", plainSuite, oath.Input{Question: ch.Question}, "")
		}
		for name, attempt := range map[string][2]authenticator.Challenge{
			"the answer to another challenge":          {another, mine},
			"the answer to somebody else's challenge":  {theirs, mine},
			"an answer that names somebody else's":     {theirs, theirs},
			"an answer that names one that is not one": {mine, {ID: ident.Derive("none")}},
		} {
			if got := w.answer(c, right(attempt[0]), attempt[1]); got != authenticator.Wrong {
				t.Errorf("%s: %q", name, got)
			}
		}
		w.clock.Advance(w.policy.Challenge.TTL + time.Microsecond)
		if got := w.answer(c, right(mine), mine); got != authenticator.Wrong {
			t.Errorf("after its time: %q", got)
		}
		w.policy.Failures.Max = 100
		w.clock.Advance(16 * time.Minute) // out of the block that the attempts above caused
		fresh := w.challenge(c)
		if got := w.answer(c, right(fresh), fresh); got != authenticator.Accepted {
			t.Errorf("a fresh one: %q", got)
		}
	})
}

// TestOneChallengeManyAnswers is invariant 1 for tokens without a counter.
func TestOneChallengeManyAnswers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.policy.Failures.Max = 100
		for _, suite := range []string{plainSuite, timedSuite} {
			serial := "O" + suite[len(suite)-2:]
			c := w.owned(serial, ocra(suite))
			for round := range 8 {
				ch := w.challenge(c)
				code := respond(serial, suite, oath.Input{Question: ch.Question, Time: w.clock.Now()}, "")
				var won atomic.Int32
				var wg sync.WaitGroup
				for range 32 {
					wg.Go(func() {
						reason, err := w.tryVerify(c, code, ch)
						if err != nil {
							t.Error(err)
						}
						if reason == authenticator.Accepted {
							won.Add(1)
						}
					})
				}
				wg.Wait()
				if won.Load() != 1 {
					t.Fatalf("%s, round %d: %d answers were accepted", suite, round, won.Load())
				}
			}
		}
	})
}

// TestCounterAndPINInTheComputation: C-QN08-PSHA1 with a PIN from the file.
func TestCounterAndPINInTheComputation(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var b box
		b.add("P1", "k", func(p *pskc.KeyPackage) {
			ocra(pinSuite)(p)
			p.Key.Counter = pskc.Some(5)
			p.Key.Policy.PIN = &pskc.PINPolicy{KeyID: "pin", Mode: pskc.PINAlgorithmic}
		})
		b.pinKey("P1", "pin", "4711")
		for _, r := range w.load(b) {
			if r.Result != "imported" {
				t.Fatalf("%+v", r)
			}
		}
		c := ident.Derive("customer", "P1")
		w.assign("P1", c)
		try := func(pin string, counter uint64) authenticator.Reason {
			ch := w.challenge(c)
			return w.answer(c, respond("P1", pinSuite, oath.Input{Question: ch.Question, Counter: counter}, pin), ch)
		}
		for _, s := range []struct {
			pin     string
			counter uint64
			want    authenticator.Reason
		}{
			{"4711", 4, authenticator.Wrong}, // behind the file's counter
			{"4712", 5, authenticator.Wrong},
			{"4711", 7, authenticator.Accepted},
			{"4711", 7, authenticator.Wrong}, // of another challenge: the counter alone refuses it
			{"4711", 8, authenticator.Accepted},
		} {
			if got := try(s.pin, s.counter); got != s.want {
				t.Errorf("PIN %s, counter %d: %q, want %q", s.pin, s.counter, got, s.want)
			}
		}
		if k := w.item("P1").Keys; len(k) != 1 || k[0].Next != 9 || k[0].Uses != 2 {
			t.Errorf("%+v", k)
		}
	})
}

func TestTimedChallengeResponse(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.owned("T1", ocra(timedSuite))
		try := func(ahead time.Duration) authenticator.Reason {
			ch := w.challenge(c)
			return w.answer(c, respond("T1", timedSuite, oath.Input{Question: ch.Question, Time: w.clock.Now().Add(ahead)}, ""), ch)
		}
		for _, s := range []struct {
			ahead time.Duration
			want  authenticator.Reason
		}{
			{25 * time.Minute, authenticator.Wrong}, // beyond first use
			{5 * time.Minute, authenticator.Accepted},
			{0, authenticator.Wrong},                  // the clock was learned
			{5 * time.Minute, authenticator.Accepted}, // a new challenge within one step
			{6 * time.Minute, authenticator.Accepted},
		} {
			if got := try(s.ahead); got != s.want {
				t.Errorf("%s ahead: %q, want %q", s.ahead, got, s.want)
			}
		}
	})
}
