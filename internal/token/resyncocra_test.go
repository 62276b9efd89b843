package token_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

const (
	countedSuite = "OCRA-1:HOTP-SHA1-6:C-QN08"
	bothSuite    = "OCRA-1:HOTP-SHA256-8:C-QN08-T1M"
)

// posed asks for challenges to resynchronize a token by.
func (w *world) posed(serial string, n int) []authenticator.Challenge {
	w.t.Helper()
	all, err := w.upkeep().Challenges(w.t.Context(), by(), sure{}, token.Challenges{Target: w.target(serial), Number: n})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// answered resynchronizes a token with answers to challenges.
func (w *world) answered(serial string, posed []authenticator.Challenge, codes ...string) (token.Resynced, error) {
	w.t.Helper()
	var ids []ident.ID
	for _, c := range posed {
		ids = append(ids, c.ID)
	}
	return w.upkeep().Resync(w.t.Context(), by(), sure{}, token.Resync{Target: w.target(serial), Codes: codes, Challenges: ids})
}

// TestResyncAnswersWithACounter: consecutive counters, each with its challenge.
func TestResyncAnswersWithACounter(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.policy.Failures.Max = 100
		c := w.owned("OC", func(p *pskc.KeyPackage) { ocra(countedSuite)(p); p.Key.Counter = pskc.Some(1) })
		try := func(counters ...uint64) token.Sync {
			t.Helper()
			posed := w.posed("OC", len(counters))
			var codes []string
			for i, n := range counters {
				codes = append(codes, respond("OC", countedSuite, oath.Input{Question: posed[i].Question, Counter: n}, ""))
			}
			out, err := w.answered("OC", posed, codes...)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.answered("OC", posed, codes...); out.Outcome == token.Synchronized && !fault.Is(err, "token.resync_challenge") {
				t.Errorf("the same challenges again: %v", err)
			}
			return out.Outcome
		}
		for _, s := range []struct {
			counters []uint64
			want     token.Sync
		}{
			{[]uint64{500, 502}, token.NoMatch},
			{[]uint64{501, 500}, token.NoMatch},
			{[]uint64{2000, 2001}, token.NoMatch},
			{[]uint64{500, 501}, token.Synchronized},
			{[]uint64{501, 502}, token.NoMatch}, // the first is spent, whatever the challenge
			{[]uint64{300}, token.NoMatch},
			{[]uint64{600}, token.Synchronized},
		} {
			if got := try(s.counters...); got != s.want {
				t.Errorf("%v: %q, want %q", s.counters, got, s.want)
			}
		}
		ch := w.challenge(c)
		if got := w.answer(c, respond("OC", countedSuite, oath.Input{Question: ch.Question, Counter: 600}, ""), ch); got != authenticator.Wrong {
			t.Errorf("a login with a spent counter: %q", got)
		}
		ch = w.challenge(c)
		if got := w.answer(c, respond("OC", countedSuite, oath.Input{Question: ch.Question, Counter: 601}, ""), ch); got != authenticator.Accepted {
			t.Errorf("a login with the next: %q", got)
		}
	})
}

// TestResyncAnswersWithAClock: both ways, and the answers may be some steps apart.
func TestResyncAnswersWithAClock(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.policy.Failures.Max = 100
		for i, s := range []struct {
			suite  string
			offset time.Duration
			gap    time.Duration
			want   token.Sync
		}{
			{timedSuite, 15 * time.Minute, 0, token.Synchronized},
			{timedSuite, -15 * time.Minute, time.Minute, token.Synchronized},
			{timedSuite, 15 * time.Minute, 2 * time.Minute, token.Synchronized},
			{timedSuite, 15 * time.Minute, 5 * time.Minute, token.NoMatch},
			{timedSuite, 25 * time.Minute, 0, token.NoMatch}, // beyond max_drift
			{bothSuite, 15 * time.Minute, time.Minute, token.Synchronized},
			{bothSuite, -15 * time.Minute, 0, token.Synchronized},
		} {
			serial := fmt.Sprint("OT", i)
			c := w.owned(serial, ocra(s.suite))
			posed := w.posed(serial, 2)
			at := w.clock.Now().Add(s.offset)
			out, err := w.answered(serial, posed,
				respond(serial, s.suite, oath.Input{Question: posed[0].Question, Counter: 40, Time: at.Add(-s.gap)}, ""),
				respond(serial, s.suite, oath.Input{Question: posed[1].Question, Counter: 41, Time: at}, ""))
			if err != nil || out.Outcome != s.want || s.want == token.Synchronized && out.Drift != s.offset {
				t.Errorf("%+v: %+v, %v", s, out, err)
			}
			if s.want != token.Synchronized {
				continue
			}
			ch := w.challenge(c)
			if got := w.answer(c, respond(serial, s.suite, oath.Input{Question: ch.Question, Counter: 42, Time: at}, ""), ch); got != authenticator.Accepted {
				t.Errorf("%+v: a login: %q", s, got)
			}
		}
	})
}

// TestResyncNeedsFreshChallenges: an answer that was given before, to a challenge
// of a login, moves no clock.
func TestResyncNeedsFreshChallenges(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.owned("OF", ocra(timedSuite))
		ch := w.challenge(c)
		code := respond("OF", timedSuite, oath.Input{Question: ch.Question, Time: w.clock.Now()}, "")
		if _, err := w.answered("OF", []authenticator.Challenge{ch}, code); !fault.Is(err, "token.resync_challenge") {
			t.Errorf("a challenge of a login: %v", err)
		}
		other := w.owned("OG", ocra(timedSuite))
		theirs := w.posed("OG", 1)
		if _, err := w.answered("OF", theirs, respond("OF", timedSuite, oath.Input{Question: theirs[0].Question, Time: w.clock.Now()}, "")); !fault.Is(err, "token.resync_challenge") {
			t.Errorf("a challenge posed for another token: %v", err)
		}
		mine := w.posed("OF", 1)
		answer := respond("OF", timedSuite, oath.Input{Question: mine[0].Question, Time: w.clock.Now()}, "")
		if got := w.answer(c, answer, mine[0]); got == authenticator.Accepted {
			t.Error("a challenge of a resynchronization opened a login")
		}
		w.clock.Advance(w.policy.Challenge.TTL + time.Second)
		if _, err := w.answered("OF", mine, answer); !fault.Is(err, "token.resync_challenge") {
			t.Errorf("a challenge that has run out: %v", err)
		}
		if w.authenticator(other).Failures.Count != 0 {
			t.Error("somebody else's failures")
		}
	})
}

// TestResyncWithAPINInTheComputation: the PIN is not asked for; it is known.
func TestResyncWithAPINInTheComputation(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var b box
		b.add("OP", "k", func(p *pskc.KeyPackage) {
			ocra(pinSuite)(p)
			p.Key.Policy.PIN = &pskc.PINPolicy{KeyID: "pin", Mode: pskc.PINAlgorithmic}
		})
		b.pinKey("OP", "pin", "4711")
		w.load(b)
		w.assign("OP", ident.Derive("customer", "OP"))
		for pin, want := range map[string]token.Sync{"4712": token.NoMatch, "4711": token.Synchronized} {
			posed := w.posed("OP", 1)
			out, err := w.answered("OP", posed, respond("OP", pinSuite, oath.Input{Question: posed[0].Question, Counter: 77}, pin))
			if err != nil || out.Outcome != want {
				t.Errorf("the PIN %s: %+v, %v", pin, out, err)
			}
		}
	})
}

// TestChallengesForOthers: a token without keypad is posed none, and one in stock
// belongs to nobody who could answer.
func TestChallengesForOthers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.assigned("CH", "HOTP")
		if posed := w.posed("CH", 2); len(posed) != 0 {
			t.Errorf("%+v", posed)
		}
		var b box
		b.add("CS", "k", ocra(countedSuite))
		w.load(b)
		if _, err := w.upkeep().Challenges(t.Context(), by(), sure{}, token.Challenges{Target: w.target("CS")}); !fault.Is(err, "token.state") {
			t.Error(err)
		}
	})
}
