package mobileapp_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/web/mobileapp"
)

// face serves two applications, one with a name that is markup.
func face(t *testing.T, name string) http.Handler {
	t.Helper()
	h, err := mobileapp.New(mobileapp.Config{Secure: true, Find: func(code string) (mobileapp.Application, bool) {
		switch code {
		case "retail":
			return mobileapp.Application{Code: "retail", Name: name, Bank: "Alder Bank"}, true
		case "business":
			return mobileapp.Application{Code: "business", Name: `<b>"Büro"</b>`, Bank: "Alder Bank"}, true
		}
		return mobileapp.Application{}, false
	}})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func get(t *testing.T, h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	if len(header) == 2 {
		r.Header.Set(header[0], header[1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestEveryFileIsServedStrictly(t *testing.T) {
	t.Parallel()
	h := face(t, "Alder Approve")
	kinds := map[string]string{
		"": "text/html; charset=utf-8", "app.js": "text/javascript; charset=utf-8", "app.css": "text/css; charset=utf-8", "sw.js": "text/javascript; charset=utf-8",
		"manifest.webmanifest": "application/manifest+json", "icon.svg": "image/svg+xml", "icon-192.png": "image/png", "icon-512.png": "image/png",
		"icon-maskable-512.png": "image/png", "icon-180.png": "image/png", "figtree-latin-wght-normal.woff2": "font/woff2",
	}
	for name, kind := range kinds {
		w := get(t, h, "/app/retail/"+name)
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != kind || w.Body.Len() == 0 {
			t.Errorf("%q: %d, %s, %d bytes", name, w.Code, w.Header().Get("Content-Type"), w.Body.Len())
		}
		policy := w.Header().Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || !strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("%q has the policy %q", name, policy)
		}
		if w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Strict-Transport-Security") == "" {
			t.Errorf("%q lacks headers: %v", name, w.Header())
		}
		if again := get(t, h, "/app/retail/"+name, "If-None-Match", w.Header().Get("ETag")); again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("%q is sent again although it is known: %d", name, again.Code)
		}
	}
}

func TestWhatIsNotServed(t *testing.T) {
	t.Parallel()
	h := face(t, "Alder Approve")
	for _, path := range []string{"/app/unknown/", "/app/unknown/app.js", "/app/retail/index.html", "/app/retail/none.js", "/app/retail/app/main.ts", "/app/", "/app/https:evil.example", "/app/%2f%2fevil.example"} {
		if w := get(t, h, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/app/retail/", strings.NewReader("x")))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
	if w := get(t, h, "/app/retail"); w.Code != http.StatusPermanentRedirect || w.Header().Get("Location") != "/app/retail/" {
		t.Errorf("without a slash: %d to %q", w.Code, w.Header().Get("Location"))
	}
}

func TestNamesAreNeverMarkup(t *testing.T) {
	t.Parallel()
	page := get(t, face(t, "A"), "/app/business/").Body.String()
	if strings.Contains(page, "<b>") || !strings.Contains(page, "&lt;b&gt;") {
		t.Errorf("the name is in the page as markup: %s", page)
	}
	if strings.Contains(page, "<script>") || strings.Contains(page, "style=") || strings.Contains(page, "<style") {
		t.Error("the page has inline script or style")
	}
	var m struct {
		ID, Name, Scope string
		StartURL        string `json:"start_url"`
		Icons           []struct{ Source string }
	}
	if err := json.Unmarshal(get(t, face(t, "A"), "/app/business/manifest.webmanifest").Body.Bytes(), &m); err != nil {
		t.Fatal(err)
	}
	if m.ID != "/app/business/" || m.Name != `Alder Bank – <b>"Büro"</b>` || m.StartURL != "./" || m.Scope != "./" {
		t.Errorf("the manifest is %+v", m)
	}
}

// worker is the line that the server writes in front of the service worker.
func worker(t *testing.T, h http.Handler) (version string, files []string) {
	t.Helper()
	line, _, _ := strings.Cut(get(t, h, "/app/retail/sw.js").Body.String(), "\n")
	var b struct {
		Version string
		Files   []string
	}
	if err := json.Unmarshal([]byte(strings.TrimSuffix(strings.TrimPrefix(line, "self.build="), ";")), &b); err != nil {
		t.Fatalf("the worker's first line is %q: %v", line, err)
	}
	return b.Version, b.Files
}

func TestTheWorkerKnowsItsVersionAndFiles(t *testing.T) {
	t.Parallel()
	h := face(t, "Alder Approve")
	version, files := worker(t, h)
	if again, _ := worker(t, h); again != version {
		t.Errorf("the version changed from %s to %s, and nothing else did", version, again)
	}
	if other, _ := worker(t, face(t, "Another name")); other == version {
		t.Error("another name is no other version")
	}
	for _, name := range files {
		if w := get(t, h, "/app/retail/"+strings.TrimPrefix(name, "./")); w.Code != http.StatusOK {
			t.Errorf("the worker would keep %q, which answers %d", name, w.Code)
		}
	}
	if len(files) < 10 {
		t.Errorf("the worker keeps %v only", files)
	}
}
