package movein

import (
	"slices"
	"strings"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/token"
)

// maxTokens is how many tokens a row may bring.
const maxTokens = 20

// entry is a row on its way.
type entry struct {
	form   Row // what is known without a database
	said   Row // what is reported
	want   customer.New
	hash   password.Hash
	tokens []token.Legacy
	isNew  bool // the customer was not here
}

func (e *entry) refuse(r token.Refusal) {
	e.said.Result, e.said.Code, e.said.Reason = Refused, r.Code, r.Reason
}

// adds reports whether the row brings nothing but tokens and a password, so that it may
// be for a customer who is here already.
func (e *entry) adds() bool {
	return e.want.Name == "" && e.want.Locale == "" && len(e.want.Contacts) == 0
}

// brings is how many things the row adds to a customer.
func (e *entry) brings() int {
	if e.hash.IsZero() {
		return len(e.tokens)
	}
	return len(e.tokens) + 1
}

// newEntry brings a row to normal form, or refuses it. What it says of values is what
// packages customer, token and password say, who never repeat them.
func newEntry(r *record) *entry {
	e := &entry{said: Row{Row: r.row, Line: r.line, Result: Created}}
	if number, err := customer.Number(r.number); err == nil {
		e.said.Number = number
	}
	bad := r.bad
	if bad == (token.Refusal{}) {
		bad = e.read(r)
	}
	if bad != (token.Refusal{}) {
		e.refuse(bad)
	}
	e.form = e.said
	return e
}

func (e *entry) read(r *record) token.Refusal {
	for _, step := range []func(*record) token.Refusal{e.customer, e.secret, e.devices} {
		if bad := step(r); bad != (token.Refusal{}) {
			return bad
		}
	}
	return token.Refusal{}
}

// customer reads who it is, and how to reach them.
func (e *entry) customer(r *record) token.Refusal {
	n := customer.New{Number: r.number, Name: r.name, Locale: r.locale}
	for _, c := range r.contacts {
		k := customer.NewContact{Kind: customer.Kind(c.Kind), Value: c.Value, Verified: c.Verified}
		if k.Kind == customer.Phone {
			k.Value = phone(c.Value)
		}
		n.Contacts = append(n.Contacts, k)
	}
	normal, err := n.Normal()
	if err != nil {
		f := fault.From(err)
		return token.Refusal{Code: codeOf(f.Field), Reason: strings.TrimSuffix(f.Detail, ".")}
	}
	if e.want = normal; r.locale == "" {
		e.want.Locale = "" // to tell rows that say nothing of the customer
	}
	return token.Refusal{}
}

// codeOf is the code for a field of a customer.
func codeOf(field string) string {
	switch {
	case field == "/number":
		return RefusedNumber
	case strings.HasPrefix(field, "/contacts"), field == "":
		return RefusedContact
	}
	return RefusedDetails
}

// phone undoes what address books and spreadsheets make of international numbers: "00"
// for the plus sign, "tel:" in front, and the zero in brackets that is dialed inside
// the country only. A number without country code stays one, and is refused.
func phone(typed string) string {
	s := strings.TrimPrefix(strings.TrimSpace(typed), "tel:")
	s = strings.Replace(s, "(0)", "", 1)
	if rest, international := strings.CutPrefix(s, "00"); international {
		s = "+" + rest
	}
	return s
}

// secret reads the password hash.
func (e *entry) secret(r *record) token.Refusal {
	if r.password == "" {
		return token.Refusal{}
	}
	h, err := password.ReadHash(r.password)
	if err != nil {
		return token.Refusal{Code: RefusedPassword, Reason: "the password: " + err.Error()}
	}
	e.hash = h
	return token.Refusal{}
}

// devices reads the tokens.
func (e *entry) devices(r *record) token.Refusal {
	if len(r.tokens) > maxTokens {
		return token.Refusal{Code: RefusedForm, Reason: "the row brings more tokens than one customer can have"}
	}
	for i := range r.tokens {
		l := &r.tokens[i]
		serial := device.Serial(l.Serial)
		if serial == "" {
			return token.Refusal{Code: RefusedForm, Reason: "a token has no serial number"}
		}
		if slices.ContainsFunc(e.tokens, func(t token.Legacy) bool {
			return device.Serial(t.Serial) == serial && t.Manufacturer == l.Manufacturer
		}) {
			return token.Refusal{Code: RefusedForm, Reason: "a token is there twice"}
		}
		t, bad := l.token()
		if bad != (token.Refusal{}) {
			return bad
		}
		e.tokens = append(e.tokens, t)
		e.said.Tokens = append(e.said.Tokens, shown(serial))
	}
	return token.Refusal{}
}

// shown is a serial number as it is reported: one that looks like something else, in a column
// that moved, is not.
func shown(serial string) string {
	if len(serial) > 40 || strings.ContainsFunc(serial, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && r != '/' && r != '.' && r != '_' && r != ':'
	}) {
		return "(not a serial number)"
	}
	return serial
}
