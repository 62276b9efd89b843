package iso8583_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	moov "github.com/moov-io/iso8583"
	"github.com/moov-io/iso8583/encoding"
	"github.com/moov-io/iso8583/field"
	"github.com/moov-io/iso8583/padding"
	"github.com/moov-io/iso8583/prefix"
	"github.com/moov-io/iso8583/sort"

	"github.com/countersign-auth/countersign/iso8583"
)

// This file says our profiles to github.com/moov-io/iso8583. What its fields cannot be told is put together of its own encoders:
//
//   - packed amounts with a sign in front (x+n), by half;
//   - packed tracks: its Track2Unpacker takes digits for octets, and its decimal encoder has no separator;
//   - chip data in hexadecimal digits: its composites have no encoding, so they are one binary field there, whose tags
//     are opened afterwards.
//
// It is left out what it cannot do at all: tags without a value, which it writes without their length; tags twice; zeros between tags; any order
// of tags but the ascending one. Its EBCDIC is code page 1047 or another, which differ from 037 in some characters: see [textFor].

// coder is an encoding of ours in theirs, for values and for lengths.
type coder struct {
	digits, text encoding.Encoder
	length       prefix.Prefixers
}

func coders() map[iso8583.Encoding]coder {
	return map[iso8583.Encoding]coder{
		iso8583.ASCII:  {encoding.ASCII, encoding.ASCII, prefix.ASCII},
		iso8583.EBCDIC: {encoding.EBCDIC1047, encoding.EBCDIC1047, prefix.EBCDIC1047},
		iso8583.BCD:    {encoding.BCD, nil, prefix.BCD},
		iso8583.Binary: {nil, encoding.Binary, prefix.Binary},
		iso8583.Hex:    {nil, encoding.BytesToASCIIHex, prefix.ASCII},
	}
}

// textFor is what texts are drawn from: everything that prints, but for the three characters that code page 1047 has elsewhere than 037.
func textFor(p *iso8583.Profile) string {
	var b strings.Builder
	enc, _, _ := p.Written(48)
	for c := byte(' '); c < 0x7F; c++ {
		if enc != iso8583.EBCDIC || !strings.ContainsRune("[]^", rune(c)) {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// specOf says a profile to moov. With tags, chip data are opened wherever moov can.
func specOf(t testing.TB, p *iso8583.Profile, tags bool) *moov.MessageSpec {
	t.Helper()
	all := coders()
	mti, _, _ := p.Written(0)
	bitmap, _, _ := p.Written(1)
	s := &moov.MessageSpec{Name: p.Name, Fields: map[int]field.Field{
		0: field.NewString(&field.Spec{Length: 4, Enc: all[mti].digits, Pref: prefix.ASCII.Fixed}),
		1: field.NewBitmap(&field.Spec{Length: 8, Enc: all[bitmap].text, Pref: prefix.Binary.Fixed}),
	}}
	for n := 2; n <= iso8583.Fields; n++ {
		if kind, length, _ := p.Shape(n); kind != "" {
			s.Fields[n] = fieldOf(p, n, kind, length, tags)
		}
	}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	return s
}

func fieldOf(p *iso8583.Profile, n int, kind string, length int, tags bool) field.Field {
	enc, count, digits := p.Written(n)
	all := coders()
	s := &field.Spec{Length: length, Enc: all[enc].digits, Pref: prefix.ASCII.Fixed}
	if digits > 0 {
		s.Pref = lengthOf(count, digits)
	}
	switch {
	case kind == "b" && n == 55 && tags && enc == iso8583.Binary:
		return field.NewComposite(&field.Spec{Length: length, Pref: s.Pref, Tag: chipTags(), Subfields: map[string]field.Field{}})
	case kind == "b":
		s.Enc = all[enc].text
		return field.NewBinary(s)
	case kind == "text":
		s.Enc = all[enc].text
	case kind == "z" && enc == iso8583.BCD:
		s.Enc, s.Pad, s.Packer, s.Unpacker = encoding.ASCIIHexToBytes, padding.Right('F'), field.Track2Packer{}, field.UnpackerFunc(packedTrack)
	case kind == "x+n" && enc == iso8583.BCD:
		s.Packer, s.Unpacker = field.PackerFunc(packSigned), field.UnpackerFunc(unpackSigned)
	}
	return field.NewString(s)
}

// lengthOf is the length in front. In binary theirs counts octets, ours the digits of the largest one.
func lengthOf(count iso8583.Encoding, digits int) prefix.Prefixer {
	all := coders()[count].length
	if count == iso8583.Binary {
		digits--
	}
	return map[int]prefix.Prefixer{1: all.L, 2: all.LL, 3: all.LLL}[digits]
}

// chipTags takes any tag, as a binary value.
func chipTags() *field.TagSpec {
	return &field.TagSpec{Enc: encoding.BerTLVTag, Sort: sort.StringsByHex, SkipUnknownTLVTags: true, StoreUnknownTLVTags: true}
}

func packedTrack(b []byte, s *field.Spec) ([]byte, int, error) {
	n, from, err := s.Pref.DecodeLength(s.Length, b)
	if err != nil {
		return nil, 0, err
	}
	v, size, err := s.Enc.Decode(b[from:], (n+1)/2)
	if err != nil {
		return nil, 0, err
	}
	return v[:n], from + size, nil
}

func packSigned(v []byte, s *field.Spec) ([]byte, error) {
	if len(v) != s.Length {
		return nil, fmt.Errorf("%d digits in place of %d", len(v), s.Length)
	}
	b, err := s.Enc.Encode(slices.Clone(v[1:]))
	return append([]byte{v[0]}, b...), err
}

func unpackSigned(b []byte, s *field.Spec) ([]byte, int, error) {
	if len(b) == 0 {
		return nil, 0, errors.New("no sign")
	}
	v, size, err := s.Enc.Decode(b[1:], s.Length-1)
	return append([]byte{b[0]}, v...), 1 + size, err
}

// separated is a value with the separator of a packed track written the other way: they know it as the hexadecimal digit it becomes.
func separated(p *iso8583.Profile, n int, v []byte, from, to string) []byte {
	kind, _, _ := p.Shape(n)
	if enc, _, _ := p.Written(n); kind == "z" && enc == iso8583.BCD {
		return bytes.ReplaceAll(v, []byte(from), []byte(to))
	}
	return v
}

// theirs has moov write a message.
func theirs(s *moov.MessageSpec, p *iso8583.Profile, m *iso8583.Message) ([]byte, error) {
	out := moov.NewMessage(s)
	out.MTI(m.MTI.String())
	for n := range m.All() {
		v := slices.Clone(m.Get(n)) // they keep octets, and write behind them
		if _, ok := s.Fields[n].(*field.Composite); ok {
			for tag, value := range tagsOf(v) {
				stored := field.NewBinary(&field.Spec{Length: len(value), Enc: encoding.Binary, Pref: prefix.BerTLV})
				stored.SetValue(value)
				if err := out.MarshalPath(fmt.Sprintf("%d.%s", n, tag), stored); err != nil {
					return nil, err
				}
			}
			continue
		}
		if err := out.BinaryField(n, separated(p, n, v, "=", "D")); err != nil {
			return nil, err
		}
	}
	return out.Pack()
}

// tagsOf are the tags of chip data that are well formed and have none twice, as moov names them.
func tagsOf(chip []byte) map[string][]byte {
	out := map[string][]byte{}
	for walk := iso8583.NewTags(chip); ; {
		tag, v, ok, err := walk.Next()
		if err != nil || !ok {
			return out
		}
		out[tag.String()] = v
	}
}

// difference says in what their reading of a message is not the given one; empty if in nothing.
func difference(s *moov.MessageSpec, p *iso8583.Profile, b []byte, m *iso8583.Message) string {
	got := moov.NewMessage(s)
	if err := got.Unpack(slices.Clone(b)); err != nil {
		return err.Error()
	}
	if mti, err := got.GetMTI(); err != nil || mti != m.MTI.String() {
		return fmt.Sprintf("type %s, %v", mti, err)
	}
	fields := got.GetFields()
	delete(fields, 0)
	delete(fields, 1)
	if have := slices.Sorted(maps.Keys(fields)); !slices.Equal(have, slices.Collect(m.All())) {
		return fmt.Sprintf("fields %v", have)
	}
	for n, f := range fields {
		if c, ok := f.(*field.Composite); ok {
			if d := tagDifference(c, m.Get(n)); d != "" {
				return d
			}
			continue
		}
		if v, err := f.Bytes(); err != nil || !bytes.Equal(separated(p, n, v, "D", "="), m.Get(n)) {
			return fmt.Sprintf("field %d: %q, %v", n, v, err)
		}
	}
	return ""
}

// tagDifference compares tags and values, and that nothing else is there.
func tagDifference(c *field.Composite, chip []byte) string {
	want, have := tagsOf(chip), c.GetSubfields()
	for tag, f := range have {
		if v, err := f.Bytes(); err != nil || !bytes.Equal(v, want[tag]) {
			return fmt.Sprintf("tag %s: %x, %v", tag, v, err)
		}
	}
	if len(have) != len(want) {
		return fmt.Sprintf("%d tags in place of %d", len(have), len(want))
	}
	return ""
}
