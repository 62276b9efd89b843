package keyring_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// columns are two columns with sealed values of a table of the tests, one with
// the row id as its key and one with a key of two columns.
var columns = []keyring.Column{
	{Label: "t.a", Table: "sealed_one", Key: []string{"id"}, Column: "secret"},
	{Label: "t.b", Table: "sealed_two", Key: []string{"device", "name"}, Column: "secret", ID: func(key []any) ident.ID {
		return id(fmt.Sprintf("%x/%v", key[0], key[1]))
	}},
}

const rows = 600 // more than two batches

func fill(t *testing.T, d *db.DB, r *keyring.Ring) {
	t.Helper()
	blob := "BLOB"
	if d.Dialect() == db.Postgres {
		blob = "BYTEA"
	}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for _, q := range []string{
			`CREATE TABLE sealed_one (id ` + blob + ` PRIMARY KEY, secret ` + blob + `)`,
			`CREATE TABLE sealed_two (device ` + blob + `, name TEXT, secret ` + blob + `, PRIMARY KEY (device, name))`,
		} {
			if _, err := tx.Exec(q); err != nil {
				return err
			}
		}
		for i := range rows {
			one, dev := id(fmt.Sprint("one", i)), id(fmt.Sprint("dev", i/3))
			name := fmt.Sprint("key ", i)
			if _, err := tx.Exec(`INSERT INTO sealed_one VALUES ($1, $2)`, one, r.Seal("t.a", one, []byte(name))); err != nil {
				return err
			}
			two := id(fmt.Sprintf("%x/%v", dev[:], name))
			if _, err := tx.Exec(`INSERT INTO sealed_two VALUES ($1, $2, $3)`, dev, name, r.Seal("t.b", two, []byte(name))); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`INSERT INTO sealed_one VALUES ($1, NULL)`, id("empty"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// leftover counts values that are not under the key with the given number.
func leftover(t *testing.T, d *db.DB, number byte) (n int) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT (SELECT count(*) FROM sealed_one WHERE substr(secret, 1, 5) <> $1) + (SELECT count(*) FROM sealed_two WHERE substr(secret, 1, 5) <> $1)`,
			[]byte{1, 0, 0, 0, number}).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestResealIsResumable(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		fill(t, d, r)
		if err := r.Rotate(t.Context(), "system:test"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		err := r.Reseal(ctx, columns, "system:test", func(p keyring.Progress) {
			if p.Column.Label == "t.b" {
				cancel() // broken off in the middle of the second column
			}
		})
		if left := leftover(t, d, 2); err == nil || left == 0 || left >= rows {
			t.Fatalf("broken off: %v, %d values left", err, left)
		}
		var last keyring.Progress
		if err := r.Reseal(t.Context(), columns, "system:test", func(p keyring.Progress) { last = p }); err != nil {
			t.Fatal(err)
		}
		if leftover(t, d, 2) != 0 || last.Done != last.Total || last.Total >= rows {
			t.Errorf("%d left; the second run moved %d of %d", leftover(t, d, 2), last.Done, last.Total)
		}
		checkAll(t, d, open(t, d))
	})
}

func checkAll(t *testing.T, d *db.DB, r *keyring.Ring) {
	t.Helper()
	n := 0
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		return tx.Each(`SELECT device, name, secret FROM sealed_two`, nil, func(row db.Row) error {
			var dev ident.ID
			var name string
			var secret []byte
			if err := row.Scan(&dev, &name, &secret); err != nil {
				return err
			}
			plain, err := r.Open("t.b", id(fmt.Sprintf("%x/%v", dev[:], name)), secret)
			if err == nil && string(plain) != name {
				err = errors.New("another value came back")
			}
			n++
			return err
		})
	})
	if err != nil || n != rows {
		t.Errorf("%d rows, %v", n, err)
	}
}

func TestResealStopsAtAValueThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		fill(t, d, r)
		exec(t, d, `UPDATE sealed_one SET secret = (SELECT secret FROM sealed_one WHERE id = $1) WHERE id = $2`, id("one1"), id("one2"))
		if err := r.Rotate(t.Context(), "system:test"); err != nil {
			t.Fatal(err)
		}
		if err := r.Reseal(t.Context(), columns, "system:test", nil); !fault.Is(err, "keyring.unsealable") {
			t.Errorf("got %v", err)
		}
	})
}

func TestResealRefusesNamesThatAreNoNames(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		for _, c := range []keyring.Column{
			{Label: "x", Table: "a; DROP TABLE data_key", Key: []string{"id"}, Column: "c"},
			{Label: "x", Table: "a", Key: []string{"id"}, Column: "c--"},
			{Label: "x", Table: "a", Key: []string{"1"}, Column: "c"},
			{Label: "x", Table: "a", Column: "c"},
		} {
			if err := r.Reseal(t.Context(), []keyring.Column{c}, "system:test", nil); err == nil {
				t.Errorf("%+v was accepted", c)
			}
		}
	})
}
