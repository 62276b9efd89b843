package iso8583

import (
	"bytes"
	"fmt"
	"iter"
	"math/bits"
	"slices"
)

// Fields is the number of the last field.
const Fields = 128

// Message is a message in the form that is the same for all profiles: digits and text in ASCII, binary fields as octets. It prints
// itself masked. It is not safe for use by several goroutines while it is changed.
type Message struct {
	MTI   MTI
	set   [2]uint64 // a bit for each field, the highest first
	spans []span    // of the fields that are there, in order
	data  []byte
}

// The room that a message begins with when it is made: most have fewer characters and octets, and fewer fields.
const (
	usual       = 512
	usualFields = 32
)

// span is where a value is.
type span struct{ at, n uint32 }

// Error says what is wrong with a message, and where; never a value.
type Error struct {
	Field  int // 0 for what stands before the fields
	Offset int // octets from the beginning, when it was read; -1 otherwise
	Reason string
}

// Error names the field and the place.
func (e *Error) Error() string {
	where := "the message"
	if e.Field > 0 {
		where = fmt.Sprintf("field %d", e.Field)
	}
	if e.Offset >= 0 {
		where += fmt.Sprintf(", octet %d", e.Offset)
	}
	return "iso8583: " + where + ": " + e.Reason
}

// Has reports whether the message has a field, 2 to 128.
func (m *Message) Has(n int) bool {
	return n >= 1 && n <= Fields && m.set[(n-1)/64]&(1<<(63-(n-1)%64)) != 0
}

// Get returns a value, or nil if there is none. The octets belong to the message: they are good until it is read into or
// changed, and must not be written to.
func (m *Message) Get(n int) []byte {
	if !m.Has(n) {
		return nil
	}
	s := m.spans[m.rank(n)]
	return m.data[s.at : s.at+s.n : s.at+s.n]
}

// Text returns a value as a string, empty if there is none.
func (m *Message) Text(n int) string { return string(m.Get(n)) }

// Set gives a field, 2 to 128 but not 65, a value; writing the message checks it. It panics on another number, which is a mistake
// of the program.
func (m *Message) Set(n int, value []byte) {
	if n < 2 || n > Fields || n == 65 {
		panic(fmt.Sprintf("iso8583: there is no field %d", n))
	}
	if m.data == nil {
		m.data = make([]byte, 0, usual)
		m.spans = make([]span, 0, usualFields)
	}
	s := span{uint32(len(m.data)), uint32(len(value))} //nolint:gosec // messages have few kilobytes
	if i := m.rank(n); m.Has(n) {
		m.spans[i] = s
	} else {
		m.spans = slices.Insert(m.spans, i, s)
	}
	m.data = append(m.data, value...)
	m.mark(n)
}

// rank is how many fields are there before one.
func (m *Message) rank(n int) int {
	word, before := (n-1)/64, (n-1)%64
	r := bits.OnesCount64(m.set[word] >> (64 - before))
	if word == 1 {
		r += bits.OnesCount64(m.set[0])
	}
	return r
}

// SetText is Set for a string.
func (m *Message) SetText(n int, value string) { m.Set(n, []byte(value)) }

func (m *Message) mark(n int) { m.set[(n-1)/64] |= 1 << (63 - (n-1)%64) }

// Clear takes a field away.
func (m *Message) Clear(n int) {
	if m.Has(n) {
		i := m.rank(n)
		m.spans = slices.Delete(m.spans, i, i+1)
		m.set[(n-1)/64] &^= 1 << (63 - (n-1)%64)
	}
}

// All yields the numbers of the fields that are there, in order.
func (m *Message) All() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, word := range m.set {
			for ; word != 0; word &^= 1 << (63 - bits.LeadingZeros64(word)) {
				if !yield(i*64 + bits.LeadingZeros64(word) + 1) {
					return
				}
			}
		}
	}
}

// Equal reports whether two messages have the same type, fields and values.
func (m *Message) Equal(o *Message) bool {
	if m.MTI != o.MTI || m.set != o.set {
		return false
	}
	for n := range m.All() {
		if !bytes.Equal(m.Get(n), o.Get(n)) {
			return false
		}
	}
	return true
}

// reset empties the message, and keeps its room.
func (m *Message) reset() {
	m.MTI, m.set, m.spans, m.data = 0, [2]uint64{}, m.spans[:0], m.data[:0]
}
