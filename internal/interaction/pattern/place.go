package pattern

import "github.com/golang/geo/s2"

// settledDays is on how many days somebody has been to a place before it is one of
// theirs. Visits before that say what to expect at a new place.
const settledDays = 3

// visit counts the places of a slot. Those of one hour share its weight.
func (s *State) visit(slot *Slot, w float32, bit uint64, set bool) {
	visits := slot.Visits[:min(len(slot.Visits), MaxVisits)]
	w /= float32(max(1, stays(visits)))
	bin := placeBin(slot.Hour)
	for i := range visits {
		v := &visits[i]
		if !v.stay(len(visits)) {
			continue
		}
		p := s.place(s.coarse(v.Cell), set)
		if p == nil {
			continue // taken back after it made room for others
		}
		switch days := s.visits(p, bit); {
		case days == 0:
			s.novelty[bin] = max(0, s.novelty[bin]+w)
			fallthrough
		case days < settledDays:
			s.meet(&s.elsewhere, v, slot.Hour, w)
		}
		s.mass, s.bins[bin] = max(0, s.mass+w), max(0, s.bins[bin]+w)
		p.mass, p.bins[bin] = max(0, p.mass+w), max(0, p.bins[bin]+w)
		s.meet(&p.with, v, slot.Hour, w)
		mark(&p.days[slot.Hour.OfDay()/partHours], bit, set)
	}
}

// novel is the mass of all visits to places that were new.
func (s *State) novel() (sum float32) {
	for _, n := range s.novelty {
		sum += n
	}
	return sum
}

// stay reports whether a visit is more than passing through: the primary looked twice
// there, or it was nowhere else, or never looked. What lies on the way is no place of theirs.
func (v *Visit) stay(of int) bool { return of == 1 || v.Polls != 1 }

func stays(all []Visit) (n int) {
	for i := range all {
		if all[i].stay(len(all)) {
			n++
		}
	}
	return n
}

// meet counts who was there.
func (s *State) meet(e *encounter, v *Visit, h Hour, w float32) {
	if v.Polls == 0 {
		return
	}
	e.looked = max(0, e.looked+w)
	for i, n := range s.numbers {
		if n != 0 && v.Seen.Has(n) && s.devices[i].from <= h {
			e.seen[i] = max(0, e.seen[i]+w)
		}
	}
}

// visits counts the days on which the place was visited, that of bit left out.
func (s *State) visits(p *place, bit uint64) int { return ones(p.anyDay() &^ bit) }

func (p *place) anyDay() (days uint64) {
	for _, d := range p.days {
		days |= d
	}
	return days
}

// place finds a place, or makes room for it when it may.
func (s *State) place(cell s2.CellID, add bool) *place {
	least := 0
	for i := range s.places {
		if s.places[i].cell == cell {
			return &s.places[i]
		}
		if s.places[i].mass < s.places[least].mass {
			least = i
		}
	}
	switch {
	case !add:
		return nil
	case len(s.places) < MaxPlaces:
		s.places = append(s.places, place{cell: cell, at: cell.Point()})
		return &s.places[len(s.places)-1]
	}
	s.places[least] = place{cell: cell, at: cell.Point()}
	return &s.places[least]
}

// coarse brings a cell to the pattern's level; a cell that is coarser stays.
func (s *State) coarse(c s2.CellID) s2.CellID {
	if c.Level() > s.level {
		return c.Parent(s.level)
	}
	return c
}

// placeBin is the index of an hour's kind of day and part of the day.
func placeBin(h Hour) int { return kindOf(h.Weekday())*dayParts + h.OfDay()/partHours }

// travel counts the ways of a slot.
func (s *State) travel(slot *Slot, w float32, bit uint64, set bool) {
	for _, l := range slot.Legs[:min(len(slot.Legs), MaxLegs)] {
		r := s.route(Leg{s.coarse(l.From), s.coarse(l.To)}, set)
		if r == nil {
			continue
		}
		r.mass = max(0, r.mass+w)
		mark(&r.days[slot.Hour.OfDay()/partHours], bit, set)
	}
}

// route finds a way in either direction, or makes room for it when it may.
func (s *State) route(l Leg, add bool) *route {
	if l.To < l.From {
		l.From, l.To = l.To, l.From
	}
	least := 0
	for i := range s.routes {
		if s.routes[i].leg == l {
			return &s.routes[i]
		}
		if s.routes[i].mass < s.routes[least].mass {
			least = i
		}
	}
	switch {
	case !add || l.From == l.To:
		return nil
	case len(s.routes) < MaxRoutes:
		s.routes = append(s.routes, route{leg: l})
		return &s.routes[len(s.routes)-1]
	}
	s.routes[least] = route{leg: l}
	return &s.routes[least]
}

// coarsen brings places and ways to the pattern's level, and joins those that become
// one.
func (s *State) coarsen() {
	places, routes := s.places, s.routes
	s.places, s.routes = nil, nil
	for i := range places {
		p := s.place(s.coarse(places[i].cell), true)
		p.join(&places[i])
	}
	for i := range routes {
		l := routes[i].leg
		if r := s.route(Leg{s.coarse(l.From), s.coarse(l.To)}, true); r != nil {
			r.mass += routes[i].mass
			join(&r.days, &routes[i].days)
		}
	}
}

// join adds what is known of another place.
func (p *place) join(o *place) {
	p.mass += o.mass
	for i := range p.bins {
		p.bins[i] += o.bins[i]
	}
	p.with.looked += o.with.looked
	for i := range p.with.seen {
		p.with.seen[i] += o.with.seen[i]
	}
	join(&p.days, &o.days)
}

func join(days, more *[dayParts]uint64) {
	for i := range days {
		days[i] |= more[i]
	}
}
