package demo

import (
	"context"
	"encoding/base32"
	"fmt"
	"strings"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/registration"
)

// texter is a customer of the demo who has a password and gets codes by text message.
type texter struct {
	number, name, locale, phone, email string
	registered, expired                bool
}

// SparePhone is the number of a phone of the lab that is nobody's yet.
const SparePhone = "+436641000099"

func texters() []texter {
	return []texter{
		{"10002009", "Iris Nakamura", "en", "+436641000009", "iris@alder.example", true, false},
		{"10002010", "Jonas Weber", "de", "+436641000010", "jonas@alder.example", false, false},
		{"10002011", "Kofi Mensah", "en", "+436641000011", "kofi@alder.example", true, true},
		{"10002014", "Nora Haugen", "en", "+4740000014", "nora@alder.example", true, false}, // has a mobile ID as well
	}
}

// texters creates the customers without a token. One has registered, one has an
// activation code, and the password of one has expired.
func (x *filling) texters(ctx context.Context) error {
	for _, p := range texters() {
		c, err := x.Customers.Create(ctx, by, customer.New{Number: p.number, Name: p.name, Locale: p.locale, Contacts: []customer.NewContact{
			{Kind: customer.Phone, Value: p.phone, Verified: true}, {Kind: customer.Email, Value: p.email},
		}})
		if err != nil {
			return err
		}
		code, err := x.Desk.Issue(ctx, by, c.ID, registration.Issue{Policy: passwordCode})
		if err != nil {
			return err
		}
		f := Customer{Number: p.number, Name: p.name, Phone: p.phone, Policy: passwordCode, ActivationCode: code.Value, Expires: code.Expires}
		if p.registered {
			f.ActivationCode, f.Registered, f.Password, f.PasswordExpired = "", true, x.words(p.number), p.expired
			if err := x.choose(ctx, f, code.Value); err != nil {
				return fmt.Errorf("register %s: %w", p.name, err)
			}
		}
		if p.expired {
			if err := x.Passwords.Demand(ctx, by, c.ID, "the demo shows how a password is replaced"); err != nil {
				return err
			}
		}
		x.facts.Customers = append(x.facts.Customers, f)
	}
	return nil
}

// choose takes a customer through the registration: activation code, password, and
// the code that came to their phone (F-6.1).
func (x *filling) choose(ctx context.Context, f Customer, activationCode string) error {
	r, err := x.Desk.Begin(ctx, by, registration.Begin{CustomerNumber: f.Number, ActivationCode: activationCode, Policy: passwordCode, Channel: "branch"})
	if err != nil {
		return err
	}
	handle := r.Handle
	if _, bad, err := x.Desk.Give(ctx, by, handle, registration.Given{Value: f.Password}); err != nil || len(bad) > 0 {
		return fmt.Errorf("the password is not taken: %v, %w", bad, err)
	}
	ask, _, err := x.Desk.Ask(ctx, by, handle)
	if err != nil {
		return err
	}
	text, err := x.Phone(ctx, f.Phone)
	if err != nil {
		return err
	}
	if r, _, err = x.Desk.Give(ctx, by, handle, registration.Given{Value: lastCode(text), Challenge: ask.ID}); err == nil && r.State != registration.Done {
		err = fmt.Errorf("the registration was refused: %s", r.Refused)
	}
	return err
}

// lastCode is the code in the last line of a text: "@bank.alder.example #123456".
func lastCode(text string) string {
	_, code, _ := strings.Cut(text[strings.LastIndexByte(text, '\n')+1:], "#")
	return code
}

// words derives a customer's password, so that it can be told again.
func (x *filling) words(number string) string {
	s := strings.ToLower(base32.StdEncoding.EncodeToString(x.factory.seed("customer", number, 10)))
	return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:16]
}
