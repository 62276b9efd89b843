package dskpp_test

import (
	"bytes"
	"testing"

	"github.com/countersign-auth/countersign/dskpp"
)

// hello starts a client and lets f change its hello.
func hello(t testing.TB, c *dskpp.Client, f func(*dskpp.ClientHello)) []byte {
	t.Helper()
	r, err := c.Start()
	if err != nil {
		t.Fatal(err)
	}
	m, err := dskpp.Parse(r.Request())
	if err != nil {
		t.Fatal(err)
	}
	h := m.(*dskpp.ClientHello)
	f(h)
	return h.Format()
}

// answered sends octets and returns the status of the answer.
func (w *world) answered(t testing.TB, raw []byte) dskpp.Status {
	t.Helper()
	m, err := dskpp.Parse(w.post(t, raw))
	if err != nil {
		t.Fatal(err)
	}
	switch m := m.(type) {
	case *dskpp.ServerHello:
		return m.Status
	case *dskpp.ServerFinished:
		return m.Status
	}
	t.Fatalf("%T", m)
	return ""
}

func wrapClient(t testing.TB, w *world) *dskpp.Client {
	t.Helper()
	c := w.client(t)
	c.FourPass, c.Method, c.Shared, c.SharedName = false, dskpp.Wrap, wrapKey, "Pre-shared-key-1"
	return c
}

// D-31, D-32: each list alone leads to its status, with either variant.
func TestD32_EachListHasItsStatus(t *testing.T) {
	t.Parallel()
	other := []string{"urn:other:1", "urn:other:2"}
	for want, change := range map[dskpp.Status]func(*dskpp.ClientHello){
		dskpp.NoSupportedKeyTypes:             func(h *dskpp.ClientHello) { h.KeyTypes = other },
		dskpp.NoSupportedEncryptionAlgorithms: func(h *dskpp.ClientHello) { h.Encryption = other },
		dskpp.NoSupportedMacAlgorithms:        func(h *dskpp.ClientHello) { h.MACs = other },
		dskpp.NoSupportedKeyPackages:          func(h *dskpp.ClientHello) { h.Packages = []string{dskpp.FormatPKCS12} },
		dskpp.NoProtocolVariants:              func(h *dskpp.ClientHello) { h.Variants = &dskpp.Variants{} },
		dskpp.UnsupportedVersion:              func(h *dskpp.ClientHello) { h.Version.Major = 2 },
		dskpp.UnknownCriticalExtension: func(h *dskpp.ClientHello) {
			h.Extensions = []dskpp.Extension{{Critical: true, Space: "urn:x", Type: "Y"}}
		},
	} {
		w := newWorld(t)
		for _, c := range []*dskpp.Client{w.client(t), wrapClient(t, w)} {
			if got := w.answered(t, hello(t, c, change)); got != want {
				t.Errorf("%s, want %s (%v)", got, want, w.last.Why)
			}
			if want.FirstOnly() && w.last.Session != nil {
				t.Errorf("%s left a session", want)
			}
		}
	}
}

// D-31, IP-17: the client's order decides among what the policy has; what the client
// leaves out has a meaning.
func TestD31_ChoiceFollowsTheClientsOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	choice := func(f func(*dskpp.ClientHello)) *dskpp.ServerHello {
		m, err := dskpp.Parse(w.post(t, hello(t, w.client(t), f)))
		if err != nil {
			t.Fatal(err)
		}
		return m.(*dskpp.ServerHello)
	}
	for _, order := range [][]string{{dskpp.PRFAES, dskpp.PRFSHA256}, {dskpp.PRFSHA256, dskpp.PRFAES}, {"urn:other", dskpp.PRFAES}} {
		want := order[0]
		if want == "urn:other" {
			want = order[1]
		}
		if got := choice(func(h *dskpp.ClientHello) { h.MACs = order }); got.MACAlgorithm != want {
			t.Errorf("%v: %s", order, got.MACAlgorithm)
		}
	}
	got := choice(func(h *dskpp.ClientHello) { h.Variants, h.Packages = nil, nil })
	if got.Status != dskpp.Continue || got.Package != dskpp.FormatPSKC {
		t.Errorf("%+v", got)
	}
}

// D-40: a policy forbids what the client would rather have.
func TestD40_PolicyForbidsDowngrade(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		policy func(*dskpp.Policy)
		want   dskpp.Status
	}{
		"MAC":        {func(p *dskpp.Policy) { p.MACs = []string{dskpp.PRFSHA256} }, dskpp.NoSupportedMacAlgorithms},
		"version":    {func(p *dskpp.Policy) { p.MinVersion = dskpp.Version{Major: 1, Minor: 1} }, dskpp.UnsupportedVersion},
		"variant":    {func(p *dskpp.Policy) { p.Variants = []dskpp.Variant{dskpp.TwoPass} }, dskpp.NoProtocolVariants},
		"key type":   {func(p *dskpp.Policy) { p.KeyTypes = nil }, dskpp.NoSupportedKeyTypes},
		"encryption": {func(p *dskpp.Policy) { p.NonceEncryption = []string{dskpp.PRFAES} }, dskpp.NoSupportedEncryptionAlgorithms},
	} {
		w := newWorld(t)
		c.policy(&w.server.Policy)
		cl := w.client(t)
		cl.MACs = []string{dskpp.PRFAES}
		if got := w.answered(t, hello(t, cl, func(*dskpp.ClientHello) {})); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// D-45, IP-24: PKCS #1 v1.5 is not chosen where the server decrypts, unless set.
func TestIP24_RSA15OnlyBySetting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client(t)
	c.Encryption = []string{dskpp.RSA15}
	if got := w.answered(t, hello(t, c, func(*dskpp.ClientHello) {})); got != dskpp.NoSupportedEncryptionAlgorithms {
		t.Error(got)
	}
}

// IP-06, IP-13: both spellings and blanks are read; the hyphen is sent.
func TestIP06_SpellingsOfRSA(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.server.Policy.NonceEncryption = []string{dskpp.RSA15}
	raw := hello(t, w.client(t), func(h *dskpp.ClientHello) {
		h.Encryption = []string{"\n   http://www.w3.org/2001/04/xmlenc#rsa_1_5  "}
	})
	m, err := dskpp.Parse(w.post(t, raw))
	if err != nil || m.(*dskpp.ServerHello).Encryption != dskpp.RSA15 {
		t.Error(m, err)
	}
}

// D-01 to D-03: versions are pairs of integers.
func TestD01_Versions(t *testing.T) {
	t.Parallel()
	v := func(s string) dskpp.Version {
		got, err := dskpp.ParseVersion(s)
		if err != nil {
			t.Fatal(s, err)
		}
		return got
	}
	if v("1.10").Compare(v("1.9")) <= 0 || v("2.4").Compare(v("2.13")) >= 0 || v("2.13").Compare(v("12.3")) >= 0 || v("6.01") != v("06.1") {
		t.Error("versions are compared wrongly")
	}
	if v("06.01").String() != "6.1" {
		t.Error("leading zeros are sent")
	}
	for _, bad := range []string{"", "1", "1.", ".1", "100.1", "1.1000", "-1.0", "1.0.0", "1,0", " 1.0", "+1.0", "١.٠"} {
		if _, err := dskpp.ParseVersion(bad); status(t, err) != dskpp.MalformedRequest {
			t.Errorf("%q was taken", bad)
		}
	}
}

// D-02: an unknown minor version is handled as our own; an unknown major is not read.
func TestD02_MinorIgnoredMajorRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	raw := hello(t, w.client(t), func(h *dskpp.ClientHello) { h.Version.Minor = 12 })
	if got := w.answered(t, raw); got != dskpp.Continue || !bytes.Contains(w.last.Message, []byte(`Version="1.0"`)) {
		t.Error(got)
	}
	for _, v := range []string{"2.0", "0.9", "99.999"} {
		future := []byte(`<d:KeyProvClientHello xmlns:d="` + dskpp.Namespace + `" Version="` + v + `"><d:Unheard/></d:KeyProvClientHello>`)
		if got := w.answered(t, future); got != dskpp.UnsupportedVersion {
			t.Errorf("%s: %s", v, got)
		}
	}
}

// IP-30: with several methods the user's MAC is made with the K of the first, and the
// server may choose another.
func TestIP30_SeveralMethods(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.server.Policy.Methods = []string{dskpp.Transport}
	c := wrapClient(t, w)
	c.Encryption = []string{dskpp.AESWrap, dskpp.RSAOAEP}
	raw := hello(t, c, func(h *dskpp.ClientHello) {
		h.Variants.TwoPass = append(h.Variants.TwoPass, dskpp.Method{URI: dskpp.Transport, Payload: &dskpp.Payload{Key: &dskpp.KeyInfo{Key: &rsaKey(t, "client").PublicKey}}})
	})
	if got := w.answered(t, raw); got != dskpp.Success || w.pending[0].Method != dskpp.Transport {
		t.Error(got, w.last.Why)
	}
	w.server.Policy.Methods = []string{dskpp.Wrap}
	raw = hello(t, c, func(h *dskpp.ClientHello) {
		h.Variants.TwoPass = append([]dskpp.Method{{URI: "urn:unknown", Payload: &dskpp.Payload{Key: &dskpp.KeyInfo{Name: "k"}}}}, h.Variants.TwoPass...)
	})
	if got := w.answered(t, raw); got != dskpp.NoProtocolVariants {
		t.Error(got, w.last.Why)
	}
}
