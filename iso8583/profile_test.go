package iso8583_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/iso8583"
)

// A profile of one's own says only what differs from one that comes with the package.
func TestProfilesExtend(t *testing.T) {
	t.Parallel()
	p, err := iso8583.ParseProfile([]byte(`{"name": "ours", "extends": "iso87-bcd", "framing": "vmlh", "fields": {"112": {"format": "ans..20"}, "48": {"format": "b...255", "length": "binary"}}, "codes": {"more_auth": "1A"}, "late": ["82", "1B"]}`))
	if err != nil {
		t.Fatal(err)
	}
	m := &iso8583.Message{MTI: 800}
	m.SetText(112, "ours")
	m.Set(48, []byte{0, 1})
	b, err := p.Append(nil, m)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.Parse(b); err != nil || !got.Equal(m) {
		t.Errorf("%v, %v", got, err)
	}
	if p.Code(iso8583.MoreAuth) != "1A" || p.Code(iso8583.Approved) != "00" || p.Framing != iso8583.VMLH {
		t.Errorf("%s %s %d", p.Code(iso8583.MoreAuth), p.Code(iso8583.Approved), p.Framing)
	}
	if base := load(t, "iso87-bcd"); base.Code(iso8583.MoreAuth) != "65" || !base.Late("68") || base.Late("82") || p.Late("68") || !p.Late("1B") || base.Late("") {
		t.Error("the profile that it extends has changed")
	}
}

func TestProfilesThatCannotBe(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]string{
		`{`:                                   "a profile",
		`{"name": "x", "surprise": 1}`:        "surprise",
		`{"extends": "iso87-bcd"}`:            "has a name",
		`{"name": "x", "extends": "nothing"}`: "nothing",
		`{"name": "x"}`:                       "framing",
		`{"name": "x", "extends": "iso87"}`:   "framing",
		`{"name": "x", "extends": "iso87", "framing": "binary2"}`:                      "encoding",
		`{"name": "x", "extends": "iso87-bcd", "framing": "tcp"}`:                      "no framing",
		`{"name": "x", "extends": "iso87-bcd", "text": "bcd"}`:                         "encoding",
		`{"name": "x", "extends": "iso87-bcd", "lengths": "hex"}`:                      "length",
		`{"name": "x", "extends": "iso87-bcd", "digits": "utf8"}`:                      "utf8",
		`{"name": "x", "extends": "iso87-bcd", "fields": {"65": {"format": "n 1"}}}`:   "65",
		`{"name": "x", "extends": "iso87-bcd", "fields": {"4": {"format": "n.12"}}}`:   "no format",
		`{"name": "x", "extends": "iso87-bcd", "fields": {"4": {"format": "q 12"}}}`:   "no format",
		`{"name": "x", "extends": "iso87-bcd", "fields": {"4": {"format": "n..120"}}}`: "no format",
		`{"name": "x", "extends": "iso87-bcd", "messages": {"100": {}}}`:               "no type",
		`{"name": "x", "extends": "iso87-bcd", "messages": {"0100": {"must": "112"}}}`: "112",
		`{"name": "x", "extends": "iso87-bcd", "messages": {"0100": {"must": "two"}}}`: "two",
		`{"name": "x", "extends": "iso87-bcd", "codes": {"approved": "000"}}`:          "approved",
		`{"name": "x", "extends": "iso87-bcd", "codes": {"surprised": "77"}}`:          "no result",
		`{"name": "x", "extends": "iso87-bcd", "late": ["68", "6"]}`:                   "late",
	} {
		if _, err := iso8583.ParseProfile([]byte(doc)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", doc, err)
		}
	}
	if _, err := iso8583.Load("iso87"); err == nil || !strings.Contains(err.Error(), "iso87-bcd") {
		t.Errorf("%v", err)
	}
}

// ISO-1: each request and advice has its answer, with the fields that are echoed and no others.
func TestISO1Answers(t *testing.T) {
	t.Parallel()
	p, m := load(t, "iso87-bcd"), payment(t)
	for _, mti := range []iso8583.MTI{100, 101, 120, 400, 401, 420, 421} {
		m.MTI = mti
		a, err := p.Answer(m, iso8583.Approved, 0)
		if err != nil {
			t.Fatal(err)
		}
		if a.MTI != mti.First()+10 || a.Text(39) != "00" || a.Text(11) != m.Text(11) || a.Text(2) != m.Text(2) || a.Has(55) || a.Has(43) == false || a.Has(14) {
			t.Errorf("%s: %v", mti, a)
		}
		if err := p.Check(a); err != nil {
			t.Errorf("%s: the answer itself: %v", mti, err)
		}
	}
	network := &iso8583.Message{MTI: iso8583.NetworkRequest}
	for n, v := range map[int]string{7: "1123101530", 11: "000123", 70: "301"} {
		network.SetText(n, v)
	}
	a, err := p.Answer(network, iso8583.Approved, 0)
	if err != nil || a.MTI != iso8583.NetworkResponse || a.Text(70) != "301" || p.Check(a) != nil || p.Check(network) != nil {
		t.Errorf("%v, %v", a, err)
	}
	for _, mti := range []iso8583.MTI{110, 200, 810} {
		if _, err := p.Answer(&iso8583.Message{MTI: mti}, iso8583.Approved, 0); !errors.Is(err, iso8583.ErrType) {
			t.Errorf("%s was answered: %v", mti, err)
		}
	}
}

// ISO-7, ISO-8: an unknown type, a field that is missing and one that has no place; the answer says which.
func TestISO8FormatErrors(t *testing.T) {
	t.Parallel()
	p := load(t, "iso87-bcd")
	m := payment(t)
	if err := p.Check(m); err != nil {
		t.Fatal(err)
	}
	m.Clear(41)
	if e := refusal(p.Check(m)); e == nil || e.Field != 41 {
		t.Errorf("%v", p.Check(m))
	}
	m = payment(t)
	m.SetText(70, "301")
	e := refusal(p.Check(m))
	if e == nil || e.Field != 70 {
		t.Fatalf("%v", p.Check(m))
	}
	a, err := p.Answer(m, iso8583.FormatError, e.Field)
	if err != nil || a.Text(39) != "30" || a.Text(44) != "070" {
		t.Errorf("%v, %v", a, err)
	}
	if err := p.Check(&iso8583.Message{MTI: 200}); !errors.Is(err, iso8583.ErrType) {
		t.Errorf("%v", err)
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	p := load(t, "iso87-ascii")
	for _, r := range iso8583.Results() {
		if got := p.Result(p.Code(r)); got != r {
			t.Errorf("%s has the code %s, which is %s", r, p.Code(r), got)
		}
	}
	if p.Result("77") != "" {
		t.Error("an unknown code has a result")
	}
}
