package self

import (
	"embed"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/vault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

//go:embed page text static
var files embed.FS

// Config says what the pages work with. All use cases are required.
type Config struct {
	Hub            *hub.Hub
	Sessions       *customer.Sessions
	Tokens         *token.Tokens
	Care           *token.Care
	Upkeep         *token.Upkeep
	Authenticators *authenticator.Keeper
	Policies       *policy.Book
	Audit          *audit.Log
	Secrets        *password.Desk
	Passcodes      *passcode.Passcodes
	Texts          *sms.Desk
	Exemptions     *exemption.Desk
	Mobile         *mobiletoken.Desk
	MobileIDs      *mobileid.Desk
	Companions     *companion.Desk
	Interactions   *interaction.Desk
	Vault          *vault.Desk
	Issuing        *issuing.Desk

	Pushes Pushes // whether notifications reach phones; nil: there are none
	Places Places // where tokens were used; nil: nobody knows

	MobileURL string // address of the face for mobile tokens, without a slash at the end; "" when there is none

	Home    string         // address of the demo's front page, for the navigation, and every page says that it is one; "" outside the demo
	Proxies []netip.Prefix // networks whose X-Forwarded-For is believed
	MaxBody int64          // of a form, bytes; 0: ui.DefaultMaxBody
	Secure  bool           // served over TLS
	Zone    *time.Location // of the times shown; nil: UTC
	Now     func() time.Time
	Rand    io.Reader
	Log     *slog.Logger
}

func (c *Config) check() error {
	if c.Hub == nil || c.Sessions == nil || c.Tokens == nil || c.Care == nil || c.Upkeep == nil || c.Authenticators == nil || c.Policies == nil || c.Audit == nil ||
		c.Secrets == nil || c.Passcodes == nil || c.Texts == nil || c.Exemptions == nil || c.Mobile == nil || c.MobileIDs == nil || c.Companions == nil || c.Interactions == nil || c.Vault == nil || c.Issuing == nil {
		return errors.New("self: a use case is missing in the Config")
	}
	if c.Now == nil || c.Rand == nil || c.Log == nil {
		return errors.New("self: the pages need Now, Rand and Log")
	}
	return nil
}

// self holds the handlers of the pages.
type self struct {
	Config

	kit *ui.Kit
}

// New builds the self-service pages.
func New(c Config) (http.Handler, error) {
	s, err := build(c)
	if err != nil {
		return nil, err
	}
	table := s.routes()
	routes := make([]ui.Route, len(table))
	for i, rt := range table {
		routes[i] = ui.Route{Pattern: rt.Pattern, Serve: func(w http.ResponseWriter, r *http.Request) error { return s.guard(rt, w, r) }}
	}
	return s.kit.Handler(routes), nil
}

func build(c Config) (*self, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	s := &self{Config: c}
	var err error
	s.kit, err = ui.New(ui.Config{
		Face: ui.Self, Pages: ui.Folder(files, "page"), Texts: ui.Folder(files, "text"), Static: ui.Folder(files, "static"), Styles: []string{"self.css"}, Scripts: []string{"js/once.js", "js/count.js"},
		Chrome: s.chrome, MaxBody: c.MaxBody, Secure: c.Secure, Zone: c.Zone, Now: c.Now, Rand: c.Rand, Log: c.Log,
	})
	return s, err
}

// route is one row of the table.
type route struct {
	Pattern string
	Open    bool // for everybody, logged in or not
	Serve   func(*visit) error
}

// routes is the site map.
func (s *self) routes() []route {
	return slices.Concat(s.mainRoutes(), s.mobileRoutes(), s.simRoutes(), s.thingRoutes(), s.habitRoutes(), s.journeyRoutes(), s.payingRoutes())
}

func (s *self) mainRoutes() []route {
	return []route{
		{Pattern: "GET /{$}", Open: true, Serve: s.index},
		{Pattern: "GET /login", Open: true, Serve: s.login},
		{Pattern: "POST /login", Open: true, Serve: s.enter},
		{Pattern: "POST /login/number", Open: true, Serve: s.askNumber},
		{Pattern: "GET /login/answer", Open: true, Serve: s.answer},
		{Pattern: "POST /login/answer", Open: true, Serve: s.submitAnswer},
		{Pattern: "GET /login/password", Open: true, Serve: s.passwordLogin},
		{Pattern: "POST /login/password", Open: true, Serve: s.enterPassword},
		{Pattern: "GET /login/replace", Open: true, Serve: s.replaceLogin},
		{Pattern: "POST /login/replace", Open: true, Serve: s.replacePassword},
		{Pattern: "GET /login/repeat", Open: true, Serve: s.repeatLogin},
		{Pattern: "POST /login/repeat", Open: true, Serve: s.repeatPassword},
		{Pattern: "POST /login/again", Open: true, Serve: s.sendAgain},
		{Pattern: "GET /timeout", Open: true, Serve: s.timeout},
		{Pattern: "POST /logout", Open: true, Serve: s.logout},
		{Pattern: "GET /not-me/{key}", Open: true, Serve: s.notMe},
		{Pattern: "POST /not-me/{key}", Open: true, Serve: s.disown},

		{Pattern: "GET /tokens", Serve: s.tokens},
		{Pattern: "GET /tokens/{id}", Serve: s.token},
		{Pattern: "POST /tokens/{id}/name", Serve: s.rename},
		{Pattern: "GET /tokens/{id}/lost", Serve: s.lost},
		{Pattern: "POST /tokens/{id}/lost", Serve: s.reportLost},
		{Pattern: "POST /tokens/{id}/lost/number", Serve: s.lostNumber},
		{Pattern: "POST /tokens/{id}/stop", Serve: s.stop},
		{Pattern: "GET /tokens/{id}/resync", Serve: s.resync},
		{Pattern: "POST /tokens/{id}/resync", Serve: s.resyncProof},
		{Pattern: "POST /tokens/{id}/resync/number", Serve: s.resyncNumber},
		{Pattern: "POST /tokens/{id}/resync/codes", Serve: s.resyncCodes},

		{Pattern: "GET /security", Serve: s.security},
		{Pattern: "GET /security/password", Serve: s.change("password")},
		{Pattern: "POST /security/password", Serve: s.changePassword},
		{Pattern: "POST /security/password/number", Serve: s.changeNumber("password")},
		{Pattern: "POST /security/password/secret", Serve: s.provePassword("password")},
		{Pattern: "POST /security/password/proof", Serve: s.proveCode("password")},
		{Pattern: "GET /security/phone", Serve: s.change("phone")},
		{Pattern: "POST /security/phone", Serve: s.changePhone},
		{Pattern: "POST /security/phone/number", Serve: s.changeNumber("phone")},
		{Pattern: "POST /security/phone/secret", Serve: s.provePassword("phone")},
		{Pattern: "POST /security/phone/proof", Serve: s.proveCode("phone")},
		{Pattern: "GET /security/phone/code", Serve: s.phoneCode},
		{Pattern: "POST /security/phone/code", Serve: s.confirmPhone},
		{Pattern: "POST /security/phone/again", Serve: s.phoneAgain},
		{Pattern: "POST /security/phone/stop", Serve: s.stopPhone},

		{Pattern: "GET /payees", Serve: s.payees},
		{Pattern: "POST /payees/series/{id}/end", Serve: s.endSeries},
		{Pattern: "GET /security/payee", Serve: s.change("payee")},
		{Pattern: "POST /security/payee", Serve: s.trustPayee},
		{Pattern: "POST /security/payee/number", Serve: s.changeNumber("payee")},
		{Pattern: "POST /security/payee/secret", Serve: s.provePassword("payee")},
		{Pattern: "POST /security/payee/proof", Serve: s.proveCode("payee")},
		{Pattern: "GET /security/unpayee", Serve: s.change("unpayee")},
		{Pattern: "POST /security/unpayee", Serve: s.distrustPayee},
		{Pattern: "POST /security/unpayee/number", Serve: s.changeNumber("unpayee")},
		{Pattern: "POST /security/unpayee/secret", Serve: s.provePassword("unpayee")},
		{Pattern: "POST /security/unpayee/proof", Serve: s.proveCode("unpayee")},

		{Pattern: "GET /activity", Serve: s.activity},
		{Pattern: "POST /sessions/end", Serve: s.endOthers},
	}
}
