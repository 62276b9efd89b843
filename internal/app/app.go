package app

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/emulator/smscenter"
	"github.com/countersign-auth/countersign/internal/argon"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/config"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/evidence"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/idserver"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/movein"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/prompt"
	"github.com/countersign-auth/countersign/internal/provider"
	"github.com/countersign-auth/countersign/internal/push"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/internal/smppclient"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/internal/smsgateway"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/telemetry"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/vault"
	"github.com/countersign-auth/countersign/internal/wallet"
)

// App is one open node: the domain, ready to be served.
type App struct {
	Setup
	DB           *db.DB
	Ring         *keyring.Ring
	Audit        *audit.Log
	Policies     *policy.Book
	Proposals    *foureyes.Desk
	Customers    *customer.Register
	Clients      *client.Register
	Providers    *provider.Register // service providers of mobile signatures
	Answers      *client.Answers
	Staff        *staff.Roster
	Tokens       *token.Tokens
	Upkeep       *token.Upkeep
	Care         *token.Care
	Passwords    *password.Passwords
	Passcodes    *passcode.Passcodes
	Mobile       *mobiletoken.Desk
	Prompts      *prompt.Desk
	Pushes       *push.Desk
	Secrets      *password.Desk
	Mover        *movein.Mover
	Outbox       *outbox.Outbox
	Texts        *sms.Desk
	SIMs         *sim.Desk
	MobileIDs    *mobileid.Desk
	Companions   *companion.Desk
	Interactions *interaction.Desk
	Recipients   *companion.Recipients // keys to which devices seal
	Vault        *vault.Desk           // payment tokens
	Issuing      *issuing.Desk         // payments with them
	Wallets      *wallet.Desk          // on the devices of customers
	Identity     *idserver.Desk
	PKI          *pki.Desk
	Center       *smscenter.Center // the demo's telephone network; nil outside the demo
	Desk         *registration.Desk
	Evidence     *evidence.Issuer
	Hub          *hub.Hub
	Metrics      *telemetry.Metrics

	Identification *identification.Desk
	Authenticators *authenticator.Keeper
	Exemptions     *exemption.Desk
	Risk           *risk.Desk

	gateways    []*smppclient.Client
	httpGateway *smsgateway.Gateway       // nil when none is configured
	handlers    map[string]outbox.Handler // by kind of message
	background  []func(context.Context)
	faces       []face       // listeners beyond the configuration's
	tokenFace   http.Handler // for mobile tokens; nil until it is asked for
	faceWork    sync.WaitGroup
	home        string       // address of the demo's front page; "" outside the demo
	berths      berths       // listeners that are open already; nil for none
	announce    func() error // called once all listeners are open; may be nil
	stopping    chan struct{}
	stopOnce    sync.Once
}

// New opens a node that may serve: besides what the tools need, the anchor must
// not be newer than the database. The schema must be up to date.
func New(ctx context.Context, s Setup) (*App, error) {
	a, err := s.openTools(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.Audit.CheckAnchor(ctx); err != nil {
		return nil, errors.Join(err, a.Close()) //nolint:contextcheck // ctx may be over, and closing has two seconds of its own
	}
	return a, nil
}

// openTools opens the domain for a command that works next to running nodes.
func (s Setup) openTools(ctx context.Context) (*App, error) {
	d, err := s.openDB(ctx)
	if err != nil {
		return nil, err
	}
	a := &App{Setup: s, DB: d, stopping: make(chan struct{}), handlers: map[string]outbox.Handler{}}
	if err := a.open(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return a, nil
}

func (a *App) open(ctx context.Context) (err error) {
	if err := upToDate(ctx, a.DB); err != nil {
		return err
	}
	if a.Ring, err = a.openRing(ctx, a.DB); err != nil {
		return err
	}
	if a.Audit, err = audit.New(a.DB, a.Ring, a.auditConfig()); err != nil {
		return err
	}
	if a.Policies, err = policy.Open(ctx, a.DB, a.Log); err != nil {
		return err
	}
	a.Proposals = a.openProposals()
	if a.Tokens, err = token.New(a.DB, a.Ring, a.Rand); err != nil {
		return err
	}
	a.Upkeep = token.NewUpkeep(a.Tokens, a.Policies.Active)
	a.Care = token.NewCare(a.Tokens, a.Policies.Active, registration.Release)
	a.Proposals.Executors[policy.ActBulk] = a.Care.Executor()
	a.Passwords = password.New(a.DB, a.Ring, argon.New(argon.Options{Rand: a.Rand, Running: passwordsAtOnce(), Waiting: waitingPasswords}))
	a.Exemptions = &exemption.Desk{DB: a.DB, Policies: a.Policies, Rand: a.Rand}
	a.Customers = &customer.Register{DB: a.DB, Ring: a.Ring, Rand: a.Rand, Known: identification.Lately, Personal: Personal(), Forget: []func(*db.Tx, ident.ID) error{password.Erase, registration.Forget, passcode.Erase, sms.Erase, a.eraseMobileIDs, a.eraseCards, mobiletoken.Erase, idserver.Erase, prompt.Erase, push.Erase, companion.Erase, issuing.Erase, wallet.Erase, vault.Erase, provider.Erase, a.Exemptions.Forget}}
	if err := a.addRisk(ctx); err != nil {
		return err
	}
	a.Passwords.Knowing(a.Customers.Words)
	a.Secrets = &password.Desk{DB: a.DB, Passwords: a.Passwords, Policies: a.Policies}
	a.Mover = &movein.Mover{DB: a.DB, Customers: a.Customers, Tokens: a.Tokens, Passwords: a.Passwords, Rand: a.Rand}
	a.Providers = &provider.Register{DB: a.DB, Ring: a.Ring, Rand: a.Rand, Now: a.Now}
	a.Answers = &client.Answers{DB: a.DB, Ring: a.Ring, Rand: a.Rand}
	a.Staff = &staff.Roster{DB: a.DB, Ring: a.Ring, Hasher: argon.New(argon.Options{Rand: a.Rand}), Rand: a.Rand, Now: a.Now, Issuer: "Countersign " + a.Config.Origin}
	issuer := a.url(a.Config.API)
	if a.Clients, err = client.Open(ctx, client.Options{DB: a.DB, Ring: a.Ring, Rand: a.Rand, Now: a.Now, Issuer: issuer, Endpoint: issuer + "/oauth/token"}); err != nil {
		return err
	}
	a.Outbox = outbox.New(a.DB, a.Ring, outbox.Config{Now: a.Now, Rand: a.Rand, Log: a.Log})
	a.Metrics = telemetry.NewMetrics(Version)
	a.measure()
	a.addCards()
	if err := a.addTexts(); err != nil {
		return err
	}
	a.addPasscodes()
	if a.Mobile, err = mobiletoken.New(mobiletoken.Config{DB: a.DB, Ring: a.Ring, Policies: a.Policies, Outbox: a.Outbox, Rand: a.Rand, Tell: a.tellOfMobileToken, Moved: a.moved}); err != nil {
		return err
	}
	a.Passwords.Telling(a.tellOfPassword)
	a.Risk.Tell = a.tellOfChannel
	a.Desk = registration.New(registration.Config{
		DB: a.DB, Ring: a.Ring, Policies: a.Policies, Tokens: a.Tokens, Outbox: a.Outbox, Rand: a.Rand,
		Parts: map[policy.Method]authenticator.Part{policy.MethodPassword: a.Passwords, policy.MethodPasscode: a.Passcodes},
	})
	a.Identification = &identification.Desk{DB: a.DB, Policies: a.Policies, Rand: a.Rand}
	a.Authenticators = &authenticator.Keeper{DB: a.DB, Policies: a.Policies}
	a.Evidence = evidence.New(evidence.Config{DB: a.DB, Ring: a.Ring, Now: a.Now, Name: issuer})
	if err := a.addCertificates(); err != nil { //nolint:contextcheck // metrics are asked for without one
		return err
	}
	a.addMobileID()
	a.addCompanions()
	a.addInteractions()
	a.addPayments()
	a.addRecipients()
	a.addIdentity()
	a.addPrompts()
	if err := a.addPushes(); err != nil {
		return err
	}
	a.Hub = hub.New(hub.Config{
		DB: a.DB, Ring: a.Ring, Policies: a.Policies, Rand: a.Rand, Evidence: a.Evidence, Risk: a.Risk, Exemptions: a.Exemptions, Untold: a.untold, Stopping: a.stopping,
		Methods: map[policy.Method]authenticator.Method{
			policy.MethodToken: a.Tokens, policy.MethodPassword: a.Passwords, policy.MethodPasscode: a.Passcodes, policy.MethodMobile: a.Mobile,
			policy.MethodApproval: prompt.Online{Desk: a.Prompts}, policy.MethodPicture: prompt.Offline{Desk: a.Prompts},
			policy.MethodMobileID: a.signedOnSIM(),
		},
	})
	if err := a.addNotifications(); err != nil {
		return err
	}
	return a.addWebhook()
}

// Close lets go of the database. It is safe after a failed or finished Run. What
// was sealed is counted first: the count says when a data key is used up.
func (a *App) Close() error {
	if a.Ring == nil {
		return a.DB.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := a.Ring.Refresh(ctx); err != nil {
		a.Log.DebugContext(ctx, "the count of sealed values was not stored", telemetry.Err(err))
	}
	return a.DB.Close()
}

// url is how callers know a listener.
func (a *App) url(l config.Listener) string {
	if l.URL != "" {
		return l.URL
	}
	return l.Scheme() + "://" + l.Address
}
