package demo

import (
	"context"
	"fmt"
	"net/http"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/web/lab"
)

// holder is a customer of the demo who has the bank's app. The PIN is that of all their
// phones.
type holder struct {
	number, name, locale, phone, email string
	pin                                string
	phones                             []installed
}

// installed is the app on one of their phones: its name in the lab, and what its owner calls the token.
type installed struct{ id, label, name string }

func holders() []holder {
	return []holder{
		{"10002012", "Lena Fischer", "en", "+436641000012", "lena@alder.example", "295174", []installed{{"lena", "Lena Fischer", "My phone"}}},
		{"10002013", "Mateo Silva", "en", "+436641000013", "mateo@alder.example", "638205", []installed{
			{"mateo-phone", "Mateo Silva, his phone", "Phone"}, {"mateo-tablet", "Mateo Silva, his tablet", "Tablet"},
		}},
	}
}

// Phones lists the emulated phones with the bank's app: those of the customers, and two that
// are nobody's yet.
func Phones() (all []lab.Mobile) {
	for _, h := range holders() {
		for _, x := range h.phones {
			all = append(all, lab.Mobile{ID: x.id, Label: x.label, Application: applicationCode})
		}
	}
	for _, id := range []string{"spare-1", "spare-2"} {
		all = append(all, lab.Mobile{ID: id, Label: "on the desk", Application: applicationCode})
	}
	return all
}

// mobiles creates the customers with the app. Each phone gets its token as any phone does:
// from an activation code, by DSKPP, and with its first code.
func (x *filling) mobiles(ctx context.Context) error {
	if x.Apps == nil {
		return nil
	}
	for _, h := range holders() {
		c, err := x.Customers.Create(ctx, by, customer.New{Number: h.number, Name: h.name, Locale: h.locale, Contacts: []customer.NewContact{
			{Kind: customer.Phone, Value: h.phone, Verified: true}, {Kind: customer.Email, Value: h.email},
		}})
		if err != nil {
			return err
		}
		for _, p := range h.phones {
			_, out, err := x.Mobile.Enroll(ctx, by, mobiletoken.Enrollment{Customer: c.ID, Application: applicationCode, Name: p.name})
			if err == nil {
				err = x.Apps.Activate(ctx, x.Inside, p.id, out.Handout("").Code, h.pin)
			}
			if err != nil {
				return fmt.Errorf("the phone of %s: %w", h.name, err)
			}
		}
		if x.Phone != nil { // the notices of it have come
			if _, err := x.Phone(ctx, h.phone); err != nil {
				return err
			}
		}
		x.facts.Customers = append(x.facts.Customers, Customer{
			Number: h.number, Name: h.name, Phone: h.phone, Policy: mobileCode, Registered: true, Mobile: len(h.phones), PIN: h.pin,
		})
	}
	return nil
}

// Inside is a client that reaches a handler without a network: the demo is filled before it
// listens.
func Inside(h http.Handler) *http.Client { return &http.Client{Transport: inside{h}} }

type inside struct{ http.Handler }

// RoundTrip implements http.RoundTripper.
func (i inside) RoundTrip(r *http.Request) (*http.Response, error) {
	w := &recorded{header: http.Header{}, status: http.StatusOK}
	in := r.Clone(r.Context())
	in.RequestURI, in.Host, in.RemoteAddr = r.URL.RequestURI(), r.URL.Host, "127.0.0.1:1"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	i.ServeHTTP(w, in)
	return w.response(r), nil
}
