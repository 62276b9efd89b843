package bank

import (
	"errors"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

const (
	// idleLimit is how long a session lives without a request (RTS Art. 4(3)(d): at
	// most five minutes, SCA-09).
	idleLimit = 5 * time.Minute
	// sessionLife ends a session however busy it is.
	sessionLife = 8 * time.Hour
	// recheck is how often the API is asked whether the customer is still active.
	recheck = time.Minute
	// blindLimit is how long a session goes on while the API cannot be asked.
	blindLimit = 5 * time.Minute

	sessionCookie = "session"
)

// session is a customer who is logged in.
type session struct {
	Customer  string    // their number
	Name      string    // may be empty
	Browser   string    // "Firefox on Linux", for their own list
	Refused   time.Time // when a secure code was last refused before this login; zero: never
	Change    change    // what waits for a second factor
	Look      bool      // see authentication.look
	confirmed time.Time // when the API last said that they are active
}

// private serves a page of a customer who is logged in; everybody else is led to
// the login.
func (b *bank) private(serve func(http.ResponseWriter, *http.Request, session) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		name := b.kit.Cookie(r, sessionCookie)
		s, ok := b.sessions.use(name)
		if !ok {
			if name != "" {
				b.kit.DropCookie(w, sessionCookie)
				b.kit.Flash(w, ui.Info, "bank.flash.ended")
			}
			http.Redirect(w, r, "/login", http.StatusSeeOther)
			return nil
		}
		if err := b.welcome(r, name, &s); err != nil {
			if errors.Is(err, errNotActive) {
				b.kit.DropCookie(w, sessionCookie)
				b.kit.Flash(w, ui.Warn, "bank.flash.closed")
				http.Redirect(w, r, "/login", http.StatusSeeOther)
				return nil
			}
			return err
		}
		return serve(w, r, s)
	}
}

var errNotActive = errors.New("the customer is not active")

// welcome asks now and then whether the customer may still be here: whoever was
// suspended is out within a minute (SCA-74). While the API cannot be asked the
// session goes on for a while, then nothing is shown.
func (b *bank) welcome(r *http.Request, name string, s *session) error {
	now := b.now()
	if now.Sub(s.confirmed) < recheck {
		return nil
	}
	c, err := b.api.customer(r.Context(), s.Customer)
	switch {
	case fault.KindOf(err) == fault.NotFound && err != nil, err == nil && c.Status != customerActive:
		b.sessions.drop(name)
		return errNotActive
	case err != nil && now.Sub(s.confirmed) < blindLimit:
		return nil
	case err != nil:
		return err
	}
	b.sessions.change(name, func(s *session) { s.confirmed, s.Name = now, c.Name })
	s.Name = c.Name
	return nil
}

// logIn starts a session with a new id; whatever the browser had before ends. What the login
// was is what may be seen: see look.
func (b *bank) logIn(w http.ResponseWriter, r *http.Request, number string, a authentication) error {
	b.sessions.drop(b.kit.Cookie(r, sessionCookie))
	b.endVisit(w, r)
	s := b.describe(r, number)
	s.Look = a.look()
	name, err := b.sessions.add(s)
	if err != nil {
		return err
	}
	b.kit.SetCookie(w, sessionCookie, name, 0)
	http.Redirect(w, r, "/overview", http.StatusSeeOther)
	return nil
}

// describe gathers what the pages say about the customer. The login is decided
// already; if the API does not answer now, the pages greet without a name and
// ask again at the next request.
func (b *bank) describe(r *http.Request, number string) session {
	s := session{Customer: canonical(number), Browser: ui.Browser(r.UserAgent()), confirmed: b.now().Add(-recheck)}
	c, err := b.api.customer(r.Context(), number)
	if err != nil {
		return s
	}
	s.Customer, s.Name, s.confirmed = c.Number, c.Name, b.now()
	if c.Status != customerActive {
		s.confirmed = time.Time{} // suspended in this very moment: the next request finds out
	}
	ways, err := b.api.authenticators(r.Context(), c.Number)
	if err == nil {
		s.Refused = last(ways, func(a authenticator) time.Time { return a.Failed })
	}
	return s
}

// logout ends the session.
func (b *bank) logout(w http.ResponseWriter, r *http.Request) error {
	b.sessions.drop(b.kit.Cookie(r, sessionCookie))
	b.kit.DropCookie(w, sessionCookie)
	b.kit.Flash(w, ui.Good, "bank.flash.logout")
	http.Redirect(w, r, "/login", http.StatusSeeOther)
	return nil
}

// timeout is where an idle page goes. It does not count as activity: another
// window may be in use, and a page that lies open must not keep a session alive.
func (b *bank) timeout(w http.ResponseWriter, r *http.Request) error {
	_, alive := b.sessions.peek(b.kit.Cookie(r, sessionCookie))
	if !alive {
		b.kit.DropCookie(w, sessionCookie)
	}
	return b.kit.Render(w, r, ui.Page{Name: "timeout", Title: b.kit.Locale(r).T("bank.timeout.title"), Width: ui.Narrow, Data: alive})
}
