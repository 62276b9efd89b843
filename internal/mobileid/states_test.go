package mobileid_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/ota/applet"
)

// table reads a table of the package comment.
func table(t *testing.T, head string) (columns []string, rows map[string][]string) {
	t.Helper()
	b, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(b), "//	"+head)
	if !found {
		t.Fatal("there is no table " + head)
	}
	text, _, _ := strings.Cut(rest, "\n//\n")
	wide := regexp.MustCompile(` {2,}`)
	rows = map[string][]string{}
	for i, line := range strings.Split(text, "\n") {
		cells := wide.Split(strings.TrimSpace(strings.TrimPrefix(line, "//	")), -1)
		if i == 0 {
			columns = cells
		} else {
			rows[cells[0]] = cells[1:]
		}
	}
	return columns, rows
}

// TestStatesOfAMobileID goes through each cell of the table in the package comment.
func TestStatesOfAMobileID(t *testing.T) {
	t.Parallel()
	columns, rows := table(t, `act \ from`)
	if len(columns) != len(mobileid.States()) || len(rows) != len(mobileid.Acts()) {
		t.Fatalf("%d states and %d acts in the table", len(columns), len(rows))
	}
	for _, a := range mobileid.Acts() {
		for i, from := range columns {
			to, possible := a.To(mobileid.State(from))
			want := rows[string(a)][i]
			if possible != (want != "–") || possible && string(to) != want {
				t.Errorf("%s from %s: %s, %v; the table says %s", a, from, to, possible, want)
			}
		}
	}
}

// TestStatesOfATransaction does the same for transactions.
func TestStatesOfATransaction(t *testing.T) {
	t.Parallel()
	_, rows := table(t, `to \ from `)
	line := func(s mobileid.Status) []string {
		for head, cells := range rows {
			if slices.Contains(strings.Split(head, ", "), string(s)) {
				return cells
			}
		}
		return rows["cancelled … failed"]
	}
	for _, to := range mobileid.Statuses() {
		for _, from := range mobileid.Statuses() {
			column := slices.Index([]mobileid.Status{mobileid.Asked, mobileid.Delivered, mobileid.Signed}, from)
			want := false
			if column >= 0 && to != mobileid.Asked {
				want = line(to)[column] == "yes"
			}
			if got := from.To(to); got != want {
				t.Errorf("%s from %s: %v; the table says %v", to, from, got, want)
			}
		}
	}
}

// TestAnswers has the card give every result that it knows.
func TestAnswers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, s := w.person("1", phoneA)
		for _, c := range []struct {
			result applet.Result
			status mobileid.Status
			reason mobileid.Reason
		}{
			{applet.Cancelled, mobileid.Canceled, ""},
			{applet.TimedOut, mobileid.TimedOut, mobileid.PersonTime},
			{applet.Postponed, mobileid.Postponed, ""},
			{applet.WrongPIN, mobileid.WrongPIN, ""},
			{applet.PINBlocked, mobileid.PINBlocked, ""},
			{applet.PUKBlocked, mobileid.PINBlocked, mobileid.PUKBlocked},
			{applet.NotMe, mobileid.Reported, ""},
			{applet.WrongControl, mobileid.WrongControl, ""},
			{applet.NoKey, mobileid.Failed, mobileid.NoKey},
			{applet.Busy, mobileid.Failed, mobileid.CardBusy},
			{applet.Unsupported, mobileid.Failed, mobileid.Unsupported},
			{applet.TooLong, mobileid.Failed, mobileid.TooLongForCard},
			{applet.KeyExists, mobileid.Failed, mobileid.KeyExists},
			{applet.Result(0x77), mobileid.Failed, mobileid.BadAnswer},
			{applet.Done, mobileid.Failed, mobileid.BadAnswer}, // without a signature
		} {
			w.clock.Advance(soonOver)
			asked := w.ask(phoneA, "Hello")
			s.refuse(c.result)
			got := w.status(asked, c.status, c.reason)
			if got.Ended.IsZero() || c.result == applet.WrongPIN && got.Tries != 2 || c.result != applet.WrongPIN && got.Tries != -1 {
				t.Errorf("%s: %+v", c.result, got)
			}
		}
		if len(w.refused) != 1 || w.refused[0].Status != mobileid.Reported {
			t.Errorf("told of: %v", w.refused)
		}
	})
}

// TestBrokenAnswers: what is no answer of the application, or one to something else, fails.
func TestBrokenAnswers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, s := w.person("1", phoneA)
		for name, send := range map[string]func(l letter){
			"nothing":     func(l letter) { s.raw(l, nil, 0) },
			"noise":       func(l letter) { s.raw(l, []byte{1, 2, 0x80, 9, 1}, 0) },
			"error":       func(l letter) { s.raw(l, nil, 4) },
			"transaction": func(l letter) { l.Transaction[0] ^= 1; s.answer(l, applet.Answer{Signature: []byte{1}}) },
			"command":     func(l letter) { l.Kind = applet.Show; s.answer(l, applet.Answer{}) },
		} {
			w.clock.Advance(soonOver)
			asked := w.ask(phoneA, "Hello")
			send(s.next(applet.Sign))
			want := mobileid.BadAnswer
			if name == "error" {
				want = mobileid.CardError
			}
			w.status(asked, mobileid.Failed, want)
			if w.deliver(); w.get(asked).Status != mobileid.Failed {
				t.Error(name)
			}
		}
	})
}

// TestLosses: what did not arrive ends at once, and what came too late does not count.
func TestLosses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, s := w.person("1", phoneA)
		for loss, want := range map[mobileid.Loss]mobileid.Reason{
			mobileid.LostAbsent: mobileid.PhoneAbsent, mobileid.LostRefused: mobileid.CenterRefused, mobileid.LostRetired: mobileid.OutOfService,
			mobileid.LostRestored: mobileid.Restarted, mobileid.LostInternal: mobileid.CenterRefused,
		} {
			w.clock.Advance(soonOver)
			asked := w.ask(phoneA, "Hello")
			w.lose(s.next(applet.Sign), loss)
			w.status(asked, mobileid.Undelivered, want)
		}
		w.clock.Advance(soonOver)
		asked := w.ask(phoneA, "Hello")
		l := s.next(applet.Sign)
		w.lose(l, mobileid.LostExpired)
		w.status(asked, mobileid.TimedOut, mobileid.ServerTime)
		s.answer(l, applet.Answer{Signature: s.hash(l.Role, l.Signed())})
		w.status(asked, mobileid.TimedOut, mobileid.ServerTime)

		w.clock.Advance(soonOver)
		asked = w.ask(phoneA, "Hello")
		l = s.next(applet.Sign)
		s.answer(l, applet.Answer{Signature: s.hash(l.Role, l.Signed())})
		s.acknowledge(l) // overtaken by the answer
		w.deliver()
		w.status(asked, mobileid.Valid, "")

		w.clock.Advance(soonOver)
		asked = w.ask(phoneA, "Hello")
		l = s.next(applet.Sign)
		w.clock.Advance(soonOver)
		w.status(asked, mobileid.TimedOut, mobileid.ServerTime)
		s.answer(l, applet.Answer{Signature: s.hash(l.Role, l.Signed())})
		w.deliver()
		w.status(asked, mobileid.TimedOut, mobileid.LateAnswer)
	})
}
