package iso8583_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/iso8583"
)

// A message comes back in every profile, value for value, and octet for octet when it is written again.
func TestMessagesComeBack(t *testing.T) {
	t.Parallel()
	for _, name := range iso8583.Names() {
		p, m := load(t, name), payment(t)
		b, err := p.Append([]byte("front"), m)
		if err != nil || !bytes.HasPrefix(b, []byte("front")) {
			t.Fatal(err)
		}
		got, err := p.Parse(b[5:])
		if err != nil || !got.Equal(m) {
			t.Fatalf("%s: %v, %v", name, got, err)
		}
		if again, err := p.Append(nil, got); err != nil || !bytes.Equal(again, b[5:]) {
			t.Errorf("%s: written again: %v", name, err)
		}
	}
}

// One message by hand in each profile: the octets are those of the encodings, not only ours twice.
func TestOctets(t *testing.T) {
	t.Parallel()
	m := &iso8583.Message{MTI: iso8583.NetworkRequest}
	for n, v := range map[int]string{7: "1123101530", 11: "000123", 28: "D00000012", 32: "12345", 33: "1", 48: "AB", 70: "301"} {
		m.SetText(n, v)
	}
	m.SetText(35, "490000=2912")
	m.Set(64, unhex(t, "0102030405060708"))
	const second = "0400000000000000" // bitmaps of fields 7 11 28 32 33 35 48 64, and 70
	for name, want := range map[string]string{
		"iso87-ascii":  hex.EncodeToString([]byte("0800" + "82200011A0010001" + "0400000000000000" + "1123101530" + "000123" + "D00000012" + "0512345" + "011" + "11490000=2912" + "002AB" + "0102030405060708" + "301")),
		"iso87-bcd":    "0800" + "82200011a0010001" + second + "1123101530" + "000123" + "4400000012" + "05012345" + "0101" + "11490000d2912f" + "00024142" + "0102030405060708" + "0301",
		"iso87-binary": hex.EncodeToString([]byte("0800")) + "82200011a0010001" + second + hex.EncodeToString([]byte("1123101530000123D00000012")) + "05" + hex.EncodeToString([]byte("12345")) + "0131" + "0b" + hex.EncodeToString([]byte("490000=2912")) + "00024142" + "0102030405060708" + hex.EncodeToString([]byte("301")),
		"iso87-ebcdic": "f0f8f0f0" + "82200011a0010001" + second + "f1f1f2f3f1f0f1f5f3f0" + "f0f0f0f1f2f3" + "c4f0f0f0f0f0f0f1f2" + "f0f5f1f2f3f4f5" + "f0f1f1" + "f1f1f4f9f0f0f0f07ef2f9f1f2" + "f0f0f2c1c2" + "0102030405060708" + "f3f0f1",
	} {
		p := load(t, name)
		got, err := p.Append(nil, m)
		if err != nil || hex.EncodeToString(got) != want {
			t.Errorf("%s: %v\n got %x\nwant %s", name, err, got, want)
			continue
		}
		if back, err := p.Parse(got); err != nil || !back.Equal(m) {
			t.Errorf("%s: %v, %v", name, back, err)
		}
	}
}

// Code page 037 is that of the table of another implementation.
func TestEBCDIC(t *testing.T) {
	t.Parallel()
	p := load(t, "iso87-ebcdic")
	var all strings.Builder
	for c := byte(' '); c < 0x7F; c++ {
		all.WriteByte(c)
	}
	m := &iso8583.Message{MTI: iso8583.NetworkRequest}
	m.SetText(48, all.String())
	b, err := p.Append(nil, m)
	if err != nil {
		t.Fatal(err)
	}
	want, err := charmap.CodePage037.NewEncoder().String(all.String())
	if err != nil || !bytes.HasSuffix(b, []byte(want)) {
		t.Errorf("%v\n got %x\nwant %x", err, b[len(b)-len(want):], want)
	}
	if got, err := p.Parse(b); err != nil || got.Text(48) != all.String() {
		t.Errorf("%q, %v", got.Text(48), err)
	}
}

// Whatever can be written comes back, in every profile.
func TestEveryMessageComesBack(t *testing.T) {
	t.Parallel()
	for _, name := range iso8583.Names() {
		p := load(t, name)
		rapid.Check(t, func(t *rapid.T) {
			m := &iso8583.Message{MTI: iso8583.MTI(rapid.IntRange(0, 9999).Draw(t, "mti"))}
			for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(2, 128), 0, 30, rapid.ID).Draw(t, "fields") {
				if v, ok := value(t, p, n, " ~AZaz09,.-"); ok {
					m.Set(n, v)
				}
			}
			b, err := p.Append(nil, m)
			if err != nil {
				t.Fatalf("%v: %v", m, err)
			}
			if got, err := p.Parse(b); err != nil || !got.Equal(m) {
				t.Fatalf("%v came back as %v, %v", m, got, err)
			}
		})
	}
}

// value draws one for a field; texts consist of the characters given.
func value(t *rapid.T, p *iso8583.Profile, n int, text string) ([]byte, bool) {
	kind, length, variable := p.Shape(n)
	if kind == "" {
		return nil, false
	}
	from := length
	if variable {
		from = 0
	}
	if variable && kind == "x+n" {
		from = 1
	}
	size := rapid.IntRange(from, length).Draw(t, fmt.Sprint("length of ", n))
	alphabet := map[string]string{"n": "0123456789", "z": "0123456789=", "x+n": "0123456789", "text": text}[kind]
	out := make([]byte, size)
	for i := range out {
		if kind == "b" {
			out[i] = rapid.Byte().Draw(t, "octet")
		} else {
			out[i] = alphabet[rapid.IntRange(0, len(alphabet)-1).Draw(t, "character")]
		}
	}
	if kind == "x+n" {
		out[0] = 'D'
	}
	return out, true
}

// A message that ends anywhere is refused, and so is one with something behind it; the error says where and shows no value.
func TestTruncatedMessages(t *testing.T) {
	t.Parallel()
	for _, name := range iso8583.Names() {
		p := load(t, name)
		b, err := p.Append(nil, payment(t))
		if err != nil {
			t.Fatal(err)
		}
		for n := range b {
			if m, err := p.Parse(b[:n]); refusal(err) == nil {
				t.Fatalf("%s: %d of %d octets were read: %v, %v", name, n, len(b), m, err)
			}
		}
		if _, err := p.Parse(append(b, 0)); refusal(err) == nil || refusal(err).Offset != len(b) {
			t.Errorf("%s: an octet behind: %v", name, err)
		}
		if _, err := p.Parse(make([]byte, iso8583.Limit+1)); refusal(err) == nil {
			t.Errorf("%s: a long one: %v", name, err)
		}
	}
}

func refusal(err error) *iso8583.Error {
	var e *iso8583.Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// Wrong characters, lengths and fields are refused with the number of the field.
func TestWrongValues(t *testing.T) {
	t.Parallel()
	of := func(s string) []byte { return []byte(s) }
	for name, c := range map[string]struct {
		profile string
		message []byte
		field   int
	}{
		"letters in the type":     {"iso87-ascii", of("01O04000000000000000"), 0},
		"small letters in bitmap": {"iso87-ascii", of("0100400000000000000a"), 0},
		"a letter in digits":      {"iso87-ascii", of("01002000000000000000" + "00000A"), 3},
		"a letter in a length":    {"iso87-ascii", of("01004000000000000000" + "1x4900000000000001"), 2},
		"a long account number":   {"iso87-ascii", of("01004000000000000000" + "20" + strings.Repeat("4", 20)), 2},
		"a third bitmap":          {"iso87-ascii", of("0100C000000000000000" + "8000000000000000" + "0240"), 65},
		"a field of nobody":       {"iso87-ascii", of("01008000000000000000" + "0000000000010000" + "1"), 112},
		"a sign that is none":     {"iso87-ascii", of("01000000001000000000" + "E00000012"), 28},
		"a sign in the middle":    {"iso87-ascii", of("01000000001000000000" + "0C0000012"), 28},
		"a control character":     {"iso87-ascii", of("01000000000000800000" + "TERM\n001"), 41},
		"packed letters":          {"iso87-bcd", unhex(t, "01002000000000000000"+"00000a"), 3},
		"packed, odd, not zero":   {"iso87-bcd", unhex(t, "01004000000000000000"+"03"+"1123"), 2},
		"packed track, no F":      {"iso87-bcd", unhex(t, "01000000000020000000"+"03"+"1230"), 35},
		"a packed length":         {"iso87-bcd", unhex(t, "01004000000000000000"+"1a"+"1123"), 2},
		"a length of 65,535":      {"iso87-binary", append(of("0100"), unhex(t, "0000000000010000"+"ffff")...), 48},
		"an EBCDIC control":       {"iso87-ebcdic", unhex(t, "f0f1f0f0"+"2000000000000000"+"f0f0f0f0f000"), 3},
		"an EBCDIC length":        {"iso87-ebcdic", unhex(t, "f0f1f0f0"+"4000000000000000"+"f0c1"), 2},
	} {
		m, err := load(t, c.profile).Parse(c.message)
		if e := refusal(err); e == nil || e.Field != c.field {
			t.Errorf("%s: %v, %v", name, m, err)
		}
	}
}

func TestValuesThatAreNotWritten(t *testing.T) {
	t.Parallel()
	p := load(t, "iso87-bcd")
	for n, v := range map[int]string{
		2: strings.Repeat("4", 20), 3: "00000", 4: "0000000040000", 28: "000000012", 41: "TERM", 43: strings.Repeat("ä", 20), 35: "49D12", 52: "1234567", 112: "1",
	} {
		m := &iso8583.Message{MTI: iso8583.AuthorizationRequest}
		m.SetText(n, v)
		got, err := p.Append([]byte("kept"), m)
		if e := refusal(err); e == nil || e.Field != n || string(got) != "kept" {
			t.Errorf("field %d: %q, %v", n, got, err)
		}
		if err != nil && strings.Contains(err.Error(), v) && len(v) > 3 {
			t.Errorf("the error shows the value: %v", err)
		}
	}
	if _, err := p.Append(nil, &iso8583.Message{MTI: 10_000}); refusal(err) == nil {
		t.Error("a type of five digits was written")
	}
	long := &iso8583.Message{MTI: 100}
	for _, n := range []int{46, 47, 48, 56, 57, 58, 59, 60, 61} {
		long.SetText(n, strings.Repeat("x", 999))
	}
	if _, err := p.Append(nil, long); refusal(err) == nil {
		t.Error("more than the limit was written")
	}
}

func TestFieldsOfAMessage(t *testing.T) {
	t.Parallel()
	m := payment(t)
	if !m.Has(2) || m.Has(1) || m.Has(0) || m.Has(129) || m.Has(3) != true || m.Get(5) != nil || m.Text(5) != "" {
		t.Error("fields that are there, or not")
	}
	m.Clear(55)
	m.SetText(4, "000000000001")
	want := []int{2, 3, 4, 7, 11, 12, 13, 14, 18, 19, 22, 23, 25, 32, 37, 41, 42, 43, 49}
	if got := slices.Collect(m.All()); !slices.Equal(got, want) || m.Text(4) != "000000000001" {
		t.Errorf("%v, %s", got, m.Text(4))
	}
	for _, n := range []int{0, 1, 65, 129} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("field %d was set", n)
				}
			}()
			m.Set(n, nil)
		}()
	}
	if m.Equal(payment(t)) || m.Equal(&iso8583.Message{MTI: m.MTI}) {
		t.Error("equal to another one")
	}
}

// Fields that are set and cleared in any order are those of a map.
func TestMessagesAgainstAMap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m, want := &iso8583.Message{}, map[int]string{}
		for range rapid.IntRange(0, 200).Draw(t, "steps") {
			n := rapid.SampledFrom([]int{2, 3, 4, 37, 63, 64, 66, 67, 100, 127, 128}).Draw(t, "field")
			if rapid.Bool().Draw(t, "clear") {
				m.Clear(n)
				delete(want, n)
			} else {
				want[n] = rapid.StringN(0, 5, -1).Draw(t, "value")
				m.SetText(n, want[n])
			}
		}
		if have := slices.Collect(m.All()); !slices.Equal(have, slices.Sorted(maps.Keys(want))) {
			t.Fatalf("%v, %v", have, want)
		}
		for n := 1; n <= iso8583.Fields; n++ {
			if m.Text(n) != want[n] {
				t.Fatalf("field %d: %q in place of %q", n, m.Text(n), want[n])
			}
		}
	})
}

func TestTypes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		m, first, answer        iso8583.MTI
		repeat, answers, advice bool
		class                   int
	}{
		{100, 100, 110, false, false, false, 1},
		{101, 100, 110, true, false, false, 1},
		{110, 110, 0, false, true, false, 1},
		{121, 120, 130, true, false, true, 1},
		{130, 130, 0, false, true, false, 1},
		{421, 420, 430, true, false, true, 4},
		{800, 800, 810, false, false, false, 8},
	} {
		if c.m.First() != c.first || c.m.Answer() != c.answer || c.m.Repeat() != c.repeat || c.m.Answers() != c.answers || c.m.Advice() != c.advice || c.m.Class() != c.class {
			t.Errorf("%s", c.m)
		}
	}
}
