package self

import (
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// notMePage is where the link of a notice leads.
type notMePage struct {
	Key      string
	End      string // of the serial number that the notice was of
	Replaced string // the end of that of the token in its place; "" for none
	Over     bool   // the token is out of use
	Removed  bool   // it was removed, and there is nothing to stop
	Settled  bool   // the bank has dealt with it since the notice
}

func notMeOf(v *visit, x mobiletoken.Disowning) notMePage {
	p := notMePage{Key: v.r.PathValue("key"), End: ending(x.Notice.Serial), Over: x.Stopped(), Removed: x.Removed(), Settled: x.Settled}
	if x.Token.ID != x.Notice.ID {
		p.Replaced = ending(x.Token.Serial)
	}
	return p
}

// notMe asks whoever follows the link of a notice. It changes nothing: programs that look at
// links in messages come here, too.
func (s *self) notMe(v *visit) error {
	x, err := s.Mobile.Disowned(v.ctx(), v.r.PathValue("key"))
	if err != nil {
		return err
	}
	return v.render("not-me", v.t.T("self.notme.title"), ui.Narrow, notMeOf(v, x))
}

// disown takes the token out of use at once. The link is enough: only its owner gets it,
// and it helps nobody else (S-06).
func (s *self) disown(v *visit) error {
	x, err := s.Mobile.Disown(v.ctx(), v.r.PathValue("key"))
	if err != nil {
		return err
	}
	return v.render("not-me", v.t.T("self.notme.title"), ui.Narrow, notMeOf(v, x))
}
