package httpapi

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/evidence"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/idserver"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/vault"
)

// Config is what an API works with. All fields are required unless it is said
// otherwise.
type Config struct {
	Hub       *hub.Hub
	Desk      *registration.Desk
	Tokens    *token.Tokens
	Upkeep    *token.Upkeep
	Care      *token.Care
	Policies  *policy.Book
	Customers *customer.Register
	Clients   *client.Register
	Answers   *client.Answers
	Limiter   *client.Limiter
	Audit     *audit.Log
	Evidence  *evidence.Issuer

	Identification *identification.Desk
	Authenticators *authenticator.Keeper
	Passwords      *password.Desk
	Phones         *passcode.Passcodes
	Exemptions     *exemption.Desk
	Mobile         *mobiletoken.Desk
	MobileIDs      *mobileid.Desk
	Companions     *companion.Desk
	Interactions   *interaction.Desk
	Vault          *vault.Desk
	Issuing        *issuing.Desk
	Identity       *idserver.Desk
	// SignatureEvidence exports the evidence of a signature that a person has made on the phone, by
	// its name at the signature server.
	SignatureEvidence func(ctx context.Context, by audit.Actor, provider, handle string) ([]byte, error)
	Risk              *risk.Desk

	Now  func() time.Time
	Rand io.Reader // for request ids and the keys of uploads
	Log  *slog.Logger

	URL string // the address by which clients know the API, without a slash at the end
	// MobileURL is the address of the face for mobile tokens, without a slash at the end;
	// "" while it is off.
	MobileURL string
	Pushes    Pushes         // whether notifications reach phones; nil: there are none
	Version   string         // of the product, for the document; may be empty
	Proxies   []netip.Prefix // networks of the proxies whose X-Forwarded-For is believed; may be empty
	Observe   Observer       // told of every request; may be nil
	// Reports is the rate of the probe's reports from one source address: of the
	// customers' own where Proxies name the bank's servers; 1,000 a second when zero.
	Reports client.Rate
	// Ready says whether the node is fit for service; nil for always.
	Ready func(context.Context) error
	// Spool is the directory for uploads that are read twice; "" for the system's.
	Spool string
	// MaxBody bounds the body of a request, imports excepted, in bytes; 64 KiB when 0.
	MaxBody int64
	// MaxImport bounds an uploaded file of tokens, in bytes; 2 GiB when 0.
	MaxImport int64
}

// Observer is told of every request. It is called after the answer was written.
type Observer interface {
	// Observe gets the operation's id, "none" for an address that does not exist.
	Observe(operation string, status int, d time.Duration)
}

// API is the handler of /v1, /oauth and the document. It is safe for concurrent
// use.
type API struct {
	Config
	mux       *http.ServeMux
	scripts   []scripted
	document  []byte // OpenAPI
	reference []byte // the page of it
	imports   chan struct{}
	headers   []header
	script    *probeScript
	reports   *client.Limiter
	buffers   sync.Pool // of *[]byte
}

// scripted is an operation as the mux serves it.
type scripted struct {
	route
	serve func(http.ResponseWriter, *http.Request, *call) error
}

const (
	defaultMaxBody = 64 << 10
	importsAtOnce  = 2
	defaultMaxFile = 2 << 30
)

// New makes the API. It panics when the table of operations contradicts itself,
// which every test would show.
func New(c Config) *API {
	if c.MaxBody == 0 {
		c.MaxBody = defaultMaxBody
	}
	if c.MaxImport == 0 {
		c.MaxImport = defaultMaxFile
	}
	if c.Reports == (client.Rate{}) {
		c.Reports = client.Rate{PerSecond: 1000, Burst: 5000}
	}
	script, err := newProbeScript()
	if err != nil {
		panic("httpapi: the probe: " + err.Error())
	}
	a := &API{Config: c, script: script, reports: client.NewLimiter(c.Now, c.Reports), mux: http.NewServeMux(), headers: headersOfAll(), imports: make(chan struct{}, importsAtOnce)}
	doc := newDocument(c.URL, c.Version)
	var order []string
	for _, op := range a.operations() {
		op.describe(doc)
		order = append(order, op.about().id)
		a.scripts = append(a.scripts, scripted{op.about(), op.bind(a)})
	}
	a.scripts = append(a.scripts, a.probeScripts()...)
	a.document = doc.marshal()
	a.reference = drawReference(a.document, order)
	a.connect()
	return a
}

// operations is the table of all operations, in the order of the document.
func (a *API) operations() []operation {
	return slices.Concat(
		a.authenticationOperations(), a.evidenceOperations(), a.registrationOperations(), a.activationOperations(), a.customerOperations(),
		a.authenticatorOperations(), a.passwordOperations(), a.phoneOperations(), a.channelOperations(), a.identificationOperations(),
		a.tokenOperations(), a.upkeepOperations(), a.mobileOperations(), a.mobileIDOperations(), a.companionOperations(), a.interactionOperations(), a.payingOperations(), a.auditOperations(), a.policyOperations(), a.exemptionOperations(),
		a.trustedOperations(), a.seriesOperations(), a.fraudOperations(),
		a.riskVisitOperations(), a.riskEventOperations(), a.riskOutcomeOperations(), a.riskListOperations(), a.serviceOperations(),
	)
}

// connect fills the mux.
func (a *API) connect() {
	for _, s := range a.scripts {
		a.mux.HandleFunc(s.method+" "+s.path, func(w http.ResponseWriter, r *http.Request) { a.run(w, r, s) })
	}
	a.mux.HandleFunc("/", a.nowhere)
}

// nowhere refuses an address that does not exist, or exists for other methods.
func (a *API) nowhere(w http.ResponseWriter, r *http.Request) {
	allowed := a.methods(r)
	a.run(w, r, scripted{serve: func(http.ResponseWriter, *http.Request, *call) error {
		if len(allowed) == 0 {
			return refuse(http.StatusNotFound, "request.address", "", "There is nothing at this address: see /docs.")
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return refuse(http.StatusMethodNotAllowed, "request.method", "", "This address takes %s only.", strings.Join(allowed, ", "))
	}})
}

// methods lists those that the address takes.
func (a *API) methods(r *http.Request) (allowed []string) {
	if !clean(r.URL.Path) {
		return nil
	}
	for _, m := range []string{http.MethodDelete, http.MethodGet, http.MethodPatch, http.MethodPost} {
		probe := *r
		probe.Method = m
		if _, pattern := a.mux.Handler(&probe); pattern != "" && pattern != "/" {
			allowed = append(allowed, m)
		}
	}
	return allowed
}

// clean reports whether the mux would take the path as it is, not redirect.
func clean(p string) bool {
	return p != "" && p[0] == '/' && (len(p) == 1 || path.Clean(p) == p)
}

// ServeHTTP answers a request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !clean(r.URL.Path) {
		a.nowhere(w, r)
		return
	}
	a.mux.ServeHTTP(w, r)
}

// Document returns the OpenAPI 3.1 document in JSON.
func (a *API) Document() []byte { return a.document }
