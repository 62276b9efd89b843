package household_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/household"
)

// attacks makes a kind of attacks on a hundred people up.
func attacks(t *testing.T, kind household.Attack, f func(*household.Person, household.Moment)) {
	t.Helper()
	w, tried := town(9), 0
	for n := range 100 {
		p := w.Person(n)
		m, ok := p.Attack(kind, 20+n%20, n)
		if !ok {
			continue
		}
		tried++
		for _, e := range m.Reports {
			if e.Sent.After(m.Request.At) {
				t.Fatalf("%s: a report from the future", kind)
			}
		}
		f(p, m)
	}
	if tried < 25 {
		t.Errorf("%s: only %d of 100 could be tried", kind, tried)
	}
}

func last(m household.Moment) household.Event { return m.Reports[len(m.Reports)-1] }

func away(e household.Event, q household.Request) float64 {
	at := e.Cell.LatLng()
	return household.Place{Lat: at.Lat.Degrees(), Lon: at.Lng.Degrees()}.Kilometers(q.Place)
}

func TestThievesHaveWhatTheyStole(t *testing.T) {
	t.Parallel()
	attacks(t, household.Stolen, func(_ *household.Person, m household.Moment) {
		for _, e := range m.Reports {
			if !e.At.Before(m.Since) && len(e.Seen) > 0 {
				t.Error("A1 meets a device after the theft")
			}
		}
	})
	attacks(t, household.StolenBag, func(p *household.Person, m household.Moment) {
		for _, s := range last(m).Seen {
			if !p.Devices[s.Device-1].Portable {
				t.Error("A2a meets what cannot be carried")
			}
		}
	})
	attacks(t, household.EnrolledBefore, func(p *household.Person, m household.Moment) {
		if m.Enrolled != len(p.Devices)+1 {
			t.Errorf("A8 registered number %d", m.Enrolled)
		}
	})
}

func TestBurglarsAreAtHomeAlone(t *testing.T) {
	t.Parallel()
	met := 0
	attacks(t, household.StolenAtHome, func(p *household.Person, m household.Moment) {
		e := last(m)
		day, minute := p.Clock(m.Request.At)
		if place, _ := p.Day(day).At(minute); place.Kind == household.Home {
			t.Error("the victim is at home")
		}
		if km := away(e, m.Request); km > 1 {
			t.Errorf("the burglar is %.1f km from home", km)
		}
		met += len(e.Seen)
	})
	if met == 0 {
		t.Error("burglars meet nothing")
	}
}

func TestClones(t *testing.T) {
	t.Parallel()
	attacks(t, household.Cloned, func(_ *household.Person, m household.Moment) {
		if len(last(m).Seen) > 0 || away(last(m), household.Request{Place: household.Place{Lat: 51, Lon: 9.4}}) < 100 {
			t.Error("A3a is near, or meets devices")
		}
	})
	attacks(t, household.ClonedPlace, func(_ *household.Person, m household.Moment) {
		if len(last(m).Seen) > 0 || away(last(m), m.Request) < 100 || m.Request.Access != 0 {
			t.Error("A3b does not pretend")
		}
	})
	attacks(t, household.ClonedDevices, func(_ *household.Person, m household.Moment) {
		for _, e := range m.Reports {
			for _, s := range e.Seen {
				if s.Proof != household.Identifier {
					t.Errorf("A3c shows %s", s.Proof)
				}
			}
		}
	})
}

func TestRealContexts(t *testing.T) {
	t.Parallel()
	attacks(t, household.Insider, func(_ *household.Person, m household.Moment) {
		if last(m).Truth.Place != household.Home || !last(m).Truth.Fresh {
			t.Error("the insider is elsewhere")
		}
	})
	attacks(t, household.Relayed, func(_ *household.Person, m household.Moment) {
		if len(m.Reports) == 0 || m.Request.Channel != household.Terminal {
			t.Error("the relay has no context")
		}
	})
	attacks(t, household.Replayed, func(_ *household.Person, m household.Moment) {
		for _, e := range m.Reports {
			if m.Request.At.Sub(e.At) < 8*time.Hour || e.Live {
				t.Errorf("a replayed report of %s before", m.Request.At.Sub(e.At))
			}
		}
	})
}

func TestPoison(t *testing.T) {
	t.Parallel()
	m := town(9).Person(3).Poison(30, 1, 10)
	if len(m.Before) != 40 || m.Before[0].Cell != last(m).Cell || !m.Before[0].At.Before(m.Request.At.AddDate(0, 0, -9)) {
		t.Errorf("%d reports before", len(m.Before))
	}
}
