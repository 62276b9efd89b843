package app_test

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"
	"time"
)

// answering is a phone of the lab, whose SIM asks.
type answering struct {
	*surfer

	at string
}

func (d demoTold) answering(t *testing.T, number string) *answering {
	t.Helper()
	return &answering{surf(t), d.URLs["lab"] + "/phones/" + strings.TrimPrefix(number, "+")}
}

// patience is how long a test waits for a short message.
const patience = 20 * time.Second

// shows waits until the SIM shows a text.
func (h *answering) shows(text string) *answering {
	h.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		if h.open(h.at); strings.Contains(h.body, `id="sim-screen"`) && strings.Contains(h.find(`id="sim-screen"(.*?)</form>`), text) {
			return h
		}
		if time.Now().After(end) {
			h.t.Fatalf("the phone never shows %q:\n%s", text, h.body)
		}
	}
}

// press presses keys, one after the other, each on the screen that the one before has left.
func (h *answering) press(keys ...string) *answering {
	h.t.Helper()
	for _, k := range keys {
		h.open(h.at)
		h.open(h.at+"/sim", "screen", h.find(`name="screen" value="(\d+)"`), "key", k)
	}
	return h
}

// types types digits and presses OK.
func (h *answering) types(digits string) *answering {
	h.t.Helper()
	return h.press(append(strings.Split(digits, ""), "ok")...)
}

// picks presses the key of a control code.
func (h *answering) picks(code string) *answering {
	h.t.Helper()
	h.open(h.at)
	return h.press(h.find(fmt.Sprintf(`value="([abc])" id="sim-[abc]">%s<`, code)))
}

// until opens a page of the bank again until it says something.
func (s *surfer) until(at, text string) *surfer {
	s.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		if s.open(at); strings.Contains(html.UnescapeString(s.body), text) {
			return s
		}
		if time.Now().After(end) {
			s.t.Fatalf("%s never says %q:\n%s", at, text, s.body)
		}
	}
}

const fourDigits = `id="control">.*?</span>\s*(\d{4})`

func (d demoTold) named(t *testing.T, number string) demoCustomer {
	t.Helper()
	for _, c := range d.Customers {
		if c.Number == number {
			return c
		}
	}
	t.Fatalf("there is no customer %s", number)
	return demoCustomer{}
}

// A demo customer logs in with the SIM of her phone, by its number, and signs payments: refused, with
// a wrong PIN, with the wrong digits, reported, and right; the confirmation comes to the phone (F-3.5 to F-3.8).
func TestDemoBankWithMobileID(t *testing.T) {
	t.Parallel()
	demo := startDemo(t)
	nora := demo.named(t, "10002014")
	bank, phone := surf(t), demo.answering(t, nora.Phone)
	at := demo.URLs["bank"]
	stranger := surf(t)
	stranger.open(at+"/login/mobile-id", "customer_number", nora.Number).says("Look at your phone")
	phone.shows("Alder Bank").press("not_me")
	stranger.until(at+"/login/mobile-id/wait", "You told us that it wasn't you")
	stranger.open(at+"/login/mobile-id", "customer_number", "+436649999999").says("Look at your phone") // nobody: asked alike
	stranger.find(fourDigits)

	bank.open(at+"/login/mobile-id", "customer_number", nora.Phone).says("Look at your phone")
	digits := bank.find(fourDigits)
	phone.shows("Log in").says(digits)
	phone.press("ok").shows("PIN").types(nora.MobilePIN)
	bank.until(at+"/login/mobile-id/wait", "My accounts").says("Nora Haugen")

	path, shown := payByMobileID(bank, at, "90")
	bank.open(path+"/mobile-id", "payment", shown)
	digits = bank.find(fourDigits)
	phone.shows("90.00").says("Kari Nordmann")
	phone.press("ok").picks(digits).types(nora.SigningPIN)
	bank.until(path+"/mobile-id", "/assertion\"")
	phone.shows("Signed").press("ok")
	phone.until(phone.at, "Approved: EUR 90.00")

	path, shown = payByMobileID(bank, at, "91")
	bank.open(path+"/mobile-id", "payment", shown)
	phone.shows("91.00").press("ok").picks(bank.find(fourDigits)).types("00000").shows("Wrong PIN").press("cancel")
	bank.until(path+"/mobile-id", "The PIN was not right")
	bank.open(path+"/mobile-id", "payment", shown) // asked again
	phone.shows("91.00").press("later")
	bank.until(path+"/mobile-id", "You have put it off")

	path, shown = payByMobileID(bank, at, "92")
	bank.open(path+"/mobile-id", "payment", shown)
	phone.shows("92.00").press("cancel")
	bank.until(path+"/mobile-id", "You said no on your phone")
}

// payByMobileID brings a payment to the page that asks the phone.
func payByMobileID(bank *surfer, at, amount string) (path, shown string) {
	bank.t.Helper()
	bank.open(at+"/pay", "payee", "Kari Nordmann", "account", "NO93 8601 1117 947", "amount", amount, "currency", "EUR", "reference", "rent", "next", "review")
	path = bank.at
	bank.open(path, "x", "1").says("Sign on your phone")
	return path, bank.find(`name="payment" value="([^"]+)"`)
}

// Iris registers a mobile ID in online banking: with password and text message first, then with two PINs on
// her phone; then she logs in with it. The page shows the digits that the phone asks for (F-3.1 to F-3.4).
func TestDemoCustomerRegistersMobileID(t *testing.T) {
	t.Parallel()
	demo := startDemo(t)
	iris := demo.named(t, "10002009")
	bank, phone := surf(t), demo.answering(t, iris.Phone)
	at := demo.URLs["bank"]
	bank.open(at+"/login/password", "customer_number", iris.Number, "password", iris.Password)
	seen := ""
	if !strings.Contains(bank.body, "My accounts") { // the risk engine asks for more
		seen = phone.code("")
		bank.open(at+"/login/code", "code", seen)
	}
	bank.open(at+"/security/mobile-id", "by", "password", "number", iris.Phone, "password", iris.Password)
	bank.says("Code from your phone")
	bank.open(at+"/security/code", "code", phone.code(seen)).says("Choose your PINs on your phone")
	path := bank.at
	digits := bank.find(fourDigits)
	phone.shows("Make key 1").press("ok").types(digits).types("5937").types("5937") // the next question may come before anybody has read that the key is made
	phone.shows("Make key 2").press("ok").types("73194").types("73194").shows("The key is made").press("ok")
	bank.until(path, "has a mobile ID now")

	again := surf(t)
	again.open(at+"/login/mobile-id", "customer_number", iris.Phone).says("Look at your phone")
	phone.shows("Log in").press("ok").types("5937")
	again.until(at+"/login/mobile-id/wait", "My accounts")
}

// code is a code in the texts on the phone, once there is another one than was seen.
func (h *answering) code(seen string) string {
	h.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		h.open(h.at)
		for _, m := range anyCode.FindAllStringSubmatch(h.body, -1) {
			if m[1] != seen {
				return m[1]
			}
		}
		if time.Now().After(end) {
			h.t.Fatalf("no text came:\n%s", h.body)
		}
	}
}

var anyCode = regexp.MustCompile(`#(\d{6})`)
