package mobileid_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/ota/applet"
)

// model is one number with everything that was asked of it.
type model struct {
	w       *world
	t       *rapid.T
	m       mobileid.MobileID
	s       *sim
	phone   string
	letters []letter // that the card still holds, some of them for ever
	all     []*request
	resting bool // suspended
}

// request is what is known of a transaction from outside.
type request struct {
	mobileid.Transaction

	right bool            // the card signed what was shown, in time, while the mobile ID was in use
	last  mobileid.Status // when it was looked at last
}

// TestRandomLives: whatever happens in whatever order, a number has one request that is open, states do
// not come back, only what the card has signed as it was shown becomes valid, and nothing while the
// mobile ID is out of use.
func TestRandomLives(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n := 0
		rapid.Check(t, func(t *rapid.T) {
			n++
			x := &model{w: w, t: t, phone: fmt.Sprintf("+4179%07d", 1000000+n)}
			x.m, x.s = w.person(fmt.Sprintf("P%d", n), x.phone)
			x.s.inbox = nil
			t.Repeat(map[string]func(*rapid.T){
				"ask":   func(*rapid.T) { x.ask() },
				"sign":  func(*rapid.T) { x.sign(true) },
				"forge": func(*rapid.T) { x.sign(false) },
				"ack":   func(*rapid.T) { x.acknowledge() },
				"no": func(t *rapid.T) {
					x.no(rapid.SampledFrom([]applet.Result{applet.Cancelled, applet.Postponed, applet.WrongPIN, applet.NotMe, applet.TimedOut}).Draw(t, "no"))
				},
				"lose":    func(*rapid.T) { x.lose() },
				"cancel":  func(*rapid.T) { x.cancel() },
				"judge":   func(*rapid.T) { w.deliver() },
				"wait":    func(t *rapid.T) { w.clock.Advance(time.Duration(rapid.IntRange(1, 90).Draw(t, "s")) * time.Second) },
				"long":    func(*rapid.T) { w.clock.Advance(soonOver) },
				"sweep":   func(*rapid.T) { _, err := w.desk.Sweep(w.Context(), 50); w.check(err) },
				"suspend": func(*rapid.T) { x.rest() },
				"":        func(*rapid.T) { x.invariants() },
			})
		})
	})
}

func (x *model) ask() {
	t, err := x.w.sign(ap, x.phone, "Hello")
	switch {
	case err == nil && x.resting:
		x.t.Fatal("a suspended number was asked")
	case err == nil:
		x.all = append(x.all, &request{Transaction: t, last: mobileid.Asked})
		x.letters = append(x.letters, x.s.next(applet.Sign))
	case !fault.Is(err, "mobileid.busy") && !fault.Is(err, "mobileid.limited") && !fault.Is(err, "mobileid.cool_down") && !fault.Is(err, "mobileid.suspended"):
		x.t.Fatal(err)
	}
}

// letter picks one that the card has had, answered or not.
func (x *model) letter() (letter, *request, bool) {
	if len(x.letters) == 0 {
		return letter{}, nil, false
	}
	i := rapid.IntRange(0, len(x.letters)-1).Draw(x.t, "letter")
	return x.letters[i], x.all[i], true
}

// sign answers a request, rightly or over something else.
func (x *model) sign(right bool) {
	l, r, some := x.letter()
	if !some {
		return
	}
	waiting := x.w.get(r.Transaction).Status.Waiting()
	hash := l.Signed()
	if !right {
		hash[3] ^= 1
	}
	x.s.answer(l, applet.Answer{Signature: x.s.hash(l.Role, hash)})
	r.right = r.right || right && waiting
}

func (x *model) no(result applet.Result) {
	if l, _, some := x.letter(); some {
		x.s.answer(l, applet.Answer{Result: result, Tries: 1})
	}
}

func (x *model) acknowledge() {
	if l, _, some := x.letter(); some {
		x.s.acknowledge(l)
	}
}

func (x *model) lose() {
	if l, _, some := x.letter(); some {
		x.w.lose(l, mobileid.LostAbsent)
	}
}

func (x *model) cancel() {
	if _, r, some := x.letter(); some {
		_, err := x.w.desk.Cancel(x.w.Context(), system, ap.Code, r.Handle)
		x.w.check(err)
	}
}

func (x *model) rest() {
	act := x.w.desk.Suspend
	if x.resting {
		act = x.w.desk.Resume
	}
	_, err := act(x.w.Context(), system, order(x.m))
	x.w.check(err)
	x.resting = !x.resting
}

func (x *model) invariants() {
	open := 0
	for _, r := range x.all {
		now := x.w.get(r.Transaction)
		if now.Status.Open() {
			open++
		}
		judged := now.Status == mobileid.Valid || now.Status == mobileid.Invalid || now.Status == mobileid.Revoked
		if now.Status != r.last && !r.last.To(now.Status) && (!r.last.Waiting() || !judged) {
			x.t.Fatalf("%s became %s", r.last, now.Status)
		}
		if now.Status == mobileid.Valid && (!r.right || len(now.CMS) == 0) {
			x.t.Fatal("valid, and nobody signed it as it was shown")
		}
		if now.Status.Open() && x.resting {
			x.t.Fatalf("%s while the mobile ID is suspended", now.Status)
		}
		r.last = now.Status
	}
	if open > 1 {
		x.t.Fatalf("%d requests are open", open)
	}
}
