package webpush_test

import (
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/webpush"
)

func TestTTL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"0": 0, "60": time.Minute, "2419200": 28 * 24 * time.Hour, "2147483647": 1<<31*time.Second - time.Second,
		"99999999999999999999999": 1<<31*time.Second - time.Second,
	} {
		if d, ok := webpush.ParseTTL(text); !ok || d != want {
			t.Errorf("%s: %s, %v", text, d, ok)
		}
	}
	for _, text := range []string{"", "-1", "1.5", "+1", " 1", "1s", strings.Repeat("1", 101)} {
		if _, ok := webpush.ParseTTL(text); ok {
			t.Errorf("%q is a TTL", text)
		}
	}
	for d, want := range map[time.Duration]string{-time.Second: "0", 0: "0", 1999 * time.Millisecond: "1", time.Minute: "60"} {
		if got := webpush.FormatTTL(d); got != want {
			t.Errorf("%s is written %s", d, got)
		}
	}
}

func TestTopic(t *testing.T) {
	t.Parallel()
	one, two := webpush.Topic("a"), webpush.Topic("b")
	if _, ok := webpush.ParseTopic(one); !ok || one == two || len(one) != 32 || one != webpush.Topic("a") {
		t.Errorf("%q, %q", one, two)
	}
	for text, want := range map[string]bool{"": true, "upd": true, "a-_9": true, "a b": false, "a=": false, strings.Repeat("a", 33): false, "é": false} {
		if _, ok := webpush.ParseTopic(text); ok != want {
			t.Errorf("%q: %v", text, ok)
		}
	}
}

func TestUrgency(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]webpush.Urgency{"": webpush.Normal, "very-low": webpush.VeryLow, "low": webpush.Low, "normal": webpush.Normal, "high": webpush.High} {
		if u, ok := webpush.ParseUrgency(text); !ok || u != want {
			t.Errorf("%q: %s, %v", text, u, ok)
		}
	}
	if _, ok := webpush.ParseUrgency("High"); ok {
		t.Error("urgencies are small letters")
	}
}
