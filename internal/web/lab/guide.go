package lab

import (
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// guides builds a kit of each face, to draw the style guide with.
func guides(c Config) (map[ui.Face]*ui.Kit, error) {
	out := map[ui.Face]*ui.Kit{}
	for _, f := range []ui.Face{ui.Bank, ui.Console, ui.Lab, ui.Front, ui.Self} {
		k, err := ui.New(ui.Config{Face: f, Secure: c.Secure, Now: c.Now, Rand: c.Rand, Log: c.Log, Chrome: guideChrome})
		if err != nil {
			return nil, err
		}
		out[f] = k
	}
	return out, nil
}

// guideChrome fills the frame of the sample pages. The style guide is for whoever
// builds pages; like its content it is in English only.
func guideChrome(*http.Request, *ui.Locale) ui.Chrome {
	return ui.Chrome{
		Home: "/", Notice: "This is the style guide. Nothing here does anything.",
		Nav: []ui.Link{
			{Text: "Components", Href: "/styleguide", Icon: "layers", Current: true},
			{Text: "Requests", Href: "#data", Icon: "clipboard-check", Count: 3},
			{Text: "Audit log", Href: "#events", Icon: "scroll-text"},
		},
		User: &ui.User{Name: "Ada Palmer", Detail: "Sample user"},
	}
}

// guide shows all components as a face draws them. Kits agree on the addresses
// of their common assets, so the lab's own serve them all.
func (l *lab) guide(w http.ResponseWriter, r *http.Request) error {
	face := ui.Face(r.PathValue("face"))
	if face == "" {
		face = ui.Lab
	}
	k := l.guides[face]
	if k == nil {
		return fault.NotFoundf("lab.no_face", "There is no face of this name.")
	}
	return k.Guide(w, r)
}

// failure shows the error page of a kind of fault.
func (l *lab) failure(w http.ResponseWriter, r *http.Request) error {
	for kind := fault.Internal; kind <= fault.Unavailable; kind++ {
		if kind != fault.Internal && kind.String() == r.PathValue("kind") {
			return fault.New(kind, "sample", "").WithRetry(90 * time.Second)
		}
	}
	return fault.NotFoundf("lab.no_kind", "There is no kind of fault of this name.")
}
