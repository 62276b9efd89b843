package pattern

import "time"

// Schedule says when what happened may teach. Learning is late on purpose: what an
// attacker does today cannot explain today, and what is disputed in time never counts.
type Schedule struct {
	After      time.Duration // until a slot is learned, 24 hours is usual
	Quarantine time.Duration // until a new device counts, 72 hours is usual
}

// Delayed returns the schedule that the product starts with.
func Delayed() Schedule { return Schedule{After: 24 * time.Hour, Quarantine: 72 * time.Hour} }

// Until returns the moment up to which slots may be learned now, for [Builder.Take].
func (s Schedule) Until(now time.Time) time.Time { return now.Add(-s.After) }

// From returns the first hour in which a device that was registered at a moment counts:
// the first one that begins after its quarantine, by the civil time there.
func (s Schedule) From(registered time.Time, offset int) Hour {
	return HourOf(registered.Add(s.Quarantine), offset) + 1
}

// Fresh reports whether a device is in quarantine.
func (s Schedule) Fresh(registered, now time.Time) bool {
	return now.Before(registered.Add(s.Quarantine))
}
