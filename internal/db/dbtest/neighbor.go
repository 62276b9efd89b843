package dbtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// pace keeps the neighbors from taking the whole machine. Nothing depends on it.
const pace = 2 * time.Millisecond

var errNeighbor = errors.New("dbtest: the neighbor fails on purpose")

// among runs f while neighbors settle and fail in every way there is. All of
// them change something first.
func among(t *testing.T, d *db.DB, f func()) {
	t.Helper()
	change(t, d, `CREATE TABLE neighbor (id BIGINT NOT NULL PRIMARY KEY)`)
	quiet := make(chan struct{})
	var all sync.WaitGroup
	for name, act := range map[string]func(*db.DB, ident.ID) error{"failing": fails, "panicking": panics, "canceled": givesUp} {
		all.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-quiet:
					return
				case <-time.After(pace):
				}
				if err := act(d, ident.Derive("neighbor", name)); err != nil {
					t.Errorf("the %s neighbor: %v", name, err)
					return
				}
			}
		})
	}
	defer func() {
		close(quiet)
		all.Wait()
		leftNothing(t, d)
	}()
	f()
}

// intrude is what all neighbors do before they fail.
func intrude(tx *db.Tx) error {
	tx.Append(db.Record{Kind: "neighbor", Actor: "neighbor"})
	_, err := tx.Exec(`INSERT INTO neighbor (id) VALUES ($1)`, 1)
	return err
}

func fails(d *db.DB, key ident.ID) error {
	err := d.Settle(context.Background(), key, func(tx *db.Tx) error {
		return errors.Join(intrude(tx), errNeighbor)
	})
	if !errors.Is(err, errNeighbor) {
		return fmt.Errorf("got another error: %w", err)
	}
	return nil
}

func panics(d *db.DB, key ident.ID) (err error) {
	defer func() {
		if recover() == nil {
			err = errors.New("its panic was swallowed")
		}
	}()
	return d.Settle(context.Background(), key, func(tx *db.Tx) error {
		_ = intrude(tx)
		panic(errNeighbor)
	})
}

func givesUp(d *db.DB, key ident.ID) error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := d.Settle(ctx, key, intrude)
	if !errors.Is(err, context.Canceled) {
		return fmt.Errorf("was let in: %w", err)
	}
	return nil
}

func leftNothing(t *testing.T, d *db.DB) {
	t.Helper()
	var rows, records int
	err := d.Read(context.Background(), func(tx *db.Tx) error {
		return errors.Join(
			tx.Row(`SELECT COUNT(*) FROM neighbor`).Scan(&rows),
			tx.Row(`SELECT COUNT(*) FROM journal WHERE kind = 'neighbor'`).Scan(&records))
	})
	if err != nil || rows != 0 || records != 0 {
		t.Errorf("failed neighbors left %d rows and %d audit records, %v", rows, records, err)
	}
}

func change(t testing.TB, d *db.DB, sql string, args ...any) {
	t.Helper()
	err := d.Write(context.Background(), func(tx *db.Tx) error {
		_, err := tx.Exec(sql, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
