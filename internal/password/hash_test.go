package password_test

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/password"
)

// line is a line of testdata/hashes.txt.
type line struct{ hash, password, result, says string }

func vectors(t testing.TB) (all []line) {
	t.Helper()
	f, err := os.Open("testdata/hashes.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	for s := bufio.NewScanner(f); s.Scan(); {
		if strings.HasPrefix(s.Text(), "#") {
			continue
		}
		part := strings.Split(s.Text(), "|")
		if len(part) != 4 {
			t.Fatalf("a line has %d fields: %s", len(part), s.Text())
		}
		all = append(all, line{part[0], part[1], part[2], part[3]})
	}
	return all
}

// TestHashForms: what other programs made is read and fits its password and no
// other; what is malformed or absurd is refused, without being repeated.
func TestHashForms(t *testing.T) {
	t.Parallel()
	count := map[string]int{}
	for _, v := range vectors(t) {
		count[v.result]++
		h, err := password.ReadHash(v.hash)
		if v.result == "refused" {
			secret := strings.TrimSpace(v.hash)
			if err == nil || !strings.Contains(err.Error(), v.says) || secret != "" && strings.Contains(err.Error(), secret) || !h.IsZero() {
				t.Errorf("%q: %v, want %q", v.hash, err, v.says)
			}
			continue
		}
		if err != nil || h.Scheme() != v.says || h.IsZero() {
			t.Errorf("%q: %v, %q", v.hash, err, h.Scheme())
			continue
		}
		if ok, err := password.Fits(h, v.password); !ok || err != nil {
			t.Errorf("%q does not fit %q: %v", v.hash, v.password, err)
		}
		if ok, err := password.Fits(h, "Z"+v.password); ok || err != nil {
			t.Errorf("%q fits another password: %v", v.hash, err)
		}
		again, err := password.ReadHash(password.Text(h))
		if err != nil || password.Text(again) != password.Text(h) || again.Scheme() != h.Scheme() || again.Family() != h.Family() {
			t.Errorf("%q: its normal form is read as another: %v", v.hash, err)
		}
		decoy, err := password.Decoy(h.Scheme())
		if err != nil || decoy.Scheme() != h.Scheme() {
			t.Errorf("the decoy of %s: %v, %s", h.Scheme(), err, decoy.Scheme())
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
			if out := fmt.Sprintf(verb, h); out != "[redacted]" {
				t.Errorf("%s prints %s", verb, out)
			}
		}
	}
	if count["ok"] < 15 || count["refused"] < 25 || len(count) != 2 {
		t.Errorf("%v", count)
	}
}

func FuzzReadHash(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.hash)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h, err := password.ReadHash(text)
		if err != nil {
			// Salt and hash come last; the forms that an error recommends may be in
			// the text as well.
			part := strings.Split(strings.TrimSpace(text), "$")
			for _, secret := range part[max(0, len(part)-2):] {
				if len(secret) > 20 && strings.Contains(err.Error(), secret) {
					t.Errorf("the error repeats %q: %v", secret, err)
				}
			}
			return
		}
		again, err := password.ReadHash(password.Text(h))
		if err != nil || password.Text(again) != password.Text(h) || again.Scheme() != h.Scheme() {
			t.Errorf("%q: %v", text, err)
		}
		if _, err := password.Decoy(h.Scheme()); err != nil {
			t.Errorf("no decoy of %s: %v", h.Scheme(), err)
		}
	})
}
