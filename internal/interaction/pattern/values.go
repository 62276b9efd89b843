package pattern

import "math"

// moments are decayed sums of a numeric context, by part of the day.
type moments struct {
	device Number
	name   Name
	parts  [dayParts]sums
}

// sums are a weight, and the weighted sums of values and of their squares.
type sums struct{ n, x, xx float32 }

// classes are decayed counts of a categorical context, and in which parts of the day
// each class occurred.
type classes struct {
	device Number
	name   Name
	total  float32
	count  [Bins]float32
	parts  [Bins]uint8
}

// contexts counts the values of a slot.
func (s *State) contexts(slot *Slot, w float32, set bool) {
	part := slot.Hour.OfDay() / partHours
	for _, v := range slot.Values[:min(len(slot.Values), MaxValues)] {
		switch {
		case v.Device != 0 && !s.Knows(v.Device, slot.Hour):
		case v.Name.Numeric():
			if m := s.moment(v, set); m != nil {
				m.parts[part].add(float32(v.Number), w)
			}
		case v.Name > 0 && v.Name < names && v.Category < Bins:
			if c := s.class(v, set); c != nil {
				c.total = max(0, c.total+w)
				c.count[v.Category] = max(0, c.count[v.Category]+w)
				c.parts[v.Category] |= 1 << part
			}
		}
	}
}

func (m *sums) add(x, w float32) {
	m.n = max(0, m.n+w)
	m.x += w * x
	m.xx = max(0, m.xx+w*x*x)
}

// moment finds a numeric context, or adds it while there is room.
func (s *State) moment(v Value, add bool) *moments {
	for i := range s.means {
		if m := &s.means[i]; m.device == v.Device && m.name == v.Name {
			return m
		}
	}
	if !add || len(s.means) == MaxNumbers {
		return nil
	}
	s.means = append(s.means, moments{device: v.Device, name: v.Name})
	return &s.means[len(s.means)-1]
}

// class finds another context, or adds it while there is room.
func (s *State) class(v Value, add bool) *classes {
	for i := range s.classes {
		if c := &s.classes[i]; c.device == v.Device && c.name == v.Name {
			return c
		}
	}
	if !add || len(s.classes) == MaxCategories {
		return nil
	}
	s.classes = append(s.classes, classes{device: v.Device, name: v.Name})
	return &s.classes[len(s.classes)-1]
}

func (m *moments) scale(f float32) {
	for i := range m.parts {
		p := &m.parts[i]
		p.n, p.x, p.xx = p.n*f, p.x*f, p.xx*f
	}
}

func (c *classes) scale(f float32) {
	c.total *= f
	for i := range c.count {
		c.count[i] *= f
	}
}

// mean returns the mean and the standard deviation; false below the strength of a level.
func (m *sums) mean(now float32) (mean, deviation float64, ok bool) {
	if m.n/now < strength {
		return 0, 0, false
	}
	mean = float64(m.x / m.n)
	return mean, math.Sqrt(max(0, float64(m.xx/m.n)-mean*mean)), true
}

// distance returns how many standard deviations a value is from the mean. A hundredth
// of the mean is the least deviation: nothing is constant.
func (m *sums) distance(x float64, now float32) (float64, bool) {
	mean, deviation, ok := m.mean(now)
	if !ok {
		return 0, false
	}
	return math.Abs(x-mean) / max(deviation, math.Abs(mean)/100, 1e-3), true
}

// surprise returns minus the natural logarithm of a class's share.
func (c *classes) surprise(bin uint8, now float32) float64 {
	return -math.Log((float64(c.count[bin]/now) + 0.1) / (float64(c.total/now) + 0.1*Bins))
}
