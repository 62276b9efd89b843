package applet_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/ota/applet"
)

func TestAnswersComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := applet.Answer{
			Kind: applet.Kind(rapid.Byte().Draw(t, "kind")), Transaction: transaction, Result: applet.Result(rapid.Byte().Draw(t, "result")),
			Public: rapid.SliceOfN(rapid.Byte(), 0, 256).Draw(t, "public"), Signature: rapid.SliceOfN(rapid.Byte(), 0, 256).Draw(t, "signature"), Tries: rapid.IntRange(-1, 15).Draw(t, "tries"),
		}
		if rapid.Bool().Draw(t, "card") {
			a.Card = &applet.Card{Applet: 1, Algorithms: []applet.Algorithm{applet.ECDSAP256, applet.RSA2048}, Keys: [2]applet.Key{{applet.RSA2048, 3, 10}, {0, 0, 10}}}
		}
		got, err := applet.ParseAnswer(a.Append(nil))
		if diff := cmp.Diff(a, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Fatal(err, diff)
		}
	})
}

// TestNewerCards: a server leaves aside what it does not know.
func TestNewerCards(t *testing.T) {
	t.Parallel()
	got, err := applet.ParseAnswer([]byte("\x01\x05\x80\x08\x01\x02\x03\x04\x05\x06\x07\x08\x90\x01\x00\x93\x0a\x02\xff\x01\x03\x0a\x00\x03\x0a\x09\x09\xa0\x01\x01"))
	want := applet.Answer{
		Kind: applet.Status, Transaction: transaction, Tries: -1,
		Card: &applet.Card{Applet: 2, Algorithms: []applet.Algorithm{applet.ECDSAP256, applet.RSA2048}, Keys: [2]applet.Key{{applet.ECDSAP256, 3, 10}, {0, 3, 10}}},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if k := got.Card.Key(applet.Authentication); k.Tries != 3 || got.Card.Key(0) != (applet.Key{}) {
		t.Error(k)
	}
}

func TestBadAnswers(t *testing.T) {
	t.Parallel()
	const head = "\x01\x02\x80\x08\x01\x02\x03\x04\x05\x06\x07\x08"
	for name, x := range map[string]string{
		"empty": "", "version": "\x02" + head[1:] + "\x90\x01\x00", "no result": head, "no transaction": "\x01\x02\x90\x01\x00", "cut": head + "\x90\x01",
		"a long signature": head + "\x90\x01\x00\x92\x82\x01\x01" + string(make([]byte, 257)), "many tries": head + "\x90\x01\x00\x94\x01\x10",
		"a short card": head + "\x90\x01\x00\x93\x01\x01", "descending": head + "\x90\x01\x00\x80\x01\x01",
	} {
		if a, err := applet.ParseAnswer([]byte(x)); err == nil {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

func FuzzParseAnswer(f *testing.F) {
	f.Add([]byte("\x01\x05\x80\x08\x01\x02\x03\x04\x05\x06\x07\x08\x90\x01\x00\x93\x08\x02\xff\x01\x03\x0a\x00\x03\x0a"))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := applet.ParseAnswer(b)
		if err != nil {
			return
		}
		once := a.Append(nil)
		again, err := applet.ParseAnswer(once)
		if err != nil || !bytes.Equal(again.Append(nil), once) {
			t.Errorf("%x becomes %x, %v", b, once, err)
		}
	})
}
