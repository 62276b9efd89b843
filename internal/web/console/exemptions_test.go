package console_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
	"github.com/countersign-auth/countersign/internal/staff"
)

// exempting has the bank exempt payments to trusted payees and of series, and a customer
// with one of each, an account of their own, and two payments that were signed.
func (w *world) exempting() (c customer.Customer) {
	w.Helper()
	must := func(err error) {
		w.Helper()
		if err != nil {
			w.Fatal(err)
		}
	}
	set := policy.Version0()
	set.Exemptions.Trusted.On, set.Exemptions.Recurring.On = true, true
	doc, err := set.Format()
	must(err)
	v, err := w.cfg.Policies.Store(w.Context(), cli, doc)
	must(err)
	must(w.cfg.Policies.Activate(w.Context(), cli, w.cfg.Policies.Active().Version, v))
	c = w.customer("10027-4418", "Ada Palmer")
	ctx, x := w.Context(), w.cfg.Exemptions
	warrant := func(amount, account, name string) exemption.Warrant {
		w.clock.Advance(time.Minute)
		p, err := payment.New(payment.Order{Amount: amount, Currency: "EUR", Payee: payment.Payee{Scheme: payment.IBAN, Account: account, Name: name}})
		must(err)
		id := ident.Derive("a payment", amount)
		must(x.DB.Write(ctx, func(tx *db.Tx) error {
			return x.Strong(tx, exemption.Shown{Customer: c.ID, Authentication: id, Purpose: policy.PurposePayment, Channel: "web", Payment: p, Instrument: exemption.Transfer})
		}))
		return exemption.Warrant{Authentication: id, Payment: p}
	}
	rent := warrant("900", "DE89370400440532013000", "Landlord")
	_, err = x.BeginSeries(ctx, bankApp, c.ID, rent, rent.Payment)
	must(err)
	must(x.Trust(ctx, audit.Customer(c.ID), c.ID, warrant("50", "NO9386011117947", "Kari Nordmann"), payment.Payee{Scheme: payment.IBAN, Account: "NO9386011117947", Name: "Kari Nordmann"}))
	must(x.SetAccounts(ctx, bankApp, c.ID, []exemption.Account{{Scheme: payment.IBAN, Account: "GB82WEST12345698765432"}}))
	return c
}

// one returns the address of the one link whose address ends so.
func (p *person) one(at, end string) string {
	p.w.Helper()
	for _, a := range p.open(at).All("a") {
		if href := a.Attr["href"]; strings.HasSuffix(href, end) {
			return href
		}
	}
	p.w.Fatalf("%s has no link that ends in %s", at, end)
	return ""
}

// TestExemptionsOfACustomer: the help desk sees the lists and takes off, to protect the
// customer; nobody adds; payments are for those who work on risk (SCA-30, SCA-31).
func TestExemptionsOfACustomer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.exempting()
	at := customerPath(c) + "/exemptions"
	h, a := w.join("maja", staff.HelpDesk).login(), w.join("alma", staff.Auditor).login()
	if !h.open(customerPath(c)).Has("a[href=" + at + "]") {
		t.Error("the customer's page does not lead there")
	}
	page := h.open(at).One(t, "main").Text()
	for _, want := range []string{"Kari Nordmann", "NO9386011117947", "Landlord", "900.00", "GB82WEST12345698765432"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q: %s", want, page)
		}
	}
	if strings.Contains(page, "Payments on record") {
		t.Error("the help desk sees payments")
	}
	if p := a.open(at); p.Has("a.danger") || !strings.Contains(p.Text(), "Payments on record") {
		t.Error("the auditor is offered an act, or sees no payments")
	}
	remove, end := h.one(at, "/remove"), h.one(at, "/end")
	for path, title := range map[string]string{remove: "Take this payee off the list", end: "End this series of payments"} {
		if got := h.open(path).One(t, "h1").Text(); got != title {
			t.Errorf("%s: %q", path, got)
		}
		if got := h.post(path, nil); got.to != at {
			t.Errorf("%s: %d %s", path, got.code, got.body)
		}
		if got := h.post(path, nil); got.code != http.StatusNotFound {
			t.Errorf("%s again: %d", path, got.code)
		}
	}
	if got := h.open(at).One(t, "main").Text(); strings.Contains(got, "Kari") || !strings.Contains(got, "Ended") {
		t.Errorf("afterwards: %s", got)
	}
	list, err := w.cfg.Exemptions.Trusted(t.Context(), c.ID)
	if err != nil || len(list) != 0 {
		t.Error(list, err)
	}
}

// TestFraudIsReported: the analyst reports a part, all, too much, and takes it back; the
// record of the quarter has it as a page, as CSV and as JSON (SCA-38, SCA-40).
func TestFraudIsReported(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.exempting()
	at := customerPath(c) + "/exemptions"
	f := w.join("frida", staff.FraudAnalyst).login()
	report := f.one(at, "/fraud")
	post := func(lost string) answer { return f.post(report, url.Values{"lost": {lost}}) }
	for _, bad := range []string{"x", "-1", "0", "50.001", "50.01"} {
		if got := post(bad); got.code != http.StatusUnprocessableEntity || !got.page.Has("#f-lost-error") {
			t.Errorf("lost %q: %d", bad, got.code)
		}
	}
	if got := post("12.50"); got.to != at {
		t.Fatalf("reported: %d %s", got.code, got.body)
	}
	withdraw := f.one(at, "/withdraw")
	if got := f.post(withdraw, nil); got.to != at {
		t.Errorf("withdrawn: %d %s", got.code, got.body)
	}
	if got := f.post(withdraw, nil); got.code != http.StatusNotFound {
		t.Errorf("withdrawn twice: %d", got.code)
	}
	if got := post(""); got.to != at {
		t.Fatalf("reported anew: %d", got.code)
	}
	w.clock.Advance(24 * time.Hour)
	f.login()
	page := f.open("/risk/exemptions").One(t, "main").Text()
	for _, want := range []string{"Credit transfers", "With strong authentication", "950.00", "50.00", "etv-100"} {
		if !strings.Contains(page, want) {
			t.Errorf("the record has no %q: %s", want, page)
		}
	}
	if got := f.get("/risk/exemptions/report.csv"); got.code != http.StatusOK || !strings.Contains(got.body, ",transfer,strong,2,950.00,1,50.00,5.2632,475.00,100.00,0\n") {
		t.Errorf("CSV: %d %s", got.code, got.body)
	}
	var r exemption.Report
	if got := f.get("/risk/exemptions/report.json?quarter=2026Q4"); got.code != http.StatusOK || json.Unmarshal([]byte(got.body), &r) != nil || r.Instruments[0].Total.FraudCents != 5000 {
		t.Errorf("JSON: %d %s", got.code, got.body)
	}
	for _, q := range []string{"2026Q5", "2099Q1", "x"} {
		if got := f.get("/risk/exemptions?quarter=" + q); got.code != http.StatusBadRequest {
			t.Errorf("the quarter %s: %d", q, got.code)
		}
	}
}
