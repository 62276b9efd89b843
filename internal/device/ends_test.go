package device_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/device"
)

// TestEnds walks all that end within ten hours, page by page: each once, in order,
// at every border, and in every state that was asked for.
func TestEnds(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		now := w.clock.Now()
		for i := range 24 {
			state := []device.Status{device.Active, device.Suspended, device.Stock, device.Retired}[i%4]
			w.add(fmt.Sprintf("%02d", i), state, func(d *device.Device) { d.Expires = now.Add(time.Duration(i/2) * time.Hour) })
		}
		w.add("no end", device.Active, nil)
		for _, size := range []int{1, 2, 3, 100} {
			var got []string
			var last device.End
			for range 30 {
				var page []device.Device
				w.write(func(tx *db.Tx) (err error) {
					page, err = device.Ends(tx, device.Token, []device.Status{device.Active, device.Suspended}, now.Add(10*time.Hour), last, size)
					return err
				})
				for _, d := range page {
					if len(got) > 0 && d.Expires.Before(last.At) {
						t.Errorf("%s comes late", d.Serial)
					}
					last = d.End()
					got = append(got, d.Serial[:2])
				}
				if len(page) < size {
					break
				}
			}
			seen := map[string]bool{}
			for _, s := range got {
				seen[s] = true
			}
			want := map[string]bool{"00": true, "01": true, "04": true, "05": true, "08": true, "09": true, "12": true, "13": true, "16": true, "17": true}
			if !cmp.Equal(seen, want) || len(got) != len(want) {
				t.Errorf("pages of %d: %q", size, got)
			}
		}
	})
}

func TestHanded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		now := w.clock.Now()
		for i, at := range []time.Duration{-time.Microsecond, 0, time.Minute, time.Hour - time.Microsecond, time.Hour} {
			w.add(strconv.Itoa(i), device.Active, func(d *device.Device) { d.Assigned = now.Add(at); d.Model = []string{"a", "b"}[i%2] })
		}
		w.add("stock", device.Stock, nil)
		w.write(func(tx *db.Tx) error {
			got, err := device.Handed(tx, device.Token, now, now.Add(time.Hour))
			if diff := cmp.Diff(map[string]int64{"a": 1, "b": 2}, got); diff != "" {
				t.Error(diff)
			}
			return err
		})
	})
}

// TestEndsReadAnIndex looks at SQLite's plans: neither list sorts or walks the table.
func TestEndsReadAnIndex(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite)})
	for sql, index := range map[string]string{
		device.EndingSQL: "SEARCH device USING INDEX device_ends",
		device.HandedSQL: "SEARCH device USING COVERING INDEX device_handed",
	} {
		var plan []string
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			args := []any{"token", "active", int64(9), int64(1), []byte{}, 50}
			return tx.Each("EXPLAIN QUERY PLAN "+sql, args[:strings.Count(sql, "$")], func(r db.Row) error {
				var id, parent, unused int64
				var step string
				err := r.Scan(&id, &parent, &unused, &step)
				plan = append(plan, step)
				return err
			})
		})
		if got := strings.Join(plan, "; "); err != nil || !strings.Contains(got, index) || strings.Contains(got, "ORDER BY") {
			t.Errorf("%s, %v", got, err)
		}
	}
}
