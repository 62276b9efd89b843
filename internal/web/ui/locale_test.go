package ui_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

func locale(t *testing.T, accept string) *ui.Locale {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Accept-Language", accept)
	return newKit(t, config(ui.Bank)).Locale(r)
}

func TestLanguageOfTheBrowser(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]string{
		"": "en", "de": "de", "de-CH, en;q=0.8": "de", "fr, de;q=0.5, en;q=0.3": "de", "fr": "en", "en-US,de": "en",
		"de;q=0, en": "en", "!!": "en", "en;q=0.1, de;q=0.2": "de", strings.Repeat("x", 300): "en", "*": "en",
	} {
		if got := locale(t, accept).Lang(); got != want {
			t.Errorf("%q gives %s, want %s", accept, got, want)
		}
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	en, de := locale(t, "en"), locale(t, "de")
	at := time.Date(2026, 3, 9, 7, 5, 3, 0, time.UTC)
	plain := func(s string) string { return strings.ReplaceAll(s, "\u00a0", " ") }
	for _, c := range []struct{ got, want string }{
		{en.Date(at), "9 March 2026"},
		{de.Date(at), "9. März 2026"},
		{en.Time(at), "9 March 2026, 07:05 UTC"},
		{en.Stamp(at), "2026-03-09 07:05:03"},
		{en.Number(1234567), "1,234,567"},
		{de.Number(-1234567), "−1.234.567"},
		{de.Number(999), "999"},
		{en.Money(123456, 2, "EUR"), "1,234.56 EUR"},
		{de.Money(123456, 2, "EUR"), "1.234,56 EUR"},
		{en.Money(5, 2, "EUR"), "0.05 EUR"},
		{en.Money(-5, 2, "EUR"), "−0.05 EUR"},
		{en.Money(1500, 0, "JPY"), "1,500 JPY"},
		{en.Money(1234567, 3, "KWD"), "1,234.567 KWD"},
		{en.Money(-9223372036854775808, 2, "EUR"), "−92,233,720,368,547,758.08 EUR"},
		{en.Span(90 * time.Second), "2 minutes"},
		{en.Span(time.Second), "1 second"},
		{en.Span(0), "0 seconds"},
		{en.Span(time.Minute), "60 seconds"},
		{de.Span(15 * time.Minute), "15 Minuten"},
		{en.Span(3 * time.Hour), "3 hours"},
		{en.Span(49 * time.Hour), "3 days"},
		{en.T("no.such.key"), "⟦no.such.key⟧"},
	} {
		if plain(c.got) != c.want {
			t.Errorf("got %q, want %q", plain(c.got), c.want)
		}
	}
}

// An amount as it is shown has all its digits and no other, whatever the
// language; nobody reads another amount than was meant.
func TestMoneyKeepsEveryDigit(t *testing.T) {
	t.Parallel()
	both := []*ui.Locale{locale(t, "en"), locale(t, "de")}
	rapid.Check(t, func(t *rapid.T) {
		minor, digits := rapid.Int64Min(0).Draw(t, "minor"), rapid.IntRange(0, 4).Draw(t, "digits")
		for _, l := range both {
			shown := strings.Map(func(r rune) rune {
				if '0' <= r && r <= '9' {
					return r
				}
				return -1
			}, l.Money(minor, digits, "EUR"))
			if n, err := strconv.ParseInt(shown, 10, 64); err != nil || n != minor {
				t.Fatalf("%s: %d is shown as %s", l.Lang(), minor, l.Money(minor, digits, "EUR"))
			}
		}
	})
}
