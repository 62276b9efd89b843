package spending_test

import (
	"encoding/json"
	"math"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/risk/spending"
)

var epoch = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func pay(day int, amount float64, payee string) spending.Payment {
	return spending.Payment{At: epoch.Add(time.Duration(day) * 24 * time.Hour), Hour: 9, Amount: amount, Currency: "EUR", Payee: payee}
}

// usual is a customer who paid the rent for some months.
func usual() *spending.Customer {
	c := &spending.Customer{}
	for d := range 60 {
		c.Learn(pay(d, 50+float64(d%5)*10, strconv.Itoa(d%6)))
	}
	return c
}

func TestEvidence(t *testing.T) {
	t.Parallel()
	c := usual()
	repeat, large, stranger, night := pay(60, 70, "1"), pay(60, 5000, "1"), pay(60, 70, "x"), pay(60, 70, "1")
	night.Hour = 3
	r := c.Look(repeat)
	if r.Amount >= 0 || r.Hour >= 0 || r.Payee >= 0 || r.NewPayee || math.Abs(r.Usual-1) > 0.2 {
		t.Errorf("a repetition speaks against the customer: %+v", r)
	}
	if e := c.Look(large); e.Amount < 1.5 || e.Usual < 50 {
		t.Errorf("seventy times the usual amount: %+v", e)
	}
	if e := c.Look(stranger); e.Payee < 1 || !e.NewPayee {
		t.Errorf("a new payee: %+v", e)
	}
	if e := c.Look(night); e.Hour < 0.5 {
		t.Errorf("an hour never used: %+v", e)
	}
	yen := repeat
	yen.Currency = "JPY"
	if e := c.Look(yen); e.Amount != 0 {
		t.Errorf("a currency never used says something of amounts: %+v", e)
	}
	if e := (&spending.Customer{}).Look(large); e.Amount != 0 || math.Abs(e.Hour) > 1e-9 || !e.NewPayee {
		t.Errorf("a customer without payments: %+v", e)
	}
}

func TestOldPaymentsFade(t *testing.T) {
	t.Parallel()
	c := usual()
	soon, late := c.Look(pay(61, 5000, "1")).Amount, c.Look(pay(61+180, 5000, "1")).Amount
	if !(late < soon) {
		t.Errorf("after 180 days %.3f, at once %.3f: old payments do not fade", late, soon)
	}
}

func TestFraudIsUnlearned(t *testing.T) {
	t.Parallel()
	c, plain := usual(), usual()
	fraud := pay(61, 9000, "mule")
	before := c.Look(pay(62, 9000, "mule"))
	c.Learn(fraud)
	if after := c.Look(pay(62, 9000, "mule")); !(after.Payee < before.Payee) || after.NewPayee {
		t.Errorf("nothing was learned: %+v, %+v", before, after)
	}
	c.Unlearn(fraud, epoch.Add(70*24*time.Hour))
	got, want := c.Look(pay(71, 9000, "mule")), plain.Look(pay(71, 9000, "mule"))
	if math.Abs(got.Amount-want.Amount) > 1e-6 || math.Abs(got.Hour-want.Hour) > 1e-6 || math.Abs(got.Payee-want.Payee) > 1e-6 || !got.NewPayee {
		t.Errorf("after unlearning %+v, never learned %+v", got, want)
	}
}

func TestRepetitionMakesUsual(t *testing.T) {
	t.Parallel()
	c := usual()
	before := c.Look(pay(61, 5000, "1")).Amount
	for d := range 20 {
		c.Learn(pay(61+d, 5000, "1"))
	}
	if after := c.Look(pay(82, 5000, "1")).Amount; !(after < before-1) {
		t.Errorf("an amount paid twenty times: %.2f, before %.2f", after, before)
	}
}

func TestStateIsBoundedAndEvidenceFinite(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := &spending.Customer{}
		for range rapid.IntRange(1, 300).Draw(t, "payments") {
			p := spending.Payment{
				At: epoch.Add(time.Duration(rapid.Int64Range(-1e6, 1e8).Draw(t, "second")) * time.Second), Hour: rapid.IntRange(-30, 50).Draw(t, "hour"),
				Amount:   rapid.Float64Range(1e-9, 1e15).Draw(t, "amount"),
				Currency: strconv.Itoa(rapid.IntRange(0, 9).Draw(t, "currency")), Payee: strconv.Itoa(rapid.IntRange(0, 400).Draw(t, "payee")),
			}
			e := c.Look(p)
			for _, x := range []float64{e.Amount, e.Hour, e.Payee} {
				if math.IsNaN(x) || math.Abs(x) > 10 {
					t.Fatalf("%+v says %+v", p, e)
				}
			}
			c.Learn(p)
			if again := c.Look(p); again.Payee > e.Payee+1e-9 || again.NewPayee {
				t.Fatalf("a learned payee speaks more against its repetition: %+v, %+v", e, again)
			}
		}
		if len(c.Amounts) > spending.MaxCurrencies || len(c.Payees) > spending.MaxPayees {
			t.Fatalf("%d currencies, %d payees", len(c.Amounts), len(c.Payees))
		}
	})
}

// The state of a customer of a thousand payees has its bound, and survives storage.
func TestStateSurvivesStorage(t *testing.T) {
	t.Parallel()
	c := usual()
	for i := range 1000 {
		c.Learn(pay(60+i/10, 80, strconv.Itoa(i)))
	}
	doc, err := json.Marshal(c)
	if err != nil || len(doc) > 40_000 {
		t.Fatalf("%d bytes, %v", len(doc), err)
	}
	var again spending.Customer
	if err := json.Unmarshal(doc, &again); err != nil {
		t.Fatal(err)
	}
	if p := pay(200, 99, "7"); c.Look(p) != again.Look(p) {
		t.Error("the stored state says something else")
	}
}

func TestPayees(t *testing.T) {
	t.Parallel()
	unknown, utility, mule := spending.Payee{}, spending.Payee{Payers: 5000, Fresh: 20}, spending.Payee{Payers: 12, Fresh: 12}
	caught := spending.Payee{Payers: 12, Fresh: 1, Frauds: 1}
	if r := unknown.Reputation(); r != 0 {
		t.Errorf("an unknown payee has reputation %v", r)
	}
	if utility.Reputation() != -1.5 || utility.Rush() != 0 {
		t.Errorf("a utility: %v, rush %v", utility.Reputation(), utility.Rush())
	}
	if mule.Rush() < 1.5 || caught.Reputation() < 2 {
		t.Errorf("a mule: rush %v; one that was caught: %v", mule.Rush(), caught.Reputation())
	}
	big := utility
	big.Frauds = 1
	if r := big.Reputation(); r <= 0 || r > 0.2 {
		t.Errorf("one fraud among thousands of payments: %v", r)
	}
}
