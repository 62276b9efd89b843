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
	if s == device.Active || s == device.Suspended {
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

// TestTransitions is the table of the package comment: everything else is refused
// by value and changes nothing.
func TestTransitions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		acts := map[string]func(*db.Tx, ident.ID) (bool, error){
			"assign":  func(tx *db.Tx, id ident.ID) (bool, error) { return device.Assign(tx, id, stranger, 0) },
			"suspend": device.Suspend,
			"resume":  device.Resume,
			"block":   func(tx *db.Tx, id ident.ID) (bool, error) { return device.Block(tx, id, "a note") },
		}
		to := map[string]map[device.Status]device.Status{
			"assign":  {device.Stock: device.Active},
			"suspend": {device.Active: device.Suspended},
			"resume":  {device.Suspended: device.Active},
			"block":   {device.Stock: device.Blocked},
		}
		for name, act := range acts {
			for _, from := range device.Statuses() {
				d := w.add(name+string(from), from, nil)
				var done bool
				w.write(func(tx *db.Tx) (err error) { done, err = act(tx, d.ID); return err })
				after := w.get(d.ID)
				want, allowed := to[name][from]
				switch {
				case done != allowed:
					t.Errorf("%s from %s: %t", name, from, done)
				case allowed && after.Status != want:
					t.Errorf("%s from %s leads to %s", name, from, after.Status)
				case !allowed && !cmp.Equal(d, after):
					t.Errorf("%s from %s changed something: %s", name, from, cmp.Diff(d, after))
				}
			}
			var done bool
			w.write(func(tx *db.Tx) (err error) { done, err = act(tx, ident.Derive("nothing")); return err })
			if done {
				t.Errorf("%s of a device that is not there", name)
			}
		}
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
