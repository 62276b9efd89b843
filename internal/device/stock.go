package device

import (
	"cmp"
	"slices"

	"github.com/countersign-auth/countersign/internal/db"
)

// Count is how many devices of a model are in a state.
type Count struct {
	Model  string
	Status Status
	N      int64
}

// Counts counts the devices of a kind by model and status. It reads an index
// only, from end to end: tens of milliseconds at a million devices, so whoever
// shows the figures often should keep them for a while.
func Counts(tx *db.Tx, kind Kind) (all []Count, err error) {
	err = tx.Each("SELECT model, status, COUNT(*) FROM device WHERE kind = $1 GROUP BY status, model ORDER BY status, model", []any{kind}, func(r db.Row) error {
		var c Count
		err := r.Scan(&c.Model, &c.Status, &c.N)
		all = append(all, c)
		return err
	})
	slices.SortStableFunc(all, func(a, b Count) int { return cmp.Compare(a.Model, b.Model) })
	return all, err
}

// Statuses lists all states that a row can be in.
func Statuses() []Status {
	return []Status{Stock, Assigned, Active, Suspended, Lost, Retired, Blocked}
}

// Place is a device's place in the order of serial numbers.
type Place struct{ Serial, Manufacturer string }

func (p Place) compare(o Place) int {
	return cmp.Or(cmp.Compare(p.Serial, o.Serial), cmp.Compare(p.Manufacturer, o.Manufacturer))
}

// Filter narrows a list. No statuses stand for all. Models must be named when
// statuses are: the index has them in this order.
type Filter struct {
	Kind     Kind
	Models   []string // empty, with no statuses: all
	Statuses []Status
}

// unfiltered asks for all devices of a kind behind a place. The kind is hidden from
// the planner: SQLite's would take the index that begins with it, and sort the
// whole stock for every page.
const unfiltered = "kind || '' = $1 AND (serial, manufacturer) > ($2, $3) ORDER BY serial, manufacturer LIMIT $4"

// List returns up to n devices behind a place, in the order of serial numbers. It
// costs a look-up for each pair of status and model in the filter.
func List(tx *db.Tx, f Filter, after Place, n int) ([]Device, error) {
	if len(f.Models)+len(f.Statuses) == 0 {
		// The order is that of the unique index. SQLite would rather take the index
		// by kind and sort a million rows, so it is kept from seeing the column.
		return list(tx, "kind || '' = $1 AND (serial, manufacturer) > ($2, $3) ORDER BY serial, manufacturer LIMIT $4", f.Kind, after.Serial, after.Manufacturer, n)
	}
	statuses := f.Statuses
	if len(statuses) == 0 {
		statuses = Statuses()
	}
	var all []Device
	for _, status := range statuses {
		for _, model := range f.Models {
			part, err := list(tx, `kind = $1 AND status = $2 AND model = $3 AND (serial, manufacturer) > ($4, $5)
				ORDER BY serial, manufacturer LIMIT $6`, f.Kind, status, model, after.Serial, after.Manufacturer, n)
			if err != nil {
				return nil, err
			}
			all = append(all, part...)
		}
	}
	slices.SortFunc(all, func(a, b Device) int { return a.Place().compare(b.Place()) })
	return all[:min(n, len(all))], nil
}

// Place returns where the device stands in a list.
func (d Device) Place() Place { return Place{d.Serial, d.Manufacturer} }
