package held_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/held"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
)

// TestRead: each kind of value is handed out as people can read it, of this person alone, and what is
// withheld is not.
func TestRead(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ring := keyringtest.Open(t, d)
		who, other, row := ident.Derive("who"), ident.Derive("other"), ident.Derive("row")
		at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
		bytes, number := "BLOB", "INTEGER"
		if d.Dialect() == db.Postgres {
			bytes, number = "BYTEA", "BIGINT"
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if _, err := tx.Exec(strings.NewReplacer("B ", bytes+" ", "N ", number+" ").Replace("CREATE TABLE things (customer B NOT NULL, id B NOT NULL, made_at N NOT NULL, ended_at N , n N NOT NULL, words TEXT NOT NULL, doc TEXT NOT NULL, sealed B NOT NULL, digest B NOT NULL, secret TEXT NOT NULL, version N NOT NULL)")); err != nil {
				return err
			}
			for _, c := range []ident.ID{who, other} {
				if _, err := tx.Exec("INSERT INTO things VALUES ($1, $2, $3, NULL, 7, 'some', '{\"a\":1}', $4, $5, 'hunter2', 3)", c, row, at, ring.Seal("things.sealed", row, []byte("+4366412345")), []byte{1, 2}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		table := held.Table{Name: "things", Show: "id made_at ended_at n words doc:json sealed:things.sealed digest", Withheld: "secret", Inner: "version"}
		var got held.Report
		err = d.Read(t.Context(), func(tx *db.Tx) (err error) {
			got, err = held.Read(tx, ring, []held.Table{table, {Name: "nowhere", Elsewhere: "risk"}}, who)
			return err
		})
		want := held.Report{"things": {{"id": row, "made_at": at, "n": int64(7), "words": "some", "doc": json.RawMessage(`{"a":1}`), "sealed": "+4366412345", "digest": "0102"}}}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got)\n%s", err, diff)
		}
		for column, known := range map[string]bool{"id": true, "sealed": true, "secret": true, "version": true, "novel": false, "things": false} {
			if table.Knows(column) != known {
				t.Errorf("%s: %v", column, !known)
			}
		}
	})
}
