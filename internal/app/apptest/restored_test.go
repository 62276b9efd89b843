package apptest_test

import (
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
)

// TestYesterdaysDatabase is invariant 1 across a restore: the node notices, refuses
// to start and says what to do; after recover no spent code verifies.
func TestYesterdaysDatabase(t *testing.T) {
	t.Parallel()
	in := apptest.Install(t, dbtest.DSN(t, db.SQLite), dbtest.NewClock())
	stock := in.Stock(t, 2)
	kari, ola := stock[0], stock[1]

	node := in.Run(t)
	bank := node.Bank()
	bank.Register(t, kari)
	bank.CreateCustomer(t, ola.Number)
	unspent := bank.ActivationCode(t, ola.Number)
	bank.MustLogin(t, kari.Number, kari.Code(1))
	bank.Close()
	node.Stop(t)
	yesterday := in.Backup(t)

	node = in.Run(t)
	bank = node.Bank()
	spent := []uint64{2, 3, 4}
	for _, c := range spent {
		if got := bank.MustLogin(t, kari.Number, kari.Code(c)); got.State != "granted" {
			t.Fatalf("today: %+v", got)
		}
	}
	r := bank.Begin(t, ola.Number, unspent)
	bank.Token(t, r.Handle, ola.Serial)
	bank.Confirm(t, r.Handle, ola.Code(0))
	bank.Close()
	node.Stop(t)

	yesterday()
	_, said, code := in.Command("serve")
	if code != 1 || !strings.Contains(said, "countersign recover") {
		t.Fatalf("a node on yesterday's database: exit code %d, %s", code, said)
	}
	if out := in.Must(t, "recover"); !strings.Contains(out, "records are lost") {
		t.Errorf("recover says: %s", out)
	}
	if _, said, code := in.Command("recover"); code != 1 || !strings.Contains(said, "--force") {
		t.Errorf("recover again: %d, %s", code, said)
	}

	node = in.Run(t)
	bank = node.Bank()
	defer bank.Close()
	for _, c := range append([]uint64{0, 1}, spent...) {
		if got := bank.MustLogin(t, kari.Number, kari.Code(c)); got.Accepted {
			t.Errorf("the spent code %d was accepted", c)
		}
	}
	if r := bank.Begin(t, ola.Number, unspent); r.State != "refused" {
		t.Errorf("an activation code that was spent today: %+v", r)
	}
	// Codes that were spent today do not synchronize the token, nor do the next ones:
	// how many were is not known, only that they were not more than 20, and that the
	// token was no more than the window of 10 ahead in the backup.
	resync := func(first uint64) (said string, code int) {
		_, said, code = in.Command("token", "resync", kari.Serial, kari.Code(first), kari.Code(first+1), "--right", "birth-date,address,document")
		return said, code
	}
	for from, skip := range map[uint64]string{2: "28", 3: "27", 5: "25"} {
		if said, code := resync(from); code != 1 || !strings.Contains(said, "show "+skip+" more") {
			t.Errorf("the codes %d and %d: %d, %s", from, from+1, code, said)
		}
	}
	if said, code := resync(32); code != 0 {
		t.Errorf("codes beyond all that were spent: %s", said)
	}
	if got := bank.MustLogin(t, kari.Number, kari.Code(34)); got.State != "granted" {
		t.Errorf("after that: %+v", got)
	}
	in.Must(t, "audit", "verify")
}
