package webpush_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/webpush"
)

func pair(t rapid.TB) (webpush.Subscriber, webpush.Receiver) {
	t.Helper()
	s, err := webpush.NewSubscriber(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r, err := webpush.ParseReceiver(s.Keys())
	if err != nil {
		t.Fatal(err)
	}
	return s, r
}

// What is encrypted for a subscriber opens for it, and for nobody else; no two messages
// are alike.
func TestMessagesComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, r := pair(t)
		stranger, _ := pair(t)
		message := rapid.SliceOfN(rapid.Byte(), 0, webpush.MaxMessage).Draw(t, "message")
		body, err := r.Encrypt(message, rand.Reader)
		if err != nil || len(body) > webpush.MaxBody {
			t.Fatalf("%d bytes, %v", len(body), err)
		}
		if plain, err := s.Decrypt(body); err != nil || !bytes.Equal(plain, message) {
			t.Fatalf("%x, %v", plain, err)
		}
		if _, err := stranger.Decrypt(body); !errors.Is(err, webpush.ErrMessage) {
			t.Fatalf("a stranger: %v", err)
		}
		if again, _ := r.Encrypt(message, rand.Reader); bytes.Equal(again[:86], body[:86]) {
			t.Fatal("salt and key are the same again")
		}
	})
}

func TestMessagesAreBounded(t *testing.T) {
	t.Parallel()
	_, r := pair(t)
	if body, err := r.Encrypt(make([]byte, webpush.MaxMessage), rand.Reader); err != nil || len(body) != webpush.MaxBody {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	if _, err := r.Encrypt(make([]byte, webpush.MaxMessage+1), rand.Reader); !errors.Is(err, webpush.ErrTooLong) {
		t.Error(err)
	}
}

// One bit anywhere, a byte more or less, or a record size that means several records: none
// is opened.
func TestChangedMessagesDoNotOpen(t *testing.T) {
	t.Parallel()
	s, r := pair(t)
	body, err := r.Encrypt([]byte("approve"), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	bad := map[string][]byte{"nothing": {}, "shorter": body[:len(body)-1], "longer": append(bytes.Clone(body), 0), "header": body[:86]}
	for i := range body {
		x := bytes.Clone(body)
		x[i] ^= 1
		bad[fmt.Sprintf("bit in byte %d", i)] = x
	}
	for name, x := range bad {
		// The record size is not authenticated: it matters only when it is too small.
		if _, err := s.Decrypt(x); !errors.Is(err, webpush.ErrMessage) && !sizeOnly(x, body) {
			t.Errorf("%s: %v", name, err)
		}
	}
	small := bytes.Clone(body)
	copy(small[16:20], []byte{0, 0, 0, 20})
	if _, err := s.Decrypt(small); !errors.Is(err, webpush.ErrMessage) {
		t.Errorf("several records: %v", err)
	}
}

func sizeOnly(x, body []byte) bool {
	return len(x) == len(body) && bytes.Equal(x[:16], body[:16]) && bytes.Equal(x[20:], body[20:])
}

func TestReceiversThatCannotBe(t *testing.T) {
	t.Parallel()
	s, _ := pair(t)
	p256dh, auth := s.Keys()
	for name, x := range map[string][2]string{
		"no key": {"", auth}, "no secret": {p256dh, ""}, "short secret": {p256dh, auth[:20]}, "padding": {p256dh, auth + "=="},
		"not base64url": {"+" + p256dh[1:], auth}, "not on the curve": {p256dh[:80] + "AAAAAAA", auth}, "compressed": {p256dh[:44], auth},
	} {
		if _, err := webpush.ParseReceiver(x[0], x[1]); !errors.Is(err, webpush.ErrReceiver) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Secrets do not stand in what is logged by mistake.
func TestKeysAreNotPrinted(t *testing.T) {
	t.Parallel()
	s, r := pair(t)
	if got := fmt.Sprintf("%v %s", s, r); got != "webpush.Subscriber(secret) webpush.Receiver(secret)" {
		t.Error(got)
	}
}

// Whatever comes, Decrypt answers and does not panic.
func FuzzDecrypt(f *testing.F) {
	s, err := webpush.NewSubscriber(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	r, err := webpush.ParseReceiver(s.Keys())
	if err != nil {
		f.Fatal(err)
	}
	body, err := r.Encrypt([]byte("x"), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add(body[:103])
	f.Fuzz(func(t *testing.T, b []byte) {
		if plain, err := s.Decrypt(b); err != nil && !errors.Is(err, webpush.ErrMessage) || err == nil && len(plain) > len(b) {
			t.Errorf("%x, %v", plain, err)
		}
	})
}
