//go:build browser

package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// typeIntoToken does what the bank's page says with the token in the lab: Sign, the
// PIN where the token asks for it, each line and OK, OK once more. It returns the
// code on the display.
func typeIntoToken(bank, lab *webtest.Tab, pin string) string {
	entries := webtest.Eval[string](bank, `[...document.querySelectorAll(".entry-value")].map((e) => e.dataset.text).join("E")`)
	return pressSign(lab, pin, entries)
}

// pressSign types lines, which are ended by OK ("E"), into the token.
func pressSign(lab *webtest.Tab, pin, lines string) string {
	pressKeys(lab, "C")
	pressKeys(lab, "C")
	pressKeys(lab, "S")
	if lab.Text("#says") != "" && !strings.Contains(lab.Text("#says"), "Data 1") {
		pressKeys(lab, pin+"E")
	}
	lab.WaitText("#says", "Data 1")
	pressKeys(lab, lines+"E"+"E")
	lab.Wait("#code")
	return nextCode(lab)
}

// TestCustomerPaysWithAToken clicks F-4.3.1 to F-4.3.7 through the demo bank with the page of
// the token beside it, from the registration on: wrong codes, codes for other
// data, a double submit, and a batch. The evidence is verified without the server.
func TestCustomerPaysWithAToken(t *testing.T) {
	demo := startDemo(t)
	b := webtest.Start(t)
	bank, lab := b.Tab(t), b.Tab(t)
	henrik, pin := demo.Customers[7], "2580"
	lab.Open(demo.URLs["lab"] + "/tokens/" + henrik.Serial)
	bank.Open(demo.URLs["bank"] + "/register")
	bank.Fill("#f-customer_number", henrik.Number)
	bank.Fill("#f-activation_code", henrik.ActivationCode)
	bank.Submit()
	bank.Fill("#f-serial", henrik.Serial)
	bank.Submit()
	choosePIN(lab, pin)
	first := nextCode(lab)
	bank.Fill("#f-code", first)
	bank.Submit()
	bank.WaitText("main", "registered")
	lab.Open(demo.URLs["lab"] + "/tokens/" + henrik.Serial)
	laterCode(t, lab, first)
	bank.Open(demo.URLs["bank"] + "/login")
	bank.Fill("#f-customer_number", henrik.Number)
	bank.Fill("#f-code", nextCode(lab))
	bank.Submit()
	bank.Wait(".figure")

	order := func(payee, account, amount, next string) {
		bank.Fill("#f-payee", payee)
		bank.Fill("#f-account", account)
		bank.Fill("#f-amount", amount)
		bank.Fill("#f-reference", "bill 7")
		bank.Follow("button[name='next'][value='" + next + "']")
	}
	refused := func(code, why string) {
		t.Helper()
		bank.Fill("#f-code", code)
		bank.Submit()
		if got := bank.Text("#f-code-error"); !strings.Contains(got, "This code does not sign this payment.") {
			t.Fatalf("%s: the page says %q", why, got)
		}
	}
	bank.Open(demo.URLs["bank"] + "/pay") // F-4.3.1
	order("Kari Nordmann", "no93 8601 1117 947", "90,00", "review")
	bank.Follow(".actions .primary") // F-4.3.2
	bank.Shot("e2e-pay-sign")
	refused("00000000", "a wrong code")
	refused(pressSign(lab, pin, "123249386011117947E90000E978"), "a code for ten times the amount")
	refused(pressSign(lab, pin, "1131489370400440532013000E9000E978"), "a code for another account")
	at := bank.URL()
	code := typeIntoToken(bank, lab, pin) // F-4.3.3–4
	bank.Fill("#f-code", code)            // F-4.3.5
	again := webtest.Eval[string](bank, `(async () => {
		const form = document.querySelector("form[action$='/sign']"), send = () => fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
		return (await Promise.all([send(), send(), send()])).map((r) => r.url.split("/").pop()).join(" ");
	})()`)
	if again != "receipt receipt receipt" {
		t.Errorf("three times at once it leads to %s", again)
	}
	bank.Open(at) // and from memory
	if got := bank.Text("h1"); got != "Paid" || !strings.HasSuffix(bank.URL(), "/receipt") {
		t.Fatalf("after it the signing page leads to %q at %s", got, bank.URL())
	}
	bank.Axe()
	bank.Shot("e2e-pay-receipt")
	bank.Phone()
	bank.Shot("e2e-pay-receipt-phone")
	bank.Desktop()
	verifyEvidence(t, bank, "90.00")

	bank.Open(demo.URLs["bank"] + "/pay")
	order("Kari Nordmann", "NO93 8601 1117 947", "112.00", "more")
	order("Stadtwerke", "de89 3704 0044 0532 0130 00", "113.50", "review")
	bank.Follow(".actions .primary")
	bank.Shot("e2e-pay-batch-sign")
	bank.Fill("#f-code", typeIntoToken(bank, lab, pin))
	bank.Submit()
	if got := bank.Text("h1"); got != "Paid" {
		t.Fatalf("the batch ends at %q: %s", got, bank.Text("main"))
	}
	verifyEvidence(t, bank, "225.50")
	bank.Open(demo.URLs["bank"] + "/accounts/current")
	if got := webtest.Eval[int](bank, `document.querySelectorAll(".moves a[href^='/pay/']").length`); got != 2 {
		t.Errorf("the account has %d payments; want 2", got)
	}
	bank.Shot("e2e-pay-account")

	bank.Open(demo.URLs["bank"] + "/pay")
	order("Malta Yacht Club", "MT84 MALT 0110 0001 2345 MTLC AST0 01S", "120", "review")
	bank.Follow(".actions .primary")
	if got := bank.Text("#errors"); !strings.Contains(got, "A token cannot take this payment in") {
		t.Errorf("what cannot be typed is explained as %q", got)
	}
	bank.Shot("e2e-pay-not-typeable")
}

// laterCode makes the token show another code than the one that was spent, by its clock.
func laterCode(t *testing.T, lab *webtest.Tab, spent string) {
	t.Helper()
	lab.Click(".tools summary")
	lab.Follow(".tools form button[value='30']")
	pressKeys(lab, "L")
	lab.Wait("#code")
	if nextCode(lab) == spent {
		t.Fatal("the token shows the spent code")
	}
}

// verifyEvidence downloads what the receipt offers and verifies it with the command.
func verifyEvidence(t *testing.T, bank *webtest.Tab, amount string) {
	t.Helper()
	dir := t.TempDir()
	for _, id := range []string{"assertion", "keys"} {
		text := webtest.Eval[string](bank, `fetch(document.querySelector("#`+id+`").href).then((r) => r.text())`)
		if err := os.WriteFile(filepath.Join(dir, id), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out, errs bytes.Buffer
	code := app.Main(context.Background(), []string{"evidence", "verify", filepath.Join(dir, "assertion"), "--jwks", filepath.Join(dir, "keys"), "--json"}, nil, &out, &errs, nil)
	var told any
	if err := json.Unmarshal(out.Bytes(), &told); err != nil || code != 0 || !strings.Contains(out.String(), `"`+amount+`"`) {
		t.Errorf("the evidence is not verified: exit code %d\n%s%s", code, out.String(), errs.String())
	}
}
