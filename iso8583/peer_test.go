package iso8583_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/moov-io/iso8583/field"
	"github.com/moov-io/iso8583/prefix"

	"github.com/countersign-auth/countersign/iso8583"
)

// Both write the same octets, and each reads what the other wrote.
func TestMoovWritesAndReadsTheSame(t *testing.T) {
	t.Parallel()
	for _, name := range iso8583.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := load(t, name)
			spec, fields, text := specOf(t, p, true), fieldsOf(p, every), textFor(p)
			each(t, 500, func(t *testing.T, d *draw) {
				m := d.message(p, fields, text)
				if m.Has(55) {
					m.Set(55, d.chip(true)) // they open whatever stands there
				}
				ours, err := p.Append(nil, m)
				if err != nil {
					t.Fatalf("%v: %v", m, err)
				}
				if d := difference(spec, p, ours, m); d != "" {
					t.Errorf("%v is read by them with %s", m, d)
				}
				written, err := theirs(spec, p, m)
				if err != nil || !bytes.Equal(written, ours) {
					t.Errorf("%v: they write %v\n%x, we\n%x", m, err, written, ours)
				}
				if back, err := p.Parse(written); err != nil || !back.Equal(m) {
					t.Errorf("%v of theirs is read as %v, %v", m, back, err)
				}
			})
		})
	}
}

// They find the same tags with the same values, in whatever order they stand. Chip data in which bits were changed are refused, or are the
// same tags to both.
func TestMoovFindsTheSameTags(t *testing.T) {
	t.Parallel()
	changed := 0
	each(t, 2000, func(t *testing.T, d *draw) {
		chip := d.chip(false)
		if d := opened(chip); d != "" {
			t.Errorf("%x is read by them with %s", chip, d)
		}
		chip[d.IntN(len(chip))] ^= 1 << d.IntN(8)
		if again, ok := rewritten(chip); !ok || !bytes.Equal(again, chip) {
			return // refused by us; or with fillers, tags twice or lengths that are not the shortest
		}
		changed++
		if d := opened(chip); d != "" {
			t.Errorf("%x, changed, is read by them with %s", chip, d)
		}
	})
	if changed < 10 && *seed == 0 {
		t.Errorf("only %d changed ones were read", changed)
	}
}

// opened is how what they find in chip data differs from what we find.
func opened(chip []byte) string {
	c := field.NewComposite(&field.Spec{Length: len(chip), Pref: prefix.Binary.Fixed, Tag: chipTags(), Subfields: map[string]field.Field{}})
	if err := c.SetBytes(slices.Clone(chip)); err != nil {
		return err.Error()
	}
	return tagDifference(c, chip)
}

// rewritten are the tags of chip data written again; false if they cannot be read, hold nothing, or have a tag twice.
func rewritten(chip []byte) (out []byte, ok bool) {
	seen := map[iso8583.Tag]bool{}
	for walk := iso8583.NewTags(chip); ; {
		tag, v, more, err := walk.Next()
		if err != nil || !more {
			return out, err == nil
		}
		if seen[tag] {
			return nil, false
		}
		seen[tag] = true
		out = iso8583.AppendTag(out, tag, v)
	}
}

// A message in which bits were changed is refused, or means the same to both: nobody can show two readers of it two amounts.
func TestMoovReadsNothingElseInChangedMessages(t *testing.T) {
	t.Parallel()
	for _, name := range iso8583.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := load(t, name)
			spec, fields, text := specOf(t, p, false), fieldsOf(p, every), textFor(p)
			read := 0
			each(t, 500, func(t *testing.T, d *draw) {
				b, err := p.Append(nil, d.message(p, fields, text))
				if err != nil {
					t.Fatal(err)
				}
				for range 1 + d.IntN(3) {
					b[d.IntN(len(b))] ^= 1 << d.IntN(8)
				}
				m, err := p.Parse(b)
				if err != nil || foreign(m, text) {
					return
				}
				read++
				if d := difference(spec, p, b, m); d != "" {
					t.Errorf("%x is %v to us, and to them %s", b, m, d)
				}
			})
			if read < 10 && *seed == 0 {
				t.Errorf("only %d changed messages were read", read)
			}
		})
	}
}

// foreign reports whether a text has characters that the peer has elsewhere, so that it reads others.
func foreign(m *iso8583.Message, text string) bool {
	for n := range m.All() {
		if v := m.Text(n); n != 55 && strings.ContainsAny(v, "[]^") && !strings.Contains(text, "[") {
			return true
		}
	}
	return false
}
