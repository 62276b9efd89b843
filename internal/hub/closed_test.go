package hub_test

import (
	"context"
	"crypto/rand"
	"testing"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
)

// TestFailClosed is invariant 8: whatever is broken, the right code is not
// answered with "allow", nothing is spent, and when it is repaired the code is
// good.
func TestFailClosed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for name, c := range map[string]struct{ damage, repair string }{
			"a seed that does not open":      {"UPDATE token_key SET seed = pin_hash, pin_hash = seed", "UPDATE token_key SET seed = pin_hash, pin_hash = seed"},
			"no room for the audit record":   {"ALTER TABLE journal RENAME TO elsewhere", "ALTER TABLE elsewhere RENAME TO journal"},
			"no counters":                    {"ALTER TABLE authenticator RENAME TO elsewhere", "ALTER TABLE elsewhere RENAME TO authenticator"},
			"no tokens":                      {"ALTER TABLE token_key RENAME TO elsewhere", "ALTER TABLE elsewhere RENAME TO token_key"},
			"no place for the outcome":       {"ALTER TABLE authentication RENAME TO elsewhere", "ALTER TABLE elsewhere RENAME TO authentication"},
			"a token of unknown arithmetic":  {"UPDATE token_key SET hash = 'SHA3', algorithm = algorithm", "UPDATE token_key SET hash = 'SHA1'"},
			"customers that cannot be found": {"ALTER TABLE customer RENAME TO elsewhere", "ALTER TABLE elsewhere RENAME TO customer"},
		} {
			t.Run(name, func(t *testing.T) {
				d := w.fresh(t)
				d.customer("100", "PLAIN")
				in := hub.Start{CustomerNumber: "100", Proof: &hub.Proof{Code: code("PLAIN100", 0)}}
				d.sql("UPDATE token_key SET pin_hash = $1", []byte("no sealed value at all, but as long as one"))
				d.sql(c.damage)
				if o, err := d.start(in); err == nil || o.State == hub.Granted || o.Accepted {
					t.Errorf("answered %+v, %v", o, err)
				}
				d.sql(c.repair)
				d.sql("UPDATE token_key SET pin_hash = NULL")
				if o, err := d.start(in); err != nil || o.State != hub.Granted {
					t.Errorf("when it was repaired: %+v, %v", o, err)
				}
			})
		}
	})
}

// fresh is another world on a database of its own, of the same kind.
func (w *world) fresh(t *testing.T) *world {
	t.Helper()
	return newWorld(t, open(t, w.d.Dialect(), w.clock), w.clock)
}

func (w *world) sql(statement string, args ...any) {
	w.t.Helper()
	w.write(func(tx *db.Tx) error {
		_, err := tx.Exec(statement, args...)
		return err
	})
}

// TestNobodyChecks: a policy whose method is not wired lets nobody in.
func TestNobodyChecks(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customer("100", "PLAIN")
		bare := hub.New(hub.Config{DB: w.d, Ring: keyringtest.Open(t, w.d), Policies: w.policies, Rand: rand.Reader})
		o, err := bare.Start(context.Background(), by(), hub.Start{CustomerNumber: "100", Purpose: "login", Channel: "web", Proof: &hub.Proof{Code: code("PLAIN100", 0)}})
		if err == nil || o.Accepted {
			t.Errorf("%+v, %v", o, err)
		}
	})
}
