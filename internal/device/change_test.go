package device_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/ident"
)

// world is a database with devices.
type world struct {
	t     testing.TB
	d     *db.DB
	clock *dbtest.Clock
}

func each(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) { f(t, &world{t, d, clock}) })
}

func (w *world) write(f func(*db.Tx) error) {
	w.t.Helper()
	if err := w.d.Write(context.Background(), f); err != nil {
		w.t.Fatal(err)
	}
}

// add stores a device in a state.
func (w *world) add(serial string, s device.Status, change func(*device.Device)) device.Device {
	w.t.Helper()
	d := device.Device{ID: ident.Derive("device", serial), Kind: device.Token, Manufacturer: "oath.TEST", Serial: serial, Model: "m", Status: s, Created: w.clock.Now()}
	if s != device.Stock && s != device.Blocked {
		d.Customer, d.Assigned = owner, w.clock.Now()
	}
	if change != nil {
		change(&d)
	}
	w.write(func(tx *db.Tx) error {
		n, err := tx.Exec(device.InsertSQL, d.Row()...)
		if err == nil && n != 1 {
			err = fmt.Errorf("%d rows", n)
		}
		return err
	})
	return d
}

func (w *world) get(id ident.ID) (d device.Device) {
	w.t.Helper()
	w.write(func(tx *db.Tx) error {
		var found bool
		var err error
		if d, found, err = device.Get(tx, id); err == nil && !found {
			err = fmt.Errorf("no device %s", id)
		}
		return err
	})
	return d
}

var owner, stranger = ident.Derive("owner"), ident.Derive("stranger")

// by is an act in the table of states: it reports whether it happened.
type by func(*db.Tx, device.Device) (bool, error)

func change(c device.Change) by {
	return func(tx *db.Tx, d device.Device) (bool, error) { return d.Change(tx, c) }
}

// acts are all acts, those of [device.Acts] and the two that are functions.
func acts() map[string]by {
	all := map[string]by{
		"assign": func(tx *db.Tx, d device.Device) (bool, error) { return device.Assign(tx, d.ID, owner, 0) },
		"block":  func(tx *db.Tx, d device.Device) (bool, error) { return device.Block(tx, d.ID, "a note") },
	}
	for _, a := range device.Acts() {
		all[string(a)] = change(device.Change{Act: a, Note: "a note", Customer: owner, By: stranger, Ends: time.Unix(2e9, 0)})
	}
	return all
}

// table is the one of the package comment: state by act and state.
func table() map[string]map[device.Status]device.Status {
	const (
		stock, assigned, active, suspended = device.Stock, device.Assigned, device.Active, device.Suspended
		lost, retired, blocked             = device.Lost, device.Retired, device.Blocked
	)
	type row = map[device.Status]device.Status
	return map[string]row{
		"assign":  {stock: active, assigned: active},
		"block":   {stock: blocked},
		"give":    {stock: assigned},
		"suspend": {active: suspended},
		"resume":  {suspended: active},
		"lose":    {assigned: lost, active: lost, suspended: lost},
		"find":    {lost: assigned},
		"return":  {assigned: stock, active: stock, suspended: stock, lost: stock},
		"retire":  {stock: retired, assigned: retired, active: retired, suspended: retired, lost: retired, blocked: retired},
		"replace": {active: retired, suspended: retired, lost: lost},
		"extend":  {stock: stock, assigned: assigned, active: active, suspended: suspended},
	}
}

// TestTransitions tries every act in every state: what is not in the table is
// refused by value and changes nothing.
func TestTransitions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		to := table()
		for name, act := range acts() {
			for _, from := range device.Statuses() {
				d := w.add(name+string(from), from, nil)
				var done bool
				w.write(func(tx *db.Tx) (err error) { done, err = act(tx, d); return err })
				after := w.get(d.ID)
				want, allowed := to[name][from]
				switch {
				case done != allowed:
					t.Errorf("%s from %s: %t", name, from, done)
				case allowed && after.Status != want:
					t.Errorf("%s from %s leads to %s", name, from, after.Status)
				case !allowed && !cmp.Equal(d, after):
					t.Errorf("%s from %s changed something: %s", name, from, cmp.Diff(d, after))
				case allowed && (after.Status == device.Stock) != after.Customer.IsZero() && from != device.Stock && from != device.Blocked:
					t.Errorf("%s from %s: the owner is %s", name, from, after.Customer)
				}
			}
			var done bool
			w.write(func(tx *db.Tx) (err error) {
				done, err = act(tx, device.Device{ID: ident.Derive("nothing"), Status: device.Stock})
				return err
			})
			if done {
				t.Errorf("%s of a device that is not there", name)
			}
		}
	})
}

// TestOverlookedChange: an act on a device as it was read does nothing once the
// device has changed its state or its owner, whoever did it.
func TestOverlookedChange(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, a := range device.Acts() {
			for _, from := range device.Statuses() {
				if _, allowed := a.To(from); !allowed {
					continue
				}
				read := w.add("A"+string(a)+string(from), from, nil)
				stale := read
				stale.Customer = stranger
				other := read
				other.Status = device.Suspended
				if from == device.Suspended {
					other.Status = device.Active
				}
				for _, d := range []device.Device{stale, other} {
					var done bool
					w.write(func(tx *db.Tx) (err error) {
						done, err = d.Change(tx, device.Change{Act: a, Customer: owner, By: stranger, Ends: time.Unix(2e9, 0)})
						return err
					})
					if after := w.get(read.ID); done || !cmp.Equal(read, after) {
						t.Errorf("%s from %s: %t, %s", a, from, done, cmp.Diff(read, after))
					}
				}
			}
		}
	})
}

// TestWhatActsLeave: what an act leaves in the row, beside the state.
func TestWhatActsLeave(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		do := func(id ident.ID, c device.Change) device.Device {
			t.Helper()
			d := w.get(id)
			w.write(func(tx *db.Tx) error {
				if done, err := d.Change(tx, c); err != nil || !done {
					t.Errorf("%s: %t, %v", c.Act, done, err)
				}
				return nil
			})
			return w.get(id)
		}
		id := w.add("1", device.Active, func(d *device.Device) { d.Name, d.Note = "mine", "a note" }).ID
		w.clock.Advance(time.Hour)
		if d := do(id, device.Change{Act: device.Lose, Note: "in a bus"}); d.Note != "in a bus" || d.Name != "mine" || d.Customer != owner || !d.Changed.Equal(w.clock.Now()) {
			t.Errorf("lost: %+v", d)
		}
		if d := do(id, device.Change{Act: device.Replace, By: stranger, Note: "in a bus"}); d.ReplacedBy != stranger || d.Status != device.Lost {
			t.Errorf("replaced: %+v", d)
		}
		for _, a := range []device.Act{device.Find, device.Replace} {
			d := w.get(id)
			w.write(func(tx *db.Tx) error {
				if done, err := d.Change(tx, device.Change{Act: a, By: owner}); err != nil || done {
					t.Errorf("%s of what has a successor: %t, %v", a, done, err)
				}
				return nil
			})
		}
		d := do(id, device.Change{Act: device.Return, Note: "ignored"})
		want := device.Device{ID: id, Kind: device.Token, Manufacturer: "oath.TEST", Serial: "1", Model: "m", Status: device.Stock, Created: d.Created, Changed: d.Changed}
		if !cmp.Equal(d, want) {
			t.Errorf("something survives the return: %s", cmp.Diff(want, d))
		}
		if d := do(id, device.Change{Act: device.Give, Customer: stranger}); d.Customer != stranger || !d.Assigned.Equal(w.clock.Now()) {
			t.Errorf("given: %+v", d)
		}
		if d := do(id, device.Change{Act: device.Extend, Ends: w.clock.Now().Add(time.Hour)}); !d.Expires.Equal(w.clock.Now().Add(time.Hour)) {
			t.Errorf("extended: %+v", d)
		}
		w.write(func(tx *db.Tx) error {
			if done, err := device.Assign(tx, id, owner, 0); done || err != nil {
				t.Errorf("somebody else proved what was given to a customer: %v", err)
			}
			if done, err := device.Assign(tx, id, stranger, 0); !done || err != nil {
				t.Errorf("the customer could not prove it: %v", err)
			}
			return nil
		})
	})
}

// TestHoldUsable: only devices that can be used now count.
func TestHoldUsable(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, s := range device.Statuses() {
			w.add(string(s), s, func(d *device.Device) { d.Customer = owner })
		}
		w.add("ended", device.Active, func(d *device.Device) { d.Expires = w.clock.Now().Add(-time.Second) })
		w.add("not yet", device.Active, func(d *device.Device) { d.Starts = w.clock.Now().Add(time.Second) })
		w.add("other", device.Active, func(d *device.Device) { d.Customer = stranger })
		w.write(func(tx *db.Tx) error {
			if n, err := device.HoldUsable(tx, device.Token, owner); n != 1 || err != nil {
				t.Errorf("%d, %v", n, err)
			}
			return nil
		})
	})
}

// TestAssignRace: of 64 customers who take one device, one gets it.
func TestAssignRace(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for round := range 8 {
			d := w.add(fmt.Sprint("R", round), device.Stock, nil)
			var won atomic.Int32
			var winner atomic.Value
			var wg sync.WaitGroup
			for i := range 64 {
				wg.Go(func() {
					c := ident.Derive("taker", strconv.Itoa(i))
					var done bool
					err := w.d.Settle(context.Background(), c, func(tx *db.Tx) (err error) {
						done, err = device.Assign(tx, d.ID, c, 0)
						return err
					})
					if err != nil {
						t.Error(err)
					}
					if done {
						won.Add(1)
						winner.Store(c)
					}
				})
			}
			wg.Wait()
			if got := w.get(d.ID); won.Load() != 1 || got.Customer != winner.Load() || got.Status != device.Active {
				t.Fatalf("%d takers; the owner is %s, and %v won", won.Load(), got.Customer, winner.Load())
			}
		}
	})
}

// TestLife: a model's life ends a device, but never later than its own end.
func TestLife(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		now := w.clock.Now()
		for name, c := range map[string]struct {
			own  time.Time
			life time.Duration
			want time.Time
		}{
			"no end":         {time.Time{}, 0, time.Time{}},
			"life":           {time.Time{}, time.Hour, now.Add(time.Hour)},
			"own end":        {now.Add(2 * time.Hour), 0, now.Add(2 * time.Hour)},
			"life is sooner": {now.Add(2 * time.Hour), time.Hour, now.Add(time.Hour)},
			"own is sooner":  {now.Add(time.Minute), time.Hour, now.Add(time.Minute)},
		} {
			d := w.add(name, device.Stock, func(d *device.Device) { d.Expires = c.own })
			w.write(func(tx *db.Tx) error { _, err := device.Assign(tx, d.ID, owner, c.life); return err })
			if got := w.get(d.ID); !got.Expires.Equal(c.want) || !got.Assigned.Equal(now) {
				t.Errorf("%s: ends %v, want %v", name, got.Expires, c.want)
			}
		}
	})
}

// TestUsable: which devices a method reaches, at every border.
func TestUsable(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		now := w.clock.Now()
		for name, c := range map[string]struct {
			status device.Status
			change func(*device.Device)
			want   bool
		}{
			"active":        {device.Active, nil, true},
			"stock":         {device.Stock, nil, false},
			"suspended":     {device.Suspended, nil, false},
			"blocked":       {device.Blocked, func(d *device.Device) { d.Customer = owner }, false},
			"assigned":      {device.Assigned, nil, false},
			"lost":          {device.Lost, nil, false},
			"retired":       {device.Retired, nil, false},
			"somebody's":    {device.Active, func(d *device.Device) { d.Customer = stranger }, false},
			"starts now":    {device.Active, func(d *device.Device) { d.Starts = now }, true},
			"starts later":  {device.Active, func(d *device.Device) { d.Starts = now.Add(time.Microsecond) }, false},
			"ends now":      {device.Active, func(d *device.Device) { d.Expires = now }, true},
			"ended earlier": {device.Active, func(d *device.Device) { d.Expires = now.Add(-time.Microsecond) }, false},
		} {
			d := w.add(name, c.status, c.change)
			var n int
			w.write(func(tx *db.Tx) error {
				return tx.Row("SELECT COUNT(*) FROM device x JOIN "+device.Usable("x.id")+" WHERE x.id = $3", owner, tx.Now, d.ID).Scan(&n)
			})
			if n == 1 != c.want {
				t.Errorf("%s: usable %t", name, n == 1)
			}
			if want := !d.Expires.IsZero() && d.Expires.Before(now); d.Expired(now) != want {
				t.Errorf("%s: expired %t", name, !want)
			}
		}
	})
}

func TestNamesAndOwners(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := w.add("S1", device.Active, nil)
		other := w.add("S1b", device.Stock, func(d *device.Device) { d.Serial, d.Manufacturer = "S1", "oath.OTHER" })
		w.write(func(tx *db.Tx) error {
			if done, err := device.Rename(tx, d.ID, stranger, "mine"); done || err != nil {
				t.Errorf("a stranger named it: %v", err)
			}
			if done, err := device.Rename(tx, d.ID, owner, "mine"); !done || err != nil {
				t.Errorf("the owner could not name it: %v", err)
			}
			all, err := device.BySerial(tx, " s-1")
			if err != nil || len(all) != 2 || all[0].ID != other.ID || all[1].Name != "mine" {
				t.Errorf("by serial: %+v, %v", all, err)
			}
			mine, err := device.OfCustomer(tx, owner)
			if err != nil || len(mine) != 1 || mine[0].ID != d.ID {
				t.Errorf("of the customer: %+v, %v", mine, err)
			}
			n, err := tx.Exec(device.InsertSQL, d.Row()...)
			if err != nil || n != 0 {
				t.Errorf("the same device twice: %d, %v", n, err)
			}
			return err
		})
	})
}
