package dskpp_test

import (
	"bytes"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"testing"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/pskc"
)

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func start(t testing.TB, c *dskpp.Client) *dskpp.Run {
	t.Helper()
	r, err := c.Start()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// tries runs f on a client of each variant.
func tries(t *testing.T, f func(*testing.T, *world, *dskpp.Client)) {
	t.Helper()
	for name, c := range map[string]func(testing.TB, *world) *dskpp.Client{
		"four-pass": func(t testing.TB, w *world) *dskpp.Client { return w.client(t) },
		"transport": func(t testing.TB, w *world) *dskpp.Client {
			c := w.client(t)
			c.FourPass, c.Method, c.Private = false, dskpp.Transport, rsaKey(t, "client")
			return c
		},
		"wrap": wrapClient,
		"passphrase": func(t testing.TB, w *world) *dskpp.Client {
			c := w.client(t)
			c.FourPass, c.Method, c.Passphrase = false, dskpp.PassphraseWrap, passphrase
			return c
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			f(t, w, c(t, w))
		})
	}
}

// D-11, D-23: a wrong password, an unknown client, a used and a locked code look
// alike; IP-23, D-17: expiry is told only to those who have the code.
func TestD23_WrongCodesLookAlike(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*world, *dskpp.Client)
		want   dskpp.Status
	}{
		"wrong password":             {func(_ *world, c *dskpp.Client) { c.Code.Password = "00" }, dskpp.AuthenticationDataInvalid},
		"unknown client":             {func(_ *world, c *dskpp.Client) { c.Code.ClientID = "FFFF" }, dskpp.AuthenticationDataInvalid},
		"used":                       {func(w *world, _ *dskpp.Client) { w.state(dskpp.Used) }, dskpp.AuthenticationDataInvalid},
		"locked":                     {func(w *world, _ *dskpp.Client) { w.state(dskpp.Locked) }, dskpp.AuthenticationDataInvalid},
		"no state":                   {func(w *world, _ *dskpp.Client) { w.state(0) }, dskpp.AuthenticationDataInvalid},
		"expired":                    {func(w *world, _ *dskpp.Client) { w.state(dskpp.Expired) }, dskpp.ProvisioningPeriodExpired},
		"expired and wrong password": {func(w *world, c *dskpp.Client) { w.state(dskpp.Expired); c.Code.Password = "00" }, dskpp.AuthenticationDataInvalid},
		"another URL":                {func(_ *world, c *dskpp.Client) { c.URL = "https://evil.example/dskpp" }, dskpp.AuthenticationDataInvalid},
		"lower-case password": {func(w *world, c *dskpp.Client) {
			a := w.desk.activations[c.Code.ClientID]
			a.Password = "ab"
			w.desk.activations[c.Code.ClientID] = a
			c.Code.Password = "AB"
		}, dskpp.AuthenticationDataInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tries(t, func(t *testing.T, w *world, cl *dskpp.Client) {
				c.change(w, cl)
				_, err := w.run(t, cl)
				if got := status(t, err); got != c.want {
					t.Errorf("%s, want %s (%v)", got, c.want, w.last.Why)
				}
				if len(w.pending) > 0 || w.last.Session != nil || len(w.sessions) > 0 {
					t.Error("something is left of the run") // D-34
				}
				for _, what := range w.desk.asked {
					if what == "new" {
						t.Error("a key was asked for")
					}
				}
				if want := len(w.last.Message); bytes.Contains(w.last.Message, []byte("<dskpp:KeyPackage")) || want > 300 {
					t.Errorf("D-34: the refusal says more than its status: %s", w.last.Message)
				}
			})
		})
	}
}

func (w *world) state(s dskpp.ActivationState) {
	a := w.desk.activations[w.code.ClientID]
	a.State = s
	w.desk.activations[w.code.ClientID] = a
}

// Section 8 of the profile: the answers to an unknown client and to a wrong password
// are the same octets, but for what is random, and the desk is asked the same.
func TestUnknownClientGetsTheSameAnswer(t *testing.T) {
	t.Parallel()
	tries(t, func(t *testing.T, w *world, c *dskpp.Client) {
		c.Code.Password = "0000"
		_, err1 := w.run(t, c)
		first, asked := w.last.Message, w.desk.asked
		other := newWorld(t)
		c.Code.ClientID, c.Rand = "FFFFFFFF", &stream{seed: "client"}
		_, err2 := other.run(t, c)
		if status(t, err1) != status(t, err2) || !bytes.Equal(first, other.last.Message) {
			t.Errorf("%s\n%s", first, other.last.Message)
		}
		if len(asked) != len(other.desk.asked) {
			t.Errorf("%v, %v", asked, other.desk.asked)
		}
	})
}

// D-19: 99,999 iterations are refused, one too; exactly one with a shared secret;
// the cap holds. IP-05: 512, as in a trigger of RFC 6063, are refused.
func TestD19_Iterations(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 512, 99_999, 200_001} {
		w := newWorld(t)
		c := w.client(t)
		r := start(t, c)
		if _, err := r.Answer(w.post(t, r.Request())); err != nil {
			t.Fatal(err)
		}
		m, _ := dskpp.Parse(r.Request())
		nonce := m.(*dskpp.ClientNonce)
		nonce.Authentication.CodeMAC.Iterations = n
		if got := w.answered(t, nonce.Format()); got != dskpp.AuthenticationDataInvalid {
			t.Errorf("four passes, %d: %s", n, got)
		}
	}
	for n, want := range map[int]dskpp.Status{0: dskpp.Success, 1: dskpp.Success, 2: dskpp.AuthenticationDataInvalid, 100_000: dskpp.AuthenticationDataInvalid} {
		w := newWorld(t)
		raw := hello(t, wrapClient(t, w), func(h *dskpp.ClientHello) { h.Authentication.CodeMAC.Iterations = n })
		if got := w.answered(t, raw); got != want {
			t.Errorf("wrap, %d: %s", n, got)
		}
	}
	w := newWorld(t)
	c := w.client(t)
	c.Iterations = 150_000
	k, err := w.run(t, c)
	if err != nil {
		t.Fatal(err)
	}
	w.same(t, k)
}

// D-20: R_S enters the MAC of the four-pass variant: one run's proof is of no use in
// another.
func TestD20_ProofIsBoundToTheNonces(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := start(t, w.client(t))
	if _, err := one.Answer(w.post(t, one.Request())); err != nil {
		t.Fatal(err)
	}
	old, _ := dskpp.Parse(one.Request())
	c := w.client(t)
	c.Rand = &stream{seed: "another"}
	c.Info = []byte("another")
	two := start(t, c)
	if _, err := two.Answer(w.post(t, two.Request())); err != nil {
		t.Fatal(err)
	}
	fresh, _ := dskpp.Parse(two.Request())
	n := fresh.(*dskpp.ClientNonce)
	n.EncryptedNonce, n.Authentication = old.(*dskpp.ClientNonce).EncryptedNonce, old.(*dskpp.ClientNonce).Authentication
	if got := w.answered(t, n.Format()); got != dskpp.AuthenticationDataInvalid {
		t.Error(got)
	}
}

// D-23, D-55: authentication data that are missing, foreign, or half there.
func TestD55_MissingParts(t *testing.T) {
	t.Parallel()
	foreign := func(h *dskpp.ClientHello) {
		h.Authentication = &dskpp.AuthenticationData{ClientID: "AC00000A", Foreign: &pskc.Element{Space: "urn:other", Name: "Proof"}}
	}
	for name, c := range map[string]struct {
		change func(*dskpp.ClientHello)
		want   dskpp.Status
	}{
		"no data":     {func(h *dskpp.ClientHello) { h.Authentication = nil }, dskpp.AuthenticationDataMissing},
		"foreign":     {foreign, dskpp.AuthenticationDataInvalid},
		"no client":   {func(h *dskpp.ClientHello) { h.Authentication.ClientID = "" }, dskpp.AuthenticationDataInvalid},
		"no nonce":    {func(h *dskpp.ClientHello) { h.Nonce, h.Authentication.CodeMAC.Nonce = nil, nil }, dskpp.MalformedRequest},
		"two nonces":  {func(h *dskpp.ClientHello) { h.Nonce = bytes.Repeat([]byte{9}, 32) }, dskpp.MalformedRequest},
		"no method":   {func(h *dskpp.ClientHello) { h.Variants.TwoPass = []dskpp.Method{{URI: "urn:other"}} }, dskpp.NoProtocolVariants},
		"no payload":  {func(h *dskpp.ClientHello) { h.Variants.TwoPass[0].Payload = nil }, dskpp.NoSupportedEncryptionAlgorithms},
		"other key":   {func(h *dskpp.ClientHello) { h.Variants.TwoPass[0].Payload.Key.Name = "unknown" }, dskpp.AuthenticationDataInvalid},
		"other MAC":   {func(h *dskpp.ClientHello) { h.Authentication.CodeMAC.MAC.Algorithm = "urn:other" }, dskpp.AuthenticationDataInvalid},
		"nonce in AD": {func(h *dskpp.ClientHello) { h.Nonce = nil }, dskpp.Success},
		"nonce apart": {func(h *dskpp.ClientHello) { h.Authentication.CodeMAC.Nonce = nil }, dskpp.Success},
		"no MAC name": {func(h *dskpp.ClientHello) { h.Authentication.CodeMAC.MAC.Algorithm = "" }, dskpp.Success},
		"empty MAC":   {func(h *dskpp.ClientHello) { h.Authentication.CodeMAC.MAC.Value = nil }, dskpp.AuthenticationDataInvalid},
	} {
		w := newWorld(t)
		if got := w.answered(t, hello(t, wrapClient(t, w), c.change)); got != c.want {
			t.Errorf("%s: %s, want %s (%v)", name, got, c.want, w.last.Why)
		}
	}
}

// IP-18, IP-26: a passphrase is named by the ClientID; its K is derived as written,
// and an activation without passphrase looks like a wrong code.
func TestIP26_Passphrase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client(t)
	c.FourPass, c.Method, c.Passphrase = false, dskpp.PassphraseWrap, passphrase
	raw := hello(t, c, func(h *dskpp.ClientHello) {
		if h.Variants.TwoPass[0].Payload.Key.Name != c.Code.ClientID || bytes.Contains(h.Format(), []byte(c.Code.Password)) {
			t.Error("the KeyName is not the ClientID, or the code travels")
		}
		h.Variants.TwoPass[0].Payload.Key.Name = "Passphrase-1"
	})
	if got := w.answered(t, raw); got != dskpp.MalformedRequest {
		t.Error(got)
	}
	c.Passphrase = "another"
	if _, err := w.run(t, c); status(t, err) != dskpp.AuthenticationDataInvalid {
		t.Error(err)
	}
	a := w.desk.activations[c.Code.ClientID]
	a.Passphrase = ""
	w.desk.activations[c.Code.ClientID] = a
	c.Passphrase = passphrase
	if _, err := w.run(t, c); status(t, err) != dskpp.AuthenticationDataInvalid {
		t.Error(err)
	}
	salt := sha256.Sum256(slices.Concat([]byte("DSKPP passphrase K"), []byte{0}, []byte("AC00000A"), []byte{0}, []byte(url)))
	want, err := pbkdf2.Key(sha1.New, "pass", salt[:16], 100_000, 16)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := dskpp.PassphraseKey("pass", "AC00000A", url); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%x, want %x (%v)", got, want, err)
	}
}

// D-28, D-27: a DeviceID counts only if the server named it, or with that device's
// own key.
func TestD28_DeviceOnlyAfterATrigger(t *testing.T) {
	t.Parallel()
	other := dskpp.DeviceIdentifier{Device: &pskc.Device{Manufacturer: "oath.Phone", SerialNo: "354-2"}}
	triggered := func(w *world) {
		a := w.desk.activations[w.code.ClientID]
		a.Device = &phone
		w.desk.activations[w.code.ClientID] = a
	}
	tries(t, func(t *testing.T, w *world, c *dskpp.Client) {
		c.Device = &other
		if _, err := w.run(t, c); status(t, err) != dskpp.AccessDenied {
			t.Error("an unnamed device was accepted")
		}
		w.server.Policy.IgnoreDevice = true
		if _, err := w.run(t, c); err != nil || w.pending[0].Device != nil {
			t.Errorf("not ignored: %v", err)
		}
		triggered(w)
		if _, err := w.run(t, c); status(t, err) != dskpp.AccessDenied {
			t.Error("another device than the trigger's was accepted")
		}
		c.Device = nil
		if _, err := w.run(t, c); status(t, err) != dskpp.AccessDenied {
			t.Error("the trigger's device was not repeated")
		}
		c.Device, w.pending = &phone, nil
		if _, err := w.run(t, c); err != nil || !w.pending[0].Device.Same(&phone) {
			t.Errorf("the trigger's device was refused: %v", err)
		}
	})
	w := newWorld(t)
	c := wrapClient(t, w) // its own key, which no other device has
	c.Device = &phone
	if _, err := w.run(t, c); err != nil || !w.pending[0].Device.Same(&phone) {
		t.Error(err)
	}
}

// D-30, D-66: another's key and an unknown one are the same to a user; a wrong code
// learns neither.
func TestD30_KeysOfOthers(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"OLD2", "unknown"} {
		tries(t, func(t *testing.T, w *world, c *dskpp.Client) {
			change := func(h *dskpp.ClientHello) { h.KeyID = []byte(id) }
			if c.FourPass { // the hello is answered; the MAC tells nothing
				m, err := dskpp.Parse(w.post(t, hello(t, c, change)))
				if err != nil || m.(*dskpp.ServerHello).MAC == nil || len(m.(*dskpp.ServerHello).MAC.Value) != 32 {
					t.Error("D-43: no MAC over R_S")
				}
				c.Old = &dskpp.Replaced{KeyID: []byte(id), Token: pskc.NewSecret([]byte("a guess of 20 octets"))}
				if _, err := w.run(t, c); !errors.Is(err, dskpp.ErrMAC) {
					t.Error(err)
				}
				return
			}
			if got := w.answered(t, hello(t, c, change)); got != dskpp.AccessDenied {
				t.Error(got)
			}
			c.Code.Password = "00"
			if got := w.answered(t, hello(t, c, change)); got != dskpp.AuthenticationDataInvalid {
				t.Error(got)
			}
		})
	}
	// A client that has bert's key, and anna's code.
	w := newWorld(t)
	c := w.client(t)
	c.Old = &dskpp.Replaced{KeyID: []byte("OLD2"), Token: pskc.NewSecret([]byte("bert's key of 20 oct"))}
	if _, err := w.run(t, c); status(t, err) != dskpp.AccessDenied {
		t.Error(err)
	}
	a := w.desk.activations[w.code.ClientID]
	a.KeyID = []byte("OLD1")
	w.desk.activations[w.code.ClientID] = a
	c.Old = nil
	if _, err := w.run(t, c); status(t, err) != dskpp.AccessDenied {
		t.Error("D-27: the key of the trigger was not repeated")
	}
}
