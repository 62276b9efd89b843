package envelope_test

import (
	"bytes"
	"crypto/elliptic"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/envelope"
)

// TestRound (DI-48, DI-49): the first message carries data, what stands between sees none of them, and the answer comes back.
func TestRound(t *testing.T) {
	t.Parallel()
	pairs(t, func(t *testing.T, suite envelope.Suite, scheme envelope.Scheme) {
		server, own, by := private(t, suite, "server"), private(t, suite, "device"), signer(t, scheme, "signer")
		v := verifier(t, by, "signer")
		rapid.Check(t, func(r *rapid.T) {
			body := rapid.SliceOfN(rapid.Byte(), 0, 1200).Draw(r, "body")
			h := header(rapid.Uint64Min(1).Draw(r, "seq"))
			h.Epoch = rapid.Uint32().Draw(r, "epoch")
			raw, q := seal(t, h, body, server, by)
			if len(body) > 8 && bytes.Contains(raw, body) {
				r.Fatal("the message shows its body")
			}
			m, err := envelope.Parse(raw)
			if err != nil {
				r.Fatal(err)
			}
			h.Suite, h.Scheme, h.Recipient = suite, scheme, server.Public().ID()
			if d := cmp.Diff(h, m.Header); d != "" {
				r.Fatal(d)
			}
			got, a, ok := take(raw, server, v)
			if !ok || !bytes.Equal(got, body) {
				r.Fatalf("opened %x, %v; want %x", got, ok, body)
			}
			answer, err := a.Seal(body, own.Public())
			if err != nil {
				r.Fatal(err)
			}
			if back, err := q.Open(answer, own); err != nil || !bytes.Equal(back, body) {
				r.Fatalf("answer %x, %v; want %x", back, err, body)
			}
		})
	})
}

// TestFlips: no octet of a message can be changed, added, or taken away.
func TestFlips(t *testing.T) {
	t.Parallel()
	pairs(t, func(t *testing.T, suite envelope.Suite, scheme envelope.Scheme) {
		server, by := private(t, suite, "server"), signer(t, scheme, "signer")
		v := verifier(t, by, "signer")
		raw, _ := seal(t, header(1), []byte("body"), server, by)
		if _, _, ok := take(raw, server, v); !ok {
			t.Fatal("the message itself does not verify")
		}
		r := rand.New(rand.NewPCG(1, 2))
		for at := range raw {
			bad := slices.Clone(raw)
			bad[at] ^= 1 << r.IntN(8)
			if _, _, ok := take(bad, server, v); ok {
				t.Errorf("octet %d may be changed", at)
			}
		}
		for name, bad := range map[string][]byte{
			"one less": raw[:len(raw)-1], "one more": append(slices.Clone(raw), 0), "a step more": append(slices.Clone(raw), make([]byte, 256)...), "first gone": raw[1:], "nothing": nil,
		} {
			if _, _, ok := take(bad, server, v); ok {
				t.Error(name, "is read")
			}
		}
	})
}

// TestSealedParts: each part of a message that is changed behind the signature's back, by the device itself, does not open.
func TestSealedParts(t *testing.T) {
	t.Parallel()
	pairs(t, func(t *testing.T, suite envelope.Suite, scheme envelope.Scheme) {
		server, by := private(t, suite, "server"), signer(t, scheme, "signer")
		v := verifier(t, by, "signer")
		sigBytes := 64
		if scheme == envelope.HMAC {
			sigBytes = 32
		}
		raw, _ := seal(t, header(1), []byte("body"), server, by)
		resign := func(signed []byte) []byte {
			sig, err := by.Sign(append([]byte("countersign/v1 sig"), signed...))
			if err != nil {
				t.Fatal(err)
			}
			return append(slices.Clone(signed), sig...)
		}
		signed := raw[:len(raw)-sigBytes]
		if _, _, ok := take(resign(signed), server, v); !ok {
			t.Fatal("signed again the message is not read")
		}
		for at := range signed {
			bad := slices.Clone(signed)
			bad[at] ^= 1
			if _, _, ok := take(resign(bad), server, v); ok {
				t.Errorf("octet %d may be changed by who can sign", at)
			}
		}
	})
}

// TestMixed: the header of one message does not go with the body of another one.
func TestMixed(t *testing.T) {
	t.Parallel()
	server, by := private(t, envelope.Hybrid, "server"), signer(t, envelope.Ed25519, "signer")
	one, _ := seal(t, header(1), []byte("one"), server, by)
	two, _ := seal(t, header(2), []byte("two"), server, by)
	const headerBytes = 51
	signed := append(slices.Clone(one[:headerBytes]), two[headerBytes:len(two)-64]...)
	sig, err := by.Sign(append([]byte("countersign/v1 sig"), signed...))
	if err != nil {
		t.Fatal(err)
	}
	m, err := envelope.Parse(append(signed, sig...))
	if err != nil || !m.Verify(verifier(t, by, "signer")) {
		t.Fatal("signed anew it must verify", err)
	}
	if _, _, err := m.Open(server); !errors.Is(err, envelope.ErrOpen) {
		t.Errorf("opened: %v", err)
	}
}

func TestOtherKeys(t *testing.T) {
	t.Parallel()
	server, by := private(t, envelope.Hybrid, "server"), signer(t, envelope.P256, "signer")
	raw, q := seal(t, header(1), []byte("body"), server, by)
	m, err := envelope.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	for name, k := range map[string]*envelope.PrivateKey{"another": private(t, envelope.Hybrid, "other"), "another suite": private(t, envelope.X25519, "server")} {
		if _, _, err := m.Open(k); !errors.Is(err, envelope.ErrOpen) {
			t.Errorf("%s key: %v", name, err)
		}
	}
	other := signer(t, envelope.P256, "other")
	if m.Verify(verifier(t, other, "other")) {
		t.Error("another key verifies")
	}
	if m.Verify(verifier(t, signer(t, envelope.Ed25519, "signer"), "signer")) {
		t.Error("a key of another scheme verifies")
	}
	_, a, err := m.Open(server)
	if err != nil {
		t.Fatal(err)
	}
	own := private(t, envelope.X25519, "device")
	answer, err := a.Seal([]byte("answer"), own.Public())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.Open(answer, own); err != nil {
		t.Errorf("an answer of another suite than the message's: %v", err)
	}
	_, another := seal(t, header(1), []byte("body"), server, by)
	if _, err := another.Open(answer, own); !errors.Is(err, envelope.ErrOpen) {
		t.Errorf("the answer to another message: %v", err)
	}
	if _, err := q.Open(answer, private(t, envelope.X25519, "other")); !errors.Is(err, envelope.ErrOpen) {
		t.Errorf("the answer to another device: %v", err)
	}
	for at := range answer {
		bad := slices.Clone(answer)
		bad[at] ^= 0x40
		if _, err := q.Open(bad, own); !errors.Is(err, envelope.ErrOpen) {
			t.Fatalf("octet %d of the answer may be changed: %v", at, err)
		}
	}
	for _, bad := range [][]byte{nil, answer[:4], answer[:len(answer)-1], append(slices.Clone(answer), 0)} {
		if _, err := q.Open(bad, own); !errors.Is(err, envelope.ErrOpen) {
			t.Errorf("%d octets: %v", len(bad), err)
		}
	}
}

// TestStrangerCannotAnswer: who knows the message and the device's public key, as a gateway might, makes no answer.
func TestStrangerCannotAnswer(t *testing.T) {
	t.Parallel()
	server, own, by := private(t, envelope.X25519, "server"), private(t, envelope.X25519, "device"), signer(t, envelope.Ed25519, "signer")
	_, q := seal(t, header(1), []byte("body"), server, by)
	fake, _ := seal(t, header(1), []byte("body"), private(t, envelope.X25519, "stranger"), by)
	m, err := envelope.Parse(fake)
	if err != nil {
		t.Fatal(err)
	}
	_, a, err := m.Open(private(t, envelope.X25519, "stranger"))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := a.Seal([]byte("all is well"), own.Public())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.Open(answer, own); !errors.Is(err, envelope.ErrOpen) {
		t.Errorf("a stranger answered: %v", err)
	}
}

// TestUpperS: of the two signatures of ECDSA that verify, one is taken, so that an exact repeat is the only repeat.
func TestUpperS(t *testing.T) {
	t.Parallel()
	server, by := private(t, envelope.X25519, "server"), signer(t, envelope.P256, "signer")
	for n := range 20 {
		raw, _ := seal(t, header(uint64(n)+1), nil, server, by)
		s := new(big.Int).SetBytes(raw[len(raw)-32:])
		s.Sub(elliptic.P256().Params().N, s).FillBytes(raw[len(raw)-32:])
		if _, _, ok := take(raw, server, verifier(t, by, "signer")); ok {
			t.Fatal("the upper s verifies")
		}
	}
}

func TestLengths(t *testing.T) {
	t.Parallel()
	for _, suite := range envelope.Suites() {
		server, own, by := private(t, suite, "server"), private(t, suite, "device"), signer(t, envelope.Ed25519, "signer")
		last := 0
		for n := range 1024 {
			raw, _ := seal(t, header(1), make([]byte, n), server, by)
			if n%256 != 0 && len(raw) != last {
				t.Fatalf("%s: the length of a body of %d octets shows", suite, n)
			}
			last = len(raw)
		}
		body := bytes.Repeat([]byte{0x80}, envelope.MaxBody)
		raw, q := seal(t, header(1), body, server, by)
		got, a, ok := take(raw, server, verifier(t, by, "signer"))
		if !ok || !bytes.Equal(got, body) || len(raw) > envelope.MaxBytes {
			t.Errorf("%s: the longest body: %v, %d octets", suite, ok, len(raw))
		}
		answer, err := a.Seal(body, own.Public())
		if err != nil {
			t.Fatal(err)
		}
		if back, err := q.Open(answer, own); err != nil || !bytes.Equal(back, body) {
			t.Error(err)
		}
		if _, _, err := envelope.Seal(header(1), append(body, 0), server.Public(), by); !errors.Is(err, envelope.ErrSize) {
			t.Errorf("%s: one octet more: %v", suite, err)
		}
		if _, err := a.Seal(append(body, 0), own.Public()); !errors.Is(err, envelope.ErrSize) {
			t.Errorf("%s: an answer of one octet more: %v", suite, err)
		}
	}
	if _, err := envelope.Parse(make([]byte, envelope.MaxBytes+1)); !errors.Is(err, envelope.ErrSize) {
		t.Error(err)
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	server, by := private(t, envelope.X25519, "server"), signer(t, envelope.Ed25519, "signer")
	for name, change := range map[string]func(*envelope.Header){
		"no number": func(h *envelope.Header) { h.Seq = 0 }, "no kind": func(h *envelope.Header) { h.Kind = 0 }, "another kind": func(h *envelope.Header) { h.Kind = 8 },
		"no device": func(h *envelope.Header) { h.Device = envelope.DeviceID{} }, "a device that enrolls": func(h *envelope.Header) { h.Kind = envelope.Enroll },
		"before 1970": func(h *envelope.Header) { h.SentAt = time.UnixMilli(-1) }, "after 9999": func(h *envelope.Header) { h.SentAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
	} {
		h := header(1)
		change(&h)
		if _, _, err := envelope.Seal(h, nil, server.Public(), by); err == nil {
			t.Errorf("%s: sealed", name)
		}
	}
	raw, _ := seal(t, header(1), nil, server, by)
	for at, b := range map[int]byte{0: 'X', 3: 2, 4: 3, 5: 9, 42: 0xff, 50: 0} {
		bad := slices.Clone(raw)
		if bad[at] = b; at == 50 {
			bad[50] = 9
		}
		if _, err := envelope.Parse(bad); err == nil {
			t.Errorf("octet %d is %d: read", at, b)
		}
	}
}

func TestTiming(t *testing.T) {
	t.Parallel()
	h := header(1)
	for _, x := range []struct {
		after time.Duration
		want  envelope.Timing
	}{
		{-envelope.LiveSkew - time.Millisecond, envelope.Future},
		{-envelope.LiveSkew, envelope.Live},
		{0, envelope.Live},
		{envelope.LiveSkew, envelope.Live},
		{envelope.LiveSkew + time.Millisecond, envelope.Late},
		{envelope.MaxLate, envelope.Late},
		{envelope.MaxLate + time.Millisecond, envelope.Stale},
	} {
		if got := h.Timing(noon.Add(x.after)); got != x.want {
			t.Errorf("%s after: %d, want %d", x.after, got, x.want)
		}
	}
}

// TestKeysHide: keys never print themselves.
func TestKeysHide(t *testing.T) {
	t.Parallel()
	k, s := private(t, envelope.X25519, "k"), signer(t, envelope.HMAC, "s")
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, x := range []any{k, s} {
			if out := fmt.Sprintf(format, x); !strings.Contains(out, "hidden") {
				t.Errorf("%s shows %s", format, out)
			}
		}
	}
}

func TestKeysRefused(t *testing.T) {
	t.Parallel()
	if _, err := envelope.ReadPublicKey(make([]byte, 31)); err == nil {
		t.Error("31 octets are a public key")
	}
	if _, err := envelope.ReadPublicKey(bytes.Repeat([]byte{255}, 1216)); err == nil {
		t.Error("numbers beyond the field are a key of ML-KEM")
	}
	for _, s := range envelope.Suites() {
		k := private(t, s, "k")
		again, err := envelope.ReadPublicKey(k.Public().Bytes())
		if err != nil || again.ID() != k.Public().ID() || again.Suite() != s {
			t.Errorf("%s: %v", s, err)
		}
		if b, err := k.Bytes(); err != nil || len(b) != 32 {
			t.Errorf("%s: secret of %d octets, %v", s, len(b), err)
		} else if same, err := envelope.NewPrivateKey(s, b); err != nil || same.Public().ID() != k.Public().ID() {
			t.Errorf("%s: kept and read it is another key: %v", s, err)
		}
		if _, err := envelope.NewPrivateKey(s, make([]byte, 31)); err == nil {
			t.Errorf("%s: 31 octets are a private key", s)
		}
	}
	if _, err := envelope.NewPrivateKey(3, make([]byte, 32)); err == nil {
		t.Error("a key of an unknown suite")
	}
	for _, s := range envelope.Schemes() {
		if _, err := envelope.NewVerifier(s, make([]byte, 5)); err == nil {
			t.Errorf("%s: 5 octets verify", s)
		}
		if _, err := envelope.NewSigner(s, make([]byte, 5)); err == nil {
			t.Errorf("%s: 5 octets sign", s)
		}
		if got, ok := envelope.ReadScheme(s.String()); !ok || got != s {
			t.Errorf("%s is read as %s", s, got)
		}
	}
	if _, err := envelope.NewVerifier(envelope.P256, append([]byte{4}, make([]byte, 64)...)); err == nil {
		t.Error("a point beside the curve verifies")
	}
	if _, err := envelope.NewSigner(envelope.P256, make([]byte, 32)); err == nil {
		t.Error("zero is a scalar")
	}
}
