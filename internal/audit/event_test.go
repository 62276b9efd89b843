package audit_test

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
)

func TestActorsHaveOneTextEach(t *testing.T) {
	t.Parallel()
	id := ident.Derive("someone")
	for _, a := range []audit.Actor{audit.Customer(id), {Kind: audit.StaffKind, ID: id}, {Kind: audit.ClientKind, ID: id}, audit.System("sealer")} {
		got, err := audit.ParseActor(a.String())
		if err != nil || got != a {
			t.Errorf("%v came back as %v, %v", a, got, err)
		}
	}
	if s := audit.Staff(id, "Marie Curie").String(); strings.Contains(s, "Curie") {
		t.Errorf("the recorded form %q holds a person's name", s)
	}
	for _, bad := range []string{"", "staff", "staff:", "staff:x", "system:", "robot:" + id.String(), id.String()} {
		if a, err := audit.ParseActor(bad); err == nil && !a.ID.IsZero() || bad == "system:" && err == nil {
			t.Errorf("ParseActor(%q) = %v", bad, a)
		}
	}
}

func TestRecordIDsHaveOneTextEach(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := audit.ID{Boot: ident.New(dbtest.NewClock().Now(), rand.Reader), Slot: rapid.Int64Range(1, 1<<31).Draw(t, "slot"), Seq: rapid.Int64Range(1, 1<<62).Draw(t, "seq")}
		if got, err := audit.ParseID(id.String()); err != nil || got != id {
			t.Fatalf("%v came back as %v, %v", id, got, err)
		}
	})
	boot := ident.Derive("boot").String()
	for _, bad := range []string{"", boot, boot + "-1", boot + "-0-1", boot + "-1--1", boot + "-01-1", boot + "-1-+1", boot + "-1-1-1", boot + "-1-99999999999999999999"} {
		if id, err := audit.ParseID(bad); err == nil {
			t.Errorf("ParseID(%q) = %v", bad, id)
		}
	}
}

func TestRecordIsWrittenWithTheTransactionOrNotAtAll(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		customer := ident.Derive("customer")
		event := audit.Event{Kind: "token.assigned", By: audit.System("test"), Customer: customer, Object: "o", Details: map[string]int{"n": 1}}
		refused := errors.New("refused")
		if err := d.Write(t.Context(), func(tx *db.Tx) error { audit.Record(tx, event); return refused }); !errors.Is(err, refused) {
			t.Fatal(err)
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error { audit.Record(tx, event); return nil }); err != nil {
			t.Fatal(err)
		}
		var n int
		var kind, actor, details string
		var got ident.ID
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			if err := tx.Row(`SELECT count(*) FROM journal`).Scan(&n); err != nil {
				return err
			}
			var b []byte
			err := tx.Row(`SELECT kind, actor, customer, details FROM journal`).Scan(&kind, &actor, &got, &b)
			details = string(b)
			return err
		})
		if err != nil || n != 1 || kind != "token.assigned" || actor != "system:test" || got != customer || details != `{"n":1}` {
			t.Errorf("%d records; %s %s %s %s, %v", n, kind, actor, got, details, err)
		}
	})
}

func TestRecordWithoutKindOrActorIsAMistake(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite)})
	for _, e := range []audit.Event{{By: audit.System("x")}, {Kind: "a.b"}, {Kind: "a.b", By: audit.System("x"), Details: func() {}}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v was recorded", e)
				}
			}()
			_ = d.Write(t.Context(), func(tx *db.Tx) error { audit.Record(tx, e); return nil })
		}()
	}
}
