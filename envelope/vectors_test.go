package envelope_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/envelope"
)

var update = flag.Bool("update", false, "write docs/companions/vectors.json anew")

const vectorFile = "../docs/companions/vectors.json"

// octets are written in hexadecimal.
type octets []byte

func (o octets) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(o)), nil }

func (o *octets) UnmarshalText(b []byte) (err error) {
	*o, err = hex.DecodeString(string(b))
	return err
}

// vectors is docs/companions/vectors.json.
type vectors struct {
	Note     string    `json:"note"`
	Messages []vector  `json:"messages"`
	Refused  []refusal `json:"refused"`
}

// vector is a message with its answer, and all keys.
type vector struct {
	Suite       string `json:"suite"`
	Scheme      string `json:"scheme"`
	Recipient   octets `json:"recipient_secret"`
	Public      octets `json:"recipient_public"`
	RecipientID octets `json:"recipient_key_id"`
	Signer      octets `json:"signer_secret"`
	Verifier    octets `json:"verifier"`
	Device      octets `json:"device"`
	Epoch       uint32 `json:"epoch"`
	Seq         uint64 `json:"seq"`
	SentAt      int64  `json:"sent_at"`
	Kind        uint8  `json:"kind"`
	Body        string `json:"body"`
	Message     octets `json:"message"`
	Digest      octets `json:"digest"`
	Own         octets `json:"own_secret"`
	AnswerBody  string `json:"answer_body"`
	Answer      octets `json:"answer"`
}

// refusal is a message that must not be taken, made of the first one of the file.
type refusal struct {
	Why     string `json:"why"`
	Message octets `json:"message"`
}

func (x vector) header() envelope.Header {
	return envelope.Header{Device: envelope.DeviceID(x.Device), Epoch: x.Epoch, Seq: x.Seq, SentAt: time.UnixMilli(x.SentAt).UTC(), Kind: envelope.Kind(x.Kind)}
}

// makeVectors draws new ones.
func makeVectors(t *testing.T) vectors {
	t.Helper()
	all := vectors{Note: "See docs/companions/protocol.md. Octets in hexadecimal, times in milliseconds since 1970. The secrets are SHA-256 of names; an HMAC verifies with its secret."}
	for _, suite := range envelope.Suites() {
		for _, scheme := range envelope.Schemes() {
			x := vector{
				Suite: suite.String(), Scheme: scheme.String(), Recipient: secret("recipient"), Signer: secret("signer"), Device: secret("device")[:16], Epoch: 3, Seq: 41 + uint64(scheme), SentAt: noon.UnixMilli(),
				Kind: uint8(envelope.Report), Body: `{"zone_offset":60,"live":true,"events":[{"kind":"poll","seen":[1,2]}]}`, Own: secret("own"), AnswerBody: `{"now":1793620801000,"taken":{"events":1}}`,
			}
			server, by, own := private(t, suite, "recipient"), signer(t, scheme, "signer"), private(t, suite, "own")
			x.Public, x.Verifier = server.Public().Bytes(), by.Public()
			id := server.Public().ID()
			x.RecipientID = id[:]
			x.Message, _ = seal(t, x.header(), []byte(x.Body), server, by)
			m, err := envelope.Parse(x.Message)
			if err != nil {
				t.Fatal(err)
			}
			d := m.Digest()
			x.Digest = d[:]
			_, a, err := m.Open(server)
			if err != nil {
				t.Fatal(err)
			}
			if x.Answer, err = a.Seal([]byte(x.AnswerBody), own.Public()); err != nil {
				t.Fatal(err)
			}
			all.Messages = append(all.Messages, x)
		}
	}
	all.Refused = refusals(all.Messages[0].Message)
	return all
}

func refusals(good []byte) []refusal {
	change := func(at int) octets {
		b := bytes.Clone(good)
		b[at] ^= 1
		return b
	}
	return []refusal{
		{"another version", change(3)},
		{"another suite", change(4)},
		{"another scheme", change(5)},
		{"another recipient key", change(6)},
		{"another device", change(14)},
		{"another epoch", change(33)},
		{"another number", change(41)},
		{"another time", change(49)},
		{"another kind", change(50)},
		{"another encapsulated key", change(51)},
		{"another ciphertext", change(90)},
		{"another signature", change(len(good) - 1)},
		{"cut off", octets(good[:len(good)-1])},
		{"longer", append(bytes.Clone(good), 0)},
	}
}

func readVectors(t *testing.T) (all vectors) {
	t.Helper()
	b, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestVectors: what the published messages say, and that the refused ones are.
func TestVectors(t *testing.T) {
	t.Parallel()
	if *update {
		b, err := json.MarshalIndent(makeVectors(t), "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(vectorFile, append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	all := readVectors(t)
	if len(all.Messages) != len(envelope.Suites())*len(envelope.Schemes()) {
		t.Fatalf("%d messages", len(all.Messages))
	}
	for _, x := range all.Messages {
		checkVector(t, x)
	}
	server, v := private(t, envelope.X25519, "recipient"), verifier(t, signer(t, envelope.Ed25519, "signer"), "signer")
	if d := cmp.Diff(refusals(all.Messages[0].Message), all.Refused); d != "" {
		t.Error(d)
	}
	for _, r := range all.Refused {
		if _, _, ok := take(r.Message, server, v); ok {
			t.Errorf("%s: taken", r.Why)
		}
	}
}

func checkVector(t *testing.T, x vector) {
	t.Helper()
	m, err := envelope.Parse(x.Message)
	if err != nil {
		t.Fatal(err)
	}
	want := x.header()
	want.Suite, want.Scheme, want.Recipient = m.Suite, m.Scheme, envelope.KeyID(x.RecipientID)
	if d := cmp.Diff(want, m.Header); d != "" || m.Suite.String() != x.Suite || m.Scheme.String() != x.Scheme {
		t.Error(x.Suite, x.Scheme, d)
	}
	key := x.Verifier
	if len(key) == 0 {
		key = x.Signer
	}
	v, err := envelope.NewVerifier(m.Scheme, key)
	if err != nil || !m.Verify(v) {
		t.Errorf("%s %s does not verify: %v", x.Suite, x.Scheme, err)
	}
	k, err := envelope.NewPrivateKey(m.Suite, x.Recipient)
	if err != nil || !bytes.Equal(k.Public().Bytes(), x.Public) {
		t.Fatalf("%s: the public key is another one: %v", x.Suite, err)
	}
	body, _, err := m.Open(k)
	if d := m.Digest(); err != nil || string(body) != x.Body || !bytes.Equal(d[:], x.Digest) {
		t.Errorf("%s %s: %s, %v", x.Suite, x.Scheme, body, err)
	}
	by, err := envelope.NewSigner(m.Scheme, x.Signer)
	if err != nil || !bytes.Equal(by.Public(), x.Verifier) {
		t.Errorf("%s: the signer has another key: %v", x.Scheme, err)
	}
}

// TestRFC9180: the standard library is used as RFC 9180, appendix A.1.1, and draft-ietf-hpke-pq have it.
func TestRFC9180(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/hpke.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []struct {
		Name                                             string
		KEM, AEAD                                        uint16
		Info, SkR, PkR, Enc, AAD, Pt, Ct, Export, Secret octets
	}
	if err := json.Unmarshal(b, &all); err != nil || len(all) != 2 {
		t.Fatal(len(all), err)
	}
	for _, x := range all {
		kem := hpke.DHKEM(ecdh.X25519())
		if x.KEM == hpke.MLKEM768X25519().ID() {
			kem = hpke.MLKEM768X25519()
		}
		aead, err := hpke.NewAEAD(x.AEAD)
		if err != nil {
			t.Fatal(err)
		}
		k, err := kem.NewPrivateKey(x.SkR)
		if err != nil || !bytes.Equal(k.PublicKey().Bytes(), x.PkR) {
			t.Fatalf("%s: public key: %v", x.Name, err)
		}
		r, err := hpke.NewRecipient(x.Enc, k, hpke.HKDFSHA256(), aead, x.Info)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := r.Open(x.AAD, x.Ct); err != nil || !bytes.Equal(got, x.Pt) {
			t.Errorf("%s: %x, %v", x.Name, got, err)
		}
		if got, err := r.Export(string(x.Export), len(x.Secret)); err != nil || !bytes.Equal(got, x.Secret) {
			t.Errorf("%s: exported %x, %v", x.Name, got, err)
		}
	}
}

// TestVectorsInAnotherLanguage: a program in another language, which has the document and nothing of this package,
// reads the vectors: Node those of X25519, with the primitives of OpenSSL.
func TestVectorsInAnotherLanguage(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("node is missing and CI is set")
		}
		t.Skip("node is missing, so the vectors are not read independently")
	}
	out, err := exec.CommandContext(t.Context(), node, "../docs/companions/reader.mjs", vectorFile).CombinedOutput()
	if got := strings.TrimSpace(string(out)); err != nil || got != "3 messages and 3 answers read, 14 refused" {
		t.Errorf("%v: %s", err, got)
	}
}

// TestHybridVectorsInAnotherLanguage does the same for the hybrid suite, where Python has a library with ML-KEM.
func TestHybridVectorsInAnotherLanguage(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("python3 is missing and CI is set")
		}
		t.Skip("python3 is missing, so the hybrid vectors are not read independently")
	}
	if exec.CommandContext(t.Context(), python, "-c", "from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey").Run() != nil {
		t.Skip("python3 has no package cryptography with ML-KEM (version 47 or later)")
	}
	out, err := exec.CommandContext(t.Context(), python, "testdata/read_hybrid.py", vectorFile).CombinedOutput()
	if got := strings.TrimSpace(string(out)); err != nil || got != "3 messages and 3 answers read" {
		t.Errorf("%v: %s", err, got)
	}
}
