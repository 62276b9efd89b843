package ui

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"time"
)

// Face names a group of pages with its own look.
type Face string

// The faces.
const (
	Bank    Face = "bank"    // online banking of the made-up Alder Bank: warm, roomy
	Console Face = "console" // for staff: calm, dense
	Lab     Face = "lab"     // emulated devices: a workbench
	Front   Face = "front"   // the demo's first page
	Self    Face = "self"    // where customers look after their own tokens: plain, roomy
)

// brand is the name in the header; empty for a face that does not exist.
func (f Face) brand() string {
	switch f {
	case Bank:
		return "Alder Bank"
	case Console, Front, Self:
		return "Countersign"
	case Lab:
		return "Device lab"
	}
	return ""
}

// Config says what a face brings to its kit.
type Config struct {
	Face  Face
	Brand string // shown in the header and in titles; empty: the face's own

	Pages  fs.FS // NAME.html files at its root; see the package comment
	Texts  fs.FS // en.yaml and de.yaml at its root; nil: the kit's texts only
	Static fs.FS // further assets, named by their path; nil: none

	Styles  []string // assets from Static that every page links, in order
	Scripts []string // assets from Static that every page loads, deferred
	Funcs   template.FuncMap

	// Chrome gives navigation, user and notice for a request; nil: none.
	Chrome func(*http.Request, *Locale) Chrome

	MaxBody int64          // of a request's body, bytes; 0: DefaultMaxBody
	Secure  bool           // served over TLS: __Host- cookies and HSTS
	Zone    *time.Location // of the times shown; nil: UTC

	Now  func() time.Time
	Rand io.Reader // request ids
	Log  *slog.Logger
}

// Kit renders and serves the pages of one face. It is safe for concurrent use.
type Kit struct {
	face    Face
	brand   string
	cfg     Config
	assets  *assets
	icons   map[string]template.HTML
	catalog *Catalog
	locales map[string]*Locale
	pages   map[string]map[string]drawn // language, page
}

// New builds the kit of a face. It fails when a template cannot be parsed or
// names an unknown text or asset, or when two languages do not match.
func New(c Config) (*Kit, error) {
	if c.Face.brand() == "" || c.Now == nil || c.Rand == nil || c.Log == nil {
		return nil, errors.New("ui: a kit needs a known Face, Now, Rand and Log")
	}
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	k := &Kit{face: c.Face, brand: c.Brand, cfg: c}
	if k.brand == "" {
		k.brand = c.Face.brand()
	}
	for _, step := range []func() error{k.loadAssets, k.loadIcons, k.loadTexts, k.loadPages} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("ui: %s: %w", c.Face, err)
		}
	}
	return k, nil
}

// Catalog returns all texts of the face, for tests that look for unknown and
// unused keys.
func (k *Kit) Catalog() *Catalog { return k.catalog }
