package app

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/mssserver"
	"github.com/countersign-auth/countersign/internal/provider"
)

// providerCmd is about service providers.
type providerCmd struct {
	Create   providerCreateCmd   `cmd:"" help:"Register a service provider; its password (AP_PWD) is printed this once."`
	Set      providerSetCmd      `cmd:"" help:"Change the terms of a service provider."`
	List     providerListCmd     `cmd:"" help:"List the service providers."`
	Show     providerShowCmd     `cmd:"" help:"Show a service provider with its terms."`
	Password providerPasswordCmd `cmd:"" help:"Give a service provider another password; it is printed this once."`
	Disable  providerDisableCmd  `cmd:"" help:"Shut a service provider out, at once."`
	Enable   providerEnableCmd   `cmd:"" help:"Let a disabled service provider ask again."`
	Profiles providerProfilesCmd `cmd:"" help:"List the signature profiles that there are."`
}

// providerTerms are the terms on the command line. What is not given stays as it is.
type providerTerms struct {
	Name         *string  `help:"Name that phones show first, at most 40 characters."`
	Prefix       *string  `help:"Words that every text must begin with."`
	Certificate  []string `placeholder:"FILE" help:"Client certificate (PEM), or SHA-256 of its public key; give all that are to be registered, or none for none."`
	PasswordOnly *bool    `negatable:"" help:"It may ask without a client certificate."`
	Profile      []string `sep:"none" placeholder:"URI" help:"Signature profile that it may use, the first is the default; by default all."`
	Callback     []string `sep:"none" placeholder:"URL" help:"Address for notifications."`
	Success      *int     `help:"Code of a valid signature: 502 or 500."`
	Entitled     *bool    `negatable:"" help:"It learns whether a number is known."`
	Unicode      *bool    `negatable:"" help:"Texts need not be in the GSM alphabet."`
	Registrar    *bool    `negatable:"" help:"Its word on who a person is orders a mobile ID for them."`
	TransID      *int     `name:"trans-id" help:"Longest AP_TransID, 8 to 128 characters."`
	Content      *int     `help:"Longest text that is signed, 1 to 4096 characters."`
	Display      *int     `help:"Longest text that is displayed, 1 to 239 characters."`
	Rate         *int     `help:"Requests a second."`
	Burst        *int     `help:"Requests at once."`
	Limit        *int     `help:"Signatures in mobile_id.limits.window of the policies; 0: as the policies say."`
}

// change reads the files and returns what is to be done to terms.
func (n providerTerms) change() (func(*provider.Terms), error) {
	pins, err := readPins(n.Certificate)
	if err != nil {
		return nil, err
	}
	return func(t *provider.Terms) {
		set(&t.Name, n.Name)
		set(&t.Prefix, n.Prefix)
		set(&t.PasswordOnly, n.PasswordOnly)
		set(&t.Success, n.Success)
		set(&t.Entitled, n.Entitled)
		set(&t.Unicode, n.Unicode)
		set(&t.Registrar, n.Registrar)
		set(&t.TransID, n.TransID)
		set(&t.Content, n.Content)
		set(&t.Display, n.Display)
		set(&t.Rate, n.Rate)
		set(&t.Burst, n.Burst)
		set(&t.Limit, n.Limit)
		replace(&t.Pins, pins, n.Certificate)
		replace(&t.Profiles, n.Profile, n.Profile)
		replace(&t.Callbacks, n.Callback, n.Callback)
	}, nil
}

func set[T any](to *T, value *T) {
	if value != nil {
		*to = *value
	}
}

// replace replaces a list when it was given; "none" is an empty one.
func replace[T any](to *[]T, value []T, given []string) {
	switch {
	case len(given) == 1 && given[0] == "none":
		*to = nil
	case len(given) > 0:
		*to = value
	}
}

// readPins reads client certificates, or names of their public keys.
func readPins(given []string) (pins []provider.Pin, err error) {
	if len(given) == 1 && given[0] == "none" {
		return nil, nil
	}
	for _, s := range given {
		p, err := provider.ParsePin(s)
		if err != nil {
			if p, err = pinOf(s); err != nil {
				return nil, err
			}
		}
		pins = append(pins, p)
	}
	return pins, nil
}

func pinOf(file string) (provider.Pin, error) {
	text, err := readFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return provider.Pin{}, hinted{err, "Give a PEM file with the certificate, or 64 hexadecimal digits: SHA-256 of its public key."}
	} else if err != nil {
		return provider.Pin{}, err
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" {
		return provider.Pin{}, fault.Invalidf("provider.certificate", "There is no certificate in %s: a PEM file is expected.", file)
	}
	x, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return provider.Pin{}, fault.Invalidf("provider.certificate", "The certificate in %s cannot be read: %v", file, err)
	}
	return sha256.Sum256(x.RawSubjectPublicKeyInfo), nil
}

type providerCreateCmd struct {
	Code         string `arg:"" name:"ap-id" help:"AP_ID: a URI of 3 to 128 characters."`
	PasswordFile string `placeholder:"FILE" help:"Take a password over from another server, of at least 16 characters."`
	JSON         bool   `name:"json" help:"Print JSON."`

	providerTerms
}

// Run registers the provider.
func (n providerCreateCmd) Run(e *env, c *cli) error {
	change, err := n.change()
	if err != nil {
		return err
	}
	in := provider.New{Code: n.Code, Terms: provider.Defaults()}
	change(&in.Terms)
	if in.Password, err = passwordFile(n.PasswordFile); err != nil {
		return err
	}
	return e.tools(c, func(a *App) error {
		made, password, err := a.Providers.Create(e.ctx, audit.System("cli"), in)
		if err != nil {
			return err
		}
		if n.JSON {
			return e.json(map[string]string{"ap_id": made.Code, "ap_pwd": password})
		}
		if err := e.line("AP_ID   " + made.Code); err != nil {
			return err
		}
		return e.line("AP_PWD  " + password)
	})
}

func passwordFile(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	text, err := readFile(name)
	return strings.TrimRight(string(text), "\r\n"), err
}

type providerSetCmd struct {
	Code string `arg:"" name:"ap-id" help:"AP_ID of the provider."`

	providerTerms
}

// Run changes the terms.
func (n providerSetCmd) Run(e *env, c *cli) error {
	change, err := n.change()
	if err != nil {
		return err
	}
	return e.provider(c, n.Code, func(a *App, p provider.Provider) error {
		if _, err := a.Providers.Update(e.ctx, audit.System("cli"), p.ID, change); err != nil {
			return err
		}
		return e.line("The terms of " + p.Code + " are changed.")
	})
}

// provider runs a command about one provider.
func (e *env) provider(c *cli, code string, f func(*App, provider.Provider) error) error {
	return e.tools(c, func(a *App) error {
		p, err := a.Providers.ByCode(e.ctx, code)
		if fault.Is(err, "provider.unknown") {
			return hinted{err, "List them with: countersign provider list"}
		} else if err != nil {
			return err
		}
		return f(a, p)
	})
}

type providerPasswordCmd struct {
	Code         string        `arg:"" name:"ap-id" help:"AP_ID of the provider."`
	Overlap      time.Duration `help:"How long the old password works beside the new one, at most 720h."`
	PasswordFile string        `placeholder:"FILE" help:"Take a password over, of at least 16 characters."`
}

// Run changes the password.
func (n providerPasswordCmd) Run(e *env, c *cli) error {
	given, err := passwordFile(n.PasswordFile)
	if err != nil {
		return err
	}
	return e.provider(c, n.Code, func(a *App, p provider.Provider) error {
		password, err := a.Providers.Rotate(e.ctx, audit.System("cli"), p.ID, given, n.Overlap)
		if err != nil {
			return err
		}
		return e.line("AP_PWD  " + password)
	})
}

type providerDisableCmd struct {
	Code string `arg:"" name:"ap-id" help:"AP_ID of the provider."`
}

// Run disables the provider.
func (n providerDisableCmd) Run(e *env, c *cli) error {
	return e.provider(c, n.Code, func(a *App, p provider.Provider) error {
		if err := a.Providers.Disable(e.ctx, audit.System("cli"), p.ID); err != nil {
			return err
		}
		return e.line(p.Code + " is disabled. What it has asked for goes on.")
	})
}

type providerEnableCmd struct {
	Code string `arg:"" name:"ap-id" help:"AP_ID of the provider."`
}

// Run enables the provider.
func (n providerEnableCmd) Run(e *env, c *cli) error {
	return e.provider(c, n.Code, func(a *App, p provider.Provider) error {
		if err := a.Providers.Enable(e.ctx, audit.System("cli"), p.ID); err != nil {
			return err
		}
		return e.line(p.Code + " may ask again.")
	})
}

type providerProfilesCmd struct{}

// Run lists the profiles.
func (providerProfilesCmd) Run(e *env) error {
	for _, uri := range mssserver.Profiles() {
		if err := e.line(uri); err != nil {
			return err
		}
	}
	return nil
}
