package policy

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/oath"
)

// MethodMobile checks the secure codes of mobile tokens.
const MethodMobile Method = "mobile"

// HandOver is a way in which an activation code of a mobile token reaches its customer.
type HandOver string

// Ways of handing over.
const (
	HandShown HandOver = "shown" // once, to whoever asked for it
	HandSent  HandOver = "sent"  // through the outbox, to the bank's sender of letters or messages
)

// KeyType is the algorithm of a key that makes secure codes.
type KeyType string

// Key types of secure codes.
const (
	KeyTOTP KeyType = "totp" // by the clock (RFC 6238)
	KeyHOTP KeyType = "hotp" // by a counter (RFC 4226)
)

// Application is a mobile application of the bank that has a token in it.
type Application struct {
	Code     string `yaml:"code"`             // stable name
	Name     string `yaml:"name"`             // what people read
	Download string `yaml:"download"`         // https address where it is to be had
	Scheme   string `yaml:"scheme,omitempty"` // of the links that open it ("bank"); "" for none

	Tokens     int            `yaml:"tokens"`                // tokens that a customer may have of it at a time, 1–50
	PIN        ApplicationPIN `yaml:"pin"`                   // that the token asks for
	Keys       Keys           `yaml:"keys"`                  // of the token, one for each use
	Activation Activation     `yaml:"activation"`            // its activation codes
	KeepSerial bool           `yaml:"keep_serial,omitempty"` // a token that migrates keeps its serial number unless its owner says otherwise

	Redistribution Redistribution `yaml:"redistribution,omitempty"`

	Policies []string `yaml:"policies"` // of the methods mobile, approval and picture, that its tokens may serve
}

// ApplicationPIN is the PIN that a mobile token asks for; the server never sees it.
type ApplicationPIN struct {
	Min int `yaml:"min"` // digits, 4–12
	Max int `yaml:"max"` // digits, min–12
}

// Keys are the kinds of keys in a token. Each use has a key of its own.
type Keys struct { //nolint:recvcheck // complete fills it, the rest only look
	Code   KeyType       `yaml:"code"`             // of secure codes
	Digits int           `yaml:"digits"`           // of a secure code, 6–10
	Step   time.Duration `yaml:"step,omitempty"`   // of the clock, whole seconds, 10–120; totp only
	Window int           `yaml:"window,omitempty"` // events ahead, 1–100; hotp only
	Sign   string        `yaml:"sign,omitempty"`   // suite of the key that signs (RFC 6287, section 6); "" for none
}

// Activation says how activation codes of mobile tokens are made and how long they live.
type Activation struct { //nolint:recvcheck // complete fills it, the rest only look
	Length    int           `yaml:"length"`     // hexadecimal characters of the password, even, 16–64
	Valid     time.Duration `yaml:"valid"`      // life of a code, 5 min – 90 days
	MaxExtend int           `yaml:"max_extend"` // times that a code may be extended, 0–20
	MaxLife   time.Duration `yaml:"max_life"`   // from issue, extensions included; valid or more, up to a year
	Attempts  limit.Rule    `yaml:"attempts"`   // wrong passwords of one code, and wrong first codes of one token
	Confirm   time.Duration `yaml:"confirm"`    // from the key to its first code, 1 min – 7 days
	Ways      []HandOver    `yaml:"ways"`       // in which a code may be handed over
	Split     bool          `yaml:"split"`      // in two halves, by two ways
	CoolDown  time.Duration `yaml:"cool_down"`  // from the key until the token's codes count for changes of tokens, up to 30 days; 0: at once
	Compare   bool          `yaml:"compare"`    // who asks for a code for themselves types the digits that the new device shows, before it is in use
}

// Redistribution says how a token comes to another device of its owner.
type Redistribution struct {
	SameKey bool `yaml:"same_key,omitempty"` // the key stays, so that the former device must be trusted to forget it
}

// Application returns the mobile application with the given code.
func (s *Set) Application(code string) (Application, bool) {
	for _, a := range s.Applications {
		if a.Code == code {
			return a, true
		}
	}
	return Application{}, false
}

// Serves reports whether tokens of the application may be used under the policy.
func (a Application) Serves(policy string) bool { return slices.Contains(a.Policies, policy) }

// Allows reports whether codes of the application may be handed over in a way.
func (a Application) Allows(w HandOver) bool { return slices.Contains(a.Activation.Ways, w) }

// completeApplications gives applications what they do not mention.
func (s *Set) completeApplications() {
	for i := range s.Applications {
		a := &s.Applications[i]
		orElse(&a.Tokens, 5)
		orElse(&a.PIN.Min, 6)
		orElse(&a.PIN.Max, max(a.PIN.Min, 8))
		a.Keys.complete()
		a.Activation.complete()
	}
}

func (k *Keys) complete() {
	orElse(&k.Code, KeyTOTP)
	orElse(&k.Digits, 6)
	if k.Code == KeyTOTP {
		orElse(&k.Step, 30*time.Second)
	}
	if k.Code == KeyHOTP {
		orElse(&k.Window, 10)
	}
}

func (a *Activation) complete() {
	orElse(&a.Length, 20)
	orElse(&a.Valid, 7*24*time.Hour)
	orElse(&a.MaxLife, max(4*a.Valid, a.Valid))
	orElse(&a.Attempts, limit.Rule{Max: 5, CoolDown: 15 * time.Minute, MaxBlocks: 4})
	orElse(&a.Confirm, 24*time.Hour)
	if len(a.Ways) == 0 {
		a.Ways = []HandOver{HandShown, HandSent}
	}
}

// orElse gives a value that is not there its default.
func orElse[T comparable](at *T, def T) {
	var none T
	if *at == none {
		*at = def
	}
}

// validateApplications names the mistakes in what is said about applications.
func (s *Set) validateApplications(m *mistakes) {
	seen := map[string]bool{}
	for _, a := range s.Applications {
		m.check(a.Code != "" && !seen[a.Code], "applications: the code %q is empty or used twice", a.Code)
		seen[a.Code] = true
		at := "application " + a.Code
		a.validate(m, at)
		for _, code := range a.Policies {
			p, known := s.Policy(code)
			m.check(known, "%s: names the unknown policy %q", at, code)
			m.check(!known || p.Method == MethodMobile || p.Prompted(), "%s: the policy %s is not for mobile tokens: its method must be mobile, approval or picture", at, code)
			if known && p.Prompted() {
				a.validateSigner(m, at)
			}
		}
	}
}

func (a Application) validate(m *mistakes, at string) {
	m.check(plain(a.Code, a.Name), "%s: code and name must be printable, of at most 200 bytes", at)
	m.check(https(a.Download), "%s: download is %q; it must be an https address of at most 200 bytes", at, a.Download)
	m.check(a.Scheme == "" || scheme(a.Scheme), "%s: scheme is %q; it must be 2 to 32 small letters, digits, points, hyphens and plus signs that begin with a letter, and neither http nor https", at, a.Scheme)
	m.check(within(a.Tokens, 1, 50), "%s: tokens is %d; it must be 1 to 50", at, a.Tokens)
	m.check(within(a.PIN.Min, 4, 12), "%s: pin.min is %d; it must be 4 to 12", at, a.PIN.Min)
	m.check(within(a.PIN.Max, a.PIN.Min, 12), "%s: pin.max is %d; it must be from pin.min to 12", at, a.PIN.Max)
	m.check(len(a.Policies) > 0, "%s: policies is empty, so that its tokens would open nothing: name a policy of the method mobile, approval or picture", at)
	a.Keys.validate(m, at)
	a.Activation.validate(m, at)
}

func (k Keys) validate(m *mistakes, at string) {
	m.check(within(k.Digits, 6, 10), "%s: keys.digits is %d; it must be 6 to 10", at, k.Digits)
	switch k.Code {
	case KeyTOTP:
		m.check(k.Step >= 10*time.Second && k.Step <= 2*time.Minute && k.Step%time.Second == 0, "%s: keys.step is %s; it must be 10s to 2m, in whole seconds", at, k.Step)
		m.check(k.Window == 0, "%s: keys.window is for hotp: leave it out", at)
	case KeyHOTP:
		m.check(within(k.Window, 1, 100), "%s: keys.window is %d; it must be 1 to 100", at, k.Window)
		m.check(k.Step == 0, "%s: keys.step is for totp: leave it out", at)
	default:
		m.check(false, "%s: keys.code is %q; use totp or hotp", at, k.Code)
	}
	if k.Sign != "" {
		suite, err := oath.ParseSuite(k.Sign)
		m.check(err == nil, "%s: keys.sign is %q; it must be a suite such as OCRA-1:HOTP-SHA256-8:QH64-T1M (RFC 6287, section 6)", at, k.Sign)
		m.check(err != nil || suite.Counter || suite.Step > 0, "%s: keys.sign is %q; a suite that signs needs a counter (C) or a clock (T)", at, k.Sign)
		m.check(err != nil || suite.PIN == oath.NoPIN, "%s: keys.sign is %q; the PIN of a mobile token never reaches the server: take P out", at, k.Sign)
	}
}

func (a Activation) validate(m *mistakes, at string) {
	m.check(within(a.Length, 16, 64) && a.Length%2 == 0, "%s: activation.length is %d; it must be an even number from 16 to 64", at, a.Length)
	m.check(a.Valid >= 5*time.Minute && a.Valid <= 90*24*time.Hour, "%s: activation.valid is %s; it must be 5m to 2160h", at, a.Valid)
	m.check(within(a.MaxExtend, 0, 20), "%s: activation.max_extend is %d; it must be 0 to 20", at, a.MaxExtend)
	m.check(a.MaxLife >= a.Valid && a.MaxLife <= 365*24*time.Hour, "%s: activation.max_life is %s; it must be activation.valid or more, and 8760h at most", at, a.MaxLife)
	m.check(a.Confirm >= time.Minute && a.Confirm <= 7*24*time.Hour, "%s: activation.confirm is %s; it must be 1m to 168h", at, a.Confirm)
	m.check(a.CoolDown >= 0 && a.CoolDown <= 30*24*time.Hour, "%s: activation.cool_down is %s; it must be 0s to 720h", at, a.CoolDown)
	err := a.Attempts.Validate()
	m.check(err == nil, "%s: activation.attempts: %v", at, err)
	known := map[HandOver]bool{}
	for _, w := range a.Ways {
		m.check((w == HandShown || w == HandSent) && !known[w], "%s: activation.ways names %q; use shown and sent, each once", at, w)
		known[w] = true
	}
	m.check(!a.Split || known[HandShown] && known[HandSent], "%s: activation.split needs both ways, shown and sent", at)
}

// validateMobiles checks what a policy says about mobile tokens.
func (p Policy) validateMobiles(m *mistakes, at string) {
	m.check(p.Use == UseCode, "%s: secure codes of mobile tokens do not sign: leave use out", at)
	m.check(within(p.Time.Skew, 0, 10), "%s: time.skew is %d; it must be 0 to 10", at, p.Time.Skew)
	m.check(within(p.Time.FirstUse, p.Time.Skew, 120), "%s: time.first_use is %d; it must be from the skew to 120", at, p.Time.FirstUse)
	m.check(within(p.Time.MaxDrift, 1, 1000), "%s: time.max_drift is %d; it must be 1 to 1000", at, p.Time.MaxDrift)
	m.check(p.Time.Resync == 0, "%s: time.resync is for hardware tokens: leave it out", at)
	m.check(p.Events == (Events{}) && p.Challenge == (Challenge{}) && p.Resync == (Resync{}), "%s: events, challenge and resync belong to hardware tokens: leave them out", at)
}

// https reports whether s is an absolute address on the web, with TLS.
func https(s string) bool {
	u, err := url.Parse(s)
	return err == nil && plain(s) && u.Scheme == "https" && u.Host != "" && u.User == nil
}

// scheme reports whether s may be the scheme of links that open an application (RFC 3986,
// section 3.1).
func scheme(s string) bool {
	return len(s) >= 2 && len(s) <= 32 && s[0] >= 'a' && s[0] <= 'z' && s != "http" && s != "https" &&
		strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789.+-") == ""
}
