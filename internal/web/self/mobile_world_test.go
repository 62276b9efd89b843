package self_test

import (
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/oath"
)

// mobiling lets customers have mobile tokens of one application, and use them everywhere.
func (w *world) mobiling(change func(*policy.Application)) {
	w.Helper()
	w.activate(func(set *policy.Set) {
		set.Policies = append(set.Policies, policy.Policy{
			Code: "mobile-code", Name: "Secure code of the app", Method: policy.MethodMobile, Use: policy.UseCode,
			Failures: limit.Rule{Max: 5, CoolDown: 15 * time.Minute, MaxBlocks: 10}, Time: policy.Time{Skew: 1, FirstUse: 10, MaxDrift: 20},
		})
		app := policy.Application{Code: "bank", Name: "Alder Bank", Download: "https://bank.example/app", Policies: []string{"mobile-code"}}
		change(&app)
		set.Applications = append(set.Applications, app)
		for i := range set.Journeys {
			if j := &set.Journeys[i]; j.Purpose == policy.PurposeLogin || j.Purpose == policy.PurposeSelfService {
				j.Ways = append(j.Ways, policy.Way{Steps: [][]string{{"mobile-code"}}})
			}
		}
	})
}

// handset is a phone with a key.
type handset struct {
	key   []byte
	token mobiletoken.Token
}

// redeems has a phone redeem a code as it is typed.
func (w *world) redeems(typed string) (h handset, done bool) {
	w.Helper()
	c, err := dskpp.ParseHuman(typed)
	w.must(err)
	a, err := w.cfg.Mobile.Attempt(w.Context(), c.ClientID)
	w.must(err)
	if a.Standing != mobiletoken.Usable || string(a.Password) != c.Password {
		return h, false
	}
	h.key = make([]byte, 20)
	_, err = rand.Read(h.key)
	w.must(err)
	h.token, done, err = w.cfg.Mobile.Provision(w.Context(), mobiletoken.Provisioned{
		ClientID: c.ClientID, Key: h.key, Model: "Pebble 7", AppVersion: "1.4", New: true,
		Session: mobiletoken.Session{ID: c.ClientID, Digest: sha256.Sum256(h.key), Body: []byte("answer"), Expires: w.clock.Now().Add(time.Hour)},
	})
	w.must(err)
	return h, done
}

// shows is the secure code on a phone; each is of a time step of its own.
func (w *world) shows(h handset) string {
	w.Helper()
	w.clock.Advance(31 * time.Second)
	t, err := oath.NewTOTP(h.key, oath.TOTPOptions{Digits: 6, Step: 30 * time.Second})
	w.must(err)
	c, err := t.Code(w.clock.Now())
	w.must(err)
	return c
}

// confirms gives the first code of a phone.
func (w *world) confirms(h handset) mobiletoken.Reason {
	w.Helper()
	out, err := w.cfg.Mobile.Confirm(w.Context(), cli(), h.token.Customer, h.token.ID, w.shows(h))
	w.must(err)
	return out.Reason
}

// hands gives a customer a mobile token in use.
func (w *world) hands(c customer.Customer, name string) handset {
	w.Helper()
	_, out, err := w.cfg.Mobile.Enroll(w.Context(), cli(), mobiletoken.Enrollment{Customer: c.ID, Application: "bank", Name: name})
	w.must(err)
	h, done := w.redeems(out.Handout("").Code)
	if why := w.confirms(h); !done || why != mobiletoken.Accepted {
		w.Fatalf("%t, %q", done, why)
	}
	return h
}

func (w *world) item(h handset) mobiletoken.Item {
	w.Helper()
	it, err := w.cfg.Mobile.Get(w.Context(), h.token.Customer, h.token.ID)
	w.must(err)
	return it
}

// at is the address of a mobile token's page.
func (h handset) at() string { return "/mobile/" + h.token.ID.String() }

// by logs a customer in with a phone.
func (w *world) by(number string, h handset) *browser {
	w.Helper()
	b := w.browser()
	b.post("/login", "customer_number", number, "by", "mobile", "code", w.shows(h)).leads("/tokens")
	return b
}

// shown proves with a phone, or else with a code, and returns the page of step 2.
func (b *browser) proves(path, by, code string) answer {
	b.w.Helper()
	return b.post(path+"/proof", "by", by, "code", code)
}

// typed is the activation code on a page.
func (a answer) typed() string {
	a.w.Helper()
	return a.page.One(a.w, "output.secret-value").Attr["data-value"]
}

// token is the id of the token that a page with a code leads on to.
func (a answer) next() string {
	a.w.Helper()
	for _, n := range a.page.All("a.button") {
		if strings.HasPrefix(n.Attr["href"], "/mobile/") {
			return n.Attr["href"]
		}
	}
	a.w.Fatalf("the page leads to no token\n%s", a.body)
	return ""
}
