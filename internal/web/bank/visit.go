package bank

import (
	"net/http"
	"time"
)

const (
	visitIdle   = 30 * time.Minute
	visitLife   = 2 * time.Hour
	visitCookie = "visit"
)

// visit is what the bank knows of somebody who is not logged in: the flow that
// they are in. It proves nothing.
type visit struct {
	Customer     string // their number, as typed
	Registration string // handle; empty outside a registration
	Login        string // handle of an authentication that awaits a proof; empty: none
	Policy       string // what the awaited proof is for
	Renew        bool   // the password has expired and is to be replaced, or was just replaced
	Challenge    challenge
	Up           bool   // more is asked for than usual, because of the risk
	Ended        string // how the customer has ended it on their phone; "" when they have not
	Back         string // where a login that has ended begins
	Reference    string // what a person whose login was stopped tells the help desk
}

// Mobile reports whether a code of the app is awaited.
func (v visit) Mobile() bool { return v.Policy == mobileCodePolicy }

// visit returns what the browser is in the middle of; the zero value if nothing.
func (b *bank) visit(r *http.Request) visit {
	v, _ := b.visits.use(b.kit.Cookie(r, visitCookie))
	return v
}

// beginVisit keeps v under a new name, in place of what there was.
func (b *bank) beginVisit(w http.ResponseWriter, r *http.Request, v visit) error {
	b.visits.drop(b.kit.Cookie(r, visitCookie))
	name, err := b.visits.add(v)
	if err != nil {
		return err
	}
	b.kit.SetCookie(w, visitCookie, name, 0)
	return nil
}

// endVisit forgets the flow.
func (b *bank) endVisit(w http.ResponseWriter, r *http.Request) {
	if name := b.kit.Cookie(r, visitCookie); name != "" {
		b.visits.drop(name)
		b.kit.DropCookie(w, visitCookie)
	}
}
