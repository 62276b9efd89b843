package simcard_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/emulator/simcard"
	"github.com/countersign-auth/countersign/ota/applet"
)

// secrets are all that must be nowhere, in the forms in which it might be somewhere.
func (w *world) secrets(r applet.Role, pin string) map[string]string {
	w.Helper()
	m := &simcard.Memory{}
	if err := json.Unmarshal(w.stored, m); err != nil {
		w.Fatal(err)
	}
	der, err := m.PrivateKey(r, pin)
	if err != nil {
		w.Fatal(err)
	}
	k, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		w.Fatal(err)
	}
	d := k.(*ecdsa.PrivateKey).D.FillBytes(make([]byte, 32)) //nolint:forcetypeassert,staticcheck // the tests make no other; D is what is looked for
	all := map[string]string{"PIN 1": pin1, "PIN 2": pin2, "PUK": puk}
	for name, b := range map[string][]byte{"the private key of " + r.String(): d, "KIc": w.first.Keys[0].KIc, "KID": w.first.Keys[0].KID} {
		all[name+", raw"], all[name+", hex"], all[name+", base64"] = string(b), hex.EncodeToString(b), base64.StdEncoding.EncodeToString(b)
	}
	return all
}

// TestNoExport: after a whole life, what was sent (sealed and open), stored and shown has
// neither PIN nor PUK nor private key in it, nor has the answer to any message that there could be.
func TestNoExport(t *testing.T) {
	t.Parallel()
	w := open(t)
	var shown []string
	w.registered(applet.Authentication, applet.ECDSAP256, pin1)
	w.registered(applet.Signing, applet.ECDSAP256, pin2)
	c := sign(applet.Signing)
	w.asked(c)
	w.press(simcard.OK)
	for _, d := range pin2 {
		w.press(simcard.Key(d))
		shown = append(shown, screen(t, w.card))
	}
	w.press(simcard.OK)
	w.answer(applet.Done)
	w.asked(unblock(applet.Signing))
	w.press(simcard.OK)
	w.types(puk, pin2, pin2)
	w.answer(applet.Done)
	for kind := range 256 {
		w.raw(append([]byte{1, byte(kind)}, "\x80\x08\x01\x02\x03\x04\x05\x06\x07\x08\x81\x01\x02"...))
		w.response()
		if w.opened < len(w.out) {
			t.Errorf("command %d has two answers", kind)
		}
		if applet.Kind(kind) == applet.Erase {
			w.registered(applet.Signing, applet.ECDSAP256, pin2)
		}
		shown = append(shown, screen(t, w.card))
	}
	if !bytes.Contains(w.stored, []byte(hex.EncodeToString(w.first.Keys[0].KIc))) {
		t.Error("the search finds nothing in the store")
	}
	wire := bytes.Join(w.all, nil)
	for name, secret := range w.secrets(applet.Signing, pin2) {
		if bytes.Contains(wire, []byte(secret)) {
			t.Errorf("%s is in what was sent", name)
		}
		if bytes.Contains(w.stored, []byte(secret)) && !strings.HasPrefix(name, "K") { // which the card works with
			t.Errorf("%s is in the store", name)
		}
		if strings.Contains(strings.Join(shown, ""), secret) {
			t.Errorf("%s is on the screen", name)
		}
	}
}

// screen is all that a phone shows, and all that its interface would say of it.
func screen(t *testing.T, c *simcard.Card) string {
	t.Helper()
	b, err := json.Marshal([]any{c.Look(), c.Messages(), c.Status()})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestStoreNeedsThePIN: the key in the store opens with its PIN and no other.
func TestStoreNeedsThePIN(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.registered(applet.Signing, applet.ECDSAP256, pin2)
	m := &simcard.Memory{}
	if err := json.Unmarshal(w.stored, m); err != nil {
		t.Fatal(err)
	}
	if _, err := m.PrivateKey(applet.Signing, pin2); err != nil {
		t.Error(err)
	}
	for _, other := range []string{pin1, "", puk, "00000"} {
		if _, err := m.PrivateKey(applet.Signing, other); err == nil {
			t.Errorf("PIN %q opens it, too", other)
		}
	}
	m.Slots[0] = m.Slots[1] // the key of a role in the place of another's
	if _, err := m.PrivateKey(applet.Authentication, pin2); err == nil {
		t.Error("a key was moved")
	}
}
