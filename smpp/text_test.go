package smpp_test

import (
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/smpp"
)

func TestGSM(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"@£$":   "000102",
		"Hello": "48656c6c6f",
		"€":     "1b65",
		"[~]\\": "1b3c1b3d1b3e1b2f",
		"äöüß":  "7b7c7e1e",
		"Ç\n¿":  "090a60",
		"_Δ":    "1110",
	} {
		got, ok := smpp.EncodeGSM(text)
		if !ok || hex.EncodeToString(got) != want || smpp.DecodeGSM(got) != text {
			t.Errorf("%q: %x, %t; back: %q", text, got, ok, smpp.DecodeGSM(got))
		}
	}
	for _, text := range []string{"ç", "`", "漢", "😀", "\x1b", "\uFFFD", "\xff"} {
		if got, ok := smpp.EncodeGSM(text); ok {
			t.Errorf("%q became %x", text, got)
		}
	}
	for octets, want := range map[string]string{"1b": " ", "1b41": "A", "1b1b": " ", "c1": "A"} {
		if got := smpp.DecodeGSM(unhex(t, octets)); got != want {
			t.Errorf("%s is %q, want %q", octets, got, want)
		}
	}
	for c := range 128 { // every code but the escape is a character of its own
		text := smpp.DecodeGSM([]byte{byte(c)})
		if back, ok := smpp.EncodeGSM(text); c != 0x1b && (!ok || len(back) != 1 || int(back[0]) != c) {
			t.Errorf("0x%02x is %q, which is %x", c, text, back)
		}
	}
}

func TestPartsAreCountedInSeptets(t *testing.T) {
	t.Parallel()
	a := strings.Repeat
	for name, c := range map[string]struct {
		text   string
		coding smpp.Coding
		parts  []int // octets
	}{
		"empty":                       {"", smpp.GSM, []int{0}},
		"160":                         {a("a", 160), smpp.GSM, []int{160}},
		"161":                         {a("a", 161), smpp.GSM, []int{153, 8}},
		"306":                         {a("a", 306), smpp.GSM, []int{153, 153}},
		"80 euros":                    {a("€", 80), smpp.GSM, []int{160}},
		"159 and a euro":              {a("a", 159) + "€", smpp.GSM, []int{153, 8}},
		"escape at the end of a part": {a("a", 152) + "€" + a("a", 20), smpp.GSM, []int{152, 22}},
		"70 of another script":        {a("Ж", 70), smpp.UCS2, []int{140}},
		"71 of another script":        {a("Ж", 71), smpp.UCS2, []int{134, 8}},
		"35 emoji":                    {a("😀", 35), smpp.UCS2, []int{140}},
		"36 emoji, none cut":          {a("😀", 36), smpp.UCS2, []int{132, 12}},
	} {
		coding, parts, err := smpp.Split(c.text)
		var n []int
		for _, p := range parts {
			n = append(n, len(p))
		}
		if err != nil || coding != c.coding || len(n) != len(c.parts) || n[0] != c.parts[0] || n[len(n)-1] != c.parts[len(n)-1] {
			t.Errorf("%s: coding %d, parts of %v, %v", name, coding, n, err)
		}
	}
	if _, _, err := smpp.Split(a("a", 153*255+1)); err == nil {
		t.Error("256 parts")
	}
}

// shuffledBack sends a text in parts that arrive in any order, some twice.
func shuffledBack(t interface{ Errorf(string, ...any) }, text string, how smpp.Long, seed uint64) {
	m := smpp.Message{Dest: smpp.Address{Addr: "4791234567"}}
	all, err := m.Texts(text, how, byte(seed))
	if err != nil {
		return // more than 255 parts
	}
	random := rand.New(rand.NewPCG(seed, 1))
	order := append(random.Perm(len(all)), random.IntN(len(all)))
	random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	var j smpp.Joiner
	last := len(order) - 1
	for seen := map[int]bool{}; len(seen) < len(all); last-- { // up to the part that makes it whole
		seen[order[last]] = true
		got, whole := j.Add(&all[order[last]])
		if whole != (len(seen) == len(all)) {
			t.Errorf("%d of %d parts: whole is %t", len(seen), len(all), whole)
			return
		}
		if want := string([]rune(text)); whole && got != want {
			t.Errorf("%q came as %q", want, got)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("Your code is 123456", uint8(0), uint64(1))
	f.Add(strings.Repeat("a", 152)+"€"+strings.Repeat("😀", 200), uint8(1), uint64(2))
	f.Add(strings.Repeat("[€]", 200), uint8(2), uint64(3))
	f.Fuzz(func(t *testing.T, text string, how uint8, seed uint64) {
		shuffledBack(t, text, smpp.Long(how%3), seed)
	})
}

func TestTextsComeBackWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.SampledFrom([]rune("aå€[~Ж😀\n@"))
		text := string(rapid.SliceOfN(letters, 0, 700).Draw(t, "text"))
		shuffledBack(t, text, smpp.Long(rapid.IntRange(0, 2).Draw(t, "how")), rapid.Uint64().Draw(t, "seed"))
	})
}

func TestPartsOfDifferentTextsAreNotMixed(t *testing.T) {
	t.Parallel()
	text := func(letter, to string, ref byte) []smpp.Message {
		m := smpp.Message{Dest: smpp.Address{Addr: to}}
		all, err := m.Texts(strings.Repeat(letter, 200), smpp.ByHeader, ref)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	a, b, c := text("a", "1", 1), text("b", "1", 2), text("c", "2", 1)
	var j smpp.Joiner
	for i, m := range []*smpp.Message{&a[0], &b[1], &c[1], &b[0], &c[0], &a[1]} {
		got, whole := j.Add(m)
		if want := []string{"", "", "", "b", "c", "a"}[i]; whole != (want != "") || got != strings.Repeat(want, 200) {
			t.Errorf("after %d: %q", i, got)
		}
	}
	j = smpp.Joiner{Most: 1}
	for _, m := range []*smpp.Message{&a[0], &b[0], &a[1]} { // b pushed a's first part out
		if _, whole := j.Add(m); whole {
			t.Error("a text is whole without its first part")
		}
	}
}

func TestSegmentsOfSixteenBitReferencesAndNonsense(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		content string
		want    smpp.Segment
		ok      bool
	}{
		"16 bits":       {"06 08 04 1234 03 02 41", smpp.Segment{Reference: 0x1234, Total: 3, Number: 2}, true},
		"after a port":  {"0B 05 04 0B84 23F0 00 03 07 02 01 41", smpp.Segment{Reference: 7, Total: 2, Number: 1}, true},
		"number zero":   {"05 00 03 07 02 00 41", smpp.Segment{}, false},
		"beyond total":  {"05 00 03 07 02 03 41", smpp.Segment{}, false},
		"header cut":    {"05 00 03 07", smpp.Segment{}, false},
		"element cut":   {"05 00 09 07 02 01 41", smpp.Segment{}, false},
		"empty content": {"", smpp.Segment{}, false},
	} {
		m := smpp.Message{ESMClass: smpp.ESMHeader, Short: unhex(t, c.content)}
		if got, ok := m.Segment(); got != c.want || ok != c.ok {
			t.Errorf("%s: %+v, %t", name, got, ok)
		}
	}
}

func TestOtherCodings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		coding smpp.Coding
		octets string
		want   string
		ok     bool
	}{
		"ASCII":            {smpp.ASCII, "404124", "@A$", true},
		"Latin 1":          {smpp.Latin1, "e9", "é", true},
		"UCS-2":            {smpp.UCS2, "d83dde00", "😀", true},
		"UCS-2, odd":       {smpp.UCS2, "004100", "A\uFFFD", true},
		"flash":            {0xF0, "00", "@", true},
		"binary":           {smpp.Binary, "41", "", false},
		"binary in class":  {0xF5, "41", "", false},
		"reserved":         {0x0B, "41", "", false},
		"lonely surrogate": {smpp.UCS2, "d83d", "\uFFFD", true},
	} {
		m := smpp.Message{Coding: c.coding, Short: unhex(t, c.octets)}
		if got, ok := m.Text(); got != c.want || ok != c.ok {
			t.Errorf("%s: %q, %t", name, got, ok)
		}
	}
}

// TestLongestHeader: a header of 255 octets, which only a message_payload has room for.
func TestLongestHeader(t *testing.T) {
	t.Parallel()
	content := append([]byte{0xFF, 0x01, 0xFD}, make([]byte, 0xFD+2)...)
	elements, rest, ok := smpp.ParseHeader(content)
	if !ok || len(elements) != 1 || len(elements[0].Data) != 0xFD || len(rest) != 2 {
		t.Errorf("%d elements, %d octets left, %t", len(elements), len(rest), ok)
	}
	if _, _, ok := smpp.ParseHeader(make([]byte, 255)); !ok {
		t.Error("an empty header is refused")
	}
}
