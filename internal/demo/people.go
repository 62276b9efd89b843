package demo

import (
	"context"
	"fmt"
	"strings"

	"github.com/countersign-auth/countersign/emulator/hardtoken"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/registration"
)

// piece is a token of the demo's box. Without a label it stays in stock.
type piece struct{ model, serial, label string }

// box lists the tokens of the demo.
func box() []piece {
	pieces := []piece{
		{"k200", "CS-4407-118263", "Ada Palmer"},
		{"k210", "CS-4407-220417", "Ben Okafor"},
		{"b120", "CS-4407-301555", "Clara Lindqvist"},
		{"k300", "CS-4407-417720", "Dario Conti"},
		{"k310", "CS-4407-500913", "Emil Novak"},
		{"b110", "CS-4407-610038", "Freya Holm"},
		{"b100", "CS-4407-615104", "Ben Okafor, his second"},
		{"k400", "CS-4407-903641", "Greta Wallin"},
		{"k400", "CS-4407-912250", "Henrik Solberg"},
		{"b100", "CS-4407-710246", "on the desk"},
		{"b130", "CS-4407-810377", "on the desk"},
	}
	for i := range 24 {
		pieces = append(pieces, piece{[]string{"k200", "k210", "b110", "k400"}[i%4], fmt.Sprintf("CS-4408-%06d", 100101+i*137), ""})
	}
	return pieces
}

// person is a customer of the demo. A PIN means that the demo registers them.
type person struct {
	number, name, locale, phone, email string
	serial                             string // of their token
	pin                                string // that they chose on or for the token
	second                             string // serial number of a second token, without PIN; may be empty
}

func population() []person {
	return []person{
		{"10002001", "Ada Palmer", "en", "+436641000001", "ada@alder.example", "CS-4407-118263", "", ""},
		{"10002002", "Ben Okafor", "en", "+436641000002", "ben@alder.example", "CS-4407-220417", "2580", "CS-4407-615104"},
		{"10002003", "Clara Lindqvist", "en", "+46701000003", "clara@alder.example", "CS-4407-301555", "", ""},
		{"10002004", "Dario Conti", "en", "+393471000004", "dario@alder.example", "CS-4407-417720", "1973", ""},
		{"10002005", "Emil Novak", "de", "+420601000005", "emil@alder.example", "CS-4407-500913", "", ""},
		{"10002006", "Freya Holm", "de", "+4740000006", "freya@alder.example", "CS-4407-610038", "none", ""},
		{"10002007", "Greta Wallin", "en", "+46701000007", "greta@alder.example", "CS-4407-903641", "4711", ""},
		{"10002008", "Henrik Solberg", "de", "+4740000008", "henrik@alder.example", "CS-4407-912250", "", ""},
	}
}

// people creates the customers. Those with a PIN are registered with their
// token; the others are given an activation code and wait to be registered by
// whoever tries the demo.
func (x *filling) people(ctx context.Context) error {
	for _, p := range population() {
		c, err := x.Customers.Create(ctx, by, customer.New{Number: p.number, Name: p.name, Locale: p.locale, Contacts: []customer.NewContact{
			{Kind: customer.Phone, Value: p.phone, Verified: true}, {Kind: customer.Email, Value: p.email},
		}})
		if err != nil {
			return err
		}
		code, err := x.Desk.Issue(ctx, by, c.ID, registration.Issue{Policy: policyCode})
		if err != nil {
			return err
		}
		f := Customer{Number: p.number, Name: p.name, Phone: p.phone, Policy: policyCode, Serial: p.serial, ActivationCode: code.Value, Expires: code.Expires}
		if t, ok := x.piece(p.serial); ok {
			f.Model, f.PIN = t.model.Name, t.pin
		}
		if p.pin != "" {
			if err := x.register(ctx, p, code.Value); err != nil {
				return fmt.Errorf("register %s: %w", p.name, err)
			}
			f.ActivationCode, f.Registered, f.Second = "", true, p.second
			if err := x.registerSecond(ctx, p, c.ID); err != nil {
				return fmt.Errorf("register the second token of %s: %w", p.name, err)
			}
			if p.pin != "none" {
				f.PIN = p.pin
			}
		}
		x.facts.Customers = append(x.facts.Customers, f)
	}
	return nil
}

// registerSecond takes a customer through the registration of one more token.
func (x *filling) registerSecond(ctx context.Context, p person, id ident.ID) error {
	if p.second == "" {
		return nil
	}
	if err := x.identify(ctx, id); err != nil {
		return err
	}
	code, err := x.Desk.Issue(ctx, by, id, registration.Issue{Policy: policyCode})
	if err != nil {
		return err
	}
	p.serial, p.pin = p.second, "none"
	return x.register(ctx, p, code.Value)
}

// identify records that a customer was identified at the branch.
func (x *filling) identify(ctx context.Context, id ident.ID) error {
	in := identification.Attempt{Customer: id, Way: identification.Branch}
	for _, q := range x.Policies.Active().Identification.Questions {
		in.Answers = append(in.Answers, identification.Answer{Question: q.Code, Right: true})
	}
	_, err := x.Callers.Record(ctx, by, in)
	return err
}

func (x *filling) piece(serial string) (made, bool) {
	for _, t := range x.made {
		if t.unit.Serial == serial {
			return t, true
		}
	}
	return made{}, false
}

// register takes a customer through the registration with their own token.
func (x *filling) register(ctx context.Context, p person, activationCode string) error {
	r, err := x.Desk.Begin(ctx, by, registration.Begin{CustomerNumber: p.number, ActivationCode: activationCode, Policy: policyCode, Channel: "branch"})
	if err == nil {
		r, err = x.Desk.Token(ctx, by, r.Handle, p.serial)
	}
	if err != nil {
		return err
	}
	code, err := x.read(p)
	if err != nil {
		return err
	}
	r, err = x.Desk.Confirm(ctx, by, r.Handle, registration.Confirm{Code: code})
	if err != nil {
		return err
	}
	if r.State != registration.Done {
		return fmt.Errorf("the registration was refused: %s", r.Refused)
	}
	return nil
}

// read presses the keys of the person's token and reads its display. A new
// token with keypad first asks for a PIN, twice.
func (x *filling) read(p person) (code string, err error) {
	keys := "B"
	if p.pin != "none" {
		keys = "L" + p.pin + "E" + p.pin + "E"
	}
	err = x.Shelf.Use(p.serial, func(t *hardtoken.Token) error {
		for _, name := range strings.Split(keys, "") {
			k, err := hardtoken.ParseKey(name)
			if err != nil {
				return err
			}
			t.Press(k)
		}
		d := t.Display()
		if d.Code == "" {
			return fmt.Errorf("the token shows %q and no code", d.Text)
		}
		code = d.Code
		return nil
	})
	return code, err
}
