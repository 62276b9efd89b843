package webpush_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/webpush"
)

const origin = "https://push.example.net"

var moment = time.Unix(1_900_000_000, 0).UTC()

func signed(t *testing.T, c webpush.Claims) (authorization, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if authorization, err = webpush.Sign(k, c); err != nil {
		t.Fatal(err)
	}
	if key, err = webpush.FormatKey(&k.PublicKey); err != nil {
		t.Fatal(err)
	}
	return authorization, key
}

func TestTokensComeBack(t *testing.T) {
	t.Parallel()
	want := webpush.Claims{Audience: origin, Expires: moment.Add(time.Hour), Subject: "mailto:it@bank.example"}
	a, key := signed(t, want)
	for name, text := range map[string]string{
		"as it is": a, "large letters": "VAPID" + a[5:], "other parameters": a + ", x=y", "turned round": "vapid k=" + key + ",t=" + strings.TrimPrefix(strings.Split(a, ", ")[0], "vapid t="),
	} {
		got, k, err := webpush.Verify(text, origin, moment)
		if err != nil || got != want || k != key {
			t.Errorf("%s: %+v, %s, %v", name, got, k, err)
		}
	}
}

func TestTokensThatAreRefused(t *testing.T) {
	t.Parallel()
	a, _ := signed(t, webpush.Claims{Audience: origin, Expires: moment.Add(time.Hour)})
	_, other := signed(t, webpush.Claims{Audience: origin, Expires: moment.Add(time.Hour)})
	token, key, _ := strings.Cut(strings.TrimPrefix(a, "vapid t="), ", k=")
	parts := strings.Split(token, ".")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"JWT","alg":"none"}`))
	rest := base64.RawURLEncoding.EncodeToString([]byte(`{"aud":"` + origin + `","exp":1900003601}`))
	for name, x := range map[string]struct {
		text string
		err  error
	}{
		"nothing":               {"", webpush.ErrNotIdentified},
		"another scheme":        {"Bearer x", webpush.ErrNotIdentified},
		"the draft's scheme":    {"WebPush " + token, webpush.ErrNotIdentified},
		"no token":              {"vapid k=" + key, webpush.ErrToken},
		"no key":                {"vapid t=" + token, webpush.ErrToken},
		"another's key":         {"vapid t=" + token + ", k=" + other, webpush.ErrToken},
		"a parameter twice":     {a + ", k=" + other, webpush.ErrToken},
		"algorithm none":        {"vapid t=" + none + "." + parts[1] + "., k=" + key, webpush.ErrToken},
		"none, with signature":  {"vapid t=" + none + "." + parts[1] + "." + parts[2] + ", k=" + key, webpush.ErrToken},
		"other claims":          {"vapid t=" + parts[0] + "." + rest + "." + parts[2] + ", k=" + key, webpush.ErrToken},
		"signature cut":         {"vapid t=" + token[:len(token)-4] + ", k=" + key, webpush.ErrToken},
		"a point off the curve": {"vapid t=" + token + ", k=" + key[:80] + "AAAAAAA", webpush.ErrToken},
		"endless":               {a + ", x=" + strings.Repeat("y", 5000), webpush.ErrToken},
	} {
		if _, _, err := webpush.Verify(x.text, origin, moment); !errors.Is(err, x.err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOnlyP256Signs(t *testing.T) {
	t.Parallel()
	k, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := webpush.Sign(k, webpush.Claims{Audience: origin, Expires: moment}); err == nil {
		t.Error("a key of P-384 signed")
	}
}

func TestOrigin(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]string{
		"https://fcm.googleapis.com/fcm/send/x:y": "https://fcm.googleapis.com", "https://Push.Example.net:443/a": "https://push.example.net",
		"https://push.example.net:8443/a": "https://push.example.net:8443", "http://127.0.0.1:9999/push/1": "http://127.0.0.1:9999", "https://[2001:db8::1]/x": "https://[2001:db8::1]",
		"ftp://x/": "", "push": "", "https://": "", "https://x:y:z/secret": "",
	} {
		got, err := webpush.Origin(endpoint)
		if got != want || (err == nil) != (want != "") || err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %q, %v", endpoint, got, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("vapid t=a.b.c, k=d")
	f.Add("vapid")
	f.Fuzz(func(t *testing.T, s string) {
		if _, _, err := webpush.Verify(s, origin, moment); err == nil {
			t.Error("it verified")
		}
	})
}
