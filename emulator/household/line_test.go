package household_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/household"
	"github.com/countersign-auth/countersign/envelope/report"
)

// What phones report is what the server reads: every batch passes the strict checks of
// the protocol, late ones too, and says nothing that is only true.
func TestBatchesPassTheProtocol(t *testing.T) {
	t.Parallel()
	w := town(11)
	batches, late, undated := 0, 0, 0
	for n := range 12 {
		p := w.Person(n)
		for l := range p.Lines(20, 40, true) {
			if l.Batch == nil {
				continue
			}
			batches++
			if !l.Batch.Live {
				late++
			}
			if err := l.Batch.Check(l.At.Add(5 * time.Minute)); err != nil {
				t.Fatalf("%+v: %v", l.Batch, err)
			}
			for _, e := range l.Batch.Events {
				if e.Time == 0 {
					undated++
				}
				for _, d := range append(e.Seen, e.Device) {
					if d > len(p.Devices) {
						t.Fatalf("a device %d that nobody registered", d)
					}
				}
				if e.Kind == report.Activity && !e.Active {
					t.Error("no activity is reported as one")
				}
			}
		}
	}
	if batches == 0 || late == 0 || undated == 0 {
		t.Errorf("%d batches, %d late, %d events without a time", batches, late, undated)
	}
}

func TestLinesAreInOrder(t *testing.T) {
	t.Parallel()
	p := town(11).Person(2)
	var last time.Time
	requests := 0
	for l := range p.Lines(3, 4, false) {
		if l.At.Before(last) || (l.Batch == nil) == (l.Request == nil) || l.Truth != nil || l.Person != 2 {
			t.Fatalf("%+v after %s", l, last)
		}
		last = l.At
		if l.Request != nil {
			requests++
		}
	}
	if want := len(p.Requests(3)); requests != want {
		t.Errorf("%d requests, want %d", requests, want)
	}
	for range p.Lines(3, 30, false) {
		break // an early end is no panic
	}
}

func TestAttacksAreLines(t *testing.T) {
	t.Parallel()
	attacks(t, household.ClonedDevices, func(_ *household.Person, m household.Moment) {
		l := m.Line(true)
		b, err := json.Marshal(l)
		if err != nil || l.Truth.Attack != household.ClonedDevices || l.Before == nil || l.Request.Cents == 0 {
			t.Fatalf("%v: %s", err, b)
		}
	})
}
