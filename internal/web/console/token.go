package console

import (
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type tokenPage struct {
	*visit
	tokenTarget
	Help   []offer // for who cannot log in with it
	Life   []offer
	Waits  *handover // what it waits for; nil for nothing
	Beside *beside   // the token that takes its place; nil for none

	Identified *standing // what the visitor's acts may rely on; nil for none
	Facts      []ui.Fact
	Keys       []keyCard
	Recent     []ui.Event
	Import     *token.Past // where it came from; nil when not known
}

// keyCard is a key of a token, without its secret.
type keyCard struct {
	Title string
	Badge ui.Badge
	Facts []ui.Fact
}

// token shows one token: what it is, its keys without secrets, whose it is.
func (c *console) token(v *visit) error {
	x, err := c.readToken(v)
	if err != nil {
		return err
	}
	it := x.Item
	if unlockable(x, v) {
		l, err := c.Upkeep.UnlockLimit(v.ctx(), it.Device.ID)
		if err != nil {
			return err
		}
		x.UnlockBlocked = l.Blocked
	}
	p := tokenPage{visit: v, tokenTarget: x}
	p.Help, p.Life = v.offers(x)
	if p.Waits, err = c.handoverOf(v, x); err != nil {
		return err
	}
	if v.s.Can(staff.CustomerIdentify) {
		i, err := c.current(v, x.Device.Customer)
		if err != nil && !fault.Is(err, "customer.closed") && !fault.Is(err, "customer.unknown") {
			return err
		}
		p.Identified = v.standingOf(i)
	}
	if p.Beside, err = c.besideOf(v, x); err != nil {
		return err
	}
	p.Facts = v.tokenFacts(x.tokenRow)
	for _, k := range it.Keys {
		p.Keys = append(p.Keys, v.keyCard(k))
	}
	if err := c.addOrigin(v, &p); err != nil {
		return err
	}
	if err := c.addTokenHistory(v, &p); err != nil {
		return err
	}
	return v.render("token", it.Device.Serial, p)
}

func (v *visit) tokenFacts(r tokenRow) []ui.Fact {
	d := r.Device
	facts := []ui.Fact{
		{Name: v.t.T("console.token.model"), Value: r.Model},
		{Name: v.t.T("console.token.maker"), Value: dash(d.Manufacturer), Mono: d.Manufacturer != ""},
		{Name: v.t.T("console.token.expires"), Value: v.day(d.Expires)},
		{Name: v.t.T("console.token.imported"), Value: v.moment(d.Created)},
		{Name: v.t.T("console.token.assigned"), Value: v.moment(d.Assigned)},
	}
	if d.Name != "" {
		facts = append(facts, ui.Fact{Name: v.t.T("console.token.name"), Value: d.Name})
	}
	if !d.Starts.IsZero() {
		facts = append(facts, ui.Fact{Name: v.t.T("console.token.starts"), Value: v.day(d.Starts)})
	}
	if d.Note != "" {
		facts = append(facts, ui.Fact{Name: v.t.T("console.token.note"), Value: d.Note})
	}
	return facts
}

// keyCard says what a key is and, to those who resynchronize or import, where
// it stands.
func (v *visit) keyCard(k token.Key) keyCard {
	use := string(k.Usage)
	if k.Usage == token.UseCode && k.Algorithm == token.OCRA {
		use = "answer" // beside one for codes, in many tokens
	}
	card := keyCard{Title: v.t.T("console.key.uses_as." + use), Badge: v.proof(k)}
	card.Facts = []ui.Fact{{Name: v.t.T("console.key.algorithm"), Value: algorithm(k), Mono: true}}
	if k.Algorithm != token.OCRA {
		card.Facts = append(card.Facts, ui.Fact{Name: v.t.T("console.key.digits"), Value: strconv.Itoa(k.Digits)})
	}
	card.Facts = append(card.Facts, ui.Fact{Name: v.t.T("console.key.pin"), Value: v.t.T("console.key.pins." + pinWord(k.PINMode))})
	if v.s.Can(staff.TokenResync) || v.s.Can(staff.TokenImport) {
		card.Facts = append(card.Facts, v.position(k)...)
	}
	card.Facts = append(card.Facts, ui.Fact{Name: v.t.T("console.key.uses"), Value: v.t.Number(k.Uses)}, ui.Fact{Name: v.t.T("console.key.used"), Value: v.moment(k.Used)})
	return card
}

// proof says whether the key is known to be in step.
func (v *visit) proof(k token.Key) ui.Badge {
	switch {
	case k.ResyncFirst:
		return ui.Badge{Tone: ui.Bad, Text: v.t.T("console.key.resync_first")}
	case k.Proven:
		return ui.Badge{Tone: ui.Good, Text: v.t.T("console.key.proven")}
	case k.Uses > 0: // it was, before somebody read its counter or clock
		return ui.Badge{Tone: ui.Warn, Text: v.t.T("console.key.unproven_again")}
	}
	return ui.Badge{Tone: ui.Plain, Text: v.t.T("console.key.unproven")}
}

// position is the counter or clock that the next code is expected at.
func (v *visit) position(k token.Key) []ui.Fact {
	next := v.t.Number(k.Next)
	if !k.Timed() && !k.Counted() { // its challenges are what is spent
		return nil
	}
	if !k.Timed() {
		return []ui.Fact{{Name: v.t.T("console.key.counter"), Value: next, Mono: true, Note: v.t.T("console.key.counter_note")}}
	}
	drift := v.t.N("console.key.steps", k.Drift)
	return []ui.Fact{
		{Name: v.t.T("console.key.step"), Value: v.t.Span(k.Step)},
		{Name: v.t.T("console.key.drift"), Value: drift, Note: v.t.T("console.key.drift_note")},
	}
}

func algorithm(k token.Key) string {
	if k.Algorithm == token.OCRA {
		return k.Suite
	}
	return strings.ToUpper(string(k.Algorithm)) + " " + strings.ToUpper(k.Hash.String())
}

func pinWord(m token.PINMode) string {
	if m == token.PINNone {
		return "none"
	}
	return string(m)
}

func dash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// beside is a token that takes the place of another one, or will with its first code.
type beside struct {
	Serial, Href string
	Waits        bool
}

// besideOf looks for the successor of a token: the one that it has, or one of its
// owner's that waits for its first code.
func (c *console) besideOf(v *visit, x tokenTarget) (*beside, error) {
	if id := x.Device.ReplacedBy; !id.IsZero() {
		next, err := c.Tokens.Get(v.ctx(), id)
		return &beside{Serial: next.Device.Serial, Href: "/tokens/" + id.String()}, err
	}
	if !possible(x, device.Replace) {
		return nil, nil //nolint:nilnil // none is no error
	}
	all, err := c.Tokens.OfCustomer(v.ctx(), x.Device.Customer)
	if err != nil {
		return nil, err
	}
	for _, it := range all {
		if it.Device.Status != device.Assigned {
			continue
		}
		h, err := c.Care.Handover(v.ctx(), it.Device.ID)
		if err != nil && !fault.Is(err, "token.no_handover") {
			return nil, err
		}
		if h.Replaces == x.Device.ID {
			return &beside{Serial: it.Device.Serial, Href: "/tokens/" + it.Device.ID.String(), Waits: true}, nil
		}
	}
	return nil, nil //nolint:nilnil // none is no error
}

// addOrigin finds the import that brought the token.
func (c *console) addOrigin(v *visit, p *tokenPage) error {
	if p.Device.Import.IsZero() {
		return nil
	}
	past, err := c.Tokens.Import(v.ctx(), p.Device.Import)
	switch {
	case fault.Is(err, "token.import_unknown"):
		return nil
	case err != nil:
		return err
	}
	p.Import = &past
	return nil
}

// addTokenHistory looks for the token in its owner's history, which has an index.
func (c *console) addTokenHistory(v *visit, p *tokenPage) (err error) {
	if p.Device.Customer.IsZero() {
		return nil
	}
	p.Recent, _, err = c.history(v, audit.Filter{Customer: p.Device.Customer, Text: p.Device.ID.String()}, "", recent)
	return err
}
