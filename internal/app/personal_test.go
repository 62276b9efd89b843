package app_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/held"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
)

// beside are tables that hang on a device or a text of a customer, and are not handed out.
var beside = map[string]string{
	"sim_receipt":    "what a carrier says of a packet to a SIM card, by its reference",
	"sms_part":       "parts of a text, by the carrier's reference",
	"token_attempt":  "counters of wrong PINs and codes of a device",
	"token_unlock":   "challenges of a locked device",
	"token_restored": "what a device in a restored database may have spent",
}

// missing says what the schema has of customers and the list does not: tables, and columns.
func missing(t *testing.T, d *db.DB, tables []held.Table) (all []string) {
	t.Helper()
	known := map[string]held.Table{}
	for _, x := range tables {
		known[x.Name] = x
	}
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		all = nil
		return tx.Each("SELECT m.name, group_concat(c.name, ' ') FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' GROUP BY m.name", nil, func(r db.Row) error {
			var name, columns string
			err := r.Scan(&name, &columns)
			x, listed := known[name]
			personal := slices.ContainsFunc(strings.Fields(columns), func(c string) bool { return strings.Contains(c, "customer") })
			hangs := slices.ContainsFunc(strings.Fields(columns), func(c string) bool { return c == "device" || c == "message" })
			if (personal || hangs && beside[name] == "") && !listed {
				all = append(all, name)
			}
			for _, c := range strings.Fields(columns) {
				if listed && !strings.Contains(c, "customer") && !x.Knows(c) {
					all = append(all, name+"."+c)
				}
			}
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// TestEveryTableOfACustomerIsHandedOut: a table with a column for a customer, and each of its
// columns, is in the export or is withheld on purpose; a new one fails here. So does a table that
// hangs on a device or a text and is not thought of.
func TestEveryTableOfACustomerIsHandedOut(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite)})
	if all := missing(t, d, app.Personal()); len(all) > 0 {
		t.Errorf("say in personal.go of their packages what becomes of %v", all)
	}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for _, sql := range []string{"CREATE TABLE novel (customer BLOB, secret TEXT)", "CREATE TABLE hanging (device BLOB)", "ALTER TABLE device ADD COLUMN novel TEXT"} {
			if _, err := tx.Exec(sql); err != nil {
				return err
			}
		}
		return nil
	})
	if all := missing(t, d, app.Personal()); err != nil || !slices.Equal(all, []string{"device.novel", "hanging", "novel"}) {
		t.Errorf("a new table and a new column are not noticed: %v, %v", all, err)
	}
}

// TestTablesOfACustomerCanBeRead: what is said of each table is true of the schema, on both
// databases.
func TestTablesOfACustomerCanBeRead(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ring := keyringtest.Open(t, d)
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			for _, x := range app.Personal() {
				if x.Elsewhere != "" {
					continue
				}
				if _, err := held.Read(tx, ring, []held.Table{x}, ident.Derive("somebody")); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}
