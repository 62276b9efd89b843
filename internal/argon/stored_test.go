package argon_test

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/argon"
)

// The vectors are in the tests of the reference implementation (password
// "password", salt "somesalt").
func TestStoredHashes(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA",
		"$argon2i$v=19$m=256,t=2,p=2$c29tZXNhbHQ$T/XOJ2mh1/TIpJHfCdQan76Q5esCFVoT5MAeIM1Oq2E",
	} {
		s, err := argon.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !s.Fits([]byte("password")) || s.Fits([]byte("Password")) {
			t.Errorf("%s does not verify", text)
		}
		if s.Text() != text {
			t.Errorf("%s became %s", text, s.Text())
		}
		padded, err := argon.Parse(text + "=")
		if err != nil || padded.Text() != text {
			t.Errorf("%s with padding: %v", text, err)
		}
		for _, verb := range []string{"%v", "%s", "%+v", "%#v", "%x"} {
			if out := fmt.Sprintf(verb, s); out != "[redacted]" {
				t.Errorf("%s prints %s", verb, out)
			}
		}
	}
}

func TestStoredHashesThatAreNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "secret", "$argon2d$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$", "$argon2i$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
	} {
		if _, err := argon.Parse(text); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("Parse(%q): %v", text, err)
		}
	}
}

func TestRunWaitsInLine(t *testing.T) {
	t.Parallel()
	h := argon.New(argon.Options{Params: cheap, Rand: rand.Reader, Running: 1})
	var inside, most int
	done := make(chan error, 8)
	for range 8 {
		go func() {
			done <- h.Run(t.Context(), func() { // one at a time, so nothing else guards these
				inside++
				most = max(most, inside)
				inside--
			})
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if most != 1 || h.Params() != cheap {
		t.Errorf("%d ran at once", most)
	}
}
