package pattern

// weekCells is how many hours a week has: the finest level of counts.
const weekCells = 7 * DayHours

// counts are decayed counts of hours at four levels, finest last. The three coarser
// ones are sums of the finest, kept because a score asks for them.
type counts struct {
	all  float32
	hour [DayHours]float32
	kind [2][DayHours]float32 // Monday to Friday, weekend
	week [weekCells]float32
}

// add counts w at an hour of the week. It never falls below zero, so that what was
// rounded cannot leave a trace of less than nothing.
func (c *counts) add(cell int, w float32) {
	h := cell % DayHours
	k := kindOf(weekdayOf(cell))
	c.all = max(0, c.all+w)
	c.hour[h] = max(0, c.hour[h]+w)
	c.kind[k][h] = max(0, c.kind[k][h]+w)
	c.week[cell] = max(0, c.week[cell]+w)
}

// scale multiplies all counts.
func (c *counts) scale(f float32) {
	for i := range c.week {
		c.week[i] *= f
	}
	c.sum()
}

// sum rebuilds the coarser levels from the finest.
func (c *counts) sum() {
	c.all, c.hour, c.kind = 0, [DayHours]float32{}, [2][DayHours]float32{}
	for i, n := range c.week {
		if n == 0 {
			continue
		}
		h := i % DayHours
		c.all += n
		c.hour[h] += n
		c.kind[kindOf(weekdayOf(i))][h] += n
	}
}

// at returns the counts at an hour of the week by level, coarse to fine. An hour
// counts with its neighbors, a quarter each, around the day and around the week.
func (c *counts) at(cell int) (levels [4]float32) {
	h := cell % DayHours
	before, after := (h+DayHours-1)%DayHours, (h+1)%DayHours
	k := &c.kind[kindOf(weekdayOf(cell))]
	return [4]float32{
		c.all,
		smooth(c.hour[before], c.hour[h], c.hour[after]),
		smooth(k[before], k[h], k[after]),
		smooth(c.week[(cell+weekCells-1)%weekCells], c.week[cell], c.week[(cell+1)%weekCells]),
	}
}

func smooth(before, at, after float32) float32 { return before/4 + at/2 + after/4 }
