package engine

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/risk/likelihood"
	"github.com/countersign-auth/countersign/internal/risk/spending"
)

// Pack writes the profile for a column: JSON, but for what grows with the customer's
// events, rows and payees, which is packed. A full profile is read and written with
// every decision, and as JSON throughout that took four times as long as all the rest.
// UnmarshalJSON reads it.
func (p *Profile) Pack() ([]byte, error) {
	s := p.stored()
	s.Packed.Rows = slices.Grow(s.Packed.Rows, 2*packedRow*len(s.Rows))
	for _, r := range s.Rows {
		s.Packed.Rows = append(s.Packed.Rows, r.Event[:]...)
		s.Packed.Rows = binary.BigEndian.AppendUint64(s.Packed.Rows, uint64(r.At)) //nolint:gosec // and back
		for _, n := range r.Row {
			s.Packed.Rows = binary.AppendUvarint(s.Packed.Rows, uint64(n)) //nolint:gosec // an index
		}
	}
	for name, k := range s.Pay.Payees {
		b := binary.AppendUvarint(s.Packed.Payees, uint64(len(name)))
		b = binary.BigEndian.AppendUint64(append(b, name...), math.Float64bits(k.Count.Value))
		s.Packed.Payees = appendTime(appendTime(b, k.Count.At), k.Since)
	}
	s.Rows, s.Pay.Payees = nil, nil
	return json.Marshal(s)
}

// packed is what Pack does not write as JSON.
type packed struct {
	Rows   []byte `json:"rows,omitempty"`
	Payees []byte `json:"payees,omitempty"`
}

// packedRow is how many bytes a row has at least.
const packedRow = 16 + 8 + likelihood.Levels

// noTime stands for the zero time, which is no moment that events have.
const noTime = math.MinInt64

func appendTime(b []byte, t time.Time) []byte {
	at := int64(noTime)
	if !t.IsZero() {
		at = t.UnixMicro()
	}
	return binary.BigEndian.AppendUint64(b, uint64(at)) //nolint:gosec // and back
}

// unpack puts what was packed where it belongs.
func (s *stored) unpack() error {
	rows, payees := source{b: s.Packed.Rows}, source{b: s.Packed.Payees}
	s.Rows = slices.Grow(s.Rows, len(rows.b)/packedRow)
	for len(rows.b) > 0 && !rows.bad {
		var r storedRow
		copy(r.Event[:], rows.take(uint64(len(r.Event))))
		r.At = int64(rows.number()) //nolint:gosec // and back
		for l := range r.Row {
			r.Row[l] = int(rows.varint()) //nolint:gosec // one that points nowhere is an empty value
		}
		s.Rows = append(s.Rows, r)
	}
	for len(payees.b) > 0 && !payees.bad {
		if s.Pay.Payees == nil {
			s.Pay.Payees = map[string]*spending.Known{}
		}
		name := string(payees.take(payees.varint()))
		s.Pay.Payees[name] = &spending.Known{Count: spending.Sum{Value: math.Float64frombits(payees.number()), At: payees.moment()}, Since: payees.moment()}
	}
	if rows.bad || payees.bad || len(s.Rows) > 2*likelihood.MaxEntries {
		return errors.New("engine: a stored profile is damaged")
	}
	return nil
}

// source is what is left of something packed.
type source struct {
	b   []byte
	bad bool // it ended too soon
}

func (s *source) take(n uint64) []byte {
	if n > uint64(len(s.b)) {
		s.bad, s.b = true, nil
		return nil
	}
	got := s.b[:n]
	s.b = s.b[n:]
	return got
}

func (s *source) number() uint64 {
	if b := s.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (s *source) varint() uint64 {
	v, n := binary.Uvarint(s.b)
	if n <= 0 {
		s.bad, s.b = true, nil
		return 0
	}
	s.b = s.b[n:]
	return v
}

func (s *source) moment() time.Time {
	if at := int64(s.number()); at != noTime { //nolint:gosec // and back
		return time.UnixMicro(at).UTC()
	}
	return time.Time{}
}
