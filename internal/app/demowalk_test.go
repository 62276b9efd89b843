package app_test

import (
	"html"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestDemoWalkthroughOfMobileID clicks docs/walkthroughs/mobile-id-demo.md: whatever stands there in bold was on a page on the way.
func TestDemoWalkthroughOfMobileID(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/walkthroughs/mobile-id-demo.md")
	if err != nil {
		t.Fatal(err)
	}
	demo := startDemo(t)
	iris := demo.named(t, "10002009")
	var seen strings.Builder
	bank, phone := surf(t), demo.answering(t, iris.Phone)
	bank.seen, phone.seen = &seen, &seen
	at := demo.URLs["bank"]

	bank.open(demo.URLs["front"]).says(iris.Password).says("PUK of the SIM " + iris.PUK)
	phone.open(demo.URLs["lab"]).says("Phones")
	phone.open(phone.at).says("none yet")
	bank.open(at)
	bank.open(at+"/login/password", "customer_number", iris.Number, "password", iris.Password)
	code := ""
	if !strings.Contains(bank.body, "My accounts") { // as the risk engine wants it
		code = phone.code("")
		bank.open(at+"/login/code", "code", code)
	}
	bank.open(at + "/security")
	bank.open(at + "/security/mobile-id")
	bank.open(at+"/security/mobile-id", "by", "password", "number", iris.Phone, "password", iris.Password)
	bank.open(at+"/security/code", "code", phone.code(code))
	path, digits := bank.at, bank.find(fourDigits)
	phone.shows("Make key 1").press("ok").types(digits).types("5937").types("5937")
	phone.shows("Make key 2").press("ok").types("73194").types("73194").shows("The key is made.").press("ok")
	bank.until(path, "has a mobile ID now")
	phone.open(phone.at).says("ECDSA P-256, 3 tries left")

	bank = surf(t) // logged out
	bank.seen = &seen
	bank.open(at + "/login/mobile-id")
	bank.open(at+"/login/mobile-id", "customer_number", iris.Phone)
	phone.shows("Log in").says(bank.find(fourDigits))
	phone.press("ok").types("5937")
	bank.until(at+"/login/mobile-id/wait", "My accounts")

	bank.open(at + "/pay")
	path, shown := payByMobileID(bank, at, "90")
	bank.open(path+"/mobile-id", "payment", shown)
	digits = bank.find(fourDigits)
	phone.shows("90.00").says("Kari Nordmann").says("NO93 8601 1117 947")
	phone.press("ok").picks(digits).types("73194")
	bank.until(path+"/mobile-id", "/assertion\"")
	phone.shows("Signed").press("ok")
	phone.until(phone.at, "Approved: EUR 90.00")

	all := html.UnescapeString(seen.String())
	bold := regexp.MustCompile(`\*\*(.+?)\*\*`).FindAllStringSubmatch(string(page), -1)
	if len(bold) < 30 {
		t.Errorf("only %d words in bold", len(bold))
	}
	for _, m := range bold {
		if !strings.Contains(all, m[1]) {
			t.Errorf("%q was on no page", m[1])
		}
	}
}
