package likelihood

// Score is a ratio of likelihoods with its factors; their product is Total.
type Score struct {
	Factors [Families]float64 // anybody over this user: above 1 speaks against the user
	User    float64           // how seldom this user is, against the mean of all
	Total   float64
}

// noMatch is the factor of a family of which the user never had any value.
const noMatch = 4

// Of scores an attempt. It reports false for a user without a row, who is new:
// no score is made up for them. c must count the user's own rows among others.
func Of(h *History, a Attempt, c Counts) (s Score, known bool) {
	n := int64(len(h.Entries))
	if n == 0 {
		return s, false
	}
	c = c.atLeast(h)
	s.User = (1 / float64(c.Users)) / (float64(n) / float64(c.Rows))
	s.Total = s.User
	for i, f := range families() {
		s.Factors[i] = f.factor(h, a, c, i)
		s.Total *= s.Factors[i]
	}
	return s, true
}

// atLeast makes sure that the counts hold the user's own rows: they may trail by a
// moment, as the counts of all users are moved a little later than a history.
func (c Counts) atLeast(h *History) Counts {
	c.Rows = max(c.Rows, int64(len(h.Entries)))
	c.Users = max(c.Users, 1)
	for l := range c.Distinct {
		c.Distinct[l] = max(c.Distinct[l], 1)
		c.Same[l] = min(c.Same[l], c.Rows)
	}
	return c
}

// factor is G_F / L_F of the paper.
func (f family) factor(h *History, a Attempt, c Counts, i int) float64 {
	user := 0.0
	for j, w := range f.weights {
		user += w * float64(h.same(f.from+j, a[f.from+j])) / float64(len(h.Entries))
	}
	if user == 0 {
		return noMatch
	}
	rows := float64(c.Rows)
	all := f.weights[0] * f.smoothed(c, i)
	for j, w := range f.weights[1:] {
		all += w * float64(c.Same[f.from+1+j]) / rows
	}
	return all / user
}

// smoothed is A_0 · B_0: the probability of the finest value among all users,
// seen or not.
func (f family) smoothed(c Counts, i int) float64 {
	unseen := 1.0 // M(G, l0)
	for l := f.from + 1; l < f.to; l++ {
		unseen += float64(c.Distinct[l])
	}
	rows, same := float64(c.Rows), float64(c.Same[f.from])
	if same == 0 {
		return 1 / (rows + unseen)
	}
	within := float64(c.Spread[i]) + 1 // M(S0, l0)
	return (1 - within/(same+within)) * (same / rows) * (1 - unseen/(rows+unseen))
}
