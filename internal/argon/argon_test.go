package argon_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/countersign-auth/countersign/internal/argon"
	"github.com/countersign-auth/countersign/internal/fault"
)

var cheap = argon.Params{Memory: 64, Time: 1, Threads: 1}

func TestHashAndVerify(t *testing.T) {
	t.Parallel()
	h := argon.New(argon.Options{Params: cheap, Rand: rand.Reader})
	one, err1 := h.Hash(t.Context(), []byte("correct horse"))
	two, err2 := h.Hash(t.Context(), []byte("correct horse"))
	if err1 != nil || err2 != nil || one == two || !strings.HasPrefix(one, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Fatalf("%q, %q, %v, %v", one, two, err1, err2)
	}
	for password, want := range map[string]bool{"correct horse": true, "correct hors": false, "": false} {
		if ok, outdated, err := h.Verify(t.Context(), one, []byte(password)); ok != want || outdated || err != nil {
			t.Errorf("Verify(%q) = %v, %v, %v", password, ok, outdated, err)
		}
	}
	dearer := argon.New(argon.Options{Params: argon.Params{Memory: 128, Time: 1, Threads: 1}, Rand: rand.Reader})
	if ok, outdated, err := dearer.Verify(t.Context(), one, []byte("correct horse")); !ok || !outdated || err != nil {
		t.Errorf("with other parameters: %v, %v, %v", ok, outdated, err)
	}
}

// The vector is in the tests of the reference implementation (password
// "password", salt "somesalt").
func TestVerifiesForeignHash(t *testing.T) {
	t.Parallel()
	h := argon.New(argon.Options{Params: cheap, Rand: rand.Reader})
	const text = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	ok, outdated, err := h.Verify(t.Context(), text, []byte("password"))
	if !ok || !outdated || err != nil {
		t.Errorf("%v, %v, %v", ok, outdated, err)
	}
}

func TestRefusesWhatIsNoHash(t *testing.T) {
	t.Parallel()
	h := argon.New(argon.Options{Params: cheap, Rand: rand.Reader})
	for _, text := range []string{
		"", "$argon2id$", "secret",
		"$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=64,t=1000,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=64,t=1,p=0$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=64,t=1,p=272$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=064,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$",
		"$argon2id$v=19$m=64,t=1,p=1$$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
	} {
		ok, _, err := h.Verify(t.Context(), text, []byte("password"))
		if ok || err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("Verify(%q) = %v, %v", text, ok, err)
		}
	}
}

func TestALineThatIsFullRefuses(t *testing.T) {
	t.Parallel()
	h := argon.New(argon.Options{Params: argon.Params{Memory: 8 << 10, Time: 1, Threads: 1}, Rand: rand.Reader, Running: 1, Waiting: 1})
	var wg sync.WaitGroup
	var mu sync.Mutex
	done, limited := 0, 0
	for range 40 {
		wg.Go(func() {
			err := h.Dummy(t.Context(), []byte("x"))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				done++
			case fault.Is(err, "argon.busy") && fault.KindOf(err) == fault.Limited:
				limited++
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if done < 1 || limited < 1 || done+limited != 40 {
		t.Errorf("%d were served and %d sent away", done, limited)
	}
	if err := h.Dummy(t.Context(), []byte("x")); err != nil {
		t.Errorf("after the flood: %v", err)
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	h := argon.New(argon.Options{Params: cheap, Rand: rand.Reader})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.Dummy(gone, nil); !fault.Is(err, "argon.waited") || !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
	if err := h.Dummy(t.Context(), make([]byte, 2000)); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a password of 2000 bytes: %v", err)
	}
}

func FuzzVerify(f *testing.F) {
	h := argon.New(argon.Options{Params: cheap, Rand: rand.Reader})
	f.Add("$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "m=64,t=1,") { // others may cost as much as they say
			_, _, _ = h.Verify(t.Context(), text, []byte("x"))
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	h := argon.New(argon.Options{Rand: rand.Reader})
	text, err := h.Hash(b.Context(), []byte("x"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		_, _, _ = h.Verify(b.Context(), text, []byte("x"))
	}
}
