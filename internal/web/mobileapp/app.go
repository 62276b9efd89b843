package mobileapp

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"

	"github.com/countersign-auth/countersign/internal/web/ui"
	"github.com/countersign-auth/countersign/webapp"
)

// Application is what the app is told of the application that it is.
type Application struct {
	Code string // stable name: letters, digits, hyphens
	Name string // that people read, also under the icon
	Bank string // whose it is
}

// Config says what is served.
type Config struct {
	// Find returns an application by its code, as the policies in force have it; false
	// when there is none.
	Find   func(code string) (Application, bool)
	Secure bool // served over TLS: HSTS is sent
}

// Path is where the app is, below the address of the listener.
const Path = "/app/"

// New returns a handler for everything below /app/. It fails when the files are not
// what they were built as.
func New(c Config) (http.Handler, error) {
	s := &server{Config: c, shared: map[string]file{}, built: map[Application]map[string]file{}}
	for _, tree := range append(webapp.App(), ui.Fonts()) {
		if err := s.read(tree); err != nil {
			return nil, err
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path+"{application}", s.slash)
	mux.HandleFunc("GET "+Path+"{application}/{file...}", s.serve)
	return mux, nil
}

// server knows the files that all applications share, and those of each that was asked for.
type server struct {
	Config

	shared map[string]file
	mu     sync.Mutex
	built  map[Application]map[string]file
}

// file is one file in memory.
type file struct {
	kind, tag string
	body      []byte
}

func newFile(name string, body []byte) file {
	sum := sha256.Sum256(body)
	return file{kind: kindOf(name), tag: `"` + hex.EncodeToString(sum[:12]) + `"`, body: body}
}

// kinds are the media types of what is served: the tables of machines differ.
func kindOf(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".webmanifest":
		return "application/manifest+json"
	case ".woff2":
		return "font/woff2"
	case ".svg":
		return "image/svg+xml"
	case ".html":
		return "text/html; charset=utf-8"
	case ".txt":
		return "text/plain; charset=utf-8"
	default:
		return mime.TypeByExtension(ext)
	}
}

func (s *server) read(tree fs.FS) error {
	return fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(tree, name)
		if err == nil {
			s.shared[name] = newFile(name, body)
		}
		return err
	})
}

// slash leads to the directory, so that relative addresses are in it: that of an
// application which there is, so that nobody else says where to.
func (s *server) slash(w http.ResponseWriter, r *http.Request) {
	headers(w.Header(), s.Secure)
	app, found := s.Find(r.PathValue("application"))
	if !found {
		nowhere(w)
		return
	}
	w.Header().Set("Location", Path+url.PathEscape(app.Code)+"/")
	w.WriteHeader(http.StatusPermanentRedirect)
}

func nowhere(w http.ResponseWriter) {
	http.Error(w, "There is no such application here. Ask your bank for the address.", http.StatusNotFound)
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	headers(w.Header(), s.Secure)
	files, err := s.files(r.PathValue("application"))
	if err != nil {
		http.Error(w, "This page cannot be made at present.", http.StatusInternalServerError)
		return
	}
	name := r.PathValue("file")
	if name == "" {
		name = index
	}
	f, found := files[name]
	if !found || r.PathValue("file") == index {
		nowhere(w)
		return
	}
	answer(w, r, f)
}

func answer(w http.ResponseWriter, r *http.Request, f file) {
	w.Header().Set("Content-Type", f.kind)
	w.Header().Set("ETag", f.tag)
	if strings.Contains(r.Header.Get("If-None-Match"), f.tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(f.body)
}
