package dskpp_test

import (
	"testing"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/pskc"
)

type setting struct {
	name string
	set  func(*testing.T, *world, *dskpp.Client)
}

func fourPassSettings() []setting {
	with := func(enc string) func(*testing.T, *world, *dskpp.Client) {
		return func(_ *testing.T, w *world, c *dskpp.Client) {
			c.Encryption = []string{enc}
			w.server.Policy.NonceEncryption = append(w.server.Policy.NonceEncryption, dskpp.RSA15)
			if enc == dskpp.PRFAES || enc == dskpp.PRFSHA256 {
				c.Shared, c.SharedName, c.Device = wrapKey, "Pre-shared-key-1", &phone
			}
		}
	}
	return []setting{{"oaep", with(dskpp.RSAOAEP)}, {"rsa15", with(dskpp.RSA15)}, {"xor-sha256", with(dskpp.PRFSHA256)}, {"xor-aes", with(dskpp.PRFAES)}}
}

func twoPassSettings() (all []setting) {
	private := func(t *testing.T, c *dskpp.Client) { c.Private = rsaKey(t, "client") }
	for _, by := range []setting{
		{"value", func(*testing.T, *world, *dskpp.Client) {}},
		{"name", func(_ *testing.T, _ *world, c *dskpp.Client) { c.PublicName = "device-1" }},
		{"certificate", func(t *testing.T, _ *world, c *dskpp.Client) { c.Certificate = certificate(t) }},
	} {
		for name, enc := range map[string]string{"oaep": dskpp.RSAOAEP, "rsa15": dskpp.RSA15} {
			all = append(all, setting{"transport-" + by.name + "-" + name, func(t *testing.T, w *world, c *dskpp.Client) {
				c.FourPass, c.Method, c.Encryption = false, dskpp.Transport, []string{enc}
				private(t, c)
				by.set(t, w, c)
			}})
		}
	}
	for name, enc := range map[string]string{"kw": dskpp.AESWrap, "cbc": dskpp.AESCBC} {
		all = append(all, setting{"wrap-" + name, func(_ *testing.T, _ *world, c *dskpp.Client) {
			c.FourPass, c.Method, c.Encryption = false, dskpp.Wrap, []string{enc}
			c.Shared, c.SharedName = wrapKey, "Pre-shared-key-1"
		}}, setting{"passphrase-" + name, func(_ *testing.T, _ *world, c *dskpp.Client) {
			c.FourPass, c.Method, c.Encryption = false, dskpp.PassphraseWrap, []string{enc}
			c.Passphrase = passphrase
		}})
	}
	return all
}

func types() map[string]string {
	return map[string]string{"hotp": pskc.AlgorithmHOTP, "totp": pskc.AlgorithmTOTP, "ocra": pskc.AlgorithmOCRA}
}

func macs() map[string]string {
	return map[string]string{"sha256": dskpp.PRFSHA256, "aes": dskpp.PRFAES}
}

func every(t *testing.T, settings []setting, types map[string]string, f func(*testing.T, *world, *dskpp.Client)) {
	t.Helper()
	for _, s := range settings {
		for mac, macURI := range macs() {
			for kind, uri := range types {
				t.Run(s.name+"/"+mac+"/"+kind, func(t *testing.T) {
					t.Parallel()
					w := newWorld(t)
					c := w.client(t)
					c.KeyTypes, c.MACs = []string{uri}, []string{macURI}
					s.set(t, w, c)
					f(t, w, c)
				})
			}
		}
	}
}

func succeeds(t *testing.T, w *world, c *dskpp.Client) {
	t.Helper()
	k, err := w.run(t, c)
	if err != nil {
		t.Fatalf("%v (the server: %v)", err, w.last.Why)
	}
	w.same(t, k)
	want := map[pskc.Hash]int{pskc.SHA1: 20, pskc.SHA256: 32, pskc.SHA512: 64}[k.Key.Hash]
	if k.Key.Secret.Len() != want {
		t.Errorf("a key of %d octets for %s", k.Key.Secret.Len(), k.Key.Hash)
	}
}

// D-41, D-44 to D-50, D-52, D-74: four passes, each encryption, MAC and key type.
func TestFourPassInAllVariants(t *testing.T) {
	t.Parallel()
	every(t, fourPassSettings(), types(), succeeds)
}

// D-54 to D-62, D-64, D-65: two passes, each method, encryption, MAC and key type.
func TestTwoPassInAllVariants(t *testing.T) {
	t.Parallel()
	every(t, twoPassSettings(), types(), succeeds)
}

// D-43, D-63: a key is replaced in every variant, and a server that does not have the
// old key gets nowhere.
func TestReplacementInAllVariants(t *testing.T) {
	t.Parallel()
	old := &dskpp.Replaced{KeyID: []byte("OLD1"), Token: pskc.NewSecret([]byte("the old key of 20 oc"))}
	one := map[string]string{"hotp": pskc.AlgorithmHOTP}
	every(t, append(fourPassSettings(), twoPassSettings()...), one, func(t *testing.T, w *world, c *dskpp.Client) {
		c.Old = old
		k, err := w.run(t, c)
		if err != nil {
			t.Fatalf("%v (the server: %v)", err, w.last.Why)
		}
		w.same(t, k)
		if string(k.Replaces) != "OLD1" || string(w.pending[0].Replaces) != "OLD1" {
			t.Error("the old key is not named")
		}
		w.desk.old["OLD1"] = dskpp.OldKey{Owner: "anna", Token: pskc.NewSecret([]byte("another old key, 20."))}
		if _, err := w.run(t, c); err == nil {
			t.Error("a server without the old key was believed")
		}
	})
}
