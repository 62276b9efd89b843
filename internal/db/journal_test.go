package db_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

func TestRecordsAreStoredWhole(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		type stored struct {
			Boot                ident.ID
			At                  time.Time
			Kind, Actor, Object string
			Customer            ident.ID
			Details             []byte
		}
		var now time.Time
		err := d.Settle(t.Context(), key(1), func(tx *db.Tx) error {
			now = tx.Now
			tx.Append(db.Record{Kind: "a", Actor: "staff:7", Customer: key(5), Object: "token:é", Details: []byte(`{"n":1}`)})
			tx.Append(db.Record{Kind: "b", Actor: "system"})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		want := []stored{
			{d.Boot(), now, "a", "staff:7", "token:é", key(5), []byte(`{"n":1}`)},
			{d.Boot(), now, "b", "system", "", ident.ID{}, nil},
		}
		var got []stored
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Each(`SELECT boot, at, kind, actor, object, customer, details, salt, digest FROM journal WHERE kind IN ('a', 'b') ORDER BY slot, seq`, nil, func(r db.Row) error {
				var s stored
				var salt, digest []byte
				err := r.Scan(&s.Boot, &s.At, &s.Kind, &s.Actor, &s.Object, &s.Customer, &s.Details, &salt, &digest)
				if sum := db.Digest(salt, s.Details); len(salt) != 16 || !bytes.Equal(sum[:], digest) {
					t.Errorf("digest %x does not commit to %q with salt %x", digest, s.Details, salt)
				}
				got = append(got, s)
				return err
			})
		})
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
}

// TestNumbersHaveNoGap writes under all kinds of failures; dbtest.Run adds its
// neighbors. Afterwards every stream counts 1, 2, 3 and so on.
func TestNumbersHaveNoGap(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		counters(t, d, 50)
		stop := errors.New("stop")
		var all sync.WaitGroup
		for i := range 200 {
			all.Go(func() {
				open := openings(d)[[]string{"write", "settle"}[i%2]]
				err := open(func(tx *db.Tx) error {
					err := countUp(i % 50)(tx)
					if i%5 == 0 {
						return stop
					}
					tx.Append(db.Record{Kind: "second", Actor: "test"})
					return err
				})
				if err != nil && (i%5 != 0 || !errors.Is(err, stop)) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := checkNumbers(t, d); n != 320 {
			t.Errorf("%d records of 320", n)
		}
	})
}

// checkNumbers returns the number of records and complains about gaps.
func checkNumbers(t *testing.T, d *db.DB) (total int) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		return tx.Each(`SELECT boot, slot, COUNT(*), MIN(seq), MAX(seq) FROM journal GROUP BY boot, slot`, nil, func(r db.Row) error {
			var boot ident.ID
			var slot, n, low, high int
			err := r.Scan(&boot, &slot, &n, &low, &high)
			if low != 1 || high != n {
				t.Errorf("stream %v/%d has %d records numbered %d to %d", boot, slot, n, low, high)
			}
			total += n
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return total
}

// TestNoRecordNoFact makes the journal refuse: then nothing may be stored.
func TestNoRecordNoFact(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		counters(t, d, 1)
		refuseJournal(t, d, "53100")
		for name, open := range openings(d) {
			err := open(countUp(0))
			if err == nil || d.Dialect() == db.Postgres && !fault.Is(err, "db.full") {
				t.Errorf("%s without its audit record: %v", name, err)
			}
			if n := count(t, d, `SELECT n FROM counter`); n != 0 {
				t.Fatalf("%s: the fact stayed without its audit record", name)
			}
		}
		allowJournal(t, d)
		if err := d.Settle(t.Context(), key(1), countUp(0)); err != nil {
			t.Errorf("after the journal works again: %v", err)
		}
		checkNumbers(t, d)
	})
}

// refuseJournal makes every insertion of a counted record fail.
func refuseJournal(t *testing.T, d *db.DB, state string) {
	t.Helper()
	if d.Dialect() == db.SQLite {
		exec(t, d, `CREATE TRIGGER refuse BEFORE INSERT ON journal WHEN NEW.kind = 'counted' BEGIN SELECT RAISE(ABORT, 'no'); END`)
		return
	}
	exec(t, d, fmt.Sprintf(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '%s'; END $f$`, state))
	exec(t, d, `CREATE TRIGGER refuse BEFORE INSERT ON journal FOR EACH ROW WHEN (NEW.kind = 'counted') EXECUTE FUNCTION refuse()`)
}

func allowJournal(t *testing.T, d *db.DB) {
	t.Helper()
	exec(t, d, map[db.Dialect]string{db.SQLite: `DROP TRIGGER refuse`, db.Postgres: `DROP TRIGGER refuse ON journal`}[d.Dialect()])
}
