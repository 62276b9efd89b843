package apptest_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
)

// Made-up people move in: the command registers a phone for each code, the phones name
// their devices and report the days until now, sealed and signed, and a used code is
// refused.
func TestMadeUpPeopleReport(t *testing.T) {
	t.Parallel()
	in := apptest.Install(t, dbtest.DSN(t, db.SQLite), nil)
	address := apptest.FreeAddress(t)
	in.More = []string{"COUNTERSIGN_DEVICES_ADDRESS=" + address}
	in.Run(t)
	const people = 2
	var codes []string
	in.Open(t, func(a *app.App) {
		for n := range people {
			c, err := a.Customers.Create(t.Context(), audit.System("test"), customer.New{Number: "200" + string(rune('1'+n))})
			if err != nil {
				t.Fatal(err)
			}
			i, err := a.Companions.Invite(t.Context(), audit.System("test"), companion.Order{Customer: c.ID}, companion.Wanted{Kind: companion.Phone})
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, i.Code)
		}
	})
	file := filepath.Join(t.TempDir(), "codes")
	if err := os.WriteFile(file, []byte(strings.Join(codes, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	out := in.Must(t, "simulate", "population", "--url", "http://"+address, "--codes", file, "--days", "2")
	devices := people
	for line := range strings.Lines(out) {
		var said struct{ Devices, Events, Unproven int }
		if err := json.Unmarshal([]byte(line), &said); err != nil || said.Devices < 3 || said.Events < 100 || said.Unproven > 0 {
			t.Errorf("%s: %v", line, err)
		}
		devices += said.Devices
	}
	in.Open(t, func(a *app.App) {
		var batches, registered int
		err := a.DB.Read(t.Context(), func(tx *db.Tx) error {
			if err := tx.Row("SELECT COUNT(*) FROM interaction_batch").Scan(&batches); err != nil {
				return err
			}
			return tx.Row("SELECT COUNT(*) FROM companion").Scan(&registered)
		})
		if err != nil || batches < people*2 || registered != devices {
			t.Errorf("%d batches, %d devices, %v; want %d devices", batches, registered, err, devices)
		}
	})
	if _, errs, code := in.Command("simulate", "population", "--url", "http://"+address, "--codes", file); code == 0 || !strings.Contains(errs, "person 0") {
		t.Errorf("a used code: exit code %d, %s", code, errs)
	}
	if _, errs, code := in.Command("simulate", "population", "--url", "http://"+address, "--codes", file+"-not-there"); code == 0 || !strings.Contains(errs, "--codes") {
		t.Errorf("no codes: exit code %d, %s", code, errs)
	}
	in.Verify(t)
}
