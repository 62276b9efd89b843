package dskpp_test

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/dskpp"
)

// D-12: the strings of RFC 6063, section 3.4.1.1.
func TestD12_CodeIsTLV(t *testing.T) {
	t.Parallel()
	c, err := dskpp.ParseCode("108AC00000A20A3582AF0C3E")
	if err != nil || c.ClientID != "AC00000A" || c.Password != "3582AF0C3E" {
		t.Fatalf("%+v, %v", c, err)
	}
	if c.Bare() != "108AC00000A20A3582AF0C3E" {
		t.Error(c.Bare())
	}
	for name, bad := range map[string]string{
		"empty": "", "no password": "108AC00000A", "no client": "20A3582AF0C3E", "short value": "108AC00000", "short field": "108AC00000A2",
		"no hexadecimal": "108AC00000G20A3582AF0C3E", "empty client": "10020A3582AF0C3E", "empty password": "108AC00000A200",
		"client of 129": "181" + strings.Repeat("A", 129) + "20A3582AF0C3E", "blank": "108AC00000A 20A3582AF0C3E",
	} {
		if _, err := dskpp.ParseCode(bad); !errors.Is(err, dskpp.ErrCode) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// D-13, IP-22: vendor types are skipped, length 00 is allowed, unassigned types and
// repetitions are refused.
func TestD13_TypesOfFields(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"8", "9", "A", "B", "C", "D", "E", "F"} {
		c, err := dskpp.ParseCode("108AC00000A" + good + "0020A3582AF0C3E")
		if err != nil || len(c.Vendor) != 1 {
			t.Errorf("type %s: %v", good, err)
		}
	}
	for _, bad := range []string{"0", "4", "5", "6", "7"} {
		if _, err := dskpp.ParseCode("108AC00000A" + bad + "0020A3582AF0C3E"); err == nil {
			t.Errorf("type %s was taken", bad)
		}
	}
	for _, twice := range []string{"108AC00000A108AC00000A20A3582AF0C3E", "108AC00000A202AA202AA", "108AC00000A20A3582AF0C3E304EE97304EE97", "108AC00000A20A3582AF0C3E800800"} {
		if _, err := dskpp.ParseCode(twice); err == nil {
			t.Errorf("%s was taken", twice)
		}
	}
}

// D-15, IP-14: the checksum, its anchor and its place.
func TestD15_Checksum(t *testing.T) {
	t.Parallel()
	if got := dskpp.CRC16("123456789"); got != 0x906E {
		t.Errorf("X-25 of 123456789 is %04X", got)
	}
	c := dskpp.Code{ClientID: "AC00000A", Password: "3582AF0C3E"}
	if want := "108AC00000A20A3582AF0C3E304EE97"; c.String() != want {
		t.Errorf("%s, want %s", c, want)
	}
	if _, err := dskpp.ParseCode(c.String()); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"108AC00000A20A3582AF0C3E304EE98", "108AC00000A20A3582AF0C3E3034D5", "108AC00000A20A3582AF0C3F304EE97"} {
		if _, err := dskpp.ParseCode(bad); !errors.Is(err, dskpp.ErrChecksum) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// D-15: a person's single error, or two characters swapped, never gets through.
func TestD15_TypingErrorsAreFound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, err := dskpp.NewCode(&stream{seed: rapid.String().Draw(t, "seed")}, "AC00000A", 10)
		if err != nil {
			t.Fatal(err)
		}
		typed := c.Human()
		if got, err := dskpp.ParseHuman(strings.ToLower(strings.ReplaceAll(typed, "0", "o"))); err != nil || got.String() != c.String() {
			t.Fatal(got, err)
		}
		b := []byte(typed)
		i := rapid.IntRange(0, len(b)-1).Draw(t, "place")
		if rapid.Bool().Draw(t, "swap") && i+1 < len(b) {
			b[i], b[i+1] = b[i+1], b[i]
		} else {
			b[i] = "0123456789ABCDEF"[rapid.IntRange(0, 15).Draw(t, "instead")]
		}
		if got, err := dskpp.ParseHuman(string(b)); err == nil && got.String() != c.String() {
			t.Fatalf("%s for %s was taken", b, typed)
		}
	})
	if _, err := dskpp.ParseHuman("108AC00000A20A3582AF0C3E"); err == nil {
		t.Error("a code without check digits was taken from a person")
	}
}

// D-16: SASLprep, then UTF-8, then hexadecimal: the string of section 3.4.1.1, and
// the examples of RFC 4013, section 3.
func TestD16_TextBecomesHexadecimal(t *testing.T) {
	t.Parallel()
	c, err := dskpp.CodeFromText("myclient!D", "mYpas&#rD", nil)
	if want := "1146D79636C69656E7421442126D5970617326237244"; err != nil || c.Bare() != want {
		t.Errorf("%s, %v", c.Bare(), err)
	}
	for in, want := range map[string]string{"I\u00adX": "IX", "user": "user", "USER": "USER", "\u00aa": "a", "\u2168": "IX", "a\u3000b": "a b", "שלום": "שלום"} {
		if got, err := dskpp.SASLprep(in, norm.NFKC.String); err != nil || got != want {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	for _, bad := range []string{"\u0007", "\u0627\u0031", "a\u0627", "\ufffd", "\ue000", "\xff"} {
		if _, err := dskpp.SASLprep(bad, norm.NFKC.String); !errors.Is(err, dskpp.ErrText) {
			t.Errorf("%q was taken", bad)
		}
	}
	if _, err := dskpp.SASLprep("ä", nil); !errors.Is(err, dskpp.ErrText) {
		t.Error("a text that needs normalization was taken without it")
	}
}

// D-14: passwords are random hexadecimal characters.
func TestD14_PasswordIsRandomHexadecimal(t *testing.T) {
	t.Parallel()
	r := &stream{seed: "codes"}
	seen := map[string]bool{}
	for range 50 {
		c, err := dskpp.NewCode(r, "AC00000A", 10)
		if err != nil || len(c.Password) != 20 || strings.Trim(c.Password, "0123456789ABCDEF") != "" || seen[c.Password] {
			t.Fatal(c, err)
		}
		seen[c.Password] = true
	}
	if _, err := dskpp.NewCode(r, "lower", 10); err == nil {
		t.Error("a client identifier that is not hexadecimal was taken")
	}
}
