package companion_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
)

func message(epoch uint32, seq uint64, text string) companion.Message {
	return companion.Message{Epoch: epoch, Seq: seq, Digest: sha256.Sum256([]byte(text))}
}

// says has an effect answer with a text.
func says(text string) companion.Effect {
	return func(*db.Tx, companion.Companion) ([]byte, error) { return []byte(text), nil }
}

func never(t *testing.T) companion.Effect {
	return func(*db.Tx, companion.Companion) ([]byte, error) {
		t.Error("it took effect")
		return nil, nil
	}
}

func (w *world) took(c companion.Companion, m companion.Message, do companion.Effect, want companion.Taken, answer string) {
	w.Helper()
	got, out, err := w.desk.Take(w.Context(), c, m, do)
	if err != nil || out != want || string(got) != answer {
		w.Errorf("%s %q, %v; want %s %q", out, got, err, want, answer)
	}
}

// TestMessagesTakeEffectOnce: fresh, repeated, altered, out of order, behind the window, of a new epoch.
func TestMessagesTakeEffectOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.phone(w.customer("1"))
		w.took(p, message(0, 5, "five"), says("5"), companion.Done, "5")
		w.took(p, message(0, 5, "five"), never(t), companion.Repeated, "5")
		w.took(p, message(0, 5, "other"), never(t), companion.Altered, "")
		w.took(p, message(0, 3, "three"), says("3"), companion.Done, "3")
		w.took(p, message(0, 2000, "far"), says("far"), companion.Done, "far")
		w.took(p, message(0, 6, "six"), never(t), companion.Stale, "")
		w.took(p, message(0, 3, "three"), never(t), companion.Repeated, "3")
		w.took(p, message(1, 1, "anew"), says("1"), companion.Done, "1")
		w.took(p, message(1, 1, "anew"), never(t), companion.Repeated, "1")
		w.clock.Advance(companion.KeepAnswers + time.Second)
		if n, err := w.desk.Sweep(t.Context(), 100); err != nil || n != 4 {
			t.Errorf("swept %d, %v", n, err)
		}
		w.took(p, message(1, 1, "anew"), never(t), companion.Altered, "")
	})
}

// TestFailedEffectsLeaveNothing: the message can be sent again.
func TestFailedEffectsLeaveNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.phone(w.customer("1"))
		broken := errors.New("broken")
		_, _, err := w.desk.Take(t.Context(), p, message(0, 1, "one"), func(*db.Tx, companion.Companion) ([]byte, error) { return nil, broken })
		if !errors.Is(err, broken) {
			t.Error(err)
		}
		w.took(p, message(0, 1, "one"), says("1"), companion.Done, "1")
	})
}

// TestCopiesAreFound: once a higher epoch was taken, a message of a lower one suspends the device for good.
func TestCopiesAreFound(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		p := w.phone(c)
		w.took(p, message(0, 1, "one"), says("1"), companion.Done, "1")
		w.took(p, message(1, 1, "restored"), says("1"), companion.Done, "1")
		w.took(p, message(0, 1, "one"), never(t), companion.Repeated, "1") // a network's retry is no copy
		w.took(p, message(0, 2, "the other"), never(t), companion.Cloned, "")
		w.took(p, message(1, 2, "more"), never(t), companion.Idle, "")
		it := w.get(p)
		if it.Status != device.Suspended || !it.Cloned || !contains(w.heard(), companion.AuditCloned) || !contains(w.ended, companion.AuditCloned) {
			t.Errorf("%s %t %v", it.Status, it.Cloned, w.heard())
		}
		w.identify(c)
		w.wants(w.desk.Resume(t.Context(), ann, on(p)), "companion.cloned")
	})
}

// TestParallelMessages: of many at once each takes effect once, and the same one once.
func TestParallelMessages(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.phone(w.customer("1"))
		var effects atomic.Int32
		var wg sync.WaitGroup
		for n := range 48 {
			seq := uint64(n/3 + 1)
			wg.Go(func() {
				for {
					_, out, err := w.desk.Take(context.WithoutCancel(t.Context()), p, message(0, seq, strconv.FormatUint(seq, 10)), says("x"))
					if fault.Is(err, "companion.busy") {
						continue
					}
					if out == companion.Done {
						effects.Add(1)
					}
					if err != nil || out != companion.Done && out != companion.Repeated {
						t.Errorf("%s, %v", out, err)
					}
					return
				}
			})
		}
		wg.Wait()
		if effects.Load() != 16 {
			t.Errorf("%d took effect; want 16", effects.Load())
		}
	})
}

// TestARepeatOfAnOldEpochIsNoCopy: a gateway that repeats a message from before the application was installed anew, for as long as messages are taken, gets the answer
// again; it cannot have the device suspended.
func TestARepeatOfAnOldEpochIsNoCopy(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.phone(w.customer("1"))
		w.took(p, message(0, 1, "one"), says("1"), companion.Done, "1") // by a clock that is ahead
		w.took(p, message(1, 1, "anew"), says("1"), companion.Done, "1")
		w.clock.Advance(envelope.MaxLate + envelope.LiveSkew - time.Second)
		if _, err := w.desk.Sweep(t.Context(), 100); err != nil {
			t.Fatal(err)
		}
		w.took(p, message(0, 1, "one"), never(t), companion.Repeated, "1")
	})
}
