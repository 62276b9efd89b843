package app_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestOneLimitOfBodies: limits.body is what both the API and the console take, no
// more and no less.
func TestOneLimitOfBodies(t *testing.T) {
	t.Parallel()
	const kind = "application/x-www-form-urlencoded"
	for face, path := range map[string]string{"API": "/oauth/token", "CONSOLE": "/login"} {
		for most, env := range map[int][]string{64 << 10: nil, 200 << 10: {"COUNTERSIGN_LIMITS_BODY=200KiB"}} {
			address := serve(t, face, env...)
			for _, size := range []int{most, most + 1} {
				got, err := http.Post("http://"+address+path, kind, strings.NewReader("x="+strings.Repeat("a", size-len("x="))))
				if err != nil {
					t.Fatal(err)
				}
				_ = got.Body.Close()
				if refused := got.StatusCode == http.StatusRequestEntityTooLarge; refused != (size > most) || got.StatusCode >= http.StatusInternalServerError {
					t.Errorf("%s: %d bytes where %d are allowed: %s", face, size, most, got.Status)
				}
			}
		}
	}
}
