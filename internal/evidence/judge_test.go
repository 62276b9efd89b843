package evidence_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The judges of this file know RFC 7515, RFC 7517 and RFC 7518 only: they share no
// code with the package or its JOSE library.

// jwks is a key set as a stranger reads it.
type jwks struct {
	Keys []struct{ Kty, Crv, X, Y, Kid, Alg, Use, D string }
}

func raw(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return b
}

func published(t testing.TB, text string) (set jwks) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &set); err != nil {
		t.Fatal(err)
	}
	return set
}

// publicKey finds a key by its kid, and checks its form and that the kid is its thumbprint
// (RFC 7638, section 3).
func publicKey(t testing.TB, set jwks, kid string) *ecdsa.PublicKey {
	t.Helper()
	for _, k := range set.Keys {
		if k.Kid != kid {
			continue
		}
		sum := sha256.Sum256([]byte(`{"crv":"P-256","kty":"EC","x":"` + k.X + `","y":"` + k.Y + `"}`))
		if k.Kty != "EC" || k.Crv != "P-256" || k.Alg != "ES256" || k.Use != "sig" || k.D != "" || kid != base64.RawURLEncoding.EncodeToString(sum[:]) {
			t.Fatalf("a key is published as %+v", k)
		}
		pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, raw(t, k.X), raw(t, k.Y)))
		if err != nil {
			t.Fatal(err)
		}
		return pub
	}
	t.Fatalf("the key %q is not in the set", kid)
	return nil
}

// judged verifies an assertion by hand and returns its claims.
func judged(t testing.TB, text, keySet string) map[string]any {
	t.Helper()
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		t.Fatalf("%d parts", len(parts))
	}
	var head map[string]string
	if err := json.Unmarshal(raw(t, parts[0]), &head); err != nil {
		t.Fatal(err)
	}
	if len(head) != 3 || head["alg"] != "ES256" || head["typ"] != "countersign-assertion+jwt" {
		t.Fatalf("header %v", head)
	}
	sig := raw(t, parts[2])
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if len(sig) != 64 || !ecdsa.Verify(publicKey(t, published(t, keySet), head["kid"]), digest[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])) {
		t.Fatal("the signature does not verify")
	}
	var claims map[string]any
	if err := json.Unmarshal(raw(t, parts[1]), &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// TestOpenSSL is the recipe of docs/evidence.md: OpenSSL verifies an assertion, and
// refuses it when a claim was changed.
func TestOpenSSL(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("there is no openssl")
	}
	each(t, func(t *testing.T, w *world) {
		a := w.issue(w.issuer, facts(t), "")
		parts := strings.Split(a.Text, ".")
		der, err := x509.MarshalPKIXPublicKey(publicKey(t, published(t, w.keySet(w.issuer)), a.KID))
		if err != nil {
			t.Fatal(err)
		}
		sig := raw(t, parts[2])
		sigDER, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])})
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		file := func(name string, b []byte) string {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			return path
		}
		key := file("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
		signature := file("sig.der", sigDER)
		verify := func(signed string) (string, error) {
			out, err := exec.CommandContext(t.Context(), openssl, "dgst", "-sha256", "-verify", key, "-signature", signature, file("signed", []byte(signed))).CombinedOutput()
			return string(out), err
		}
		if out, err := verify(parts[0] + "." + parts[1]); err != nil || !strings.Contains(out, "Verified OK") {
			t.Errorf("%v: %s", err, out)
		}
		changed := base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(raw(t, parts[1])), "90.00", "99.00", 1)))
		if out, err := verify(parts[0] + "." + changed); err == nil {
			t.Errorf("a changed amount: %s", out)
		}
	})
}
