package self

import (
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// payeesPage is whom the customer trusts, and what they pay again and again.
type payeesPage struct {
	Payees []payeeView
	Series []seriesView
	Full   bool // no more can be trusted
}

// payeeView is a payee on the list.
type payeeView struct {
	Name    string
	Account string
	Added   time.Time
}

// seriesView is a series of payments.
type seriesView struct {
	ID     string
	Name   string
	Amount string
	Begun  time.Time
	Last   time.Time
	Ended  time.Time
}

// exempts reports whether the customer can have lists by which payments need no proof.
func (s *self) exempts() bool {
	x := s.Policies.Active().Exemptions
	return x.Uses(policy.ExemptTrusted) || x.Uses(policy.ExemptRecurring)
}

// payees shows the lists.
func (s *self) payees(v *visit) error {
	var p payeesPage
	trusted, err := s.Exemptions.Trusted(v.ctx(), v.s.Customer)
	if err != nil {
		return err
	}
	for _, b := range trusted {
		p.Payees = append(p.Payees, payeeView{b.Payee.Name, spaced(b.Payee), b.Added})
	}
	p.Full = len(trusted) >= exemption.MaxList
	all, err := s.Exemptions.AllSeries(v.ctx(), v.s.Customer)
	if err != nil {
		return err
	}
	for _, x := range all {
		name := x.Name
		if name == "" {
			name = x.Account.Account
		}
		p.Series = append(p.Series, seriesView{x.ID.String(), name, v.t.Money(x.Amount.Minor, x.Amount.Currency.Decimals(), string(x.Amount.Currency)), x.Begun, x.Last, x.Ended})
	}
	return v.render("payees", v.t.T("self.payee.title"), ui.Normal, p)
}

// spaced writes an IBAN in groups of four, as people do; other accounts stay.
func spaced(p payment.Payee) string {
	if p.Scheme != payment.IBAN {
		return p.Account
	}
	const group = 4
	var out strings.Builder
	for i := range len(p.Account) {
		if i > 0 && i%group == 0 {
			out.WriteByte(' ')
		}
		out.WriteByte(p.Account[i])
	}
	return out.String()
}

// trustees are the customer's trusted payees as choices.
func (s *self) trustees(v *visit) (all []ui.Choice, err error) {
	trusted, err := s.Exemptions.Trusted(v.ctx(), v.s.Customer)
	for _, b := range trusted {
		text := spaced(b.Payee)
		if b.Payee.Name != "" {
			text = b.Payee.Name + ", " + text
		}
		all = append(all, ui.Choice{Value: b.ID().String(), Text: text})
	}
	return all, err
}

// accountKinds are the ways in which an account can be written.
func (v *visit) accountKinds() (all []ui.Choice) {
	for _, k := range []payment.Scheme{payment.IBAN, payment.Local, payment.Swift, payment.CZ, payment.GB, payment.NO, payment.US, payment.AU} {
		all = append(all, ui.Choice{Value: string(k), Text: v.t.T("self.payee.kind." + string(k))})
	}
	return all
}

// payeeChange adds what a change of the list of payees needs.
func (s *self) payeeChange(v *visit, p *changePage) (err error) {
	switch p.What {
	case "payee":
		p.Back, p.Choices = "/payees", v.accountKinds()
	case "unpayee":
		p.Back = "/payees"
		p.Choices, err = s.trustees(v)
	}
	return err
}

// trustPayee puts a payee on the list: each needs a proof of its own (RTS, article 13(1)).
func (s *self) trustPayee(v *visit) error {
	p, proven, ok, err := s.proved(v, "payee")
	if err != nil || !ok {
		return err
	}
	v.form.Require(v.t, "name", v.t.T("self.payee.name"))
	v.form.Require(v.t, "account", v.t.T("self.payee.account"))
	if !v.form.OK() {
		return v.showChange(p)
	}
	payee := payment.Payee{Scheme: payment.Scheme(v.form.Value("kind")), Account: v.form.Value("account"), Name: v.form.Value("name")}
	if err := s.Exemptions.Trust(v.ctx(), v.s.Actor(), v.s.Customer, warrantOf(proven), payee); err != nil {
		return s.untrusted(v, p, err)
	}
	return v.done("/payees", ui.Good, "self.flash.payee")
}

// distrustPayee takes one off it.
func (s *self) distrustPayee(v *visit) error {
	p, proven, ok, err := s.proved(v, "unpayee")
	if err != nil || !ok {
		return err
	}
	trusted, err := s.Exemptions.Trusted(v.ctx(), v.s.Customer)
	if err != nil {
		return err
	}
	for _, b := range trusted {
		if b.ID().String() != v.form.Value("payee") {
			continue
		}
		if _, err := s.Exemptions.Distrust(v.ctx(), v.s.Actor(), v.s.Customer, warrantOf(proven), b.Payee); err != nil {
			return s.untrusted(v, p, err)
		}
		return v.done("/payees", ui.Good, "self.flash.unpayee")
	}
	return v.to("/payees") // it is not there any more
}

// warrantOf is what a proof allows to change.
func warrantOf(p hub.Proven) exemption.Warrant { return exemption.Warrant{Authentication: p.ID} }

// untrusted answers a change that was not made, at the field that it is about.
func (s *self) untrusted(v *visit, p changePage, err error) error {
	f := fault.From(err)
	if f.Kind != fault.Invalid {
		return s.unchanged(v, p, err, "account")
	}
	field := "account"
	if f.Field == "/payee/name" {
		field = "name"
	}
	v.form.Fail(field, v.t.Fault(f))
	return v.showChange(p)
}

// endSeries ends a series. The session is enough: its payments need a proof from now on.
func (s *self) endSeries(v *visit) error {
	gone := fault.NotFoundf("exemption.unknown", "There is no such series.")
	id, err := ident.Parse(v.r.PathValue("id"))
	if err != nil {
		return gone
	}
	ended, err := s.Exemptions.EndSeries(v.ctx(), v.s.Actor(), v.s.Customer, id)
	switch {
	case err != nil:
		return err
	case !ended:
		return gone
	}
	return v.done("/payees", ui.Good, "self.flash.series")
}
