package envelope_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/countersign-auth/countersign/envelope"
)

func aLink() envelope.Link {
	return envelope.Link{Kind: envelope.LinkCipher, Token: bytes.Repeat([]byte{1}, 16), Index: "6327001", Nonce: bytes.Repeat([]byte{2}, 16), Body: []byte("first")}
}

// DI-109: each part of a message is signed, also which way it goes, and a signature of another device is none.
func TestDI109SignedMessagesBetweenDevices(t *testing.T) {
	t.Parallel()
	for _, scheme := range []envelope.Scheme{envelope.Ed25519, envelope.P256} {
		signer, err := envelope.NewSigner(scheme, bytes.Repeat([]byte{7}, 32))
		if err != nil {
			t.Fatal(err)
		}
		v, err := envelope.NewVerifier(scheme, signer.Public())
		if err != nil {
			t.Fatal(err)
		}
		good := aLink()
		if err := good.Sign(signer); err != nil || !good.Verify(v) {
			t.Fatalf("%s: %v", scheme, err)
		}
		for what, change := range map[string]func(*envelope.Link){
			"kind":      func(l *envelope.Link) { l.Kind = envelope.LinkData },
			"direction": func(l *envelope.Link) { l.Answer = true },
			"token":     func(l *envelope.Link) { l.Token = bytes.Repeat([]byte{3}, 16) },
			"index":     func(l *envelope.Link) { l.Index = "6327002" },
			"nonce":     func(l *envelope.Link) { l.Nonce = bytes.Repeat([]byte{3}, 16) },
			"body":      func(l *envelope.Link) { l.Body = []byte("First") },
			"border":    func(l *envelope.Link) { l.Index, l.Body = "632700", []byte("1first") },
			"signature": func(l *envelope.Link) { l.Signature = append([]byte{l.Signature[0] ^ 1}, l.Signature[1:]...) },
			"none":      func(l *envelope.Link) { l.Signature = nil },
		} {
			bad := good
			if change(&bad); bad.Verify(v) {
				t.Errorf("%s: another %s passes", scheme, what)
			}
		}
		other, err := envelope.NewSigner(scheme, bytes.Repeat([]byte{8}, 32))
		if err != nil {
			t.Fatal(err)
		}
		forged := aLink()
		if err := forged.Sign(other); err != nil || forged.Verify(v) {
			t.Errorf("%s: another device's signature: %v", scheme, err)
		}
	}
}

// The octets that are signed, as other people's devices must make them.
func TestTheOctetsOfALink(t *testing.T) {
	t.Parallel()
	signer, err := envelope.NewSigner(envelope.Ed25519, bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	l := aLink()
	l.Answer = true
	text, err := hex.DecodeString("636f756e7465727369676e2f7631206c696e6b" + "00" + "82" + "01010101010101010101010101010101" + "02020202020202020202020202020202" + "07" + "36333237303031" + "6669727374")
	if err != nil {
		t.Fatal(err)
	}
	want, err := signer.Sign(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Sign(signer); err != nil || !bytes.Equal(l.Signature, want) {
		t.Errorf("%v: %x, not %x", err, l.Signature, want)
	}
}

func TestLinksThatCannotBe(t *testing.T) {
	t.Parallel()
	signer, err := envelope.NewSigner(envelope.Ed25519, bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*envelope.Link){
		"no kind":      func(l *envelope.Link) { l.Kind = 0 },
		"no token":     func(l *envelope.Link) { l.Token = nil },
		"short nonce":  func(l *envelope.Link) { l.Nonce = l.Nonce[1:] },
		"long index":   func(l *envelope.Link) { l.Index = "12345678" },
		"endless body": func(l *envelope.Link) { l.Body = make([]byte, 64<<10+1) },
	} {
		l := aLink()
		if change(&l); l.Sign(signer) == nil {
			t.Errorf("%s is signed", what)
		}
	}
}
