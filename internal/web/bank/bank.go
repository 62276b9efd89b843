package bank

import (
	"cmp"
	"embed"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/config"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

//go:embed page text static
var files embed.FS

// Config says how the bank reaches Countersign and the reader.
type Config struct {
	API          string        // address of the JSON API, without /v1: "http://127.0.0.1:8443"
	Issuer       string        // who signs assertions (iss); empty: API
	ClientID     string        // needs the scopes customers:read, registrations and authentications
	ClientSecret config.Secret // of the client
	HTTP         *http.Client  // carries requests to the API

	Book    Book    // keeps the payments that were carried out; nil: the process forgets them
	Letters Letters // what the bank posted; nil: there is no letter box
	Home    string  // address of the demo's front page, for the navigation; may be empty
	Lab     string  // address of the device lab, for letters with a token; may be empty

	Probe  bool           // pages with a login have the risk probe; the client needs the scope risk:write
	Secure bool           // served over TLS
	Zone   *time.Location // of the times shown; nil: UTC

	Now  func() time.Time
	Rand io.Reader
	Log  *slog.Logger
}

// bank holds the handlers of the pages.
type bank struct {
	kit       *ui.Kit
	api       *api
	issuer    string
	letters   Letters
	home      string
	lab       string
	probe     bool
	zone      *time.Location
	now       func() time.Time
	rand      io.Reader
	log       *slog.Logger
	visits    *store[visit]
	sessions  *store[session]
	transfers *store[transfer]
	ledger    *ledger
}

// New builds the bank's online banking. It fails when something is missing that it cannot
// do without; it does not call the API.
func New(c Config) (http.Handler, error) {
	b, err := build(c)
	if err != nil {
		return nil, err
	}
	return b.kit.Handler(b.routes()), nil
}

func build(c Config) (*bank, error) {
	base, err := url.Parse(c.API)
	switch {
	case err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https":
		return nil, errors.New("bank: API is not the address of an API, such as https://auth.example:8443")
	case c.ClientID == "" || c.ClientSecret == "" || c.HTTP == nil:
		return nil, errors.New("bank: the bank needs ClientID, ClientSecret and HTTP")
	case c.Now == nil || c.Rand == nil || c.Log == nil:
		return nil, errors.New("bank: the bank needs Now, Rand and Log")
	}
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	b := &bank{
		api:     &api{base: strings.TrimSuffix(c.API, "/"), id: c.ClientID, secret: c.ClientSecret, http: c.HTTP, now: c.Now, rand: c.Rand},
		issuer:  strings.TrimSuffix(cmp.Or(c.Issuer, c.API), "/"),
		letters: c.Letters, home: c.Home, lab: c.Lab, probe: c.Probe, zone: c.Zone, now: c.Now, rand: c.Rand, log: c.Log,
		visits:    newStore[visit](visitIdle, visitLife, c.Now, c.Rand),
		sessions:  newStore[session](idleLimit, sessionLife, c.Now, c.Rand),
		transfers: newStore[transfer](transferIdle, transferLife, c.Now, c.Rand),
	}
	if b.ledger, err = openLedger(c.Book); err != nil {
		return nil, err
	}
	b.kit, err = ui.New(ui.Config{
		Face: ui.Bank, Pages: ui.Folder(files, "page"), Texts: ui.Folder(files, "text"), Static: ui.Folder(files, "static"), Styles: []string{"bank.css"}, Scripts: []string{"js/once.js", "bank.js"},
		Chrome: b.chrome, Funcs: counting(), Secure: c.Secure, Zone: c.Zone, Now: c.Now, Rand: c.Rand, Log: c.Log,
	})
	return b, err
}

func (b *bank) routes() []ui.Route {
	all := []ui.Route{
		{Pattern: "GET /{$}", Serve: b.index},
		{Pattern: "GET /login", Serve: b.login},
		{Pattern: "POST /login", Serve: b.submitLogin},
		{Pattern: "POST /login/number", Serve: b.askNumber},
		{Pattern: "GET /login/answer", Serve: b.answer},
		{Pattern: "POST /login/answer", Serve: b.submitAnswer},
		{Pattern: "GET /login/mobile", Serve: b.loginMobile},
		{Pattern: "POST /login/mobile", Serve: b.submitMobile(approvalPolicy)},
		{Pattern: "POST /login/mobile/picture", Serve: b.submitMobile(picturePolicy)},
		{Pattern: "POST /login/mobile/code", Serve: b.submitMobile(mobileCodePolicy)},
		{Pattern: "GET /login/wait", Serve: b.loginWait},
		{Pattern: "GET /login/wait/state", Serve: b.waitState},
		{Pattern: "POST /login/wait/picture", Serve: b.loginPictureInstead},
		{Pattern: "GET /login/picture", Serve: b.loginPicture},
		{Pattern: "POST /login/picture", Serve: b.submitPicture},
		{Pattern: "GET /login/refused", Serve: b.loginRefused},
		{Pattern: "GET /login/mobile-id", Serve: b.loginMobileID},
		{Pattern: "POST /login/mobile-id", Serve: b.submitMobileID},
		{Pattern: "GET /login/mobile-id/wait", Serve: b.waitMobileID},
		{Pattern: "GET /login/password", Serve: b.loginPassword},
		{Pattern: "POST /login/password", Serve: b.submitPassword},
		{Pattern: "GET /login/code", Serve: b.loginCode},
		{Pattern: "POST /login/code", Serve: b.submitLoginCode},
		{Pattern: "POST /login/code/again", Serve: b.anotherCode},
		{Pattern: "GET /login/renew", Serve: b.renew},
		{Pattern: "POST /login/renew", Serve: b.submitRenew},
		{Pattern: "GET /login/again", Serve: b.again},
		{Pattern: "POST /login/again", Serve: b.submitAgain},
		{Pattern: "GET /login/denied", Serve: b.loginDenied},
		{Pattern: "GET /forgotten", Serve: b.forgotten},
		{Pattern: "POST /password/judge", Serve: b.judgePassword},
		{Pattern: "GET /register", Serve: b.register},
		{Pattern: "POST /register", Serve: b.submitRegister},
		{Pattern: "GET /register/token", Serve: b.registerToken},
		{Pattern: "POST /register/token", Serve: b.submitToken},
		{Pattern: "GET /register/code", Serve: b.registerCode},
		{Pattern: "POST /register/code", Serve: b.submitCode},
		{Pattern: "GET /register/password", Serve: b.registerPassword},
		{Pattern: "POST /register/password", Serve: b.submitRegisterPassword},
		{Pattern: "GET /register/choose", Serve: b.choose},
		{Pattern: "POST /register/choose", Serve: b.submitChoose},
		{Pattern: "GET /register/phone", Serve: b.registerPhone},
		{Pattern: "POST /register/phone", Serve: b.submitRegisterPhone},
		{Pattern: "POST /register/phone/again", Serve: b.registerAgain},
		{Pattern: "GET /register/done", Serve: b.registerDone},
		{Pattern: "POST /register/cancel", Serve: b.cancelRegister},
		{Pattern: "GET /overview", Serve: b.private(b.overview)},
		{Pattern: "GET /accounts/{account}", Serve: b.private(b.account)},
		{Pattern: "GET /pay", Serve: b.private(b.pay)},
		{Pattern: "POST /pay", Serve: b.private(b.submitPay)},
		{Pattern: "GET /pay/{payment}", Serve: b.paying(b.review)},
		{Pattern: "GET /pay/{payment}/payees", Serve: b.paying(b.payee)},
		{Pattern: "POST /pay/{payment}/payees", Serve: b.paying(b.submitPayee)},
		{Pattern: "GET /pay/{payment}/payees/{order}", Serve: b.paying(b.payee)},
		{Pattern: "POST /pay/{payment}/payees/{order}", Serve: b.paying(b.submitPayee)},
		{Pattern: "POST /pay/{payment}/payees/{order}/remove", Serve: b.paying(b.removePayee)},
		{Pattern: "POST /pay/{payment}/cancel", Serve: b.paying(b.cancelPay)},
		{Pattern: "POST /pay/{payment}", Serve: b.paying(b.beginSigning)},
		{Pattern: "GET /pay/{payment}/sign", Serve: b.paying(b.sign)},
		{Pattern: "POST /pay/{payment}/sign", Serve: b.paying(b.submitSign)},
		{Pattern: "GET /pay/{payment}/text", Serve: b.paying(b.payText)},
		{Pattern: "POST /pay/{payment}/text", Serve: b.paying(b.submitPayText)},
		{Pattern: "POST /pay/{payment}/text/again", Serve: b.paying(b.payTextAgain)},
		{Pattern: "GET /pay/{payment}/phone", Serve: b.paying(b.payPhone)},
		{Pattern: "POST /pay/{payment}/phone", Serve: b.paying(b.submitPayPhone)},
		{Pattern: "GET /pay/{payment}/phone/state", Serve: b.paying(b.payPhoneState)},
		{Pattern: "GET /pay/{payment}/picture", Serve: b.paying(b.payPicture)},
		{Pattern: "POST /pay/{payment}/picture", Serve: b.paying(b.submitPayPicture)},
		{Pattern: "GET /pay/{payment}/mobile-id", Serve: b.paying(b.paySIM)},
		{Pattern: "POST /pay/{payment}/mobile-id", Serve: b.paying(b.submitPaySIM)},
		{Pattern: "GET /pay/{payment}/refused", Serve: b.paying(b.payRefused)},
		{Pattern: "GET /pay/{payment}/stopped", Serve: b.paying(b.stoppedPay)},
		{Pattern: "GET /pay/{payment}/receipt", Serve: b.receipted(b.receipt)},
		{Pattern: "GET /pay/{payment}/assertion", Serve: b.receipted(b.assertion)},
		{Pattern: "GET /pay/{payment}/keys", Serve: b.receipted(b.keys)},
		{Pattern: "GET /security", Serve: b.private(b.security)},
		{Pattern: "POST /security/sessions", Serve: b.private(b.endOthers)},
		{Pattern: "GET /security/password", Serve: b.private(b.changePassword)},
		{Pattern: "POST /security/password", Serve: b.private(b.submitChangePassword)},
		{Pattern: "GET /security/mobile-id", Serve: b.private(b.simCards)},
		{Pattern: "POST /security/mobile-id", Serve: b.private(b.submitSIM)},
		{Pattern: "GET /security/mobile-id/{id}", Serve: b.private(b.simCard)},
		{Pattern: "GET /security/mobile-id/{id}/state", Serve: b.private(b.simState)},
		{Pattern: "GET /more", Serve: b.private(b.more)},
		{Pattern: "POST /more", Serve: b.private(b.submitMore)},
		{Pattern: "GET /security/code", Serve: b.private(b.changeCode)},
		{Pattern: "POST /security/code", Serve: b.private(b.submitChangeCode)},
		{Pattern: "POST /security/code/again", Serve: b.private(b.changeAgain)},
		{Pattern: "GET /security/phone", Serve: b.private(b.changePhone)},
		{Pattern: "POST /security/phone", Serve: b.private(b.submitChangePhone)},
		{Pattern: "GET /security/phone/code", Serve: b.private(b.phoneCode)},
		{Pattern: "POST /security/phone/code", Serve: b.private(b.submitPhoneCode)},
		{Pattern: "POST /logout", Serve: b.logout},
		{Pattern: "GET /timeout", Serve: b.timeout},
	}
	if b.probe {
		all = append(all, ui.Route{Pattern: "GET /probe/script.js", Serve: b.script}, ui.Route{Pattern: "POST /probe/{visit}", Serve: b.report})
	}
	if b.letters != nil {
		all = append(all, ui.Route{Pattern: "GET /letters", Serve: b.letterBox}, ui.Route{Pattern: "GET /letters/{letter}", Serve: b.letter})
	}
	return all
}
