package console

import (
	"context"
	"embed"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/provider"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/vault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

//go:embed page text static
var files embed.FS

// DefaultMaxUpload bounds an import file, in bytes: a million tokens in encrypted
// PSKC are about 1.5 GB.
const DefaultMaxUpload = 4 << 30

// Config says what the console works with. All use cases are required.
type Config struct {
	Staff     *staff.Roster
	Customers *customer.Register
	Tokens    *token.Tokens
	Desk      *registration.Desk
	Hub       *hub.Hub
	Policies  *policy.Book
	Audit     *audit.Log
	Clients   *client.Register

	Identification *identification.Desk
	Authenticators *authenticator.Keeper
	Upkeep         *token.Upkeep
	Care           *token.Care
	Proposals      *foureyes.Desk
	Passwords      *password.Desk
	Passcodes      *passcode.Passcodes
	Texts          *sms.Desk
	Outbox         *outbox.Outbox
	Risk           *risk.Review
	Exemptions     *exemption.Desk
	Mobile         *mobiletoken.Desk
	MobileIDs      *mobileid.Desk
	Companions     *companion.Desk
	Interactions   *interaction.Desk
	Vault          *vault.Desk
	Issuing        *issuing.Desk
	// SignatureEvidence exports the evidence of a signature on a phone, see docs/evidence.md.
	SignatureEvidence func(ctx context.Context, by audit.Actor, provider, handle string) ([]byte, error)
	SIMs              *sim.Desk
	Providers         *provider.Register
	PKI               *pki.Desk

	// MobileURL is the address of the face for mobile tokens, without a slash at the end;
	// "" while it is off.
	MobileURL string
	Pushes    Pushes // whether notifications reach phones; nil: there are none
	// Gateways tells of the ways into the telephone network, as this node sees them; nil
	// for none.
	Gateways func() []Gateway
	// Source names where a request comes from, for sessions and the log; nil: the
	// address of the connection.
	Source func(*http.Request) string
	// Go runs background work, whose context ends when the program stops; nil: a
	// goroutine that nobody waits for.
	Go        func(work func(context.Context))
	TempDir   string // for import files; "": the system's
	MaxBody   int64  // of a form, bytes; 0: ui.DefaultMaxBody
	MaxUpload int64  // bytes; 0: DefaultMaxUpload

	Demo   bool           // a line above every page says so
	Secure bool           // served over TLS
	Zone   *time.Location // of the times shown; nil: UTC
	Now    func() time.Time
	Rand   io.Reader
	Log    *slog.Logger
}

func (c *Config) check() error {
	if c.Staff == nil || c.Customers == nil || c.Tokens == nil || c.Desk == nil || c.Hub == nil || c.Policies == nil || c.Audit == nil || c.Clients == nil ||
		c.Identification == nil || c.Authenticators == nil || c.Upkeep == nil || c.Care == nil || c.Proposals == nil ||
		c.Passwords == nil || c.Passcodes == nil || c.Texts == nil || c.Outbox == nil || c.Risk == nil || c.Exemptions == nil || c.Mobile == nil || c.MobileIDs == nil || c.Companions == nil || c.Interactions == nil || c.Vault == nil || c.Issuing == nil || c.SIMs == nil || c.Providers == nil || c.PKI == nil {
		return errors.New("console: a use case is missing in the Config")
	}
	if c.Now == nil || c.Rand == nil || c.Log == nil {
		return errors.New("console: a console needs Now, Rand and Log")
	}
	if c.Source == nil {
		c.Source = remote
	}
	if c.Go == nil {
		c.Go = func(work func(context.Context)) { go work(context.Background()) }
	}
	if c.MaxUpload == 0 {
		c.MaxUpload = DefaultMaxUpload
	}
	return nil
}

// remote is the address of the connection, without its port.
func remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// console holds the handlers of the pages.
type console struct {
	Config
	kit    *ui.Kit
	jobs   *jobs[*job]
	bulks  *jobs[*bulkJob]
	ahead  forecasts
	figure figures
	daily  daily
	land   []coast // for maps
}

// New builds the console.
func New(cfg Config) (http.Handler, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	c := &console{Config: cfg, jobs: newImports(), bulks: newBulks()}
	var err error
	if c.land, err = readLand(landText); err != nil {
		return nil, err
	}
	c.kit, err = ui.New(ui.Config{
		Face: ui.Console, Pages: sub("page"), Texts: sub("text"), Static: sub("static"), Styles: []string{"console.css", "desk.css", "risk.css", "pay.css"}, Scripts: []string{"js/count.js"},
		Chrome: c.chrome, MaxBody: cfg.MaxBody, Secure: cfg.Secure, Zone: cfg.Zone, Now: cfg.Now, Rand: cfg.Rand, Log: cfg.Log,
	})
	if err != nil {
		return nil, err
	}
	table := c.routes()
	routes := make([]ui.Route, len(table))
	for i, rt := range table {
		routes[i] = ui.Route{Pattern: rt.Pattern, MaxBody: rt.MaxBody, Serve: func(w http.ResponseWriter, r *http.Request) error { return c.guard(rt, w, r) }}
	}
	return c.kit.Handler(routes), nil
}

// sub is a folder of the embedded files; its name is a constant of ours.
func sub(dir string) fs.FS {
	f, err := fs.Sub(files, dir)
	if err != nil {
		panic(err)
	}
	return f
}
