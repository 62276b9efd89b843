package dskpp_test

import (
	"bytes"
	"crypto/rsa"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/pskc"
)

// message draws any message that the types can hold.
func message(t *rapid.T) dskpp.Message {
	name := rapid.StringMatching(`[a-zA-Z0-9 äß<&>"'\t\n]{1,20}`)
	word := rapid.StringMatching(`[a-z]{1,8}:[a-zA-Z0-9:#&/._-]{1,20}`)
	octets := func(least int) []byte { return rapid.SliceOfN(rapid.Byte(), least, 40).Draw(t, "octets") }
	maybe := func() bool { return rapid.Bool().Draw(t, "maybe") }
	uris := rapid.SliceOfN(word, 1, 4)
	version := dskpp.Version{Major: 1, Minor: rapid.IntRange(0, 999).Draw(t, "minor")}
	foreign := func() *pskc.Element {
		return &pskc.Element{Space: "urn:other:" + rapid.StringMatching(`[a-z]{1,3}`).Draw(t, "ns"), Name: "Thing", Text: name.Draw(t, "text"), Attrs: []pskc.Attr{{Name: "a", Value: name.Draw(t, "value")}, {Space: "urn:attr", Name: "a", Value: "1"}}}
	}
	mac := func() dskpp.MAC { return dskpp.MAC{Algorithm: word.Draw(t, "alg"), Value: octets(0)} }
	codeMAC := func() *dskpp.AuthenticationMAC {
		m := &dskpp.AuthenticationMAC{Iterations: rapid.IntRange(0, 1<<31-1).Draw(t, "n"), MAC: mac()}
		if maybe() {
			m.Nonce = octets(16)
		}
		return m
	}
	auth := func() *dskpp.AuthenticationData {
		a := &dskpp.AuthenticationData{ClientID: name.Draw(t, "client")}
		if maybe() {
			a.CodeMAC = codeMAC()
		} else {
			a.Foreign = foreign()
		}
		return a
	}
	device := func() *dskpp.DeviceIdentifier {
		if maybe() {
			return &dskpp.DeviceIdentifier{Foreign: foreign()}
		}
		return &dskpp.DeviceIdentifier{Device: &pskc.Device{Manufacturer: name.Draw(t, "m"), SerialNo: name.Draw(t, "s")}}
	}
	keyInfo := func() *dskpp.KeyInfo {
		switch rapid.IntRange(0, 2).Draw(t, "key") {
		case 0:
			return &dskpp.KeyInfo{Name: name.Draw(t, "name")}
		case 1:
			return &dskpp.KeyInfo{Certificate: octets(1), Key: &rsa.PublicKey{N: new(big.Int).SetBytes(bytes.Repeat([]byte{0xb5}, 64)), E: 65537}}
		}
		return &dskpp.KeyInfo{Name: "n", Other: []*pskc.Element{foreign()}}
	}
	payload := func() *dskpp.Payload {
		switch rapid.IntRange(0, 2).Draw(t, "payload") {
		case 0:
			return &dskpp.Payload{Nonce: octets(16)}
		case 1:
			return &dskpp.Payload{Key: keyInfo()}
		}
		return &dskpp.Payload{Other: foreign()}
	}
	extensions := func() (x []dskpp.Extension) {
		if maybe() {
			x = append(x, dskpp.ClientInfo(octets(0)), dskpp.ServerInfo(octets(0)))
		}
		if maybe() {
			x = append(x, dskpp.Extension{Critical: maybe(), Space: "urn:x", Type: "T", Content: []*pskc.Element{foreign()}})
		}
		return x
	}
	switch rapid.IntRange(0, 4).Draw(t, "message") {
	case 0:
		return &dskpp.Trigger{Version: version, Device: device(), KeyID: octets(1), Authentication: *auth(), ServerURL: word.Draw(t, "url"), Extra: foreign()}
	case 1:
		h := &dskpp.ClientHello{Version: version, KeyTypes: uris.Draw(t, "t"), Encryption: uris.Draw(t, "e"), MACs: uris.Draw(t, "m"), Extensions: extensions()}
		if maybe() {
			h.Device, h.KeyID, h.Nonce, h.Authentication, h.Packages = device(), octets(1), octets(16), auth(), uris.Draw(t, "p")
		}
		if maybe() {
			h.Variants = &dskpp.Variants{FourPass: maybe(), TwoPass: []dskpp.Method{{URI: word.Draw(t, "method"), Payload: payload()}, {URI: "urn:m"}}}
		}
		return h
	case 2:
		m := mac()
		return &dskpp.ServerHello{Version: version, Session: name.Draw(t, "id"), Status: dskpp.Continue, KeyType: word.Draw(t, "t"), Encryption: word.Draw(t, "e"), MACAlgorithm: word.Draw(t, "m"), Key: keyInfo(), Package: word.Draw(t, "p"), Payload: payload(), Extensions: extensions(), MAC: &m}
	case 3:
		return &dskpp.ClientNonce{Version: version, Session: name.Draw(t, "id"), EncryptedNonce: octets(0), Authentication: auth(), Extensions: extensions()}
	}
	f := &dskpp.ServerFinished{Version: version, Session: name.Draw(t, "id"), Status: rapid.SampledFrom(dskpp.Statuses()).Draw(t, "status")}
	if maybe() {
		f.Package = &dskpp.Package{ServerID: word.Draw(t, "id"), Method: word.Draw(t, "method"), Foreign: foreign()}
		f.Extensions, f.MAC, f.Authentication = extensions(), mac(), codeMAC()
	}
	return f
}

// sameKeys compares RSA keys as such.
var sameKeys = cmp.Comparer(func(a, b *rsa.PublicKey) bool { return a == nil && b == nil || a != nil && b != nil && a.Equal(b) })

// Parse(m.Format()) is m, and the form is the one compact form.
func TestFormatAndParseAreInverse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := message(t)
		raw := m.Format()
		got, err := dskpp.Parse(raw)
		if err != nil {
			t.Fatalf("%v\n%s", err, raw)
		}
		if d := cmp.Diff(m, got, sameKeys); d != "" {
			t.Fatalf("%s\n%s", d, raw)
		}
		if again := got.Format(); !bytes.Equal(raw, again) {
			t.Fatalf("%s\n%s", raw, again)
		}
	})
}

// D-08, and the lesson of RFC 4758's deployments: messages have one form, in the
// prefixes that people expect.
func TestD08_FormOfMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.run(t, wrapClient(t, w)); err != nil {
		t.Fatal(err)
	}
	got := string(w.last.Message)
	for _, want := range []string{
		`<?xml version="1.0" encoding="UTF-8"?><dskpp:KeyProvServerFinished xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" xmlns:dskpp="urn:ietf:params:xml:ns:keyprov:dskpp" xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc" Version="1.0" SessionID="`,
		`<dskpp:KeyPackage><dskpp:ServerID>https://bank.example</dskpp:ServerID><dskpp:KeyProtectionMethod>urn:ietf:params:xml:schema:keyprov:dskpp:wrap</dskpp:KeyProtectionMethod><dskpp:KeyContainer Version="1.0"><pskc:EncryptionKey><ds:KeyName>Pre-shared-key-1</ds:KeyName></pskc:EncryptionKey><pskc:MACMethod`,
		`</dskpp:KeyContainer></dskpp:KeyPackage><dskpp:Mac MacAlgorithm="urn:ietf:params:xml:ns:keyprov:dskpp:prf-sha256">`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s\nlacks\n%s", got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, n := range []string{"b1-trigger", "b21-hello", "b24-server-hello-renewal", "b25-nonce", "b26-finished", "b31-hello-transport", "b33-finished-passphrase"} {
		f.Add(file(f, "rfc6063-"+n+".xml"))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := dskpp.Parse(raw)
		if err != nil {
			return
		}
		once := m.Format()
		again, err := dskpp.Parse(once)
		if err != nil {
			t.Fatalf("what was read cannot be read again: %v\n%s", err, once)
		}
		if !bytes.Equal(once, again.Format()) {
			t.Fatalf("not stable:\n%s\n%s", once, again.Format())
		}
	})
}

func FuzzParseCode(f *testing.F) {
	f.Add("108AC00000A20A3582AF0C3E304EE97")
	f.Add("108A-C000-00A2-0A35-82AF-0C3E-304E-E97")
	f.Add("108AC00000A20A3582AF0C3E80")
	f.Fuzz(func(t *testing.T, s string) {
		for _, parse := range []func(string) (dskpp.Code, error){dskpp.ParseCode, dskpp.ParseHuman} {
			c, err := parse(s)
			if err != nil {
				continue
			}
			for _, form := range []string{c.String(), c.Human()} {
				again, err := dskpp.ParseHuman(form)
				if err != nil || again.String() != c.String() {
					t.Fatalf("%q gave %q, which gives %q (%v)", s, form, again, err)
				}
			}
		}
	})
}

// FuzzAnswer throws octets at a server: it never fails, never makes a key, and says
// no more than a status.
func FuzzAnswer(f *testing.F) {
	w := newWorld(f)
	c := wrapClient(f, w)
	f.Add(start(f, c).Request()[:700])
	f.Add(file(f, "rfc6063-b21-hello.xml"))
	f.Add(file(f, "rfc6063-b32-hello-wrap.xml"))
	f.Add(file(f, "rfc6063-b25-nonce.xml"))
	w.server.Policy.MaxIterations = dskpp.MinIterations // at most one PBKDF2 for each
	f.Fuzz(func(t *testing.T, raw []byte) {
		w.pending, w.last = nil, nil
		answer, err := w.try(raw)
		if err != nil {
			return
		}
		if _, err := dskpp.Parse(answer); err != nil {
			t.Fatalf("%v\n%s", err, answer)
		}
		if w.last.Pending != nil && !bytes.Contains(raw, []byte(w.code.ClientID)) {
			t.Fatal("a key without a code")
		}
	})
}

// FuzzClient throws octets at a client: nothing is ever stored.
func FuzzClient(f *testing.F) {
	for _, n := range []string{"b23-server-hello", "b24-server-hello-renewal", "b26-finished", "b32-finished-wrap", "b33-finished-passphrase"} {
		f.Add(file(f, "rfc6063-"+n+".xml"))
	}
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		c := w.client(t)
		c.Method, c.Shared, c.SharedName, c.Tolerant = dskpp.Wrap, wrapKey, "Pre-shared-key-1", true
		r := start(t, c)
		if k, _ := r.Answer(raw); k != nil {
			t.Fatal("a key of nobody")
		}
	})
}
