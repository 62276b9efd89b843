package evaluation

import (
	"slices"
	"time"

	"github.com/countersign-auth/countersign/emulator/household"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// learner is what a server knows of one person, by both methods.
type learner struct {
	p        *household.Person
	town     *household.Town
	schedule pattern.Schedule
	policy   judge.Policy
	state    *pattern.State
	builder  pattern.Builder
	sets     *sets
	fed      int                       // days whose reports were taken in
	extra    map[int][]household.Event // what an attacker reports, by day
	result   judge.Result
	recent   judge.Recent
}

func newLearner(t *household.Town, p *household.Person, policy judge.Policy) *learner {
	return &learner{p: p, town: t, schedule: pattern.Delayed(), policy: policy, state: pattern.New(pattern.Usual()), sets: newSets()}
}

// registered is when a device was registered: at the beginning of its first day.
func (l *learner) registered(d household.Device) time.Time { return l.town.Instant(d.From, 0) }

// to takes in the reports of the days before a day, and what changed in the inventory.
func (l *learner) to(day int) {
	for ; l.fed < day; l.fed++ {
		l.inventory(l.fed)
		if len(l.extra[l.fed]) > 0 {
			for _, e := range l.merged(l.fed) {
				l.feed(&e)
			}
			continue
		}
		for e := range l.p.Events(l.fed, l.fed+1) {
			l.feed(&e)
		}
	}
}

func (l *learner) feed(e *household.Event) {
	tell(e, l.builder.Add)
	l.sets.learn(e)
}

func (l *learner) inventory(day int) {
	for _, d := range l.p.Devices {
		if d.On(day) {
			l.state.Admit(number(d.Number), l.schedule.From(l.registered(d), 60))
		} else if d.To > 0 && day >= d.To {
			l.state.Remove(number(d.Number))
			l.sets.remove(d.Number)
		}
	}
}

// until learns what may be learned at an instant, and nothing later.
func (l *learner) until(at time.Time) {
	l.builder.Take(l.schedule.Until(at), func(s *pattern.Slot) { l.state.Learn(s) })
}

// judge scores a moment by both methods.
func (l *learner) judge(m *household.Moment) Scored {
	day, _ := l.town.Day(m.Request.At)
	l.to(day)
	l.until(m.Request.At)
	l.recall(m, day)
	l.policy.Score(l.state, &l.recent, &l.result)
	s := Scored{
		Person: m.Person, Day: day, Attack: m.Attack, Cents: m.Request.Cents, Sum: l.result.Sum, Confidence: l.result.Confidence, Terms: len(l.result.Terms),
		Amount: amount(l.result.Terms), Set: l.sets.score(m, l.p.Offset(m.Request.At), l.policy.Window), Groups: l.groups(m, day),
	}
	return s
}

// amount is what the amount of a payment adds to a sum.
func amount(terms []judge.Term) (x float64) {
	for i := range terms {
		if terms[i].Code == "amount.prior" {
			x -= float64(terms[i].Weight) / 1000
		}
	}
	return x
}

// recall brings together what is recent at a moment.
func (l *learner) recall(m *household.Moment, day int) {
	var w judge.Window
	for i := range m.Reports {
		tell(&m.Reports[i], w.Note)
	}
	trip := l.p.Trip(day)
	r := judge.Recent{At: m.Request.At, Offset: l.p.Offset(m.Request.At), Devices: l.recent.Devices[:0], Fixes: l.recent.Fixes, Values: l.recent.Values}
	r.Access = judge.Access{Cell: m.Request.Access, Remote: m.Request.Channel == household.Online}
	r.Request = judge.Request{Amount: int64(m.Request.Cents)}
	if m.Request.Account {
		r.Request.Kind = judge.Account
	}
	r.Travel = trip != nil && trip.Notice && covers(trip, m)
	for _, d := range l.p.Devices {
		if d.On(day) {
			r.Devices = append(r.Devices, judge.Device{Number: number(d.Number), Group: group(d.Group), Fresh: l.schedule.Fresh(l.registered(d), r.At)})
		}
	}
	if m.Enrolled > 0 {
		r.Devices = append(r.Devices, judge.Device{Number: number(m.Enrolled), Group: judge.Body, Fresh: true})
	}
	w.Recall(&l.policy, &r)
	l.recent = r
}

// covers reports whether a notice of a trip covers where the phone says that it is: a
// notice names days and a region, of some hundred kilometers around the place.
func covers(t *household.Trip, m *household.Moment) bool {
	for i := len(m.Reports) - 1; i >= 0; i-- {
		if c := m.Reports[i].Cell; c.IsValid() {
			return pattern.Kilometers(c, t.Hotel.Cell()) < 150
		}
	}
	return true
}

// groups are the subgroups that an honest request belongs to.
func (l *learner) groups(m *household.Moment, day int) (all Groups) {
	switch trip := l.p.Trip(day); {
	case trip != nil && trip.Notice:
		all = all.with(TravelNotice)
	case trip != nil:
		all = all.with(Travel)
	case m.Truth.New:
		all = all.with(NewPlace)
	case m.Truth.Place == household.Home:
		all = all.with(AtHome)
	case m.Truth.Place == household.Work:
		all = all.with(AtWork)
	default:
		all = all.with(Shops)
	}
	if l.p.Archetype == household.Shift {
		all = all.with(Shift)
	}
	if l.p.Moved > 0 && day >= l.p.Moved && day < l.p.Moved+14 {
		all = all.with(Moved)
	}
	if l.p.Swapped > 0 && day >= l.p.Swapped && day < l.p.Swapped+7 {
		all = all.with(Swapped)
	}
	if !slices.ContainsFunc(l.p.Devices, func(d household.Device) bool { return d.Kind == household.Wearable && d.On(day) }) {
		all = all.with(NoWearable)
	}
	return all
}
