package bank_test

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/web/bank"
)

const (
	kari     = "no93 8601 1117 947" // as people type it
	kariSign = "12324" + "9386011117947"
	kariHTML = "NO93 8601 1117 947"
	german   = "DE89 3704 0044 0532 0130 00"
)

// signer logs Ada in with a token that signs.
func (w *world) signer() (*visitor, *fakeToken) {
	w.Helper()
	k := w.api.stock["CS4407903641"]
	k.press()
	w.api.customers[adaNumber].token = k
	v := w.visitor()
	v.login(k)
	return v, k
}

// order posts the form of a payment and returns the address of the review.
func (v *visitor) order(pairs ...string) string {
	v.w.Helper()
	form := append([]string{"payee", "Kari Nordmann", "account", kari, "amount", "90", "currency", "EUR", "reference", "rent", "next", "review"}, pairs...)
	p := v.send("/pay", form...)
	if p.status != http.StatusSeeOther || !strings.HasPrefix(p.to, "/pay/") {
		v.w.Fatalf("the form leads to %q, status %d\n%s", p.to, p.status, p.body)
	}
	return strings.TrimSuffix(p.to, "/payees")
}

// toType is what the page says to type, in its order.
func (p *page) toType() (all []string) {
	p.w.Helper()
	for _, e := range p.doc.All(".entry-value") {
		all = append(all, e.Attr["data-text"])
		if strings.ReplaceAll(e.Text(), " ", "") != e.Attr["data-text"] {
			p.w.Errorf("shown as %q, to be typed as %q", e.Text(), e.Attr["data-text"])
		}
	}
	return all
}

// sign opens the signing page and returns it with what the form sends.
func (v *visitor) sign(at string) (page *page, hash string) {
	v.w.Helper()
	v.send(at).leads(at + "/sign")
	page = v.get(at+"/sign").shows(http.StatusOK, "Type this into your token")
	return page, page.doc.One(v.w.T, "[name=payment]").Attr["value"]
}

// transfers are the payments on the account.
func (v *visitor) transfers() (all []string) {
	v.w.Helper()
	for _, li := range v.get("/accounts/current").doc.One(v.w.T, ".moves").All("li") {
		if text := li.Text(); strings.Contains(text, "· Payment") {
			all = append(all, text)
		}
	}
	return all
}

// F-4.3.1 to F-4.3.7 as a customer goes through them.
func TestF43Payment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, k := w.signer()
	v.get("/overview").says("Pay or transfer")
	v.get("/pay").shows(http.StatusOK, "Make a payment")
	at := v.order()
	v.get(at).shows(http.StatusOK, "Check before you sign").says("Kari Nordmann").says(kariHTML).says("90.00 EUR").says("rent")
	page, hash := v.sign(at)
	if d := cmp.Diff([]string{kariSign, "9000", "978"}, page.toType()); d != "" {
		t.Fatalf("what is typed: %s", d)
	}
	page.says("DATA 1 Account number").says("stands for " + kariHTML).says("DATA 2 Amount in cents").says("DATA 3 Currency").says("Keypad 400 CS-4407-903641")
	code := w.typed(k, page.toType()...)
	v.send(at+"/sign", "payment", hash, "with", "0", "code", code).leads(at + "/receipt")
	p := v.get(at+"/receipt").shows(http.StatusOK, "Paid").says("90.00 EUR").says(kariHTML).says("CS-4407-903641").says("evidence verify")
	if p.doc.One(t, "#hash").Text() != hash {
		t.Error("the receipt has another fingerprint")
	}
	jws := v.do(http.MethodGet, p.doc.One(t, "#assertion").Attr["href"], nil)
	if jws.header.Get("Content-Type") != "application/jose" || strings.Count(jws.body, ".") != 2 || !strings.Contains(jws.header.Get("Content-Disposition"), ".jws") {
		t.Errorf("the assertion is %q", jws.body)
	}
	if keys := v.do(http.MethodGet, p.doc.One(t, "#keys").Attr["href"], nil); !strings.Contains(keys.body, `"k1"`) {
		t.Errorf("the keys are %q", keys.body)
	}
	if got := v.transfers(); len(got) != 1 || !strings.Contains(got[0], "Kari Nordmann") || !strings.Contains(got[0], "−90.00 EUR") {
		t.Errorf("the account has %q", got)
	}
	other := w.visitor()
	w.api.customers["20001111"] = &fakeCustomer{name: "Bo Lind", status: "active", token: &fakeToken{Serial: "B", Model: "b120"}}
	other.send("/login", "customer_number", "20001111", "code", "480001").leads("/overview")
	for _, path := range []string{"/receipt", "/assertion", "/keys"} {
		other.get(at+path).shows(http.StatusNotFound, "There is nothing here")
	}
	other.get(at).leads("/pay")
}

// However often it is sent, a payment is made once: double click, reload, the
// back button, another window.
func TestF43PaysOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, k := w.signer()
	at := v.order()
	page, hash := v.sign(at)
	code := w.typed(k, page.toType()...)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if p := v.send(at+"/sign", "payment", hash, "with", "0", "code", code); p.to != at+"/receipt" {
				t.Errorf("a repeated form leads to %q", p.to)
			}
		})
	}
	all.Wait()
	for _, path := range []string{"", "/sign", "/payees", "/payees/1"} {
		v.get(at + path).leads(at + "/receipt")
	}
	v.send(at).leads(at + "/receipt")
	v.send(at+"/sign", "payment", hash, "with", "0", "code", w.typed(k, page.toType()...)).leads(at + "/receipt")
	v.send(at + "/cancel").leads(at + "/receipt")
	if got := v.transfers(); len(got) != 1 || w.api.paying.granted != 1 || w.api.paying.proved != 1 {
		t.Errorf("paid %d times, %d granted, %d codes looked at: %q", len(got), w.api.paying.granted, w.api.paying.proved, got)
	}
}

// Wrong codes, codes of other data, and customers who are blocked read the same.
func TestF43RefusedCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, k := w.signer()
	at := v.order()
	shown, hash := v.sign(at)
	right := shown.toType()
	try := func(code string) *page {
		return v.send(at+"/sign", "payment", hash, "with", "0", "code", code)
	}
	first := try("00000000").wrong("code", "This code does not sign this payment.")
	for name, code := range map[string]string{
		"another amount":  w.typed(k, right[0], "90000", "978"),
		"another account": w.typed(k, "1131489370400440532013000", "9000", "978"),
		"the same wrong":  "00000000",
		"an older code":   "00000000",
	} {
		p := try(code).wrong("code", "This code does not sign this payment.")
		if p.status != first.status || p.body != first.body {
			t.Errorf("%s: the page differs:\n%s", name, cmp.Diff(first.body, p.body))
		}
		if strings.Contains(p.body, code) {
			t.Errorf("%s: the code is sent back to the page", name)
		}
	}
	w.api.set(func(f *fakeAPI) { f.customers[adaNumber].status = "blocked" })
	if p := try(w.typed(k, right...)); p.body != first.body {
		t.Errorf("blocked: the page differs:\n%s", cmp.Diff(first.body, p.body))
	}
	w.api.set(func(f *fakeAPI) { f.customers[adaNumber].status = "active" })
	try("").wrong("code", "Signing code: please")
	try("12a4").wrong("code", "A secure code has digits only.")
	if p := v.send(at+"/sign", "payment", hash, "with", "7", "code", "12345678"); p.status != http.StatusUnprocessableEntity {
		t.Errorf("a way to sign that there is not: status %d", p.status)
	}
	if got := v.transfers(); len(got) != 0 {
		t.Errorf("paid: %q", got)
	}
	w.clock.advance(4 * time.Minute)
	w.api.set(func(f *fakeAPI) {
		for _, a := range f.auths {
			a.state = "expired"
		}
	})
	try("11112222").leads(at)
	v.get(at).says("That took too long")
}

// What happens to a payment on its way stops it; nothing is paid.
func TestF43Tampered(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*fakePaying){
		"another hash is granted": func(p *fakePaying) { p.spoilHash = func(string) string { return strings.Repeat("0", 64) } },
		"no hash":                 func(p *fakePaying) { p.spoilHash = func(string) string { return "" } },
		"another payment":         func(p *fakePaying) { p.spoil = func(c map[string]any) { c["payment_hash"] = strings.Repeat("0", 64) } },
		"another customer":        func(p *fakePaying) { p.spoil = func(c map[string]any) { c["sub"] = "20001111" } },
		"another authentication":  func(p *fakePaying) { p.spoil = func(c map[string]any) { c["txn"] = "auth0" } },
		"another bank":            func(p *fakePaying) { p.spoil = func(c map[string]any) { c["aud"] = "other" } },
		"another issuer":          func(p *fakePaying) { p.spoil = func(c map[string]any) { c["iss"] = "https://auth.example" } },
		"a login":                 func(p *fakePaying) { p.spoil = func(c map[string]any) { c["purpose"] = "login" } },
		"one factor":              func(p *fakePaying) { p.spoil = func(c map[string]any) { c["acr"] = "urn:countersign:acr:single" } },
		"yesterday's":             func(p *fakePaying) { p.spoil = func(c map[string]any) { c["auth_time"] = 1_700_000_000 } },
		"no assertion":            func(p *fakePaying) { p.spoilText = func(string) string { return "" } },
		"claims changed":          func(p *fakePaying) { p.spoilText = func(s string) string { return strings.Replace(s, ".e", ".f", 1) } },
		"a key of nobody":         func(p *fakePaying) { p.foreignKey = true },
		"unsigned": func(p *fakePaying) {
			p.spoilText = func(s string) string {
				return "eyJhbGciOiJub25lIiwidHlwIjoiY291bnRlcnNpZ24tYXNzZXJ0aW9uK2p3dCJ9." + strings.Split(s, ".")[1] + "."
			}
		},
	} {
		w := newWorld(t)
		v, k := w.signer()
		at := v.order()
		page, hash := v.sign(at)
		w.api.set(func(f *fakeAPI) { spoil(f.paying) })
		v.send(at+"/sign", "payment", hash, "with", "0", "code", w.typed(k, page.toType()...)).leads(at)
		v.get(at).says("We stopped this payment for your safety")
		if got := v.transfers(); len(got) != 0 {
			t.Errorf("%s: paid: %q", name, got)
		}
		if !strings.Contains(w.log.String(), "a payment was not carried out") {
			t.Errorf("%s: the log says nothing", name)
		}
		if name == "no hash" {
			v.send(at).leads(at)
			v.get(at).says("We stopped this payment for your safety")
		}
	}
}

// A page that shows another payment than is asked to be signed now sends its code in vain.
func TestF43ChangedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, k := w.signer()
	at := v.order()
	page, hash := v.sign(at)
	code := w.typed(k, page.toType()...)
	v.send(at+"/payees/1", "payee", "Kari Nordmann", "account", kari, "amount", "91", "currency", "EUR", "next", "review").leads(at)
	v.send(at+"/sign", "payment", hash, "with", "0", "code", code).leads(at)
	v.get(at).says("changed in another window").says("91.00 EUR")
	v.get(at + "/sign").leads(at)
	_, second := v.sign(at)
	if second == hash {
		t.Error("the fingerprint is the same")
	}
	v.send(at+"/sign", "payment", hash, "with", "0", "code", code).leads(at)
	v.send(at+"/sign", "payment", second, "with", "0", "code", code).wrong("code", "This code does not sign this payment.")
	if got := v.transfers(); len(got) != 0 {
		t.Errorf("paid: %q", got)
	}
}

// When the API goes away in the middle, the same code is good once it is back.
func TestF43APIAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, k := w.signer()
	at := v.order()
	w.api.set(func(f *fakeAPI) { f.down = true })
	v.send(at).shows(http.StatusServiceUnavailable, "Check before you sign").says("Nothing was lost.")
	w.api.set(func(f *fakeAPI) { f.down = false })
	page, hash := v.sign(at)
	code := w.typed(k, page.toType()...)
	w.api.set(func(f *fakeAPI) { f.paying.keysAway = true })
	v.send(at+"/sign", "payment", hash, "with", "0", "code", code).shows(http.StatusServiceUnavailable, "Type this into your token").says("Nothing was paid.")
	if got := v.transfers(); len(got) != 0 {
		t.Errorf("paid without proof: %q", got)
	}
	w.api.set(func(f *fakeAPI) { f.paying.keysAway = false })
	v.send(at+"/sign", "payment", hash, "with", "0", "code", code).leads(at + "/receipt")
	if w.api.paying.proved != 1 || len(v.transfers()) != 1 {
		t.Errorf("%d codes looked at, paid %q", w.api.paying.proved, v.transfers())
	}
}

// A batch is one payment: its total, number and payees are signed together.
func TestF43Batch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, k := w.signer()
	at := v.order("next", "more")
	v.get(at+"/payees").shows(http.StatusOK, "Add another payee").says("In the same batch").says("Kari Nordmann")
	v.send(at+"/payees", "payee", "Bo Lind", "account", german, "amount", "12,50", "currency", "CHF").wrong("currency", "All payments of a batch have one currency, here EUR.")
	v.send(at+"/payees", "payee", "Bo Lind", "account", german, "amount", "12,50", "currency", "EUR", "next", "more").leads(at + "/payees")
	v.send(at+"/payees", "payee", "Cy", "account", german, "amount", "1", "currency", "EUR", "next", "review").leads(at)
	v.send(at + "/payees/3/remove").leads(at)
	v.get(at).says("Total of 2 payments").says("102.50 EUR").says("Bo Lind")
	page, hash := v.sign(at)
	typed := page.toType()
	if len(typed) != 4 || typed[0] != "10250" || typed[1] != "2" || typed[2] != "978" || len(typed[3]) != 20 {
		t.Fatalf("what is typed is %q", typed)
	}
	page.says("DATA 1 Total in cents").says("DATA 2 Number of payees").says("2 payees").says("DATA 4 Digits for all payees").says("Bo Lind").says("Kari Nordmann")
	code := w.typed(k, typed...)
	v.send(at+"/sign", "payment", hash, "with", "0", "code", code).leads(at + "/receipt")
	v.get(at + "/receipt").says("Total of 2 payments").says("102.50 EUR").says("Bo Lind")
	if got := v.transfers(); len(got) != 1 || !strings.Contains(got[0], "2 payees") || !strings.Contains(got[0], "−102.50 EUR") {
		t.Errorf("the account has %q", got)
	}
	v.send(at + "/payees/1/remove").leads(at + "/receipt")
}

// Tokens that cannot take the payment in, or cannot sign at all, are explained.
func TestF43NotTypeable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, _ := w.signer()
	at := v.order("account", "MT84MALT011000012345MTLCAST001S")
	v.send(at).shows(http.StatusUnprocessableEntity, "Check before you sign").says("A token cannot take this payment in")
	v.get(at).says("Kari Nordmann")
	w.api.set(func(f *fakeAPI) { f.paying.ways = true })
	v.send(at).shows(http.StatusUnprocessableEntity, "Check before you sign").says("A token cannot take this payment in")

	w.api.set(func(f *fakeAPI) { f.stock["CS4407903641"].Signs = false })
	at = v.order()
	v.send(at).shows(http.StatusUnprocessableEntity, "Check before you sign").says("You have no token that can sign payments.")
	v.get(at + "/sign").leads(at)
}

// Two tokens that are typed into differently have an instruction each.
func TestF43SeveralTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, k := w.signer()
	w.api.set(func(f *fakeAPI) {
		fixed := f.paying.profiles["keypad"]
		fixed.Code, fixed.Scheme, fixed.Country, fixed.Currency = "home", "iban", "NO", "EUR"
		f.paying.profiles["home"], f.paying.models["home"], f.paying.models["keypad"] = fixed, []string{"k300"}, []string{"k310", "k400"}
		f.customers[adaNumber].more = []*fakeToken{
			{Serial: "CS-1", Model: "k300", Signs: true, Own: "Kitchen"}, {Serial: "CS-2", Model: "k310", Signs: true}, {Serial: "CS-3", Model: "k200"},
		}
	})
	at := v.order()
	page, hash := v.sign(at)
	methods := page.doc.All("[data-method]")
	if len(methods) != 2 || len(page.doc.All("[name=with]")) != 2 {
		t.Fatalf("%d instructions", len(methods))
	}
	page.says("Kitchen CS-1").says("Keypad 310 CS-2")
	if strings.Contains(page.body, "CS-3") {
		t.Error("a token that cannot sign is among them")
	}
	for _, m := range methods {
		first := m.One(t, ".entry-value").Attr["data-text"]
		if want := map[bool]string{true: "9386011117947", false: kariSign}[strings.Contains(m.Text(), "CS-1")]; first != want {
			t.Errorf("%s: the account is typed as %q; want %q", m.Text(), first, want)
		}
	}
	v.send(at+"/sign", "payment", hash, "code", "12345678").says("Please say which token you used.")
	v.send(at+"/sign", "payment", hash, "with", "1", "code", w.typed(k, kariSign, "9000", "978")).leads(at + "/receipt")
}

// What people type, and what becomes of it.
func TestF43PaymentForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, _ := w.signer()
	for _, c := range []struct{ field, value, want string }{
		{"payee", "", "Payee's name: please"},
		{"payee", strings.Repeat("x", 71), "At most 70 characters"},
		{"payee", "\u202emoor", "There is a character in it that cannot be shown."},
		{"reference", strings.Repeat("x", 141), "At most 140 characters"},
		{"account", "", "Account number (IBAN): please"},
		{"account", "NO9386011117948", "This IBAN was mistyped. Please compare"},
		{"account", "NO938601111794", "This IBAN is too short or too long"},
		{"account", "DE8937O400440532013000", "This IBAN was mistyped. Perhaps"},
		{"account", "NO93860I1117947", "This IBAN was mistyped. Perhaps"},
		{"account", "ΝΟ9386011117947", "An account number has the letters A to Z"},
		{"account", "12345678", "An IBAN begins with the two letters"},
		{"account", "XX9386011117947", "We do not pay into this country"},
		{"currency", "XAU", "Please choose one of our currencies."},
		{"amount", "", "Amount: please"},
		{"amount", "0,00", "The amount must be more than nothing."},
		{"amount", "-5", "Please write the amount in digits"},
		{"amount", "5O", "Please write the amount in digits"},
		{"amount", "1e3", "Please write the amount in digits"},
		{"amount", "12,345", "This could be thousands or a fraction."},
		{"amount", "1.234", "This could be thousands or a fraction."},
		{"amount", "12.3456", "An amount in EUR has at most 2 digits"},
		{"amount", "12345678901234", "This amount is too large."},
		{"amount", "1234567890123.45", "There is not enough money for this."},
		{"amount", "1 234 567 890 123", "There is not enough money for this."},
	} {
		pairs := []string{"payee", "Kari", "account", kari, "amount", "90", "currency", "EUR", "reference", "rent", c.field, c.value}
		p := v.send("/pay", pairs...).wrong(c.field, c.want)
		if p.status != http.StatusUnprocessableEntity {
			t.Errorf("%s %q: status %d", c.field, c.value, p.status)
		}
		for name, want := range map[string]string{"payee": "Kari", "account": kari, "amount": "90", "reference": "rent"} {
			if got := p.doc.One(t, "#f-"+name).Attr["value"]; name != c.field && got != want {
				t.Errorf("%s %q: what was typed as %s is lost: %q", c.field, c.value, name, got)
			}
		}
		if got := p.doc.One(t, "#f-"+c.field).Attr["value"]; c.field != "currency" && got != c.value {
			t.Errorf("%s %q comes back as %q", c.field, c.value, got)
		}
	}
}

// Spellings that mean the same are the same payment; yen have no cents.
func TestF43Spellings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, k := w.signer()
	for _, c := range [][]string{
		{"amount", "90.00"},
		{"amount", "90,00"},
		{"amount", "90.0"},
		{"amount", "９０"},
		{"amount", "٩٠"},
		{"account", "NO93-8601-1117-947"},
		{"account", "NO９３ 8601 1117 947"},
		{"payee", " Kari   Nordmann "},
	} {
		page, _ := v.sign(v.order(c...))
		if d := cmp.Diff([]string{kariSign, "9000", "978"}, page.toType()); d != "" {
			t.Errorf("%q: %s", c, d)
		}
	}
	at := v.order("amount", "12 000", "currency", "JPY")
	v.get(at).says("12,000 JPY").says("Leaves your account").says("73.20 EUR")
	page, hash := v.sign(at)
	if d := cmp.Diff([]string{kariSign, "12000", "392"}, page.toType()); d != "" {
		t.Errorf("yen: %s", d)
	}
	page.says("Amount without decimals")
	v.send(at+"/sign", "payment", hash, "with", "0", "code", w.typed(k, page.toType()...)).leads(at + "/receipt")
	if got := v.transfers(); len(got) != 1 || !strings.Contains(got[0], "−73.20 EUR") {
		t.Errorf("the account has %q", got)
	}
	v.send("/pay", "payee", "K", "account", kari, "amount", "12.50", "currency", "JPY").wrong("amount", "JPY has no smaller unit.")
	page, _ = v.sign(v.order("amount", "1.5", "currency", "KWD"))
	page.says("Amount in thousandths")
}

// The money goes out once: a second payment that it does not cover any more stops.
func TestF43TheAccountCoversIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, k := w.signer()
	_, balances, _ := bank.Accounts(adaNumber, w.clock.Now())
	most := balances[0] / 100
	amount := []string{"amount", strconv.FormatInt(most, 10)}
	first, second, third := v.order(amount...), v.order(amount...), v.order(amount...)
	page, hash := v.sign(first)
	page2, hash2 := v.sign(second)
	code2 := w.typed(k, page2.toType()...)
	v.send(second+"/sign", "payment", hash2, "with", "0", "code", code2).leads(second + "/receipt")
	v.send(first+"/sign", "payment", hash, "with", "0", "code", w.typed(k, page.toType()...)).leads(first)
	v.get(first).says("There is no longer enough money on the account.")
	v.send(third).shows(http.StatusUnprocessableEntity, "Check before you sign").says("There is no longer enough money")
	if got := v.transfers(); len(got) != 1 {
		t.Errorf("paid %q", got)
	}
}

// Who was logged out finds the payment again, and may throw it away.
func TestF43UnfinishedPayment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, k := w.signer()
	at := v.order()
	w.clock.advance(6 * time.Minute)
	v.get(at).leads("/login")
	v.login(k)
	v.get("/pay").says("Not signed yet").says("Kari Nordmann")
	v.get(at).shows(http.StatusOK, "Check before you sign")
	v.send(at + "/cancel").leads("/overview")
	v.get(at).leads("/pay")
	for range 12 {
		v.order()
	}
	if n := len(v.get("/pay").doc.All("a.move-party")); n != 10 {
		t.Errorf("%d unfinished payments are kept", n)
	}
	v.get(at).leads("/pay")
	v.get("/pay").says("This payment is no longer here.")
}

// A right code that was made without a second factor pays nothing.
func TestF43OneFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, k := w.signer()
	w.api.set(func(f *fakeAPI) { f.paying.grants = "denied" })
	at := v.order()
	page, hash := v.sign(at)
	v.send(at+"/sign", "payment", hash, "with", "0", "code", w.typed(k, page.toType()...)).leads(at)
	v.get(at).says("We could not approve this payment, and nothing was paid.")
	if got := v.transfers(); len(got) != 0 {
		t.Errorf("paid: %q", got)
	}
}
