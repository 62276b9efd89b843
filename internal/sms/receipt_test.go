package sms_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/sms"
)

func TestReceiptsBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for i, s := range []sms.State{sms.Delivered, sms.Failed, sms.Expired, sms.Unknown} {
			ref := fmt.Sprint("early", i)
			w.Gateways = []sms.Gateway{&gateway{name: "one", answer: func(sms.Outgoing) ([]string, error) {
				w.receive(ref, s)
				return []string{ref}, nil
			}}}
			id := w.send(w.text())
			w.deliver(1)
			if m := w.is(id, s); s != sms.Delivered && m.Reason != "err:"+string(s) {
				t.Errorf("%+v", m)
			}
		}
	})
}

// TestPartsInAnyOrder: whatever the order of receipts, early ones included, the
// end is a function of what they say.
func TestPartsInAnyOrder(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		n := 0
		rapid.Check(t, func(r *rapid.T) {
			n++
			parts := rapid.IntRange(1, 4).Draw(r, "parts")
			states := rapid.SliceOfN(rapid.SampledFrom([]sms.State{sms.Delivered, sms.Delivered, sms.Failed, sms.Expired, sms.Unknown}), parts, parts).Draw(r, "states")
			order := rapid.Permutation(indexes(parts)).Draw(r, "order")
			early := rapid.IntRange(0, parts).Draw(r, "early")
			var refs []string
			for i := range parts {
				refs = append(refs, fmt.Sprintf("%d-%d", n, i))
			}
			w.Gateways = []sms.Gateway{&gateway{name: "one", answer: func(sms.Outgoing) ([]string, error) {
				for _, i := range order[:early] {
					w.receive(refs[i], states[i])
				}
				return refs, nil
			}}}
			id := w.send(w.text())
			w.deliver(1)
			for _, i := range order[early:] {
				w.receive(refs[i], states[i])
			}
			m, _, err := w.Find(t.Context(), id)
			if err != nil || !slices.Contains(allowed(states), m.State) || m.Parts != parts {
				r.Errorf("parts %v in order %v, %d early: %q, %v", states, order, early, m.State, err)
			}
		})
	})
}

func indexes(n int) (all []int) {
	for i := range n {
		all = append(all, i)
	}
	return all
}

// allowed are the ends that the states of parts may lead to: the first bad one
// decides, and which that is depends on the order.
func allowed(states []sms.State) (ends []sms.State) {
	for _, bad := range []sms.State{sms.Failed, sms.Expired} {
		if slices.Contains(states, bad) {
			ends = append(ends, bad)
		}
	}
	switch {
	case ends != nil:
		return ends
	case slices.Contains(states, sms.Unknown):
		return []sms.State{sms.Unknown}
	}
	return []sms.State{sms.Delivered}
}

// TestReceiptsOfAllPartsAtOnce: none of them may miss that it was the last.
func TestReceiptsOfAllPartsAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for round := range 10 {
			var refs []string
			for i := range 8 {
				refs = append(refs, fmt.Sprint(round, "/", i))
			}
			w.Gateways = []sms.Gateway{takes("one", refs...)}
			id := w.send(w.text())
			var wg sync.WaitGroup
			for _, ref := range refs[:4] { // half of them while the answer is stored
				wg.Go(func() { w.receive(ref, sms.Delivered) })
			}
			w.deliver(1)
			for _, ref := range refs[4:] {
				wg.Go(func() { w.receive(ref, sms.Delivered) })
			}
			wg.Wait()
			w.is(id, sms.Delivered)
			if n := w.ends(id); n != 1 {
				t.Errorf("%d records of one end", n)
			}
		}
	})
}

func (w *world) ends(id ident.ID) (n int) {
	w.t.Helper()
	if err := w.d.Read(w.t.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT count(*) FROM journal WHERE kind = $1 AND object = $2`, sms.AuditEnded, id.String()).Scan(&n)
	}); err != nil {
		w.t.Fatal(err)
	}
	return n
}

func TestALateReceiptImprovesUnknown(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.Gateways = []sms.Gateway{takes("one", "1")}
		id := w.send(w.text())
		w.deliver(1)
		w.receive("1", "accepted") // no news
		w.is(id, sms.Sent)
		w.receive("1", sms.Unknown)
		w.receive("1", sms.Unknown)
		w.is(id, sms.Unknown)
		w.receive("1", sms.Delivered)
		w.is(id, sms.Delivered)
	})
}

func TestStrayReceipts(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.Gateways = []sms.Gateway{takes("two", "1")}
		id := w.send(w.text())
		w.deliver(1)
		w.receive("1", sms.Failed) // of gateway one: another message with the same reference
		w.receive("", sms.Failed)
		w.is(id, sms.Sent)
		w.clock.Advance(25 * time.Hour)
		w.sweep()
		w.Gateways = []sms.Gateway{takes("one", "1")}
		id = w.send(w.text())
		w.deliver(1)
		w.is(id, sms.Sent) // the receipt of a day ago was forgotten
	})
}

func TestFailoverAndWaits(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		busy, down := refuses("one", fault.Limitedf(time.Minute, "x.busy", "busy")), refuses("two", fault.Limitedf(20*time.Second, "x.busy", "busier"))
		good := takes("three", "1")
		w.Gateways = []sms.Gateway{busy, down}
		id := w.send(w.text())
		w.deliver(1)
		w.is(id, sms.Waiting)
		w.clock.Advance(19 * time.Second)
		w.deliver(0) // the sooner of the two
		w.clock.Advance(time.Second)
		w.Gateways = append(w.Gateways, good)
		w.deliver(1)
		if m := w.is(id, sms.Sent); m.Gateway != "three" || len(busy.got) != 2 || len(down.got) != 2 {
			t.Errorf("%+v after %d and %d attempts", m, len(busy.got), len(down.got))
		}
	})
}

// TestWithoutReceipts: a gateway that gives no references sends no receipts.
func TestWithoutReceipts(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.Gateways = []sms.Gateway{takes("one")}
		id := w.send(w.text())
		w.deliver(1)
		w.is(id, sms.Sent)
		w.clock.Advance(25 * time.Hour)
		w.sweep()
		w.is(id, sms.Unknown)
		w.clock.Advance(91 * 24 * time.Hour)
		w.sweep()
		if _, ok, err := w.Find(t.Context(), id); ok || err != nil {
			t.Errorf("after 90 days: %t, %v", ok, err)
		}
	})
}

func TestDeadMessagesAreTriedAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.Gateways = []sms.Gateway{refuses("one", outbox.Permanent(errors.New("it will not have it")))}
		id := w.send(w.text())
		w.deliver(1)
		if m := w.is(id, sms.Dead); m.Reason != "it will not have it" {
			t.Errorf("%+v", m)
		}
		if err := w.Retry(t.Context(), tester, ident.Derive("none")); !fault.Is(err, "outbox.unknown") {
			t.Error(err)
		}
		if err := w.Retry(t.Context(), tester, id); err != nil {
			t.Fatal(err)
		}
		w.is(id, sms.Waiting)
		w.Gateways = []sms.Gateway{takes("one", "1")}
		w.deliver(1)
		w.is(id, sms.Sent)
		if err := w.Retry(t.Context(), tester, id); !fault.Is(err, "outbox.not_dead") {
			t.Error(err)
		}
	})
}

func TestNothingGoesOutTooLate(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		g := refuses("one", errors.New("later"))
		w.Gateways = []sms.Gateway{g}
		id := w.send(w.text())
		w.deliver(1)
		w.clock.Advance(5 * time.Minute)
		w.deliver(1)
		w.is(id, sms.Expired)
		if _, body := w.sealed(id); body != nil || len(g.got) != 1 {
			t.Errorf("a body of %d bytes; %d attempts", len(body), len(g.got))
		}
		if err := w.Retry(t.Context(), tester, id); !fault.Is(err, "outbox.expired") {
			t.Error(err)
		}
	})
}

func TestListsByWhatIsAsked(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.Gateways = []sms.Gateway{takes("one", "1")}
		for i := range 7 {
			x := w.text()
			if i%2 == 1 {
				x.Class, x.Customer = sms.ClassNotice, ident.Derive("other")
			}
			w.send(x)
			w.clock.Advance(time.Second)
		}
		for want, f := range map[int]sms.Filter{
			7: {}, 4: {Customer: ident.Derive("customer")}, 3: {Class: sms.ClassNotice}, 0: {State: sms.Sent},
		} {
			n := 0
			for last := (ident.ID{}); ; {
				f.Before = last
				list, err := w.List(t.Context(), f, 2)
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range list {
					if !last.IsZero() && m.ID.String() >= last.String() || m.To != "+47 ••• 67" {
						t.Errorf("%+v after %s", m, last)
					}
					last = m.ID
				}
				if n += len(list); len(list) < 2 {
					break
				}
			}
			if n != want {
				t.Errorf("%+v lists %d, want %d", f, n, want)
			}
		}
		if _, err := w.List(t.Context(), sms.Filter{}, 501); !fault.Is(err, "sms.page_size") {
			t.Error(err)
		}
	})
}
