package token

import (
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Write implements intake.Work. It puts a batch into stock: devices first, then the keys of those that were
// new, or that came earlier in this same import. Entries are marked as it goes;
// it may run again on the same batch.
func (x *importer) Write(tx *db.Tx, batch []*entry) error {
	devices, firsts := x.devices(batch)
	rows := make([][]any, len(devices))
	for i := range devices {
		rows[i] = devices[i].Row()
	}
	n, err := tx.Many(device.InsertSQL, rows)
	if err != nil {
		return err
	}
	for i, group := range firsts {
		if n[i] == 0 {
			if err := x.again(tx, group); err != nil {
				return err
			}
		}
	}
	return x.writeKeys(tx, batch)
}

// devices gives every device of the batch an id and groups the entries by it.
func (x *importer) devices(batch []*entry) (devices []device.Device, groups [][]*entry) {
	at := map[[2]string]int{}
	for _, e := range batch {
		if e.row.Result != Imported || e.isPIN() {
			continue
		}
		k := [2]string{e.device.Manufacturer, e.device.Serial}
		i, known := at[k]
		if !known {
			i = len(devices)
			at[k] = i
			e.device.ID = x.newID()
			e.device.Import, e.device.Created = x.id, x.Now
			devices = append(devices, e.device)
			groups = append(groups, nil)
		}
		if e.device.Status == device.Blocked {
			devices[i].Status, devices[i].Note = e.device.Status, e.device.Note
		}
		e.device.ID = devices[i].ID
		groups[i] = append(groups[i], e)
	}
	return devices, groups
}

// again handles a device that is there already: a further key of a device of
// this import joins it, and blocks it when it brings a rule that we do not know;
// anything else is a duplicate.
func (x *importer) again(tx *db.Tx, group []*entry) error {
	id, own, err := known(tx, group[0].device, x.id)
	if err != nil {
		return err
	}
	for _, e := range group {
		if e.device.ID = id; !own {
			e.duplicate()
			continue
		}
		if e.device.Status == device.Blocked {
			if _, err := device.Block(tx, id, e.device.Note); err != nil {
				return err
			}
		}
	}
	return nil
}

// known finds a device by its name; own says that this import brought it.
func known(tx *db.Tx, d device.Device, imported ident.ID) (id ident.ID, own bool, err error) {
	all, err := device.BySerial(tx, d.Serial)
	for _, there := range all {
		if there.Manufacturer == d.Manufacturer {
			return there.ID, there.Import == imported && there.Status != device.Active, err
		}
	}
	return id, false, err
}

// writeKeys seals the seeds and inserts the keys.
func (x *importer) writeKeys(tx *db.Tx, batch []*entry) error {
	var rows [][]any
	var of []*entry
	for _, e := range batch {
		if e.row.Result != Imported || e.isPIN() {
			continue
		}
		e.key.Device = e.device.ID
		e.key.seed = x.ring.Seal(sealLabel, e.device.ID, e.seed.Bytes())
		x.sealPIN(e)
		rows, of = append(rows, e.key.row()), append(of, e)
	}
	n, err := tx.Many(insertKey+" ON CONFLICT (device, key_id) DO NOTHING", rows)
	if err != nil {
		return err
	}
	for i, e := range of {
		if n[i] == 0 {
			e.duplicate()
		}
	}
	return nil
}

// markKnown marks the entries of a dry run whose device is there already.
func markKnown(tx *db.Tx, batch []*entry) error {
	for _, e := range batch {
		if e.row.Result != Imported || e.isPIN() {
			continue
		}
		id, _, err := known(tx, e.device, ident.ID{})
		if err != nil {
			return err
		}
		if !id.IsZero() {
			e.duplicate()
		}
	}
	return nil
}

// addAll reports a batch in order.
func (r *reporter) addAll(batch []*entry) error {
	for _, e := range batch {
		if err := r.add(e.row); err != nil {
			return err
		}
	}
	return nil
}
