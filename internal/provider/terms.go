package provider

import (
	"encoding/hex"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/countersign-auth/countersign/internal/fault"
)

// Success codes of a valid signature: clients differ in which they take.
const (
	SuccessValid = 502 // VALID_SIGNATURE
	SuccessMade  = 500 // SIGNATURE
)

// Pin is SHA-256 of the SubjectPublicKeyInfo of a client certificate.
type Pin [32]byte

// String is the pin in hexadecimal.
func (p Pin) String() string { return hex.EncodeToString(p[:]) }

// MarshalText implements encoding.TextMarshaler.
func (p Pin) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Pin) UnmarshalText(b []byte) error {
	got, err := ParsePin(string(b))
	*p = got
	return err
}

// ParsePin reads 64 hexadecimal digits, which may stand in groups separated by colons.
func ParsePin(s string) (p Pin, err error) {
	b, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(s), ":", ""))
	if err != nil || len(b) != len(p) {
		return Pin{}, fault.Invalidf("provider.pin", "A certificate is named by SHA-256 of its public key, 64 hexadecimal digits; or give the certificate itself.").WithField("/pins")
	}
	return Pin(b), nil
}

// Terms are what a provider may do, and how it is served.
type Terms struct {
	Name   string `json:"name"`             // that the phone shows first, 1 to 40 characters
	Prefix string `json:"prefix,omitempty"` // with which every text must begin; may be empty

	Pins         []Pin `json:"pins,omitempty"`          // of client certificates, at most 8; more than one while it changes
	PasswordOnly bool  `json:"password_only,omitempty"` // it may ask without a certificate; only when Pins is empty

	Profiles []string `json:"profiles,omitempty"` // signature profiles by URI, the first is the default; empty: all that there are
	// Callbacks are the addresses for notifications, at most 8, compared octet by octet.
	Callbacks []string `json:"callbacks,omitempty"`

	Success  int  `json:"success"`            // SuccessValid or SuccessMade
	Entitled bool `json:"entitled,omitempty"` // it learns that a number is unknown (fault 105)
	Unicode  bool `json:"unicode,omitempty"`  // texts need not be in the GSM alphabet
	// Registrar says that its word on who a person is orders a mobile ID for them (MSS_Registration).
	Registrar bool `json:"registrar,omitempty"`

	TransID int `json:"trans_id"` // longest AP_TransID, 8 to 128; FiCom: 32
	Content int `json:"content"`  // longest text that is signed, in characters, 1 to 4096; FiCom: 160
	Display int `json:"display"`  // longest text that is displayed, in septets or UCS-2 characters, 1 to 239; FiCom: 110

	Rate  int `json:"rate"`  // requests a second, 1 to 1000
	Burst int `json:"burst"` // requests at once, 1 to 10,000
	Limit int `json:"limit"` // signatures in mobile_id.limits.window of the policies; 0: as the policies say
}

// Defaults are the terms of the FiCom guideline; a name is still missing.
func Defaults() Terms {
	return Terms{Success: SuccessValid, TransID: 32, Content: 160, Display: 110, Rate: 20, Burst: 50}
}

// code is what an AP_ID may be: a URI of 3 to 128 characters (FiCom), with or without a
// scheme.
var code = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._~:/?#@!$&'()*+,;=%-]{2,127}$`)

func (p *Provider) check() error {
	if !code.MatchString(p.Code) {
		return fault.Invalidf("provider.code", "An AP_ID is a URI of 3 to 128 characters, such as https://shop.example.").WithField("/code")
	}
	return p.Terms.check()
}

func (t *Terms) check() error {
	bad := func(field, detail string) error {
		return fault.New(fault.Invalid, "provider.invalid", "%s", detail).WithField(field)
	}
	within := func(n, least, most int) bool { return n >= least && n <= most }
	switch {
	case !shown(t.Name, 40) || t.Name == "" || strings.TrimSpace(t.Name) != t.Name:
		return bad("/name", "The name that phones show has 1 to 40 characters.")
	case !shown(t.Prefix, 40):
		return bad("/prefix", "The words that texts begin with have at most 40 characters.")
	case len(t.Pins) > 8 || len(t.Callbacks) > 8 || len(t.Profiles) > 32:
		return bad("/pins", "At most 8 certificates, 8 addresses and 32 profiles can be registered.")
	case len(t.Pins) > 0 && t.PasswordOnly:
		return bad("/password_only", "A provider with a registered certificate has to show one.")
	case t.Success != SuccessValid && t.Success != SuccessMade:
		return bad("/success", "The success code is 502 (validated) or 500.")
	case !within(t.TransID, 8, 128):
		return bad("/trans_id", "The longest AP_TransID has 8 to 128 characters.")
	case !within(t.Content, 1, 4096):
		return bad("/content", "The longest text that is signed has 1 to 4096 characters.")
	case !within(t.Display, 1, 239):
		return bad("/display", "The longest text that is displayed has 1 to 239 characters.")
	case !within(t.Rate, 1, 1000) || !within(t.Burst, 1, 10_000):
		return bad("/rate", "The rate is 1 to 1000 requests a second, and 1 to 10,000 at once.")
	case !within(t.Limit, 0, 10_000_000):
		return bad("/limit", "The number of signatures is 0 to 10,000,000.")
	}
	for _, p := range t.Profiles {
		if u, err := url.Parse(p); err != nil || u.Scheme == "" || len(p) > 200 {
			return bad("/profiles", "A profile is named by a URI.")
		}
	}
	for _, c := range t.Callbacks {
		if !address(c) {
			return bad("/callbacks", "An address for notifications is https://HOST/PATH, without a user name; plain http is for this machine only.")
		}
	}
	return nil
}

// address says whether notifications may go to an address at all; package reach says whether
// the machine behind it may be reached.
func address(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || len(s) > 500 {
		return false
	}
	if u.Scheme == "http" {
		a, err := netip.ParseAddr(u.Hostname())
		return err == nil && a.IsLoopback()
	}
	return u.Scheme == "https"
}

func shown(s string, most int) bool {
	return utf8.RuneCountInString(s) <= most && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) || r == unicode.ReplacementChar })
}

// Allows reports whether the provider may use a profile.
func (t *Terms) Allows(profile string) bool {
	return len(t.Profiles) == 0 || slices.Contains(t.Profiles, profile)
}

// Callback is where a notification goes: the address that a request names, if it is
// registered; the only one that is, if the request names none.
func (t *Terms) Callback(named string) (string, bool) {
	if named == "" && len(t.Callbacks) == 1 {
		return t.Callbacks[0], true
	}
	return named, slices.Contains(t.Callbacks, named)
}
