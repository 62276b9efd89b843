package iso8583_test

import (
	"math/rand/v2"
	"testing"

	"github.com/countersign-auth/countersign/iso8583"
)

// BenchmarkParse reads the reference 0100 of twenty fields with twelve tags, and walks over the tags.
func BenchmarkParse(b *testing.B) {
	for _, name := range iso8583.Names() {
		b.Run(name, func(b *testing.B) {
			p := load(b, name)
			raw, err := p.Append(nil, payment(b))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				m, err := p.Parse(raw)
				if err != nil {
					b.Fatal(err)
				}
				if v, err := iso8583.Find(m.Get(55), iso8583.TagCountry); err != nil || len(v) != 2 {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkAnswer makes and writes the 0110 to it.
func BenchmarkAnswer(b *testing.B) {
	p, m := load(b, "iso87-bcd"), payment(b)
	var room []byte
	b.ReportAllocs()
	for b.Loop() {
		a, err := p.Answer(m, iso8583.Approved, 0)
		if err != nil {
			b.Fatal(err)
		}
		a.SetText(38, "123456")
		if room, err = p.Append(room[:0], a); err != nil {
			b.Fatal(err)
		}
	}
}

// The room that reading and writing take is bounded, whatever the message.
func TestAllocations(t *testing.T) {
	p := load(t, "iso87-bcd")
	raw, err := p.Append(nil, payment(t))
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() {
		if _, err := p.Parse(raw); err != nil {
			t.Fatal(err)
		}
	}); n > 2 {
		t.Errorf("a message is read in %v allocations", n)
	}
	var again iso8583.Message
	if n := testing.AllocsPerRun(100, func() {
		if err := p.ParseInto(&again, raw); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("in room that is there: %v allocations", n)
	}
	room, m, tags := make([]byte, 0, 1024), payment(t), make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() {
		if _, err := p.Append(room, m); err != nil {
			t.Fatal(err)
		}
		tags = iso8583.AppendTag(tags[:0], iso8583.TagCryptogram, room[:8])
	}); n > 0 {
		t.Errorf("a message and a tag are written in %v allocations", n)
	}
	all := message(t, p, 66)
	if raw, err = p.Append(nil, all); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() {
		if _, err := p.Parse(raw); err != nil {
			t.Fatal(err)
		}
	}); n > 4 {
		t.Errorf("one of 66 fields is read in %v allocations", n)
	}
}

// message has so many fields, the first of the profile.
func message(t *testing.T, p *iso8583.Profile, fields int) *iso8583.Message {
	t.Helper()
	d := &draw{rand.New(rand.NewPCG(1, 1)), 1}
	m := &iso8583.Message{MTI: iso8583.NetworkRequest}
	for _, n := range fieldsOf(p, every)[:fields] {
		v := d.value(p, n, "x")
		m.Set(n, v[:min(len(v), 60)]) // no field of fixed length is longer
	}
	return m
}
