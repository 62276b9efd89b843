package sim

import (
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/db"
)

func placeholder(n int) string { return "$" + strconv.Itoa(n) }

// there refuses the cards that the database has, with two questions for a batch.
func (x *importer) there(tx *db.Tx, batch []*entry) error {
	byICCID, byHash := map[string]*entry{}, map[string]*entry{}
	for _, e := range batch {
		if e.row.Reason != "" {
			continue
		}
		byICCID[e.row.ICCID] = e
		if e.number != "" {
			byHash[string(x.desk.hash(e.number))] = e
		}
	}
	if err := mark(tx, "iccid", byICCID, func(s string) any { return s }, "a card with this serial number is there already"); err != nil {
		return err
	}
	return mark(tx, "msisdn_hash", byHash, func(s string) any { return []byte(s) }, "another card has this phone number")
}

// mark refuses the entries whose name a card has, also one that nobody sees yet.
func mark(tx *db.Tx, column string, entries map[string]*entry, arg func(string) any, reason string) error {
	if len(entries) == 0 {
		return nil
	}
	var args []any
	var marks []string
	for name := range entries {
		args = append(args, arg(name))
		marks = append(marks, placeholder(len(args)))
	}
	return tx.Each("SELECT "+column+", CASE WHEN "+seen+" THEN 1 ELSE 0 END FROM sim_card WHERE "+column+" IN ("+strings.Join(marks, ", ")+")", args, func(r db.Row) error {
		name, shown, err := named(r, column)
		if err != nil {
			return err
		}
		if shown == 0 {
			entries[name].refuse("an import that has not ended has this card or its number; wait for it, or " + importPatience.String() + " if it was broken off")
			return nil
		}
		entries[name].refuse(reason)
		return nil
	})
}

func named(r db.Row, column string) (name string, shown int, err error) {
	if column == "iccid" {
		err = r.Scan(&name, &shown)
		return name, shown, err
	}
	var b []byte
	err = r.Scan(&b, &shown)
	return string(b), shown, err
}
