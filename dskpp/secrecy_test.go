package dskpp_test

import (
	"bytes"
	"crypto/rsa"
	"testing"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/pskc"
)

// D-45: whatever stands in EncryptedNonce, the answer is that of a wrong code.
func TestD45_NoPaddingOracle(t *testing.T) {
	t.Parallel()
	for _, alg := range []string{dskpp.RSAOAEP, dskpp.RSA15} {
		w := newWorld(t)
		w.server.Policy.NonceEncryption = []string{dskpp.RSAOAEP, dskpp.RSA15}
		c := w.client(t)
		c.Encryption = []string{alg}
		var answers [][]byte
		for name, change := range map[string]func([]byte) []byte{
			"flipped": func(b []byte) []byte { b[100] ^= 1; return b },
			"empty":   func([]byte) []byte { return []byte{} },
			"short":   func(b []byte) []byte { return b[:255] },
			"long":    func(b []byte) []byte { return append(b, 0) },
			"zero":    func([]byte) []byte { return make([]byte, 256) },
			"high":    func([]byte) []byte { return bytes.Repeat([]byte{0xff}, 256) },
			"another nonce": func([]byte) []byte {
				out, err := rsa.EncryptPKCS1v15(c.Rand, &rsaKey(t, "server").PublicKey, bytes.Repeat([]byte{1}, 32)) //nolint:staticcheck // what an attacker sends
				if err != nil {
					t.Fatal(err)
				}
				return out
			},
		} {
			c.Rand = &stream{seed: name}
			r := w.twice(t, c)
			m, _ := dskpp.Parse(r.Request())
			n := m.(*dskpp.ClientNonce)
			n.EncryptedNonce = change(n.EncryptedNonce)
			if got := w.answered(t, n.Format()); got != dskpp.AuthenticationDataInvalid {
				t.Errorf("%s: %s", name, got)
			}
			answers = append(answers, bytes.ReplaceAll(w.last.Message, []byte(n.Session), nil))
		}
		for _, a := range answers {
			if !bytes.Equal(a, answers[0]) {
				t.Errorf("%s\n%s", a, answers[0])
			}
		}
	}
}

// D-46, D-47, D-48: the key is not in the package of the four-pass variant, and one
// that is there is refused.
func TestD48_KeyIsNotInThePackage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.twice(t, w.client(t))
	answer := w.post(t, r.Request())
	if bytes.Contains(answer, []byte("Secret")) || bytes.Contains(answer, []byte(b64(w.pending[0].Key.Key.Secret.Bytes()))) {
		t.Error("the key travels")
	}
	planted := bytes.Replace(answer, []byte("<pskc:Data>"), []byte("<pskc:Data><pskc:Secret><pskc:PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</pskc:PlainValue></pskc:Secret>"), 1)
	if bytes.Equal(planted, answer) {
		t.Fatal("nothing was planted")
	}
	if k, err := r.Answer(planted); k != nil || err == nil {
		t.Error("a planted key was taken")
	}
}

// D-37 to D-39: extensions.
func TestD37_Extensions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.server.Info = []byte{0, 1, 2, 0xff, '<'}
	c := w.client(t)
	c.Info = []byte("\x00app 4.2 & more\xff")
	r := w.twice(t, c)
	m, _ := dskpp.Parse(w.last.Message)
	if x := m.(*dskpp.ServerHello).Extensions; len(x) != 2 || !bytes.Equal(x[0].Data, c.Info) || x[0].Type != "ClientInfoType" || !bytes.Equal(x[1].Data, w.server.Info) {
		t.Errorf("D-38: %+v", x)
	}
	own, _ := dskpp.Parse(r.Request())
	n := own.(*dskpp.ClientNonce)
	keep := n.Extensions
	n.Extensions = keep[1:]
	if got := w.answered(t, n.Format()); got != dskpp.MalformedRequest {
		t.Errorf("D-39: %s", got)
	}
	r = w.twice(t, c)
	k, err := r.Answer(w.post(t, r.Request()))
	if err != nil {
		t.Fatal(err, w.last.Why)
	}
	m, _ = dskpp.Parse(w.last.Message)
	if x := m.(*dskpp.ServerFinished).Extensions; len(x) != 1 || !bytes.Equal(x[0].Data, c.Info) {
		t.Errorf("D-38: %+v", x)
	}
	w.same(t, k)

	unknown := dskpp.Extension{Space: "urn:vendor", Type: "Hint", Content: []*pskc.Element{{Space: "urn:vendor", Name: "A", Text: "b"}}}
	if got := w.answered(t, hello(t, c, func(h *dskpp.ClientHello) { h.Extensions = append(h.Extensions, unknown) })); got != dskpp.Continue {
		t.Errorf("D-37: %s", got)
	}
	unknown.Critical = true
	if got := w.answered(t, hello(t, c, func(h *dskpp.ClientHello) { h.Extensions = append(h.Extensions, unknown) })); got != dskpp.UnknownCriticalExtension {
		t.Errorf("D-37: %s", got)
	}
	r = start(t, c) // and from the server
	sh, _ := dskpp.Parse(w.post(t, r.Request()))
	sh.(*dskpp.ServerHello).Extensions = []dskpp.Extension{unknown}
	if _, err := r.Answer(sh.Format()); status(t, err) != dskpp.UnknownCriticalExtension {
		t.Error(err)
	}
}

// D-52: the AD of the ClientNonce is demanded; IP-28: R_C never stands in it.
func TestD52_NonceNeedsTheUser(t *testing.T) {
	t.Parallel()
	for want, change := range map[dskpp.Status]func(*dskpp.ClientNonce){
		dskpp.AuthenticationDataMissing: func(n *dskpp.ClientNonce) { n.Authentication = nil },
		dskpp.MalformedRequest:          func(n *dskpp.ClientNonce) { n.Authentication.CodeMAC.Nonce = make([]byte, 32) },
		dskpp.AuthenticationDataInvalid: func(n *dskpp.ClientNonce) { n.Authentication.CodeMAC.MAC.Algorithm = dskpp.PRFAES },
	} {
		w := newWorld(t)
		r := w.twice(t, w.client(t))
		m, _ := dskpp.Parse(r.Request())
		n := m.(*dskpp.ClientNonce)
		change(n)
		if got := w.answered(t, n.Format()); got != want || w.last.Pending != nil {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// D-60, D-61, D-65: lengths of K_PROV; an existing key can be moved.
func TestD60_MasterKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	existing := []byte("an existing key, 20.")
	w.desk.key = func(g dskpp.Grant) (pskc.KeyPackage, error) {
		p, err := template(g)
		p.Key.Secret = pskc.NewSecret(existing)
		return p, err
	}
	k, err := w.run(t, wrapClient(t, w))
	if err != nil || !bytes.Equal(k.Key.Secret.Bytes(), existing) {
		t.Fatal(err)
	}
	m, _ := dskpp.Parse(w.last.Message)
	f := m.(*dskpp.ServerFinished)
	p, err := dskpp.OpenWrapped(dskpp.Wrap, f.Package.Container, "Pre-shared-key-1", wrapKey, "", false)
	if err != nil || p.Key.Secret.Len() != 64 {
		t.Errorf("K_PROV has %d octets (%v)", p.Key.Secret.Len(), err)
	}
	if f.Package.ServerID != w.server.ID || f.Package.Method != dskpp.Wrap { // D-64
		t.Errorf("%+v", f.Package)
	}
	existing = existing[:16]
	r := start(t, wrapClient(t, w))
	if _, err := w.try(append(r.Request(), ' ')); err == nil {
		t.Error("an existing key of another length was cut or padded")
	}
}
