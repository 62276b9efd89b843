package likelihood

// Counts are the numbers about all users' rows that one decision needs.
type Counts struct {
	Rows     int64           // all rows
	Users    int64           // users with at least one row
	Distinct [Levels]int64   // different values at each level
	Same     [Levels]int64   // rows with the attempt's value at each level
	Spread   [Families]int64 // different coarser values among the rows with the attempt's finest one, summed over the levels
}

// Delta is what learning or forgetting one row changes.
type Delta struct {
	Row   Attempt
	Rows  int64 // +1 or -1
	Users int64 // +1 for the first row of a user, -1 for the last one
}

// pair is a finest value with a coarser one of its family.
type pair struct {
	level         int
	fine, coarser string
}

// World counts the rows of all users in memory. It is not for concurrent use.
type World struct {
	rows, users int64
	same        [Levels]map[string]int64
	pairs       map[pair]int64
	spread      [Families]map[string]int64
}

// NewWorld returns a world without rows.
func NewWorld() *World {
	w := &World{pairs: map[pair]int64{}}
	for i := range w.same {
		w.same[i] = map[string]int64{}
	}
	for i := range w.spread {
		w.spread[i] = map[string]int64{}
	}
	return w
}

// Apply moves the counts by what learning or forgetting changed.
func (w *World) Apply(all ...Delta) {
	for _, d := range all {
		w.rows += d.Rows
		w.users += d.Users
		for l, v := range d.Row {
			add(w.same[l], v, d.Rows)
			f := familyOf(l)
			if l == finest(f) {
				continue
			}
			p := pair{l, d.Row[finest(f)], v}
			before := w.pairs[p]
			add(w.pairs, p, d.Rows)
			if after := w.pairs[p]; (before > 0) != (after > 0) {
				add(w.spread[f], p.fine, sign(after-before))
			}
		}
	}
}

// Look returns the counts for an attempt.
func (w *World) Look(a Attempt) Counts {
	c := Counts{Rows: w.rows, Users: w.users}
	for l, v := range a {
		c.Distinct[l] = int64(len(w.same[l]))
		c.Same[l] = w.same[l][v]
	}
	for f := range c.Spread {
		c.Spread[f] = w.spread[f][a[finest(f)]]
	}
	return c
}

// add moves a count and drops it at zero, so that forgetting leaves no trace.
func add[K comparable](m map[K]int64, k K, n int64) {
	if m[k] += n; m[k] <= 0 {
		delete(m, k)
	}
}

func sign(n int64) int64 {
	if n < 0 {
		return -1
	}
	return 1
}
