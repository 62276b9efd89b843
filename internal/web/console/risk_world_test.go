package console_test

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/place"
	"github.com/countersign-auth/countersign/internal/risk/rule"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// review opens the risk desk of a bank with three places.
func review(t testing.TB, d *db.DB, ring *keyring.Ring, book *policy.Book, log *slog.Logger) *risk.Review {
	t.Helper()
	file, err := place.Build([]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24")}, []place.Place{
		{Country: "NO", City: "Oslo", Network: "64500", Latitude: 59.91, Longitude: 10.75, Located: true},
		{Country: "NO", City: "Bergen", Network: "64500", Latitude: 60.39, Longitude: 5.32, Located: true},
		{Country: "AU", City: "Sydney", Network: "64501", Latitude: -33.87, Longitude: 151.21, Located: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	places, err := place.FromBytes(file)
	if err != nil {
		t.Fatal(err)
	}
	preset, err := rule.Preset("balanced")
	if err != nil {
		t.Fatal(err)
	}
	return &risk.Review{Policies: book, Desk: &risk.Desk{
		DB: d, Ring: ring, Rand: rand.Reader, Log: log, Places: places, Preset: preset, Compile: func(doc []byte) (score.Rules, error) { return rule.Parse(doc) },
	}}
}

var bankApp = audit.Client(ident.Derive("bank"), "bank")

const (
	firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0"
	phoneUA = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1"
)

// call is what the bank tells of an event.
func (w *world) call(c customer.Customer, address, agent, tag string) risk.Call {
	return risk.Call{Customer: c.ID, Reference: ident.New(w.clock.Now(), rand.Reader).String(), Channel: "web", Address: netip.MustParseAddr(address), Agent: agent, Tag: tag}
}

// judged makes sure that an event was judged.
func (w *world) judged(a risk.Assessment, err error) risk.Assessment {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
	return a
}

// ends signs an event where it must be, and completes it.
func (w *world) ends(c customer.Customer, a risk.Assessment) {
	w.Helper()
	if a.Result.Decision != score.Allow {
		if _, err := w.cfg.Risk.Sign(w.Context(), bankApp, c.ID, a.ID, "sms", true); err != nil {
			w.Fatal(err)
		}
	}
	if _, err := w.cfg.Risk.Complete(w.Context(), bankApp, c.ID, a.ID); err != nil {
		w.Fatal(err)
	}
	for {
		if n, err := w.cfg.Risk.Fold(w.Context(), 500); err != nil || n == 0 {
			if err != nil {
				w.Fatal(err)
			}
			return
		}
	}
}

func krone(minor int64, payee string) []risk.Payment {
	return []risk.Payment{{Amount: payment.Amount{Minor: minor, Currency: "NOK"}, Payee: payee, PayeeCountry: payee[:2]}}
}

// habits are days of a customer: logins at home, sometimes from Bergen, and payments.
func (w *world) habits(c customer.Customer, days int) {
	w.Helper()
	ctx, r := w.Context(), w.cfg.Risk
	for i := range days {
		w.clock.Advance(20*time.Hour + time.Duration(i%5)*90*time.Minute)
		address, agent, tag := "192.0.2.10", firefox, "laptop"
		if i%6 == 5 {
			address, agent, tag = "198.51.100.7", phoneUA, "phone"
		}
		w.ends(c, w.judged(r.Session(ctx, bankApp, w.call(c, address, agent, tag))))
		payee := fmt.Sprintf("NO93 8601 1117 94%d", i%4)
		w.ends(c, w.judged(r.Payment(ctx, bankApp, "domestic", w.call(c, address, agent, tag), krone(int64(12_000+4_100*(i%9)), payee))))
	}
}

// thief takes a customer over: a login from far away, and a large payment.
func (w *world) thief(c customer.Customer) (login, pay risk.Assessment) {
	w.Helper()
	w.clock.Advance(2 * time.Hour)
	login = w.judged(w.cfg.Risk.Session(w.Context(), bankApp, w.call(c, "203.0.113.9", "curl/8", "")))
	w.clock.Advance(3 * time.Minute)
	pay = w.judged(w.cfg.Risk.Payment(w.Context(), bankApp, "foreign", w.call(c, "203.0.113.9", "curl/8", ""), krone(4_900_000, "GB33BUKB20201555555555")))
	return login, pay
}
