package webpush_test

import (
	"bytes"
	"crypto/ecdh"
	"encoding/base64"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/webpush"
)

// vector reads a file of names and values.
func vector(t *testing.T, name string) map[string]string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(data)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), " "); ok && key != "#" {
			out[key] = value
		}
	}
	return out
}

func decode(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func private(t *testing.T, s string) *ecdh.PrivateKey {
	t.Helper()
	k, err := ecdh.P256().NewPrivateKey(decode(t, s))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// The example of RFC 8291, octet for octet, in both directions.
func TestExampleOfRFC8291(t *testing.T) {
	t.Parallel()
	v := vector(t, "rfc8291.txt")
	sender, receiver := private(t, v["sender_private"]), private(t, v["receiver_private"])
	if got := base64.RawURLEncoding.EncodeToString(sender.PublicKey().Bytes()); got != v["sender_public"] {
		t.Errorf("the sender's public key is %s", got)
	}
	r, err := webpush.ParseReceiver(v["receiver_public"], v["auth"])
	if err != nil {
		t.Fatal(err)
	}
	body, err := r.SealWith(decode(t, v["plaintext"]), sender, [16]byte(decode(t, v["salt"])))
	if err != nil || base64.RawURLEncoding.EncodeToString(body) != v["body"] {
		t.Errorf("encrypted: %x, %v", body, err)
	}
	s := webpush.SubscriberOf(receiver, [16]byte(decode(t, v["auth"])))
	if p256dh, auth := s.Keys(); p256dh != v["receiver_public"] || auth != v["auth"] {
		t.Errorf("the keys are %s, %s", p256dh, auth)
	}
	plain, err := s.Decrypt(decode(t, v["body"]))
	if err != nil || !bytes.Equal(plain, decode(t, v["plaintext"])) {
		t.Errorf("decrypted: %q, %v", plain, err)
	}
}

// The example of RFC 8292 verifies until it runs out, at its own push service alone.
func TestExampleOfRFC8292(t *testing.T) {
	t.Parallel()
	v := vector(t, "rfc8292.txt")
	seconds, err := strconv.ParseInt(v["expires"], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	expires := time.Unix(seconds, 0).UTC()
	c, key, err := webpush.Verify(v["authorization"], v["audience"], expires.Add(-time.Second))
	if err != nil || !strings.HasSuffix(v["authorization"], ", k="+key) || (c != webpush.Claims{Audience: v["audience"], Expires: expires, Subject: v["subject"]}) {
		t.Errorf("%+v, key %s, %v", c, key, err)
	}
	for name, x := range map[string]struct {
		at       time.Time
		audience string
		err      error
	}{
		"at its end":       {expires, v["audience"], webpush.ErrExpired},
		"a day before":     {expires.Add(-webpush.MaxTokenLife), v["audience"], nil},
		"more than a day":  {expires.Add(-webpush.MaxTokenLife - time.Second), v["audience"], webpush.ErrExpired},
		"for another":      {expires.Add(-time.Second), "https://push.example.org", webpush.ErrAudience},
		"for another port": {expires.Add(-time.Second), v["audience"] + ":8443", webpush.ErrAudience},
	} {
		if _, _, err := webpush.Verify(v["authorization"], x.audience, x.at); err != x.err { //nolint:errorlint // the very one
			t.Errorf("%s: %v", name, err)
		}
	}
}
