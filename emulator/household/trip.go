package household

import "time"

// Trip is some days elsewhere, from the morning of the first to the evening of the last.
type Trip struct {
	From, To int // days, both on the way
	Business bool
	Offset   int  // minutes east of home
	Notice   bool // the person told the bank
	Hotel    Place
	venues   []Place
}

// ends are towns abroad, with minutes east of central Europe.
func ends() []struct {
	lat, lon float64
	offset   int
} {
	return []struct {
		lat, lon float64
		offset   int
	}{{51.51, -0.12, -60}, {40.42, -3.70, 0}, {37.98, 23.73, 60}, {45.46, 9.19, 0}, {40.71, -74.0, -360}, {35.68, 139.7, 420}}
}

// travels plans vacations and business.
func (p *Person) travels(r *random) {
	at := p.town.change(r, p.town.rates().Vacation)
	if long := 4 + r.below(8); at > 0 {
		p.Trips = append(p.Trips, p.trip(r, at, long, false))
	}
	every := 0
	switch {
	case p.Archetype == Traveler:
		every = 14
	case p.Archetype == Office && r.chance(0.2):
		every = 45
	}
	for day := r.below(max(every, 1)); every > 0 && day < p.town.Days; day += every - 3 + r.below(7) {
		t := p.trip(r, day, 1+r.below(3), true)
		for wd := p.town.date(t.From).Weekday(); wd == time.Sunday || wd > time.Wednesday; wd = p.town.date(t.From).Weekday() {
			t.From, t.To = t.From+1, t.To+1 // business starts early in a week
		}
		if p.away(t.From, t.To+1) == nil {
			p.Trips = append(p.Trips, t)
		}
	}
}

func (p *Person) trip(r *random, day, nights int, business bool) Trip {
	t := Trip{From: day, To: day + nights, Business: business, Notice: r.chance(0.6)}
	end := ends()[r.below(len(ends()))]
	abroad, far := r.chance(0.5), p.home.place.around(Hotel, r.between(80, 500), r.float())
	if abroad {
		far, t.Offset = Place{Kind: Hotel, Lat: end.lat, Lon: end.lon}, end.offset
	}
	t.Hotel = far.somewhere(r, Hotel, 0, 4)
	for range 3 {
		t.venues = append(t.venues, t.Hotel.somewhere(r, Venue, 0.2, 12))
	}
	return t
}

// away returns a trip that touches the days from and to, or nil.
func (p *Person) away(from, to int) *Trip {
	for i := range p.Trips {
		if t := &p.Trips[i]; t.From <= to && from <= t.To {
			return t
		}
	}
	return nil
}

// Trip returns the trip of a day, or nil.
func (p *Person) Trip(day int) *Trip { return p.away(day, day) }

// Offset is what the person's clock adds to UTC at an instant, in minutes.
func (p *Person) Offset(at time.Time) int {
	home := europe(at)
	day, _ := p.town.civil(at, home)
	if t := p.Trip(day); t != nil && day > t.From && day < t.To {
		return home + t.Offset
	}
	return home
}

// Clock is the civil day and minute on the person's wrist.
func (p *Person) Clock(at time.Time) (day, minute int) { return p.town.civil(at, p.Offset(at)) }
