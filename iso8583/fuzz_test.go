package iso8583_test

import (
	"bytes"
	"testing"

	"github.com/countersign-auth/countersign/iso8583"
)

// FuzzParse: nothing panics; what is read is written again octet for octet, unless it had a second bitmap without fields; and no error or
// print shows an account number.
func FuzzParse(f *testing.F) {
	names := iso8583.Names()
	for i, name := range names {
		b, err := load(f, name).Append(nil, payment(f))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(i, b)
		f.Add(i, b[:40])
	}
	var profiles []*iso8583.Profile
	for _, name := range names {
		profiles = append(profiles, load(f, name))
	}
	f.Fuzz(func(t *testing.T, which int, b []byte) {
		p := profiles[uint(which)%uint(len(profiles))]
		m, err := p.Parse(b)
		if err != nil {
			return
		}
		_, _ = m.String(), p.Check(m)
		again, err := p.Append(nil, m)
		if err != nil {
			t.Fatalf("%v is not written: %v", m, err)
		}
		if !bytes.Equal(again, b) {
			other, err := p.Parse(again)
			if err != nil || !other.Equal(m) || len(again) >= len(b) {
				t.Fatalf("%x is written as %x", b, again)
			}
		}
	})
}

// FuzzTags: nothing panics, and the parts that are read are parts of the whole.
func FuzzTags(f *testing.F) {
	f.Add(chip(f))
	for _, s := range []string{"9f26888080808080808080", "7080", "9f8182", "bfff", "00"} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var again []byte
		for walk := iso8583.NewTags(b); ; {
			tag, value, ok, err := walk.Next()
			if err != nil || !ok {
				break
			}
			again = iso8583.AppendTag(again, tag, value)
		}
		if len(again) > len(b) {
			t.Fatalf("%x grew to %x", b, again)
		}
	})
}
