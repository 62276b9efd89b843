package self

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/vault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// payingChange is the change that puts a payment token back into use.
const payingChange = "paying"

// payingShown is how many payments a page lists.
const payingShown = 20

// byMe is why a token is suspended that its owner suspended here. At a desk, the same wish may have a note.
var byMe = vault.Cause{Reason: vault.ByCustomer}

// wished are the reasons of a suspension that are its owner's own: their wish, or that they have not approved the token yet.
func wished(h *vault.Holding) (all []vault.Cause) {
	for _, c := range h.Causes {
		if c.Reason == vault.ByCustomer || c.Reason == vault.ByApproval {
			all = append(all, c)
		}
	}
	return all
}

// purseView is a device that pays for a card.
type purseView struct {
	ID      string
	Device  string
	Icon    string
	Card    string // last four digits
	With    string // the devices that it needs besides; "" for none
	Badge   ui.Badge
	Notes   []string // why it does not pay
	Stops   bool     // it can be stopped by its owner
	Resumes bool     // its owner stopped it
	New     bool     // its owner has not approved it yet
	Ends    time.Time
}

// paidView is a payment as the customer sees it: what became of it, and never why.
type paidView struct {
	At     time.Time
	Where  string
	Sum    string
	Device string
	Card   string
	Badge  ui.Badge
}

type payingPage struct {
	Purses []purseView
	Paid   []paidView
	Next   string // address of older payments; "" for none
	Older  bool   // this is a page of older ones
}

// paying shows which devices pay, and what was paid with them.
func (s *self) paying(v *visit) error {
	names, err := s.payingNames(v)
	if err != nil {
		return err
	}
	all, err := s.Vault.Holdings(v.ctx(), v.s.Customer)
	if err != nil {
		return err
	}
	p := payingPage{}
	for i := range all {
		if all[i].Status != vault.Deleted {
			p.Purses = append(p.Purses, v.purse(&all[i], names))
		}
	}
	var before ident.ID
	if after := v.r.URL.Query().Get("after"); after != "" {
		if before, err = ident.Parse(after); err != nil {
			return v.to("/paying")
		}
		p.Older = true
	}
	paid, err := s.Issuing.Authorizations(v.ctx(), v.s.Customer, before, payingShown)
	for i := range paid {
		p.Paid = append(p.Paid, v.paid(&paid[i], names))
	}
	if len(paid) == payingShown {
		p.Next = "/paying?after=" + paid[payingShown-1].ID.String()
	}
	if err != nil {
		return err
	}
	return v.render("paying", v.t.T("self.paying.title"), ui.Normal, p)
}

// payingNames are the devices of the customer, by id.
func (s *self) payingNames(v *visit) (map[ident.ID]thingView, error) {
	all, err := s.Companions.List(v.ctx(), v.s.Customer)
	names := make(map[ident.ID]thingView, len(all))
	for _, it := range all {
		names[it.ID] = v.thing(it)
	}
	return names, err
}

func (v *visit) purse(h *vault.Holding, names map[ident.ID]thingView) purseView {
	d := names[h.Device]
	x := purseView{
		ID: h.ID.String(), Device: cmp.Or(d.Title, v.t.T("self.paying.device_gone")), Icon: cmp.Or(d.Icon, thingIcon(companion.Phone)), Card: h.Card.Last4, Ends: h.Ends(),
		Resumes: len(wished(h)) > 0,
	}
	x.New = slices.ContainsFunc(h.Causes, func(c vault.Cause) bool { return c.Reason == vault.ByApproval })
	x.Stops = !slices.ContainsFunc(h.Causes, func(c vault.Cause) bool { return c.Reason == vault.ByCustomer })
	var others []string
	for _, id := range h.With {
		others = append(others, cmp.Or(names[id].Title, v.t.T("self.paying.device_gone")))
	}
	x.With = strings.Join(others, ", ")
	word, tone := string(h.Status), ui.Plain
	switch {
	case !h.Ends().After(v.now):
		word = "expired"
	case h.Status == vault.Active:
		tone = ui.Good
	case h.Status == vault.Suspended:
		tone = ui.Warn
	}
	x.Badge = ui.Badge{Tone: tone, Text: v.t.T("self.paying.state." + word)}
	for _, c := range h.Causes {
		if note := v.t.T("self.paying.cause." + string(c.Reason)); !slices.Contains(x.Notes, note) {
			x.Notes = append(x.Notes, note)
		}
	}
	return x
}

// paid tells of a payment. Why one was refused is for the bank: whoever has the phone in hand could learn from it.
func (v *visit) paid(a *issuing.Authorization, names map[ident.ID]thingView) paidView {
	word, tone := "refused", ui.Plain
	sum := a.Amount
	switch {
	case a.Approves() && a.Amount == 0: // a shop or a transport company looks whether there is a card
		word, tone = "checked", ui.Good
	case a.Approved > 0 && a.Returned == a.Approved:
		word, tone = "returned", ui.Info
	case a.Approved > 0:
		word, tone, sum = "paid", ui.Good, a.Approved-a.Returned
	}
	return paidView{
		At: a.Created, Where: cmp.Or(a.Merchant.Name, v.t.T("self.paying.somewhere")), Sum: v.t.Money(sum, payment.Currency(a.Currency).Decimals(), a.Currency),
		Device: cmp.Or(names[a.Device].Title, v.t.T("self.paying.device_gone")), Card: a.Card, Badge: ui.Badge{Tone: tone, Text: v.t.T("self.paying.was." + word)},
	}
}

// myPurse returns the token that the address names. To the address of somebody else's the answer is that of none.
func (s *self) myPurse(v *visit) (h vault.Holding, err error) {
	id, err := ident.Parse(v.r.PathValue("id"))
	if err == nil {
		h, err = s.Vault.Holding(v.ctx(), v.s.Customer, id)
	}
	if err == nil && h.Status == vault.Deleted {
		err = fault.NotFoundf("vault.token", "There is no such token.")
	}
	if err != nil && fault.KindOf(err) != fault.Unavailable {
		err = fault.NotFoundf("page", "There is no page at this address.").WithCause(err)
	}
	return h, err
}

// stopPaying takes a token out of use at once, with no proof but the session.
func (s *self) stopPaying(v *visit) error {
	h, err := s.myPurse(v)
	if err != nil {
		return err
	}
	if err := s.Vault.SuspendFor(v.ctx(), v.s.Actor(), vault.On{Customer: v.s.Customer, ID: h.ID}, byMe); err != nil {
		return err
	}
	return v.done("/paying", ui.Good, "self.paying.done.stopped")
}

// payingChangePage adds what the change that resumes a token asks for.
func (s *self) payingChangePage(v *visit, p *changePage) error {
	if p.What != payingChange {
		return nil
	}
	h, err := s.myPurse(v)
	if err != nil {
		return err
	}
	names, err := s.payingNames(v)
	x := v.purse(&h, names)
	p.Path, p.Back, p.Purse = "/paying/"+x.ID+"/resumption", "/paying", &x
	return err
}

// resumePaying takes the customer's own reason away, with a fresh proof.
func (s *self) resumePaying(v *visit) error {
	p, proven, ok, err := s.proved(v, payingChange)
	if err != nil || !ok {
		return err
	}
	h, err := s.myPurse(v)
	if err != nil {
		return err
	}
	for _, cause := range wished(&h) {
		if err := s.Vault.ResumeFor(v.ctx(), v.s.Actor(), vault.On{Customer: v.s.Customer, ID: h.ID, Proof: proven}, cause); err != nil {
			return s.unchanged(v, p, err, "")
		}
	}
	return v.done("/paying", ui.Good, "self.paying.done.resumed")
}

// payingRoutes are those of what pays.
func (s *self) payingRoutes() []route {
	return append([]route{
		{Pattern: "GET /paying", Serve: s.paying},
		{Pattern: "POST /paying/{id}/suspension", Serve: s.stopPaying},
	}, s.changeRoutes("/paying/{id}/resumption", payingChange, s.resumePaying)...)
}
