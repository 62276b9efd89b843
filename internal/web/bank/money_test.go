package bank_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/web/bank"
)

// What the bank takes from a form it hashes as Countersign does: they never
// disagree about which payment was approved.
func TestF43HashesAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.SampledFrom([]string{"EUR", "JPY", "KWD"}).Draw(t, "currency")
		var own []bank.Order
		var theirs []payment.Order
		for range rapid.IntRange(1, 4).Draw(t, "orders") {
			o, wrong := bank.ReadOrder(map[string]string{
				"payee": rapid.StringN(1, 70, 300).Draw(t, "payee"), "reference": rapid.StringN(0, 140, 500).Draw(t, "reference"),
				"account":  rapid.SampledFrom([]string{kari, german, "gb82 west 1234 5698 7654 32", "NO９３ 8601 1117 947"}).Draw(t, "account"),
				"currency": code, "amount": rapid.StringMatching(`[1-9][0-9]{0,12}`).Draw(t, "amount"),
			})
			if wrong {
				t.Skip("not taken")
			}
			own = append(own, o)
			theirs = append(theirs, payment.Order{
				Amount: bank.Decimal(o), Currency: o.Currency, Reference: o.Reference, Payee: payment.Payee{Scheme: payment.IBAN, Account: o.Account, Name: o.Payee},
			})
		}
		p, err := payment.New(theirs...)
		if err != nil {
			t.Fatalf("the API refuses what the bank took: %v", err)
		}
		if got := bank.PaymentHash(own); got != p.Hash().String() {
			t.Fatalf("the hashes of %q differ", theirs)
		}
	})
}

// Every amount that is shown is read back as what it is, in all ways to write it.
func TestF43AmountsReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.SampledFrom([]string{"EUR", "JPY", "KWD"}).Draw(t, "currency")
		minor := rapid.Int64Range(1, 999_999_999_999_999).Draw(t, "minor")
		plain := bank.Decimal(bank.Order{Amount: minor, Currency: code})
		whole, fraction, _ := strings.Cut(plain, ".")
		for _, group := range []string{"", " ", "\u00a0", "'", ".", ","} {
			for _, sign := range []string{".", ","} {
				if sign == group {
					continue // nobody writes so, and 1.000.000 is a million
				}
				text := grouped(whole, group)
				if fraction != "" {
					text += sign + fraction
				}
				if got, wrong := bank.Amount(text, code); got != minor && wrong == "" {
					t.Fatalf("%q in %s is read as %d; want %d", text, code, got, minor)
				} else if wrong != "" && (group == "" || group == " ") && (len(fraction) < 3 || sign == ".") {
					t.Fatalf("%q in %s is refused: %s", text, code, wrong)
				}
			}
		}
	})
}

// grouped puts a separator between groups of three digits.
func grouped(digits, with string) string {
	var groups []string
	for len(digits) > 3 {
		groups, digits = append([]string{digits[len(digits)-3:]}, groups...), digits[:len(digits)-3]
	}
	return strings.Join(append([]string{digits}, groups...), with)
}

// The book outlives the bank, and a line that broke off in a crash costs no other.
func TestF43BookOutlivesTheBank(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file := filepath.Join(t.TempDir(), "book.jsonl")
	w.config.Book = bank.File(file)
	w.serve()
	v, k := w.signer()
	pay := func(amount string) {
		at := v.order("amount", amount)
		page, hash := v.sign(at)
		v.send(at+"/sign", "payment", hash, "with", "0", "code", w.typed(k, page.toType()...)).leads(at + "/receipt")
	}
	pay("10")
	b, err := os.ReadFile(file)
	if err != nil || strings.Count(string(b), "\n") != 1 {
		t.Fatalf("the book has %q: %v", b, err)
	}
	if err := os.WriteFile(file, append(b, `{"id":"half`...), 0o600); err != nil {
		t.Fatal(err)
	}
	w.serve()
	v = w.visitor()
	v.login(k)
	if got := v.transfers(); len(got) != 1 {
		t.Errorf("after a restart the account has %q", got)
	}
	pay("20")
	all, err := bank.File(file).Load()
	if err != nil || len(all) != 2 || all[0].Debit != 1000 || all[1].Debit != 2000 || all[0].Assertion == "" || len(all[0].Keys) == 0 {
		t.Errorf("the book has %+v: %v", all, err)
	}
	if err := os.WriteFile(file, []byte("no JSON\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := bank.New(w.config); err == nil {
		t.Error("a broken book is opened")
	}
}

// A payment changes nothing that was on the account before it, and is there once.
func TestF43PaymentsOnTheLedger(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		first := time.Date(2025, time.March, 1, 9, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 300).Draw(t, "day"))
		_, before, moves := bank.Accounts("10012345", first)
		p := bank.Paid{ID: "1", At: first, Debit: rapid.Int64Range(1, max(before[0], 1)).Draw(t, "debit"), Orders: []bank.Order{{Payee: "K"}}}
		_, after, later := bank.Accounts("10012345", first, p)
		if after[0] != before[0]-p.Debit || after[1] != before[1] {
			t.Fatalf("the balances are %d; before %d, paid %d", after, before, p.Debit)
		}
		if d := cmp.Diff(moves[0], later[0][1:]); d != "" || later[0][0].Amount != -p.Debit {
			t.Fatalf("the past changed: %s", d)
		}
		_, _, much := bank.Accounts("10012345", first.AddDate(0, 0, rapid.IntRange(0, 90).Draw(t, "days")), p)
		n := len(much[0]) - len(later[0])
		if d := cmp.Diff(later[0], much[0][n:]); n < 0 || d != "" {
			t.Fatalf("the past changed later: %s", d)
		}
	})
}
