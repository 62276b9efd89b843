package pattern

import (
	"encoding/binary"
	"math"

	"github.com/golang/geo/s2"
)

// Read reads what Append wrote. Bytes that are no pattern are refused.
func Read(b []byte) (*State, error) {
	r := &reader{b: b}
	if r.byte() != format {
		return nil, errDamaged
	}
	s := New(Options{HalfLife: int(r.byte()), Level: int(r.byte())})
	if s.Options().Check() != nil {
		return nil, errDamaged
	}
	r.days(s)
	r.counts(&s.exposure)
	r.maps(s.exposed[:])
	r.devices(s)
	r.places(s)
	r.contexts(s)
	if r.bad || len(r.b) > 0 {
		return nil, errDamaged
	}
	return s, nil
}

// reader is what is left of stored bytes.
type reader struct {
	b   []byte
	bad bool // they ended too soon, or say what cannot be
}

func (r *reader) take(n int) []byte {
	if n > len(r.b) {
		r.bad, r.b = true, nil
		return nil
	}
	got := r.b[:n]
	r.b = r.b[n:]
	return got
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) word() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// whole reads a number of hours or days.
func (r *reader) whole() int {
	v, n := binary.Varint(r.b)
	if n <= 0 || v < math.MinInt32/64 || v > math.MaxInt32/64 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return int(v)
}

// length reads how many there are, at most most.
func (r *reader) length(most int) int {
	n := int(r.byte())
	if n > most {
		r.bad = true
		return 0
	}
	return n
}

func (r *reader) half() float32 {
	if b := r.take(2); b != nil {
		return full(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (r *reader) float() float32 {
	b := r.take(4)
	if b == nil {
		return 0
	}
	f := math.Float32frombits(binary.BigEndian.Uint32(b))
	if f != f || f > math.MaxFloat32 || f < -math.MaxFloat32 {
		r.bad = true
	}
	return f
}

// cell reads a cell that is on the globe and no finer than level.
func (r *reader) cell(level int) s2.CellID {
	c := s2.CellID(r.word())
	if !c.IsValid() || c.Level() > level && !r.bad {
		r.bad = true
		return s2.CellIDFromFace(0)
	}
	return c
}

func (r *reader) halves(all []float32) {
	for i, set := range r.set(len(all)) {
		if set {
			all[i] = r.half()
		}
	}
}

func (r *reader) maps(all []uint64) {
	for i, set := range r.set(len(all)) {
		if set {
			all[i] = r.word()
		}
	}
}

// set reads which of n are there.
func (r *reader) set(n int) []bool {
	b := r.take((n + 7) / 8)
	all := make([]bool, n)
	for i := range all[:min(n, 8*len(b))] {
		all[i] = b[i/8]>>(i%8)&1 == 1
	}
	return all
}

func (r *reader) days(s *State) {
	if s.begun = r.byte() == 1; !s.begun {
		return
	}
	s.first, s.last = r.whole(), r.whole()
	s.epoch = s.last
	if s.first > s.last {
		r.bad = true
	}
	for i := range s.done {
		v, n := binary.Uvarint(r.b)
		if n <= 0 || v >= 1<<DayHours {
			r.bad = true
			return
		}
		s.done[i], r.b = uint32(v), r.b[n:]
	}
}

func (r *reader) counts(c *counts) {
	r.halves(c.week[:])
	c.sum()
}

func (r *reader) encounter(e *encounter) {
	e.looked = r.half()
	r.halves(e.seen[:])
}

func (r *reader) devices(s *State) {
	for n := r.byte(); n != 0 && !r.bad; n = r.byte() {
		i := r.length(MaxDevices - 1)
		if s.numbers[i] != 0 || s.index(Number(n)) >= 0 {
			r.bad = true
			return
		}
		d := &s.devices[i]
		s.numbers[i], d.from = Number(n), Hour(r.whole()) //nolint:gosec // whole has bounds
		r.counts(&d.counts)
		r.maps(d.seen[:])
		if r.byte() == 1 {
			d.before = new(counts)
			r.counts(d.before)
		}
	}
}

func (r *reader) places(s *State) {
	r.halves(s.bins[:])
	r.halves(s.novelty[:])
	for _, n := range s.bins {
		s.mass += n
	}
	r.encounter(&s.elsewhere)
	for range r.length(MaxPlaces) {
		p := place{cell: r.cell(s.level)}
		p.at = p.cell.Point()
		r.halves(p.bins[:])
		for _, n := range p.bins {
			p.mass += n
		}
		r.maps(p.days[:])
		r.encounter(&p.with)
		s.places = append(s.places, p)
	}
	for range r.length(MaxRoutes) {
		t := route{leg: Leg{r.cell(s.level), r.cell(s.level)}, mass: r.half()}
		r.maps(t.days[:])
		s.routes = append(s.routes, t)
	}
}

func (r *reader) contexts(s *State) {
	for range r.length(MaxNumbers) {
		m := moments{device: Number(r.byte()), name: Name(r.byte())}
		for i := range m.parts {
			m.parts[i] = sums{r.float(), r.float(), r.float()}
		}
		s.means = append(s.means, m)
	}
	for range r.length(MaxCategories) {
		c := classes{device: Number(r.byte()), name: Name(r.byte())}
		r.halves(c.count[:])
		for i, n := range c.count {
			if n > 0 {
				c.total += n
				c.parts[i] = r.byte()
			}
		}
		s.classes = append(s.classes, c)
	}
}
