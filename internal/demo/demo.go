package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/provider"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/web/lab"
	"github.com/countersign-auth/countersign/pskc"
)

// System is the installation that the demo fills.
type System struct {
	Customers *customer.Register
	Clients   *client.Register
	Providers *provider.Register // who asks for mobile signatures; nil: nobody
	Staff     *staff.Roster
	Tokens    *token.Tokens
	Desk      *registration.Desk
	Callers   *identification.Desk // where customers are identified
	Policies  *policy.Book
	Passwords *password.Desk
	Risk      *risk.Desk
	Shelf     *lab.Shelf // where the tokens are laid
	Mobile    *mobiletoken.Desk
	Apps      *lab.Mobiles // the phones with the bank's app; nil: nobody has it
	Inside    *http.Client // reaches the face for mobile tokens before it listens
	PKI       *pki.Desk    // nil: there are no certificates
	MobileIDs *mobileid.Desk
	// Post sends what waits for SIM cards and for the authority.
	Post     func(ctx context.Context) error
	Cards    *sim.Desk // takes the file of the card maker; nil: there are no SIM cards
	CardFile string    // where the SIM cards are kept
	// Phone sends the texts that wait, and returns the last one that came to a number.
	Phone func(ctx context.Context, number string) (string, error)
	Now   func() time.Time
	Rand  io.Reader
	Log   *slog.Logger
}

// by is who does what the demo does.
var by = audit.System("demo")

// policyCode is what the demo's customers register for.
const policyCode = "secure-code"

// Fill makes everything that is missing and returns who can log in where. dir is
// the demo's directory.
func Fill(ctx context.Context, s System, dir string) (*Facts, error) {
	f, err := loadFacts(dir, s.Now(), s.Rand)
	if err != nil {
		return nil, err
	}
	x := &filling{System: s, facts: f, factory: factory{secret: f.Secret, at: f.Made}}
	if err := x.tokens(ctx); err != nil {
		return nil, fmt.Errorf("demo: tokens: %w", err)
	}
	if f.Complete {
		return f, nil
	}
	for _, step := range []func(context.Context) error{x.policies, x.importBox, x.people, x.texters, x.mobiles, x.sims, x.authority, x.signers, x.crew, x.application, x.shop, x.events} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("demo: %w", err)
		}
	}
	f.Complete = true
	return f, f.save(dir)
}

// filling is a demo being filled.
type filling struct {
	System
	facts   *Facts
	factory factory
	made    []made
}

// tokens makes the box of tokens and lays those of the lab on the shelf.
func (x *filling) tokens(context.Context) error {
	for _, p := range box() {
		t, err := x.factory.make(p.model, p.serial, p.label)
		if err != nil {
			return err
		}
		x.made = append(x.made, t)
		if p.label == "" {
			continue // stays in the box
		}
		if err := x.Shelf.Add(t.model, t.unit, p.label); err != nil {
			return err
		}
	}
	for _, m := range crew() {
		t, err := x.authenticator(m)
		if err != nil {
			return err
		}
		if t == nil {
			continue // not invited yet
		}
		if err := x.Shelf.Add(t.model, t.unit, t.label); err != nil {
			return err
		}
	}
	return nil
}

// importBox imports the box's PSKC file with its transport key.
func (x *filling) importBox(ctx context.Context) error {
	key := sha256.Sum256(append([]byte("transport"), x.facts.Secret...))
	file, err := x.factory.box(x.made, key[:])
	if err != nil {
		return err
	}
	sum, err := x.Tokens.ImportFile(ctx, by, token.Import{
		Name: "demo-box.pskcxml", Set: x.Policies.Active(), Options: pskc.Options{Key: key[:]}, AllOrNothing: true, Now: x.Now(),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(file)), nil },
	})
	if err != nil {
		return err
	}
	x.Log.InfoContext(ctx, "a box of tokens was imported", slog.Int64("keys", sum.Imported))
	return nil
}

// shop registers a service provider of mobile signatures. The demo has no TLS, so its password is
// enough.
func (x *filling) shop(ctx context.Context) error {
	if x.Providers == nil {
		return nil
	}
	terms := provider.Defaults()
	terms.Name, terms.PasswordOnly, terms.Entitled, terms.TransID = "Corner Shop", true, true, 64
	p, password, err := x.Providers.Create(ctx, by, provider.New{Code: "https://corner-shop.example", Terms: terms})
	x.facts.Provider = Provider{ID: p.Code, Password: password}
	return err
}

// application registers the demo bank's online banking.
func (x *filling) application(ctx context.Context) error {
	c, secret, err := x.Clients.Create(ctx, by, client.New{
		Name: "Alder Bank online", Scopes: client.AllScopes, Secret: true, Brand: "Alder Bank", Rate: 5000, Burst: 10000,
	})
	x.facts.Client = Application{ID: c.ID.String(), Secret: secret, Scopes: c.Scopes.String()}
	return err
}
