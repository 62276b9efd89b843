package household

// sighted is the chance that a poll sees a device, at a minute of a day on a stay.
func (d *Day) sighted(v Device, minute int, s *Stay) float64 {
	home := s.Way == Still && s.Place.Kind == Home
	if !d.Bluetooth && !overWiFi(v.Kind) {
		return 0
	}
	switch v.Kind {
	case Wearable:
		return d.wearable(minute, home)
	case Headset:
		return d.headset(s, home)
	case Laptop:
		return d.laptop(minute, s, home)
	case Tablet:
		return d.tablet(minute, home)
	case Vehicle:
		return when(s.Way == Driving, 0.97, 0)
	case Desk:
		return when(s.Way == Still && s.Place.Kind == Work, 0.92, 0)
	case AccessPoint, Television, Speaker, Hub, Thermostat:
		return when(home, d.standing(v.Kind, minute), 0)
	}
	return 0
}

func when(yes bool, then, otherwise float64) float64 {
	if yes {
		return then
	}
	return otherwise
}

// overWiFi reports whether a phone without Bluetooth still meets a kind of devices.
func overWiFi(k Kind) bool {
	return k == AccessPoint || k == Television || k == Speaker || k == Tablet || k == Laptop || k == Desk
}

// standing is the chance for what stands in the home.
func (d *Day) standing(k Kind, minute int) float64 {
	switch k {
	case AccessPoint:
		return 0.97
	case Television:
		return when(d.Watched && minute >= 19*60 && minute < d.bed, 0.75, 0.1)
	case Speaker:
		return 0.85
	case Hub:
		return 0.93
	default: // a thermostat
		return 0.8
	}
}

func (d *Day) wearable(minute int, home bool) float64 {
	switch {
	case d.Asleep(minute):
		return when(home || d.Worn, 0.8, 0)
	case d.Worn:
		return 0.95
	}
	return when(home, 0.5, 0)
}

func (d *Day) headset(s *Stay, home bool) float64 {
	switch {
	case d.Listened && (s.Way == Riding || s.Place.Kind == Leisure):
		return 0.8
	case s.Place.Kind == Work:
		return when(d.Listened, 0.3, 0.05)
	}
	return when(home, 0.08, 0.02)
}

func (d *Day) laptop(minute int, s *Stay, home bool) float64 {
	out := d.Carried || d.Trip != nil && d.Trip.Business
	working := minute >= 8*60+30 && minute < 17*60+30
	switch {
	case home && d.Asleep(minute):
		return 0.15
	case home && working && (d.person.Archetype == HomeWorker || d.person.commuter() && !d.person.weekend(d.Number)):
		return 0.9
	case home:
		return 0.4
	case out && s.Way == Still && (s.Place.Kind == Work || s.Place.Kind == Hotel || s.Place.Kind == Venue):
		return 0.8
	}
	return when(out, 0.1, 0)
}

func (d *Day) tablet(minute int, home bool) float64 {
	switch {
	case home && d.Asleep(minute):
		return 0.2
	case home:
		return when(minute >= 18*60, 0.65, 0.35)
	}
	return when(d.CarriedTablet, 0.5, 0)
}

func (p *Person) commuter() bool { return p.Archetype == Office || p.Archetype == Traveler }

// look is a poll: who is seen, by what proof. A fresh one challenges those who can sign.
func (d *Day) look(r *random, minute int, s *Stay, fresh bool) (seen []Sighting) {
	for _, v := range d.person.Devices {
		there, shown := r.float(), r.chance(0.9)
		if chance := d.sighted(v, minute, s); !v.On(d.Number) || there >= chance {
			continue
		}
		seen = append(seen, Sighting{v.Number, proof(v, shown, fresh), v.Kind == Wearable})
	}
	return seen
}

// proof is what a device shows; one try in ten falls through to something weaker.
func proof(v Device, shown, fresh bool) Proof {
	switch {
	case v.Proof != Signed:
		return Identifier
	case fresh && shown:
		return Challenged
	case fresh || shown:
		return Signed
	}
	return Identifier
}
