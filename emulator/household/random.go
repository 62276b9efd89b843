package household

import "math"

// random is a splitmix64 generator (Steele, Lea and Flood, OOPSLA 2014): small, and
// the same everywhere. It is for made-up people and never for secrets.
type random struct{ state uint64 }

// stream is the generator for one purpose: the same parts give the same numbers, and
// what is drawn from one stream changes no other.
func stream(seed uint64, parts ...uint64) *random {
	r := &random{seed}
	for _, p := range parts {
		r.state = r.next() ^ p*0xff51afd7ed558ccd
	}
	return r
}

func (r *random) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// float is uniform in [0, 1).
func (r *random) float() float64 { return float64(r.next()>>11) / (1 << 53) }

// below is uniform in 0 to n-1; n is at least 1.
func (r *random) below(n int) int { return int(r.float() * float64(n)) }

// chance is true with probability p.
func (r *random) chance(p float64) bool { return r.float() < p }

// between is uniform from a to b.
func (r *random) between(a, b float64) float64 { return a + (b-a)*r.float() }

// normal has mean 0 and the deviation given (Box and Muller).
func (r *random) normal(deviation float64) float64 {
	return deviation * math.Sqrt(-2*math.Log1p(-r.float())) * math.Cos(2*math.Pi*r.float())
}

// skewed is in 0 to n-1 and prefers low numbers, as people prefer shops.
func (r *random) skewed(n int) int { return int(float64(n) * r.float() * r.float()) }

// fill makes octets up.
func (r *random) fill(b []byte) {
	for i := range b {
		b[i] = byte(r.next() >> 56)
	}
}
