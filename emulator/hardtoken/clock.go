package hardtoken

import "time"

// Clock is the token's quartz. At the true moment t it shows
// t + Offset + (t - Set) * PPM / 10^6.
type Clock struct {
	Set    time.Time     `json:"set"`    // when the offset was as given
	Offset time.Duration `json:"offset"` // ahead is positive
	PPM    float64       `json:"ppm"`    // how fast it gains, in parts per million; real ones stay within ±20
}

// At returns what the clock shows at the true moment t.
func (c Clock) At(t time.Time) time.Time { return t.Add(c.ahead(t)) }

// ahead is how far the clock is ahead of the true time.
func (c Clock) ahead(t time.Time) time.Duration {
	const million = 1e6
	return c.Offset + time.Duration(float64(t.Sub(c.Set))*c.PPM/million)
}

// shift moves the clock by d at the moment t; from then on it gains ppm.
func (c Clock) shift(t time.Time, d time.Duration, ppm float64) Clock {
	return Clock{Set: t, Offset: c.ahead(t) + d, PPM: ppm}
}
