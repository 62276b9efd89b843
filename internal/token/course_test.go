package token_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/pskc"
)

// TestCourses: what is asked of staff is what Resync and ResyncByHand take.
func TestCourses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.policy.Resync.Counter, w.policy.Resync.Clock = true, true
		w.assigned("CE", "HOTP")
		w.assigned("CT", "TOTP")
		w.owned("CB", func(p *pskc.KeyPackage) { ocra("OCRA-1:HOTP-SHA1-6:C-QN08-T1M")(p); p.Key.Counter = pskc.Some(3) })
		w.owned("CN", ocra(plainSuite))
		type rule struct {
			codes                   int
			answers, counter, clock bool
		}
		for serial, c := range map[string]rule{"CE": {1, false, true, false}, "CT": {1, false, false, true}, "CB": {1, true, true, true}} {
			got, err := w.upkeep().Courses(t.Context(), by(), w.target(serial))
			if err != nil || len(got) != 1 {
				t.Fatalf("%s: %+v, %v", serial, got, err)
			}
			if g := got[0]; g.Policy != w.policy.Code || g.Key.Device != w.target(serial).Device || (rule{g.Codes, g.Answers, g.Counter, g.Clock}) != c {
				t.Errorf("%s: %+v", serial, g)
			}
			got, err = w.upkeep().Courses(t.Context(), audit.Customer(w.target(serial).Customer), w.target(serial))
			if err != nil || got[0].Codes != 2 || got[0].Counter || got[0].Clock {
				t.Errorf("%s for its owner: %+v, %v", serial, got, err)
			}
		}
		w.owned("CS", signs(signSuite)) // the model serves two policies; there is a key for the second one
		if got, err := w.upkeep().Courses(t.Context(), by(), w.target("CS")); err != nil || len(got) != 1 || got[0].Policy != "transaction-signature" || !got[0].Answers {
			t.Errorf("a token that signs: %+v, %v", got, err)
		}
		w.policy.Resync.Counter, w.policy.Resync.Clock = false, false
		for _, serial := range []string{"CE", "CT"} {
			if got, err := w.upkeep().Courses(t.Context(), by(), w.target(serial)); err != nil || got[0].Counter || got[0].Clock {
				t.Errorf("%s, reading switched off: %+v, %v", serial, got, err)
			}
		}
		w.sql("INSERT INTO token_restored (device, key_id, known) SELECT device, key_id, 0 FROM token_key")
		if got, err := w.upkeep().Courses(t.Context(), by(), w.target("CE")); err != nil || got[0].Codes != 2 {
			t.Errorf("after a restore: %+v, %v", got, err)
		}
		_, err := w.upkeep().Courses(t.Context(), by(), w.target("CN"))
		want(t, err, "token.resync_nothing")
		_, err = w.upkeep().Courses(t.Context(), by(), token.Target{Device: w.target("CE").Device})
		want(t, err, "token.not_theirs")
		w.status("CE", device.Suspended)
		_, err = w.upkeep().Courses(t.Context(), by(), w.target("CE"))
		want(t, err, "token.state")
	})
}
