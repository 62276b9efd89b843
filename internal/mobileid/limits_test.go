package mobileid_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/ota/applet"
)

// soonOver is longer than every window and cool-down of the rules.
const soonOver = 20 * time.Minute

// TestOneAtATime: whoever asks, a number is asked for one thing at a time (M-05).
func TestOneAtATime(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, s := w.person("1", phoneA)
		var sent, busy atomic.Int64
		var all []func()
		before := s.sent
		for i := range 100 {
			p := mobileid.Provider{Code: fmt.Sprintf("ap-%d", i%5), Name: "Somebody", Entitled: i%2 == 0}
			all = append(all, func() {
				switch _, err := w.sign(p, phoneA, "Hello"); {
				case err == nil:
					sent.Add(1)
				case fault.Is(err, "mobileid.busy"), fault.Is(err, "mobileid.limited"):
					busy.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		together(all...)
		if sent.Load() != 1 || busy.Load() != 99 || s.sent-before != 1 || s.count(applet.Sign) != 1 {
			t.Fatalf("%d taken, %d busy, %d sent", sent.Load(), busy.Load(), s.sent-before)
		}
		s.approve()
		w.deliver()
		w.clock.Advance(soonOver)
		w.ask(phoneA, "Hello again")
	})
}

// TestUnknownNumbers: nobody's numbers are answered like those of people who do not answer.
func TestUnknownNumbers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customer("1")
		for _, user := range []mobileid.User{{Number: phoneB}, {Person: "MIDCSAAAAAAAAAAA"}, {CustomerNumber: "1"}, {CustomerNumber: "99"}} {
			in := mobileid.Request{Provider: closed, User: user, Role: applet.Signing, Text: "Hello", Control: applet.ShownControl}
			asked, err := w.desk.Sign(t.Context(), system, in)
			w.check(err)
			if asked.Status != mobileid.Asked || len(asked.Control) != 4 || asked.Withheld == "" {
				t.Fatalf("%+v", asked)
			}
			_, err = w.desk.Sign(t.Context(), system, in)
			want(t, err, "mobileid.busy")
			w.clock.Advance(2 * time.Minute)
			w.deliver()
			w.status(asked, mobileid.TimedOut, mobileid.ServerTime)
			for range 1 { // the second one in a row that nobody answers
				if _, err = w.desk.Sign(t.Context(), system, in); err != nil {
					t.Fatal(err)
				}
				w.clock.Advance(2 * time.Minute)
			}
			_, err = w.desk.Sign(t.Context(), system, in)
			want(t, err, "mobileid.cool_down")

			in.Provider = ap
			w.clock.Advance(soonOver)
			_, err = w.desk.Sign(t.Context(), system, in)
			want(t, err, "mobileid.unknown")
		}
		_, err := w.desk.ProfileOf(t.Context(), closed, mobileid.User{Number: phoneB})
		want(t, err, "mobileid.unknown")
	})
}

// TestSameAnswers: what a provider that may not know sees of a number that is known, but cannot be
// used, is what it sees of nobody's.
func TestSameAnswers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m, s := w.person("1", phoneA)
		_, err := w.desk.SetSpam(t.Context(), system, mobileid.Order{Customer: m.Customer, Mobile: m.ID}, "Ab12")
		w.check(err)
		_, err = w.desk.Suspend(t.Context(), system, mobileid.Order{Customer: m.Customer, Mobile: m.ID, Reason: "lost"})
		w.check(err)
		before := s.sent
		for _, spam := range []string{"Ab13", "", "Ab12"} {
			known, err1 := w.desk.Sign(t.Context(), system, mobileid.Request{Provider: closed, User: mobileid.User{Number: phoneA}, Spam: spam, Role: applet.Signing, Text: "Hello"})
			nobody, err2 := w.desk.Sign(t.Context(), system, mobileid.Request{Provider: closed, User: mobileid.User{Number: phoneB}, Spam: spam, Role: applet.Signing, Text: "Hello"})
			if err1 != nil && fault.From(err1).Code == fault.From(err2).Code && spam == "Ab12" {
				continue // two in a row that nobody answered
			}
			if err1 != nil || err2 != nil || known.Status != nobody.Status || known.Shown != nobody.Shown || len(known.Handle) != len(nobody.Handle) {
				t.Errorf("%q: %v %v, %v %v", spam, known, err1, nobody, err2)
			}
			w.clock.Advance(soonOver)
			w.status(known, mobileid.TimedOut, mobileid.ServerTime)
			w.status(nobody, mobileid.TimedOut, mobileid.ServerTime)
		}
		if s.sent != before {
			t.Error("a phone was asked")
		}
	})
}

// TestSpamCode: nothing leaves without the code that a person has set, and guesses are counted.
func TestSpamCode(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m, s := w.person("1", phoneA)
		o := mobileid.Order{Customer: m.Customer, Mobile: m.ID}
		for _, bad := range []string{"ab", "1abc", "a b c", strings.Repeat("a", 17)} {
			_, err := w.desk.SetSpam(t.Context(), system, o, bad)
			want(t, err, "mobileid.spam")
		}
		got, err := w.desk.SetSpam(t.Context(), system, o, " Käse42 ")
		if w.check(err); !got.Guarded {
			t.Error("not guarded")
		}
		ask := func(spam string) error {
			_, err := w.desk.Sign(t.Context(), system, mobileid.Request{Provider: ap, User: mobileid.User{Number: phoneA}, Role: applet.Authentication, Text: "Hello", Spam: spam})
			return err
		}
		before := s.sent
		want(t, ask(""), "mobileid.spam_missing")
		want(t, ask("käse43"), "mobileid.spam_wrong")
		want(t, ask("Kase42"), "mobileid.spam_wrong")
		want(t, ask("Käse42"), "mobileid.cool_down")
		if s.sent != before {
			t.Error("something was sent")
		}
		w.clock.Advance(2 * time.Hour)
		w.check(ask("Käse42"))
		s.approve()
		w.deliver()
		_, err = w.desk.SetSpam(t.Context(), system, o, "")
		w.check(err)
		w.check(ask("anything"))
	})
}

// TestCoolDown: after refusals and time-outs in a row nobody asks for a while; a signature clears.
func TestCoolDown(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, s := w.person("1", phoneA)
		w.ask(phoneA, "One")
		s.refuse(applet.Cancelled)
		w.ask(phoneA, "Two")
		s.approve()
		w.deliver()
		w.ask(phoneA, "Three")
		s.refuse(applet.WrongPIN)
		w.ask(phoneA, "Four")
		s.next(applet.Sign)
		w.clock.Advance(61 * time.Second) // nobody answers
		_, err := w.sign(ap, phoneA, "Five")
		want(t, err, "mobileid.cool_down")
		if after := fault.From(err).RetryAfter; after <= 0 || after > 15*time.Minute {
			t.Error(after)
		}
		_, err = w.sign(closed, phoneA, "Six")
		want(t, err, "mobileid.cool_down")
		w.clock.Advance(16 * time.Minute)
		w.ask(phoneA, "Seven")
	})
}

// TestLimits: by number, by provider, in all.
func TestLimits(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, s := w.person("1", phoneA)
		for range 6 {
			w.ask(phoneA, "Hello")
			s.approve()
			w.deliver()
		}
		_, err := w.sign(ap, phoneA, "Hello")
		want(t, err, "mobileid.limited")
		w.clock.Advance(11 * time.Minute)
		w.ask(phoneA, "Hello")

		few := mobileid.Provider{Code: "few", Name: "Few", Rate: 2}
		for i := range 2 {
			_, err := w.sign(few, fmt.Sprintf("+4179200000%d", i), "Hello")
			w.check(err)
		}
		_, err = w.sign(few, "+41792000003", "Hello")
		want(t, err, "mobileid.limited")
		other := few
		other.Code = "other"
		_, err = w.sign(other, "+41792000003", "Hello")
		w.check(err)
	})
}

// TestRefs: a provider uses its own name of a request once in a month.
func TestRefs(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, s := w.person("1", phoneA)
		ask := func(p mobileid.Provider) error {
			_, err := w.desk.Sign(t.Context(), system, mobileid.Request{Provider: p, User: mobileid.User{Number: phoneA}, Role: applet.Authentication, Text: "Hello", Ref: "T-1"})
			return err
		}
		w.check(ask(ap))
		s.approve()
		w.deliver()
		want(t, ask(ap), "mobileid.duplicate")
		w.check(ask(closed))
		s.approve()
		w.deliver()
		w.clock.Advance(32 * 24 * time.Hour)
		w.check(ask(ap))
	})
}
