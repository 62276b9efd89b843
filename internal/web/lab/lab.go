package lab

import (
	"embed"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

//go:embed page text static
var files embed.FS

// Config says what the lab shows.
type Config struct {
	Shelf *Shelf
	Rack  *Rack    // the phones; nil: there are none
	Apps  *Mobiles // the phones with the bank's app; nil: there are none
	SIMs  SIMs     // the SIM cards in the phones; nil: there are none
	House House    // a home with devices; nil: there is none
	Shop  Shop     // a counter to pay at; nil: there is none
	Home  string   // address of the demo's front page, for the navigation; may be empty
	Bank  string   // address of the bank, for the navigation; may be empty

	Secure bool // served over TLS
	Now    func() time.Time
	Rand   io.Reader
	Log    *slog.Logger
}

// lab holds the handlers of the pages.
type lab struct {
	kit     *ui.Kit
	shelf   *Shelf
	rack    *Rack
	mobiles *Mobiles
	sims    SIMs
	home    House
	till    Shop
	now     func() time.Time
	guides  map[ui.Face]*ui.Kit
}

// New builds the device lab.
func New(c Config) (http.Handler, error) {
	if c.Shelf == nil {
		return nil, errors.New("lab: a lab needs a Shelf")
	}
	cfg := kitConfig(ui.Lab, c.Secure, c.Now, c.Rand, c.Log)
	cfg.Chrome, cfg.Scripts = c.chrome, []string{"lab.js"}
	kit, err := ui.New(cfg)
	if err != nil {
		return nil, err
	}
	l := &lab{kit: kit, shelf: c.Shelf, rack: c.Rack, mobiles: c.Apps, sims: c.SIMs, home: c.House, till: c.Shop, now: c.Now}
	if l.guides, err = guides(c); err != nil {
		return nil, err
	}
	return kit.Handler(l.routes()), nil
}

// kitConfig is what the lab and the front page have in common.
func kitConfig(f ui.Face, secure bool, now func() time.Time, rand io.Reader, log *slog.Logger) ui.Config {
	return ui.Config{
		Face: f, Pages: ui.Folder(files, "page"), Texts: ui.Folder(files, "text"), Static: ui.Folder(files, "static"), Styles: []string{"lab.css"},
		Secure: secure, Now: now, Rand: rand, Log: log,
	}
}

func (l *lab) routes() []ui.Route {
	return []ui.Route{
		{Pattern: "GET /{$}", Serve: l.index},
		{Pattern: "GET /tokens/{serial}", Serve: l.token},
		{Pattern: "POST /tokens/{serial}/keys", Serve: l.press},
		{Pattern: "POST /tokens/{serial}/tools", Serve: l.tools},
		{Pattern: "GET /phones/{number}", Serve: l.phone},
		{Pattern: "POST /phones/{number}", Serve: l.usePhone},
		{Pattern: "POST /phones/{number}/sim", Serve: l.pressSIM},
		{Pattern: "GET /mobiles/{id}", Serve: l.mobile},
		{Pattern: "POST /mobiles/{id}", Serve: l.useMobile},
		{Pattern: "GET /house", Serve: l.house},
		{Pattern: "GET /shop", Serve: l.shop},
		{Pattern: "POST /shop", Serve: l.useShop},
		{Pattern: "GET /styleguide", Serve: l.guide},
		{Pattern: "GET /styleguide/{face}", Serve: l.guide},
		{Pattern: "GET /styleguide/failure/{kind}", Serve: l.failure},
	}
}

func (c Config) chrome(r *http.Request, t *ui.Locale) ui.Chrome {
	at := r.URL.Path
	ch := ui.Chrome{Nav: []ui.Link{{Text: t.T("lab.nav.shelf"), Href: "/", Icon: "cpu", Current: at == "/"}}}
	if c.House != nil {
		ch.Nav = append(ch.Nav, ui.Link{Text: t.T("lab.nav.house"), Href: "/house", Icon: "house", Current: at == "/house"})
	}
	if c.Shop != nil {
		ch.Nav = append(ch.Nav, ui.Link{Text: t.T("lab.nav.shop"), Href: "/shop", Icon: "credit-card", Current: at == "/shop"})
	}
	if c.Bank != "" {
		ch.Nav = append(ch.Nav, ui.Link{Text: t.T("lab.nav.bank"), Href: c.Bank, Icon: "landmark"})
	}
	if c.Home != "" {
		ch.Nav = append(ch.Nav, ui.Link{Text: t.T("lab.nav.demo"), Href: c.Home, Icon: "house"})
	}
	return ch
}
