package lab

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// Place is a part of the demo that the front page leads to.
type Place string

// The places, in the order in which they are shown.
const (
	PlaceBank    Place = "bank"
	PlaceSelf    Place = "self"
	PlaceConsole Place = "console"
	PlaceLab     Place = "lab"
	PlaceMobile  Place = "mobile"
	PlaceAPI     Place = "api"
)

func (p Place) icon() string {
	switch p {
	case PlaceBank:
		return "landmark"
	case PlaceSelf:
		return "user"
	case PlaceConsole:
		return "shield-check"
	case PlaceLab:
		return "cpu"
	case PlaceMobile:
		return "smartphone"
	case PlaceAPI:
		return "book-open"
	}
	return ""
}

// Login is somebody who can log in to the demo.
type Login struct {
	Place      Place
	Name       string // "Ada Palmer"
	ID, Secret string // what to type; Secret may be empty
	Note       string // "Help desk", "registered with token CS-4407-118263"
}

// FrontConfig says what the demo's front page shows.
type FrontConfig struct {
	URLs   map[Place]string // absolute addresses; places without one are left out
	Logins []Login

	Now  func() time.Time
	Rand io.Reader
	Log  *slog.Logger
}

// frontLink is a card of the front page.
type frontLink struct{ Icon, Title, Text, URL string }

type frontLogin struct{ Where, Name, ID, Secret, Note string }

type frontPage struct {
	Links  []frontLink
	Logins []frontLogin
	How    []string
}

// Front builds the demo's front page: where everything is and who can log in.
func Front(c FrontConfig) (http.Handler, error) {
	for p := range c.URLs {
		if p.icon() == "" {
			return nil, fmt.Errorf("lab: the front page knows no place %q", p)
		}
	}
	cfg := kitConfig(ui.Front, false, c.Now, c.Rand, c.Log)
	cfg.Chrome = func(_ *http.Request, t *ui.Locale) ui.Chrome { return ui.Chrome{Notice: t.T("front.notice")} }
	kit, err := ui.New(cfg)
	if err != nil {
		return nil, err
	}
	return kit.Handler([]ui.Route{{Pattern: "GET /{$}", Serve: func(w http.ResponseWriter, r *http.Request) error {
		t := kit.Locale(r)
		return kit.Render(w, r, ui.Page{Name: "front", Title: t.T("front.title"), Data: c.page(t)})
	}}}), nil
}

func (c FrontConfig) page(t *ui.Locale) frontPage {
	var p frontPage
	for _, place := range []Place{PlaceBank, PlaceSelf, PlaceConsole, PlaceLab, PlaceMobile, PlaceAPI} {
		if url := c.URLs[place]; url != "" {
			key := "front.place." + string(place)
			p.Links = append(p.Links, frontLink{place.icon(), t.T(key + ".title"), t.T(key + ".text"), url})
		}
	}
	for _, l := range c.Logins {
		p.Logins = append(p.Logins, frontLogin{t.T("front.place." + string(l.Place) + ".title"), l.Name, l.ID, l.Secret, l.Note})
	}
	for _, step := range []string{"one", "two", "three"} {
		p.How = append(p.How, t.T("front.step."+step))
	}
	return p
}
