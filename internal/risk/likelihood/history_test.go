package likelihood_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk/likelihood"
)

func entry(n int, at time.Time) likelihood.Entry {
	return likelihood.Entry{Event: ident.Derive(strconv.Itoa(n)), At: at, Row: likelihood.Attempt{strconv.Itoa(n)}}
}

func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	var h likelihood.History
	w := likelihood.NewWorld()
	for n := range 3 * likelihood.MaxEntries {
		deltas, learned := h.Learn(entry(n, epoch.Add(time.Duration(n)*3*time.Hour)))
		if w.Apply(deltas...); !learned {
			t.Fatalf("row %d was not learned", n)
		}
	}
	c := w.Look(likelihood.Attempt{"0"})
	if len(h.Entries) != likelihood.MaxEntries || c.Rows != likelihood.MaxEntries || c.Users != 1 || c.Same[likelihood.Address] != 0 {
		t.Errorf("%d rows, counts %+v", len(h.Entries), c)
	}
	last := h.Entries[len(h.Entries)-1].At
	w.Apply(h.Expire(last.Add(likelihood.MaxAge))...)
	if len(h.Entries) != 1 {
		t.Errorf("%d rows of six months, want 1", len(h.Entries))
	}
	w.Apply(h.Expire(last.Add(likelihood.MaxAge + time.Second))...)
	if c := w.Look(likelihood.Attempt{}); c != (likelihood.Counts{}) {
		t.Errorf("traces of what was forgotten: %+v", c)
	}
}

func TestADayTeachesLittleAndAnEventOnce(t *testing.T) {
	t.Parallel()
	var h likelihood.History
	for n := range likelihood.PerDay {
		if _, learned := h.Learn(entry(n, epoch.Add(time.Duration(n)*time.Minute))); !learned {
			t.Fatalf("row %d was not learned", n)
		}
	}
	if deltas, learned := h.Learn(entry(99, epoch.Add(time.Hour))); learned || deltas != nil {
		t.Error("a day taught more than its cap")
	}
	if _, learned := h.Learn(entry(99, epoch.Add(24*time.Hour))); !learned {
		t.Error("the next day taught nothing")
	}
	if _, learned := h.Learn(entry(99, epoch.Add(48*time.Hour))); learned {
		t.Error("an event taught twice")
	}
	if deltas := h.Unlearn(ident.Derive("99")); len(deltas) != 1 || deltas[0].Rows != -1 || h.Knows(likelihood.Address, "99") {
		t.Errorf("unlearned %+v", deltas)
	}
	if h.Unlearn(ident.Derive("99")) != nil {
		t.Error("an event was unlearned twice")
	}
}
