package envelope_test

import (
	"bytes"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/envelope"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// secret is a fixed secret of 32 octets.
func secret(name string) []byte {
	s := sha256.Sum256([]byte(name))
	return s[:]
}

func private(t testing.TB, s envelope.Suite, name string) *envelope.PrivateKey {
	t.Helper()
	k, err := envelope.NewPrivateKey(s, secret(name))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func signer(t testing.TB, s envelope.Scheme, name string) *envelope.Signer {
	t.Helper()
	k, err := envelope.NewSigner(s, secret(name))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func verifier(t testing.TB, by *envelope.Signer, name string) *envelope.Verifier {
	t.Helper()
	key := by.Public()
	if by.Scheme() == envelope.HMAC {
		key = secret(name)
	}
	v, err := envelope.NewVerifier(by.Scheme(), key)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func header(seq uint64) envelope.Header {
	return envelope.Header{Device: envelope.DeviceID(bytes.Repeat([]byte{7}, 16)), Epoch: 1, Seq: seq, SentAt: noon, Kind: envelope.Report}
}

func seal(t testing.TB, h envelope.Header, body []byte, to *envelope.PrivateKey, by *envelope.Signer) ([]byte, *envelope.Question) {
	t.Helper()
	m, q, err := envelope.Seal(h, body, to.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	return m, q
}

// take does what a server does with a message before it acts.
func take(raw []byte, k *envelope.PrivateKey, v *envelope.Verifier) (body []byte, a *envelope.Answerer, ok bool) {
	m, err := envelope.Parse(raw)
	if err != nil || !m.Verify(v) {
		return nil, nil, false
	}
	body, a, err = m.Open(k)
	return body, a, err == nil
}

// pairs calls f for each suite and scheme.
func pairs(t *testing.T, f func(*testing.T, envelope.Suite, envelope.Scheme)) {
	t.Helper()
	for _, suite := range envelope.Suites() {
		for _, scheme := range envelope.Schemes() {
			t.Run(suite.String()+" "+scheme.String(), func(t *testing.T) {
				t.Parallel()
				f(t, suite, scheme)
			})
		}
	}
}
