package pattern

import (
	"encoding/binary"
	"math"
)

// format is the first byte of a stored pattern.
const format = 1

// Append writes the pattern behind dst: some half a kilobyte for each device that is
// met at all hours, and some fifty bytes for each place. Counts are rounded to 11 bits, so that
// [Read] gives a pattern that writes the same bytes again.
func (s *State) Append(dst []byte) []byte {
	s.settle()
	dst = append(dst, format, byte(s.half), byte(s.level)) //nolint:gosec // checked options
	if !s.begun {
		dst = append(dst, 0)
	} else {
		dst = append(dst, 1)
		dst = binary.AppendVarint(dst, int64(s.first))
		dst = binary.AppendVarint(dst, int64(s.last))
		for _, d := range s.done {
			dst = binary.AppendUvarint(dst, uint64(d))
		}
	}
	dst = s.exposure.append(dst)
	dst = appendMaps(dst, s.exposed[:])
	dst = s.appendDevices(dst)
	dst = s.appendPlaces(dst)
	return s.appendContexts(dst)
}

func (s *State) appendDevices(dst []byte) []byte {
	for i, n := range s.numbers {
		d := &s.devices[i]
		if n == 0 {
			continue
		}
		dst = append(dst, byte(n), byte(i))
		dst = binary.AppendVarint(dst, int64(d.from))
		dst = d.counts.append(dst)
		dst = appendMaps(dst, d.seen[:])
		if d.before == nil {
			dst = append(dst, 0)
			continue
		}
		dst = d.before.append(append(dst, 1))
	}
	return append(dst, 0)
}

func (s *State) appendPlaces(dst []byte) []byte {
	dst = appendHalves(dst, s.bins[:])
	dst = appendHalves(dst, s.novelty[:])
	dst = s.elsewhere.append(dst)
	dst = append(dst, byte(len(s.places))) //nolint:gosec // bounded
	for i := range s.places {
		p := &s.places[i]
		dst = binary.BigEndian.AppendUint64(dst, uint64(p.cell))
		dst = appendHalves(dst, p.bins[:])
		dst = appendMaps(dst, p.days[:])
		dst = p.with.append(dst)
	}
	dst = append(dst, byte(len(s.routes))) //nolint:gosec // bounded
	for i := range s.routes {
		r := &s.routes[i]
		dst = binary.BigEndian.AppendUint64(dst, uint64(r.leg.From))
		dst = binary.BigEndian.AppendUint64(dst, uint64(r.leg.To))
		dst = appendHalf(dst, r.mass)
		dst = appendMaps(dst, r.days[:])
	}
	return dst
}

func (s *State) appendContexts(dst []byte) []byte {
	dst = append(dst, byte(len(s.means))) //nolint:gosec // bounded
	for i := range s.means {
		m := &s.means[i]
		dst = append(dst, byte(m.device), byte(m.name))
		for _, p := range m.parts {
			dst = appendFloat(appendFloat(appendFloat(dst, p.n), p.x), p.xx)
		}
	}
	dst = append(dst, byte(len(s.classes))) //nolint:gosec // bounded
	for i := range s.classes {
		c := &s.classes[i]
		dst = append(dst, byte(c.device), byte(c.name))
		dst = appendHalves(dst, c.count[:])
		for b, n := range c.count {
			if half(n) != 0 {
				dst = append(dst, c.parts[b])
			}
		}
	}
	return dst
}

// append writes the finest level, of which the others are sums.
func (c *counts) append(dst []byte) []byte { return appendHalves(dst, c.week[:]) }

func (e *encounter) append(dst []byte) []byte {
	return appendHalves(appendHalf(dst, e.looked), e.seen[:])
}

// half rounds a count to 16 bits: 5 of exponent, 11 of mantissa, from 2^-12 to nearly
// 2^19. What is smaller is nothing, which after twelve half-lives it is.
func half(f float32) uint16 {
	if !(f >= 1.0/4096) {
		return 0
	}
	b := math.Float32bits(min(f, 1<<19)) + 1<<11 // rounds the bit that is cut
	n := int64(b>>12) - (127-13)<<11             // 2^-12 becomes 1<<11
	return uint16(min(n, math.MaxUint16))        //nolint:gosec // in bounds by the lines above
}

// full is what half rounded to.
func full(h uint16) float32 {
	if h < 1<<11 {
		return 0
	}
	return math.Float32frombits((uint32(h) + (127-13)<<11) << 12)
}

func appendHalf(dst []byte, f float32) []byte { return binary.BigEndian.AppendUint16(dst, half(f)) }

func appendFloat(dst []byte, f float32) []byte {
	return binary.BigEndian.AppendUint32(dst, math.Float32bits(f))
}

// appendHalves writes which of the counts are above nothing, eight to a byte, and those.
func appendHalves(dst []byte, all []float32) []byte {
	at := len(dst)
	dst = append(dst, make([]byte, (len(all)+7)/8)...)
	for i, f := range all {
		if h := half(f); h != 0 {
			dst[at+i/8] |= 1 << (i % 8)
			dst = binary.BigEndian.AppendUint16(dst, h)
		}
	}
	return dst
}

// appendMaps writes which of the maps are not empty, and those.
func appendMaps(dst []byte, all []uint64) []byte {
	at := len(dst)
	dst = append(dst, make([]byte, (len(all)+7)/8)...)
	for i, m := range all {
		if m != 0 {
			dst[at+i/8] |= 1 << (i % 8)
			dst = binary.BigEndian.AppendUint64(dst, m)
		}
	}
	return dst
}
