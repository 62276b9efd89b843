package smpp

import "slices"

// Joiner makes long texts whole again from parts that come in any order, twice or
// never. It is for one goroutine. The zero value is ready.
type Joiner struct {
	Most int // texts that may be incomplete at once; the oldest is dropped; 100 when 0

	open []*joint
}

// joint is a text of which some parts are there.
type joint struct {
	from, to Address
	seg      Segment // Number is not used
	coding   Coding
	parts    map[byte][]byte
}

// Add takes a message and returns its text once all parts of it have come; whole
// is false before, and for messages that are no text.
func (j *Joiner) Add(m *Message) (text string, whole bool) {
	seg, ok := m.Segment()
	if !ok || seg.Total == 1 {
		return m.Text()
	}
	octets, ok := m.octets()
	if !ok {
		return "", false
	}
	x := j.find(m, seg)
	if _, twice := x.parts[seg.Number]; !twice {
		x.parts[seg.Number] = slices.Clone(octets)
	}
	if len(x.parts) < int(seg.Total) {
		return "", false
	}
	j.drop(x)
	var all []byte
	for n := byte(1); ; n++ {
		all = append(all, x.parts[n]...)
		if n == seg.Total {
			return x.coding.Decode(all)
		}
	}
}

// find returns the text that a part belongs to: same phones, same reference, same
// number of parts, same coding.
func (j *Joiner) find(m *Message, s Segment) *joint {
	for _, x := range j.open {
		if x.from == m.Source && x.to == m.Dest && x.seg.Reference == s.Reference && x.seg.Total == s.Total && x.coding == m.Coding {
			return x
		}
	}
	most := j.Most
	if most == 0 {
		most = 100
	}
	if len(j.open) >= most {
		j.open = slices.Delete(j.open, 0, 1)
	}
	x := &joint{m.Source, m.Dest, s, m.Coding, map[byte][]byte{}}
	j.open = append(j.open, x)
	return x
}

func (j *Joiner) drop(x *joint) {
	j.open = slices.DeleteFunc(j.open, func(y *joint) bool { return x == y })
}
