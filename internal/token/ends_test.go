package token_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/token"
)

// TestEnding: pages and file have the same tokens, those of customers or those in
// stock, at every border.
func TestEnding(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, now := w.care(), w.clock.Now()
		day := 24 * time.Hour
		for i, s := range []device.Status{device.Active, device.Stock, device.Suspended, device.Active, device.Retired, device.Assigned, device.Lost, device.Active} {
			serial := fmt.Sprint("E", i)
			w.put(serial, s, ident.Derive("c", serial))
			w.sql("UPDATE device SET expires_at = $2 WHERE serial = $1", serial, now.Add(time.Duration(i)*day))
		}
		w.sql("UPDATE device SET name = '=HYPERLINK(1)' WHERE serial = 'E2'")
		for stock, want := range map[bool][]string{false: {"E0", "E2", "E3", "E5"}, true: {"E1"}} {
			e := token.Ending{From: now, Before: now.Add(7 * day), Stock: stock}
			for _, size := range []int{1, 3, 200} {
				var got []string
				for after := ""; ; {
					page, next, err := c.Ending(t.Context(), e, after, size)
					if err != nil {
						t.Fatal(err)
					}
					for _, it := range page {
						got = append(got, it.Device.Serial)
					}
					if after = next; next == "" {
						break
					}
				}
				if !cmp.Equal(got, want) {
					t.Errorf("pages of %d: %q, want %q", size, got, want)
				}
			}
			var file bytes.Buffer
			if err := c.EndingCSV(t.Context(), e, &file); err != nil {
				t.Error(err)
			}
			lines, err := csv.NewReader(&file).ReadAll()
			if err != nil || len(lines) != len(want)+1 || lines[1][0] != want[0] {
				t.Errorf("%q, %v", lines, err)
			}
			if !stock && lines[2][5] != "'=HYPERLINK(1)" {
				t.Errorf("a formula: %q", lines[2])
			}
		}
		for _, e := range []token.Ending{{}, {From: now, Before: now}} {
			_, _, err := c.Ending(t.Context(), e, "", 1)
			want(t, err, "token.ends")
		}
		_, _, err := c.Ending(t.Context(), token.Ending{From: now, Before: now.Add(day)}, "x", 1)
		want(t, err, "token.cursor")
	})
}

// TestEndingFile reads more than one page into a file.
func TestEndingFile(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const n = 1203
		ends := w.clock.Now().Add(time.Hour)
		var rows [][]any
		for i := range n {
			d := device.Device{ID: ident.Derive("d", strconv.Itoa(i)), Kind: device.Token, Serial: strconv.Itoa(i), Model: "m", Status: device.Stock, Created: w.clock.Now(), Expires: ends.Add(time.Duration(i%7) * time.Minute)}
			rows = append(rows, d.Row())
		}
		w.write(func(tx *db.Tx) error { _, err := tx.Many(device.InsertSQL, rows); return err })
		var file bytes.Buffer
		if err := w.care().EndingCSV(t.Context(), token.Ending{From: w.clock.Now(), Before: ends.Add(time.Hour), Stock: true}, &file); err != nil {
			t.Fatal(err)
		}
		lines, err := csv.NewReader(&file).ReadAll()
		seen := map[string]bool{}
		for _, l := range lines {
			seen[l[0]] = true
		}
		if err != nil || len(lines) != n+1 || len(seen) != n+1 {
			t.Errorf("%d lines, %d of them different, %v", len(lines), len(seen), err)
		}
	})
}

// TestForecast: the rate is that of the last whole months, and says when the stock
// is used up.
func TestForecast(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		now := time.Date(2026, 11, 15, 12, 0, 0, 0, time.UTC)
		w.clock.Set(now)
		put := func(serial, model string, s device.Status, at time.Time) {
			d := device.Device{ID: ident.Derive("d", serial), Kind: device.Token, Serial: serial, Model: model, Status: s, Created: now, Assigned: at}
			if s != device.Stock {
				d.Customer = ident.Derive("c", serial)
			}
			w.write(func(tx *db.Tx) error { _, err := tx.Exec(device.InsertSQL, d.Row()...); return err })
		}
		for i := range 12 {
			put(fmt.Sprint("S", i), "a", device.Stock, time.Time{})
		}
		put("T0", "b", device.Stock, time.Time{})
		for i, at := range []time.Time{
			time.Date(2025, 11, 30, 23, 59, 59, 0, time.UTC), // too long ago
			time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC),
			time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 8, 31, 23, 59, 59, 999_999_000, time.UTC),
			time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC),
			time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), now,
		} {
			put(fmt.Sprint("A", i), "a", []device.Status{device.Active, device.Retired}[i%2], at)
		}
		f, err := w.care().Forecast(t.Context())
		if err != nil || len(f.Models) != 2 {
			t.Fatalf("%+v, %v", f, err)
		}
		a := f.Models[0]
		if want := [token.Months]int64{0: 1, 8: 2, 9: 1, 10: 1, 11: 2}; a.Assigned != want || a.Stock != 12 {
			t.Errorf("%+v, want %v", a, want)
		}
		if want := 4.0 / 3; a.PerMonth < want-0.01 || a.PerMonth > want+0.01 || a.RunsOut.Year() != 2027 || a.RunsOut.Month() != time.August {
			t.Errorf("%f a month, until %s", a.PerMonth, a.RunsOut)
		}
		if b := f.Models[1]; b.Stock != 1 || b.PerMonth != 0 || !b.RunsOut.IsZero() {
			t.Errorf("%+v", b)
		}
		if got := f.Since[0].From; !got.Equal(time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("from %s", got)
		}
	})
}
