package self

import (
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// What staff read as the reason.
const (
	whyLost    = "Reported lost by the customer, in self-service."
	whyStopped = "Stopped by the customer, in self-service."
)

// lostPage asks how the loss is reported.
type lostPage struct {
	Token tokenView
	Last  bool // no other token can be used
	Proof proofView
}

func (s *self) lostPage(v *visit) (p lostPage, err error) {
	t, others, err := s.own(v)
	if err != nil {
		return p, err
	}
	p.Token, p.Proof.Number = t, "/tokens/"+t.ID+"/lost/number"
	from, err := s.provers(v, usable(others, v.now))
	if err != nil {
		return p, err
	}
	s.from(v, &p.Proof, from)
	p.Last = len(p.Proof.From) == 0
	return p, nil
}

func (v *visit) showLost(p lostPage) error {
	return v.render("lost", v.t.T("self.lost.title"), ui.Normal, p)
}

// lost explains what can be done about a token that is out of one's hands. One that
// is reported already leads back to its page.
func (s *self) lost(v *visit) error {
	p, err := s.lostPage(v)
	switch {
	case err != nil:
		return err
	case !p.Token.Lost:
		return v.to("/tokens/" + p.Token.ID)
	}
	return v.showLost(p)
}

// lostNumber gives a number for another token that asks for one.
func (s *self) lostNumber(v *visit) error {
	p, err := s.lostPage(v)
	if err != nil {
		return err
	}
	if err := s.number(v, &p.Proof); err != nil {
		return err
	}
	return v.showLost(p)
}

// reportLost takes a code of another token as the second proof.
func (s *self) reportLost(v *visit) error {
	p, err := s.lostPage(v)
	if err != nil {
		return err
	}
	if p.Last { // the other one has gone meanwhile
		v.form.Fail("", v.t.T("self.lost.no_other"))
		return v.showLost(p)
	}
	proven, ok, err := s.fresh(v, &p.Proof)
	if err != nil {
		return err
	}
	if !ok {
		return v.showLost(p)
	}
	o := token.Order{Device: p.Token.item.Device.ID, Customer: v.s.Customer, Why: proven, Reason: whyLost}
	if _, err := s.Care.Lose(v.ctx(), v.s.Actor(), o); err != nil {
		p.Proof.Handle, p.Proof.ID = "", ""
		return v.again(err, func() error { return v.showLost(p) })
	}
	return s.gone(v, o.Device, "lost")
}

// stop takes the token out of use at once, with no proof but the session: whoever
// stops a token gains nothing, and only the help desk sets it going again.
func (s *self) stop(v *visit) error {
	p, err := s.lostPage(v)
	if err != nil {
		return err
	}
	o := token.Order{Device: p.Token.item.Device.ID, Customer: v.s.Customer, Reason: whyStopped, EvenLast: true}
	if _, err := s.Care.Suspend(v.ctx(), v.s.Actor(), o); err != nil {
		return v.again(err, func() error { return v.showLost(p) })
	}
	return s.gone(v, o.Device, "stopped")
}

// gone says that a token is out of use. Sessions that it opened have ended with it,
// this one too if it did.
func (s *self) gone(v *visit, id ident.ID, how string) error {
	if id != v.s.Device {
		return v.done("/tokens", ui.Good, "self.flash."+how)
	}
	if err := s.Sessions.End(v.ctx(), v.token()); err != nil {
		return err
	}
	v.kit.DropCookie(v.w, sessionCookie)
	return v.done("/login", ui.Good, "self.flash."+how+"_out")
}
