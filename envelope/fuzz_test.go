package envelope_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/countersign-auth/countersign/envelope"
)

// TestNoise: a hundred thousand random inputs, half of them with a good beginning, are refused without a panic.
func TestNoise(t *testing.T) {
	t.Parallel()
	server, by := private(t, envelope.X25519, "server"), signer(t, envelope.Ed25519, "signer")
	v := verifier(t, by, "signer")
	raw, q := seal(t, header(1), []byte("body"), server, by)
	r := rand.New(rand.NewPCG(3, 4))
	for n := range 100_000 {
		b := make([]byte, r.IntN(600))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		if n%2 == 0 {
			copy(b, raw[:r.IntN(60)])
		}
		if _, _, ok := take(b, server, v); ok {
			t.Fatalf("%x is a message", b)
		}
		if n%100 == 0 {
			if _, err := q.Open(append([]byte("CSA\x01\x01"), b...), server); err == nil {
				t.Fatalf("%x is an answer", b)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	server := private(f, envelope.X25519, "server")
	for _, s := range envelope.Suites() {
		for _, scheme := range envelope.Schemes() {
			raw, _ := seal(f, header(9), []byte("body"), private(f, s, "server"), signer(f, scheme, "signer"))
			f.Add(raw)
		}
	}
	v := verifier(f, signer(f, envelope.Ed25519, "signer"), "signer")
	f.Fuzz(func(t *testing.T, b []byte) {
		was := bytes.Clone(b)
		m, err := envelope.Parse(b)
		if err != nil {
			return
		}
		if m.Verify(v) {
			_, _, _ = m.Open(server)
		}
		if !bytes.Equal(was, b) {
			t.Error("the message was changed by reading it")
		}
		if m.Seq == 0 || m.SentAt.UnixMilli() < 0 || (m.Kind == envelope.Enroll) != (m.Device == envelope.DeviceID{}) {
			t.Errorf("header %+v", m.Header)
		}
	})
}

func FuzzReadWindow(f *testing.F) {
	var w envelope.Window
	for _, n := range []uint64{1, 5, 900, 70} {
		w.Take(n)
		f.Add(w.Append(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		w, err := envelope.ReadWindow(b)
		if err == nil && !bytes.Equal(w.Append(nil), b) && len(b) > 0 {
			t.Errorf("%x is stored as %x", b, w.Append(nil))
		}
	})
}
