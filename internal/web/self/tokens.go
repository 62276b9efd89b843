package self

import (
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// soon is how long before its end a token, or a policy, is spoken of: time enough
// for a new one to come by post.
const soon = 90 * 24 * time.Hour

// phonePicture is the picture of mobile tokens.
const phonePicture = "phone"

// tokenView is a token as its owner sees it.
type tokenView struct {
	ID      string
	Title   string // its name, or that of its model
	Name    string // that its owner gave it; may be empty
	Model   string
	End     string // of its serial number
	Picture string // "pad", "fob" or "phone"
	Badge   ui.Badge
	Note    string // what its state means; may be empty
	Here    bool   // its code opened this session
	Stops   bool   // it can be stopped
	Lost    bool   // it can be reported lost
	Steps   bool   // it can be brought back into step

	Assigned, Used, Ends time.Time // zero: none

	item token.Item
}

// mine returns the customer's tokens but those that are retired, oldest first.
func (s *self) mine(v *visit) (all []tokenView, err error) {
	items, err := s.Tokens.OfCustomer(v.ctx(), v.s.Customer)
	if err != nil {
		return nil, err
	}
	for _, it := range items {
		if it.Device.Status != device.Retired {
			all = append(all, s.view(v, it))
		}
	}
	return all, nil
}

// own returns the customer's token that the address names, and the others. To the
// address of somebody else's token the answer is that of none.
func (s *self) own(v *visit) (t tokenView, others []tokenView, err error) {
	all, err := s.mine(v)
	if err != nil {
		return t, nil, err
	}
	id, err := ident.Parse(v.r.PathValue("id"))
	i := slices.IndexFunc(all, func(t tokenView) bool { return t.item.Device.ID == id })
	if err != nil || i < 0 {
		return t, nil, fault.NotFoundf("page", "There is no page at this address.")
	}
	return all[i], slices.Delete(slices.Clone(all), i, i+1), nil
}

// usable picks the tokens that can give a code now.
func usable(all []tokenView, now time.Time) (some []tokenView) {
	for _, t := range all {
		if t.item.Device.Usable(now) {
			some = append(some, t)
		}
	}
	return some
}

func (s *self) view(v *visit, it token.Item) tokenView {
	d := it.Device
	t := tokenView{
		ID: d.ID.String(), Name: d.Name, Title: d.Name, End: ending(d.Serial), Picture: "fob", Assigned: d.Assigned, Ends: d.Expires,
		Here: d.ID == v.s.Device, item: it,
	}
	model, known := s.Policies.Active().Model(d.Model)
	if t.Model = model.Name; !known {
		t.Model = v.t.T("self.token.other_model")
	}
	if t.Title == "" {
		t.Title = t.Model
	}
	if model.DevicePIN {
		t.Picture = "pad"
	}
	for _, k := range it.Keys {
		if k.Algorithm == token.OCRA {
			t.Picture = "pad" // what is typed into it needs keys
		}
		if k.Used.After(t.Used) {
			t.Used = k.Used
		}
	}
	t.state(v)
	return t
}

// ending is what of a serial number is enough to tell one's own tokens apart.
func ending(serial string) string {
	r := []rune(serial)
	return string(r[max(len(r)-4, len(r)/2):])
}

// state says how the token is, in a word and a sentence, and what can be done.
func (t *tokenView) state(v *visit) {
	d := t.item.Device
	word, tone := string(d.Status), ui.Plain
	_, t.Lost = device.Lose.To(d.Status)
	switch {
	case d.Status == device.Active && d.Expired(v.now):
		word, tone = "expired", ui.Warn
	case d.Status == device.Active && d.Starts.After(v.now):
		word, tone = "early", ui.Info
	case d.Status == device.Active && t.resyncFirst():
		word, tone = "out_of_step", ui.Warn
	case d.Status == device.Active:
		tone = ui.Good
	case d.Status == device.Suspended:
		tone = ui.Warn
	case d.Status == device.Lost, d.Status == device.Blocked:
		tone = ui.Bad
	case d.Status == device.Assigned:
		tone = ui.Info
	}
	t.Stops, t.Steps = d.Status == device.Active, d.Usable(v.now) && t.counts()
	t.Badge = ui.Badge{Tone: tone, Text: v.t.T("self.state." + word)}
	if key := "self.state_note." + word; v.t.Has(key) {
		t.Note = v.t.T(key)
	}
}

// counts reports whether the token can fall out of step: its codes come from a
// counter or a clock.
func (t *tokenView) counts() bool {
	return slices.ContainsFunc(t.item.Keys, func(k token.Key) bool { return k.Usage != token.UseUnlock && (k.Counted() || k.Timed()) })
}

// resyncFirst reports whether the help desk must bring the token back into step.
func (t *tokenView) resyncFirst() bool {
	return slices.ContainsFunc(t.item.Keys, func(k token.Key) bool { return k.Usage == token.UseCode && k.ResyncFirst })
}

// tokensPage is the first page.
type tokensPage struct {
	Greeting string
	Notices  []ui.Notice
	Tokens   []tokenView
	Phones   []mobileView // that are not archived
	Former   []mobileView
	SIMs     []simView // phones whose SIM signs
	Signs    bool      // SIMs can be registered
	Mobiles  bool      // there are applications that a token can be in
}

// tokens lists the customer's tokens and says what ends.
func (s *self) tokens(v *visit) error {
	all, err := s.mine(v)
	if err != nil {
		return err
	}
	held, err := s.Authenticators.Of(v.ctx(), v.s.Customer)
	if err != nil {
		return err
	}
	phones, err := s.phones(v)
	if err != nil {
		return err
	}
	gone := slices.IndexFunc(phones, func(m mobileView) bool { return m.item.Status == mobiletoken.Archived })
	if gone < 0 {
		gone = len(phones)
	}
	sims, err := s.sims(v)
	if err != nil {
		return err
	}
	p := tokensPage{SIMs: sims, Signs: len(s.Policies.Active().MobileIDs()) > 0, Phones: phones[:gone], Former: phones[gone:], Mobiles: len(s.applications()) > 0, Greeting: v.s.Name, Tokens: all, Notices: append(endings(v, all), standings(v, held)...)}
	return v.render("tokens", v.t.T("self.tokens.title"), ui.Normal, p)
}

// token shows one token.
func (s *self) token(v *visit) error {
	t, _, err := s.own(v)
	if err != nil {
		return err
	}
	v.form.Set("name", t.Name)
	return v.showToken(t)
}

func (v *visit) showToken(t tokenView) error {
	return v.render("token", t.Title, ui.Normal, struct {
		tokenView

		Notices []ui.Notice
	}{t, endings(v, []tokenView{t})})
}

// rename sets what the owner calls the token.
func (s *self) rename(v *visit) error {
	t, _, err := s.own(v)
	if err != nil {
		return err
	}
	_, err = s.Care.Rename(v.ctx(), v.s.Actor(), token.Order{Device: t.item.Device.ID, Customer: v.s.Customer}, v.form.Value("name"))
	if err != nil {
		return v.again(err, func() error { return v.showToken(t) })
	}
	return v.done("/tokens/"+t.ID, ui.Good, "self.flash.named")
}
