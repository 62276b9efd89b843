package httpapi_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The limit of a body is the configuration's, also where whoever serves the API
// sets it before.
func TestBodiesAreLimitedAsConfigured(t *testing.T) {
	const most = 100 << 10
	for name, around := range map[string]func(http.Handler) http.Handler{
		"alone":          func(h http.Handler) http.Handler { return h },
		"limited before": func(h http.Handler) http.Handler { return http.MaxBytesHandler(h, most) },
	} {
		t.Run(name, func(t *testing.T) {
			w := node(t, func(w *world) { w.config.MaxBody = most })
			w.server = httptest.NewServer(around(w.api))
			t.Cleanup(w.server.Close)
			for _, c := range []struct{ path, kind, begin, end, fits string }{
				{"/v1/authentications", "application/json", `{"x":"`, `"}`, "request.unknown_field"},
				{"/oauth/token", "application/x-www-form-urlencoded", "x=", "", ""},
			} {
				send := func(size int, chunked bool) *response {
					text := c.begin + strings.Repeat("a", size-len(c.begin)-len(c.end)) + c.end
					var body any = text
					if chunked {
						body = struct{ io.Reader }{strings.NewReader(text)} // its length is not known
					}
					return w.do(request{method: http.MethodPost, path: c.path, kind: c.kind, body: body})
				}
				for _, chunked := range []bool{false, true} {
					if r := send(most, chunked); r.code == http.StatusRequestEntityTooLarge || c.fits != "" && r.text("code") != c.fits {
						t.Errorf("as large as may be, chunked %t: %v", chunked, r)
					}
					if r := send(most+1, chunked); r.code != http.StatusRequestEntityTooLarge || !strings.Contains(string(r.raw), "102400") {
						t.Errorf("one byte more, chunked %t: %v", chunked, r)
					}
				}
			}
		})
	}
}
