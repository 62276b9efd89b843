package payment_test

import (
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/payment"
)

// genOrder draws an order in one currency from few values, so that equal ones
// are common.
func genOrder(c string) *rapid.Generator[payment.Order] {
	text := rapid.OneOf(rapid.StringOf(rapid.RuneFrom([]rune("aAé ١2\u00a0ﬁ-/:;\t\u200dſ\u0301"))), rapid.StringN(0, 12, -1))
	account := rapid.OneOf(
		rapid.Custom(func(t *rapid.T) payment.Payee {
			return payment.Payee{Scheme: payment.Local, Account: rapid.StringMatching(`[0-9a-zA-Z]{1,5}`).Draw(t, "local")}
		}),
		rapid.SampledFrom([]payment.Payee{
			{Scheme: payment.IBAN, Account: "NO9386011117947"},
			{Scheme: payment.IBAN, Account: "no93 8601 1117 947"},
			{Scheme: payment.IBAN, Account: "DE89370400440532013000"},
			{Scheme: payment.Local, Account: "NO9386011117947"},
			{Scheme: payment.GB, Account: "12-34-56 12345678"},
			{Scheme: payment.Local, Account: "GB12345612345678"},
			{},
		}),
	)
	return rapid.Custom(func(t *rapid.T) payment.Order {
		payee := account.Draw(t, "account")
		payee.Name = text.Draw(t, "name")
		return payment.Order{
			Amount:    rapid.StringMatching(`[1-9][0-9]{0,12}`).Draw(t, "amount"),
			Currency:  c,
			Payee:     payee,
			Reference: text.Draw(t, "reference"),
		}
	})
}

// genPayment draws payments that New accepts.
func genPayment() *rapid.Generator[payment.Payment] {
	return rapid.Custom(func(t *rapid.T) payment.Payment {
		c := rapid.SampledFrom([]string{"EUR", "eur", "JPY", "KWD"}).Draw(t, "currency")
		p, err := payment.New(rapid.SliceOfN(genOrder(c), 1, 3).Draw(t, "orders")...)
		if err != nil {
			t.Skip("not a payment")
		}
		return p
	})
}

func TestEncodingIsOneToOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := genPayment().Draw(t, "payment")
		back, err := payment.Parse(p.Canonical())
		if err != nil || back.Hash() != p.Hash() || back.Text(payment.Words{}) != p.Text(payment.Words{}) {
			t.Fatalf("Parse(Canonical) = %v, %v", back, err)
		}
		again, err := payment.New(p.Orders()...)
		if err != nil || again.Hash() != p.Hash() {
			t.Fatalf("the normal form is not its own normal form: %v, %v", again, err)
		}
	})
}

// SCA-13, SCA-15: different payments have different hashes and texts, equal
// ones the same. Equality is decided here on the parts, not by the encoding.
func TestHashDistinguishesPayments(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := genPayment().Draw(t, "a"), genPayment().Draw(t, "b")
		if rapid.Bool().Draw(t, "near") { // change one part of a
			orders := a.Orders()
			i := rapid.IntRange(0, len(orders)-1).Draw(t, "i")
			o := &orders[i]
			*[]*string{&o.Amount, &o.Payee.Name, &o.Payee.Account, &o.Reference}[rapid.IntRange(0, 3).Draw(t, "part")] += "1"
			changed, err := payment.New(orders...)
			if err != nil {
				t.Skip("not a payment any more")
			}
			b = changed
		}
		equal := sameOrders(a.Orders(), b.Orders())
		if (a.Hash() == b.Hash()) != equal {
			t.Fatalf("equal %v, hashes %v and %v", equal, a.Hash(), b.Hash())
		}
		if (a.Text(payment.Words{}) == b.Text(payment.Words{})) != equal {
			t.Fatalf("equal %v, but texts\n%s\n%s", equal, a.Text(payment.Words{}), b.Text(payment.Words{}))
		}
	})
}

// sameOrders compares two lists as sets with repetition.
func sameOrders(a, b []payment.Order) bool {
	count := map[payment.Order]int{}
	for _, o := range a {
		count[o]++
	}
	for _, o := range b {
		count[o]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

// SCA-17: the sequence of a batch means nothing; total and every payee do.
func TestBatchHashIgnoresSequenceOnly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		orders := rapid.SliceOfN(genOrder("EUR"), 2, 6).Draw(t, "orders")
		p, err := payment.New(orders...)
		if err != nil {
			t.Skip("not a payment")
		}
		q, err := payment.New(rapid.Permutation(orders).Draw(t, "shuffled")...)
		if err != nil || p.Hash() != q.Hash() {
			t.Fatalf("shuffled: %v, %v", q.Hash(), err)
		}
		less, err := payment.New(orders[1:]...)
		if err != nil || less.Hash() == p.Hash() {
			t.Fatal("leaving out an order did not change the hash")
		}
		twice, err := payment.New(append(orders, orders[0])...)
		if err != nil || twice.Hash() == p.Hash() {
			t.Fatal("an order given twice did not change the hash")
		}
		sum := new(big.Int)
		for _, o := range p.Orders() {
			n, _ := new(big.Int).SetString(strings.Replace(o.Amount, ".", "", 1), 10)
			sum.Add(sum, n)
		}
		if sum.Int64() != p.Total().Minor {
			t.Fatalf("total %v, want %v", p.Total(), sum)
		}
	})
}

func TestAmountsAreExact(t *testing.T) {
	t.Parallel()
	for _, c := range []payment.Currency{"JPY", "EUR", "KWD", "CLF"} {
		scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(c.Decimals())), nil))
		rapid.Check(t, func(t *rapid.T) {
			minor := rapid.Int64Range(1, payment.MaxMinor).Draw(t, "minor")
			want := payment.Amount{Minor: minor, Currency: c}
			got, err := payment.ParseAmount(want.Decimal(), c)
			if err != nil || got != want {
				t.Fatalf("ParseAmount(%q) = %v, %v", want.Decimal(), got, err)
			}
			r, _ := new(big.Rat).SetString(want.Decimal())
			if r.Mul(r, scale).Cmp(new(big.Rat).SetInt64(minor)) != 0 {
				t.Fatalf("%q is not %d minor units", want.Decimal(), minor)
			}
		})
	}
}

func TestMixedCurrenciesAndHugeTotalsAreRefused(t *testing.T) {
	t.Parallel()
	to := payment.Payee{Name: "A"}
	_, err := payment.New(payment.Order{Amount: "1", Currency: "EUR", Payee: to}, payment.Order{Amount: "1", Currency: "USD", Payee: to})
	wantFault(t, err, "payment.currencies", "/payments/1/currency")
	huge := payment.Order{Amount: "9999999999999999.99", Currency: "EUR", Payee: to}
	if p, err := payment.New(huge); err != nil || p.Total().Minor != payment.MaxMinor {
		t.Errorf("the largest amount: %v, %v", p.Total(), err)
	}
	_, err = payment.New(huge, payment.Order{Amount: "0.01", Currency: "EUR", Payee: to})
	wantFault(t, err, "payment.amount", "/payments/1/amount")
	_, err = payment.New()
	wantFault(t, err, "payment.empty", "/payments")
	_, err = payment.New(make([]payment.Order, payment.MaxOrders+1)...)
	wantFault(t, err, "payment.batch", "/payments")
}

func TestBatchOfOneIsThePayment(t *testing.T) {
	t.Parallel()
	o := payment.Order{Amount: "1", Currency: "EUR", Payee: payment.Payee{Name: "A"}}
	one, err1 := payment.New(o)
	batch, err2 := payment.New([]payment.Order{o}...)
	if err1 != nil || err2 != nil || one.Hash() != batch.Hash() || one.Hash().IsZero() {
		t.Errorf("%v, %v", err1, err2)
	}
}
