package self_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
)

// trusting has the bank exempt payments to trusted payees and of series.
func (w *world) trusting() {
	w.Helper()
	w.texting(0)
	set := *w.cfg.Policies.Active()
	set.Exemptions.Trusted.On, set.Exemptions.Recurring.On = true, true
	doc, err := set.Format()
	w.must(err)
	v, err := w.cfg.Policies.Store(w.Context(), cli(), doc)
	w.must(err)
	w.must(w.cfg.Policies.Activate(w.Context(), cli(), w.cfg.Policies.Active().Version, v))
}

// standing begins a series of rent for a customer, as a bank's application does.
func (w *world) standing(c customer.Customer) exemption.Series {
	w.Helper()
	rent, err := payment.New(payment.Order{Amount: "900", Currency: "EUR", Payee: payment.Payee{Scheme: payment.IBAN, Account: "DE89370400440532013000", Name: "Landlord"}})
	w.must(err)
	id := ident.Derive("a payment that was signed")
	w.must(w.db.Write(w.Context(), func(tx *db.Tx) error {
		return w.cfg.Exemptions.Strong(tx, exemption.Shown{Customer: c.ID, Authentication: id, Purpose: policy.PurposePayment, Channel: channel, Payment: rent, Instrument: exemption.Transfer})
	}))
	s, err := w.cfg.Exemptions.BeginSeries(w.Context(), audit.Client(ident.Derive("an application"), ""), c.ID, exemption.Warrant{Authentication: id, Payment: rent}, rent)
	w.must(err)
	return s
}

// TestTrustedPayees: adding and removing a payee each asks for two factors of its own;
// what is wrong is said at its field (SCA-30).
func TestTrustedPayees(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.texting(0)
	c := w.knower("1001")
	b := w.knows("1001", knownSecret)
	if b.get("/security").page.Has("a[href=/payees]") {
		t.Error("the list is offered, and the bank exempts nothing")
	}
	w.trusting()
	if !b.get("/security").page.Has("a[href=/payees]") {
		t.Error("the list is not offered")
	}
	a := b.get("/payees").shows(http.StatusOK, "Trusted payees").says("Nobody is on your list")
	if a.page.Has("a[href=/security/unpayee]") {
		t.Error("there is nobody to remove")
	}
	b.get("/security/payee").shows(http.StatusOK, "Trust a payee")
	b.post("/security/payee", "proof", "made up", "name", "Kari", "account", "NO9386011117947", "kind", "iban").says("That took too long")
	add := func(proof, account, kind string) answer {
		return b.post("/security/payee", "proof", proof, "name", "Kari", "account", account, "kind", kind)
	}
	proof := w.proves(b, "payee", knownSecret, oldNumber)
	b.post("/security/payee", "proof", proof).wrong("name", "")
	add(proof, "NO00", "iban").wrong("account", "This account number is not right")
	add(proof, "NO93 8601 1117 947", "fax").wrong("account", "Choose the kind")
	add(proof, "NO93 8601 1117 947", "iban").leads("/payees")
	b.get("/payees").says("The payee is on your list").says("Kari").says("NO93 8601 1117 947")
	add(proof, "8601 11 17947", "no").says("Each change needs a new one")
	w.clock.Advance(6 * time.Minute)
	b = w.knows("1001", knownSecret)
	proof = w.proves(b, "unpayee", knownSecret, oldNumber)
	b.post("/security/unpayee", "proof", proof, "payee", "nobody").leads("/payees")
	list, err := w.cfg.Exemptions.Trusted(t.Context(), c.ID)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	choice := ident.Derive("trusted payee", "iban", "NO9386011117947").String()
	b.post("/security/unpayee", "proof", proof, "payee", choice).leads("/payees")
	b.get("/payees").says("The payee is off your list").says("Nobody is on your list")
	b.get("/activity").says("A payee was put on your list").says("A payee was taken off your list")
	for _, kind := range []string{exemption.AuditTrusted, exemption.AuditDistrusted} {
		if e := w.audited(kind); len(e) != 1 || e[0].Customer != c.ID || e[0].Actor != "customer:"+c.ID.String() {
			t.Errorf("%s: %+v", kind, e)
		}
	}
}

// TestOneFactorIsTooLittleForAPayee: a code of a token without a PIN is one factor, and a
// login is no warrant.
func TestOneFactorIsTooLittleForAPayee(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trusting()
	c := w.knower("1001")
	w.give(c, "T1", time.Time{})
	w.enrolls(c)
	b := w.knows("1001", knownSecret)
	a := b.post("/security/payee/proof", "code", code(t, "T1", 0))
	b.post("/security/payee", "proof", a.hidden("proof"), "name", "Thief", "account", "NO9386011117947", "kind", "iban").says("This needs two things at once")
	if list, err := w.cfg.Exemptions.Trusted(t.Context(), c.ID); err != nil || len(list) != 0 {
		t.Error(list, err)
	}
}

// TestStandingSeries: the customer sees them and ends one by the session alone; another
// customer's is not there (SCA-31).
func TestStandingSeries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trusting()
	c := w.knower("1001")
	s := w.standing(c)
	w.customer("1002", "T9")
	theirs := w.login("1002", code(t, "T9", 0))
	path := "/payees/series/" + s.ID.String() + "/end"
	if a := theirs.post(path); a.code != http.StatusNotFound {
		t.Errorf("somebody else ended it: %d", a.code)
	}
	b := w.knows("1001", knownSecret)
	b.get("/payees").says("Landlord").says("900.00")
	b.post(path).leads("/payees")
	b.get("/payees").says("The series has ended").says("Ended on")
	if a := b.post(path); a.code != http.StatusNotFound {
		t.Errorf("ended twice: %d", a.code)
	}
	if e := w.audited(exemption.AuditSeriesEnded); len(e) != 1 || e[0].Customer != c.ID {
		t.Errorf("the records: %+v", e)
	}
}
