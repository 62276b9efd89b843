package self

import (
	"strconv"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// logout ends the session.
func (s *self) logout(v *visit) error {
	if err := s.Sessions.End(v.ctx(), v.token()); err != nil {
		return err
	}
	v.kit.DropCookie(v.w, sessionCookie)
	return v.done("/login", ui.Good, "self.flash.logout")
}

// timeout is where an idle page goes. It does not count as activity: another
// window may be in use, and a page that lies open must not keep a session alive.
func (s *self) timeout(v *visit) error {
	_, alive, err := s.Sessions.Peek(v.ctx(), v.token())
	if err != nil {
		return err
	}
	if !alive {
		v.kit.DropCookie(v.w, sessionCookie)
	}
	return v.render("timeout", v.t.T("self.timeout.title"), ui.Narrow, alive)
}

// endOthers logs the customer out everywhere else (SCA-74).
func (s *self) endOthers(v *visit) error {
	n, err := s.Sessions.EndOthers(v.ctx(), v.token())
	if err != nil {
		return err
	}
	return v.done("/activity", ui.Good, "self.flash.others", "n", strconv.FormatInt(n, 10))
}
