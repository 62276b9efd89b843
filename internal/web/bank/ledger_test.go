package bank_test

import (
	"math/big"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/web/bank"
)

// The past never changes: what was shown on one day is shown on every later day,
// and each balance is the opening balance and all that moved since.
func TestLedger(t *testing.T) {
	t.Parallel()
	start := time.Date(2025, time.January, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.StringMatching(`[0-9A-Z]{1,12}`).Draw(t, "number")
		first := start.AddDate(0, 0, rapid.IntRange(-10, 500).Draw(t, "day"))
		later := first.AddDate(0, 0, rapid.IntRange(0, 60).Draw(t, "days"))
		ibans, balances, moves := bank.Accounts(number, first)
		ibansLater, balancesLater, movesLater := bank.Accounts(number, later)
		if diff := cmp.Diff(ibans, ibansLater); diff != "" || len(ibans) != 2 || ibans[0] == ibans[1] {
			t.Fatalf("the IBANs are %v, then %v", ibans, ibansLater)
		}
		for i := range moves {
			n := len(movesLater[i]) - len(moves[i])
			if diff := cmp.Diff(moves[i], movesLater[i][n:], cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("the past changed: %s", diff)
			}
			sum := balances[i]
			for _, m := range movesLater[i][:n] {
				sum += m.Amount
			}
			if sum != balancesLater[i] {
				t.Fatalf("the balance is %d; want %d", balancesLater[i], sum)
			}
			if sum < 0 {
				t.Fatalf("%s is overdrawn: %d", ibans[i], sum)
			}
			checkIBAN(t, ibans[i])
		}
	})
}

// checkIBAN verifies the check digits (ISO 13616).
func checkIBAN(t *rapid.T, iban string) {
	n, ok := new(big.Int).SetString(iban[4:]+"1314"+iban[2:4], 10)
	if len(iban) != 22 || iban[:2] != "DE" || !ok || new(big.Int).Mod(n, big.NewInt(97)).Int64() != 1 {
		t.Fatalf("%s is no IBAN", iban)
	}
}

func TestAccountPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor()
	v.login(w.registered())
	p := v.get("/accounts/current").shows(http.StatusOK, "Current account").says("November 2026")
	if p.doc.One(t, "[rel=prev]").Attr["href"] != "/accounts/current?month=2026-10" || p.doc.Has("[rel=next]") {
		t.Error("the months lead elsewhere")
	}
	v.get("/accounts/savings?month=2026-10").says("October 2026").says("Savings plan").says("Interest")
	for _, bad := range []string{"/accounts/other", "/accounts/current?month=2026-12", "/accounts/current?month=2024-12", "/accounts/current?month=x", "/accounts/current?month=" + strconv.Itoa(1<<60)} {
		v.get(bad).shows(http.StatusNotFound, "There is nothing here")
	}
}
