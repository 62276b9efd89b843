package pattern

import "math"

// Filter says what is part of the readable pattern (DI-68): what was there on at least
// Need of the last Of days that are among Days (decision DD-10), in at least a share of
// the hours.
type Filter struct {
	Days Weekdays
	Need int     // days, 1 to Of
	Of   int     // days, 1 to 64; of one weekday the maps hold nine
	Tau  float64 // least share of the hours, 0 to 1
}

// Usually is the filter of pages: three of the last ten days, a tenth of the hours.
func Usually(d Weekdays) Filter { return Filter{Days: d, Need: 3, Of: 10, Tau: 0.1} }

// Trend is how a habit changes: the last two weeks against those before.
type Trend int8

// The trends.
const (
	Fading Trend = iota - 1
	Steady
	Rising
)

// Row is one period of a table.
type Row struct {
	Period  Period
	Looked  int // days on which the primary looked in the period
	Devices []Entry
	Values  []Habit
	Places  int // settled places of the perimeter in the period
}

// Entry is a device in a period.
type Entry struct {
	Device Number
	Days   int     // on which it was there, of those that the filter asks for
	Share  float64 // of the hours, decayed; 0 to 1
	In     bool    // it is part of the pattern
	Trend  Trend
}

// Habit is a context in a period.
type Habit struct {
	Device          Number
	Name            Name
	Mean, Deviation float64 // of a numeric name
	Classes         int     // of another: how many classes occurred
}

// Table returns the readable pattern: a row for each period, with the devices that
// were there at all, or used to be, those that are part of the pattern marked. It is a view of the
// counts that decisions use, not a thing of its own.
func (s *State) Table(periods []Period, f Filter) []Row {
	rows := make([]Row, 0, len(periods))
	days := f.Days.mask(s.last, min(f.Of, MapDays))
	for _, p := range periods {
		row := Row{Period: p, Looked: ones(s.exposed.any(p) & days)}
		for i, n := range s.numbers {
			if n == 0 {
				continue
			}
			if e := s.entry(n, &s.devices[i], p, f, days); e.Days > 0 || e.Trend == Fading {
				row.Devices = append(row.Devices, e)
			}
		}
		row.Values = s.usual(p)
		row.Places = len(s.Perimeter(p, f).Spots)
		rows = append(rows, row)
	}
	return rows
}

// entry says how a device is in a period.
func (s *State) entry(n Number, d *device, p Period, f Filter, days uint64) Entry {
	e := Entry{Device: n}
	e.Days = ones(d.seen.any(p) & days)
	e.Share = s.share(d, p, f.Days)
	e.In = e.Days >= f.Need && e.Share >= f.Tau
	e.Trend = s.trend(d, p, f.Days)
	return e
}

// share returns in how much of the hours of a period a device was there, decayed.
func (s *State) share(d *device, p Period, w Weekdays) float64 {
	var seen, looked float32
	for cell := range weekCells {
		if w>>weekdayOf(cell)&1 == 0 || !p.Has(cell%DayHours) {
			continue
		}
		seen += d.counts.week[cell]
		looked += s.exposure.week[cell]
		if d.before != nil {
			looked -= d.before.week[cell]
		}
	}
	if looked <= 0 {
		return 0
	}
	return min(1, float64(seen/looked))
}

// recently is the newest two weeks of a map.
const recently = 1<<14 - 1

// trend compares on how many of the days with a look the device was there: a third
// more or less than before is a trend, of at least three days that the primary looked.
func (s *State) trend(d *device, p Period, w Weekdays) Trend {
	days := w.mask(s.last, MapDays)
	if s.last-d.from.Day() < MapDays {
		days &= 1<<max(0, s.last-d.from.Day()+1) - 1
	}
	looked, seen := s.exposed.any(p)&days, d.seen.any(p)&days
	now, before := ones(looked&recently), ones(looked&^recently)
	if now < 3 || before < 3 {
		return Steady
	}
	change := float64(ones(seen&recently))/float64(now) - float64(ones(seen&^recently))/float64(before)
	switch {
	case change > 1.0/3:
		return Rising
	case change < -1.0/3:
		return Fading
	}
	return Steady
}

// usual returns the contexts of a period of which enough is known.
func (s *State) usual(p Period) (all []Habit) {
	for i := range s.means {
		m := &s.means[i]
		var sum sums
		for part, x := range m.parts {
			if p.overlaps(part) {
				sum.n, sum.x, sum.xx = sum.n+x.n, sum.x+x.x, sum.xx+x.xx
			}
		}
		if mean, deviation, ok := sum.mean(s.now); ok {
			all = append(all, Habit{Device: m.device, Name: m.name, Mean: round(mean), Deviation: round(deviation)})
		}
	}
	for i := range s.classes {
		if n := s.classes[i].in(p, s.now); n > 0 {
			all = append(all, Habit{Device: s.classes[i].device, Name: s.classes[i].name, Classes: n})
		}
	}
	return all
}

// in counts the classes that occurred in a period and are still remembered.
func (c *classes) in(p Period, now float32) (n int) {
	for b := range c.count {
		if c.count[b]/now < 0.1 {
			continue
		}
		for part := range dayParts {
			if p.overlaps(part) && c.parts[b]>>part&1 == 1 {
				n++
				break
			}
		}
	}
	return n
}

// overlaps reports whether a part of the day of three hours has an hour of the period.
func (p Period) overlaps(part int) bool {
	for h := part * partHours; h < (part+1)*partHours; h++ {
		if p.Has(h) {
			return true
		}
	}
	return false
}

func round(x float64) float64 { return math.Round(x*100) / 100 }
