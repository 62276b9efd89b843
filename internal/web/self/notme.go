package self

import (
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// notMePage is where the link of a notice leads.
type notMePage struct {
	Key  string
	End  string // of the serial number
	Over bool   // the token is out of use
}

func notMeOf(v *visit, t mobiletoken.Token) notMePage {
	return notMePage{v.r.PathValue("key"), ending(t.Serial), t.Status == mobiletoken.Archived || t.Status == mobiletoken.Blocked && t.BlockedBy == mobiletoken.ByOperator}
}

// notMe asks whoever follows the link of a notice. It changes nothing: programs that look at
// links in messages come here, too.
func (s *self) notMe(v *visit) error {
	t, err := s.Mobile.Disowned(v.ctx(), v.r.PathValue("key"))
	if err != nil {
		return err
	}
	return v.render("not-me", v.t.T("self.notme.title"), ui.Narrow, notMeOf(v, t))
}

// disown takes the token out of use at once. The link is enough: only its owner gets it,
// and it helps nobody else (S-06).
func (s *self) disown(v *visit) error {
	t, err := s.Mobile.Disown(v.ctx(), v.r.PathValue("key"))
	if err != nil {
		return err
	}
	return v.render("not-me", v.t.T("self.notme.title"), ui.Narrow, notMeOf(v, t))
}
