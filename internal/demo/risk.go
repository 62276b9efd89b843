package demo

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/place"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// Addresses of the demo's risk events: those that are reserved for documentation.
const (
	fromOslo   = "192.0.2.10"
	fromHome   = "198.51.100.7"
	fromSydney = "203.0.113.9"
)

// What browsers of these events say of themselves.
const (
	laptop  = "Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0"
	handset = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1"
	program = "curl/8.5.0"
)

// Places is where the documentation's addresses are in the demo: made up, as its
// customers are.
func Places() (*place.Base, error) {
	file, err := place.Build([]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24")}, []place.Place{
		{Country: "NO", City: "Oslo", Network: "64500", Provider: "Fjord Net", Latitude: 59.91, Longitude: 10.75, Located: true},
		{Country: "NO", City: "Oslo", Network: "64501", Provider: "Kyst Mobil", Latitude: 59.95, Longitude: 10.6, Located: true},
		{Country: "AU", City: "Sydney", Network: "64502", Provider: "Southern Hosting", Latitude: -33.87, Longitude: 151.21, Located: true},
	})
	if err != nil {
		return nil, err
	}
	return place.FromBytes(file)
}

// events lets two customers of the fraud desk log in and pay, and has one of them
// robbed. All of it goes through the use cases that the API calls, so it happens when
// the demo is made.
func (x *filling) events(ctx context.Context) error {
	if x.Risk == nil {
		return nil
	}
	for i, name := range []string{"Lena Vogt", "Omar Haddad"} {
		c, err := x.Customers.Create(ctx, by, customer.New{Number: fmt.Sprintf("1000202%d", i), Name: name, Locale: "en"})
		if err != nil {
			return err
		}
		if err := x.habits(ctx, c.ID); err != nil {
			return err
		}
		if i == 0 {
			if err := x.robbery(ctx, c.ID); err != nil {
				return err
			}
		}
	}
	return x.lists(ctx)
}

// Payees of the demo's lists, for whoever wants to see what becomes of a payment to them.
const (
	WatchedPayee = "GB33 BUKB 2020 1555 5555 55" // stepped up
	BlockedPayee = "NL91 ABNA 0417 1643 00"      // blocked
)

// lists are what the bank has written down about others.
func (x *filling) lists(ctx context.Context) error {
	until := x.Now().AddDate(0, 1, 0)
	for _, e := range []struct{ list, kind, subject, note string }{
		{"watch", "network", "203.0.113.0/24", "Two takeovers in one week came from here."},
		{"watch", "payee", WatchedPayee, "The account that a thief paid to."},
		{"block", "payee", BlockedPayee, "A mule's account, by another bank's report."},
	} {
		if _, err := x.Risk.Put(ctx, by, e.list, e.kind, e.subject, e.note, until); err != nil {
			return err
		}
	}
	return nil
}

// call is what the bank tells of an event.
func (x *filling) call(c ident.ID, address, agent, tag string) risk.Call {
	return risk.Call{Customer: c, Reference: ident.New(x.Now(), x.Rand).String(), Channel: "web", Address: netip.MustParseAddr(address), Agent: agent, Tag: tag}
}

// habits are a customer's usual logins and payments.
func (x *filling) habits(ctx context.Context, c ident.ID) error {
	for i := range 8 {
		address, agent, tag := fromOslo, laptop, "laptop"
		if i%4 == 3 {
			address, agent, tag = fromHome, handset, "phone"
		}
		a, err := x.Risk.Session(ctx, by, x.call(c, address, agent, tag))
		if err := x.ends(ctx, c, a, err); err != nil {
			return err
		}
		a, err = x.Risk.Payment(ctx, by, "domestic", x.call(c, address, agent, tag), transfer(int64(12_000+4_100*(i%5)), fmt.Sprintf("NO93 8601 1117 94%d", i%3)))
		if err := x.ends(ctx, c, a, err); err != nil {
			return err
		}
	}
	return nil
}

// ends signs an event where it must be, and completes it.
func (x *filling) ends(ctx context.Context, c ident.ID, a risk.Assessment, err error) error {
	if err == nil && a.Result.Decision != score.Allow {
		_, err = x.Risk.Sign(ctx, by, c, a.ID, "sms", true)
	}
	if err == nil {
		_, err = x.Risk.Complete(ctx, by, c, a.ID)
	}
	if err == nil {
		_, err = x.Risk.Fold(ctx, 100) //nolint:mnd // more than one event leaves
	}
	return err
}

// robbery is a login from far away by a program, and a large payment abroad.
func (x *filling) robbery(ctx context.Context, c ident.ID) error {
	login, err := x.Risk.Session(ctx, by, x.call(c, fromSydney, program, ""))
	if err != nil {
		return err
	}
	if _, err := x.Risk.Action(ctx, by, "phone.change", x.call(c, fromSydney, program, "")); err != nil {
		return err
	}
	call := x.call(c, fromSydney, program, "")
	call.Session = login.ID
	_, err = x.Risk.Payment(ctx, by, "foreign", call, transfer(4_900_000, WatchedPayee))
	return err
}

func transfer(minor int64, payee string) []risk.Payment {
	return []risk.Payment{{Amount: payment.Amount{Minor: minor, Currency: "NOK"}, Payee: payee, PayeeCountry: payee[:2]}}
}
