package policy

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

//go:embed version0.yaml
var version0 []byte

// Version0 returns the set that is embedded in the program. It panics when the
// embedded document is wrong, which a test rules out.
func Version0() *Set {
	s, err := Parse(version0)
	if err != nil {
		panic("policy: the embedded version is wrong: " + err.Error())
	}
	return s
}

// Parse reads a set from YAML. Unknown keys are errors; all mistakes are
// reported together, joined.
func Parse(doc []byte) (*Set, error) {
	var s Set
	d := yaml.NewDecoder(bytes.NewReader(doc))
	d.KnownFields(true)
	if err := d.Decode(&s); err != nil {
		return nil, fmt.Errorf("the policy document cannot be read: %w", err)
	}
	s.completeAll()
	if err := s.validate(); err != nil {
		return nil, err
	}
	return &s, nil
}

// completeAll gives all sections what they do not mention.
func (s *Set) completeAll() {
	s.complete()
	s.completeSigning()
	s.completeSMS()
	s.completeExemptions()
	s.completeSecrets()
	s.completeChannelBlocks()
	s.completeApplications()
	s.completeApprovals()
	s.completeMobileIDs()
	s.completeCompanions()
	s.completeInteraction()
	s.completePayments()
}

// Format writes the set as the YAML that Parse reads.
func (s *Set) Format() ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(s); err != nil {
		return nil, err
	}
	return b.Bytes(), e.Close()
}

// mistakes collects what is wrong with a document.
type mistakes []error

func (m *mistakes) check(ok bool, format string, args ...any) {
	if !ok {
		*m = append(*m, fmt.Errorf(format, args...))
	}
}

func (s *Set) validate() error {
	var m mistakes
	m.check(len(s.Policies) > 0, "policies: there is none")
	m.check(len(s.Journeys) > 0, "journeys: there is none")
	codes := map[string]bool{}
	for _, p := range s.Policies {
		m.check(p.Code != "" && !codes[p.Code], "policies: the code %q is empty or used twice", p.Code)
		codes[p.Code] = true
		p.validate(&m)
	}
	s.validateWith(&m)
	seen := map[[2]string]bool{}
	for _, j := range s.Journeys {
		k := [2]string{j.Purpose, j.Channel}
		m.check(j.Purpose != "" && j.Channel != "" && !seen[k], "journeys: %s on %s is empty or there twice", j.Purpose, j.Channel)
		seen[k] = true
		j.validate(&m, codes)
		s.validateTexts(&m, j)
	}
	models := map[string]bool{}
	for _, x := range s.Models {
		m.check(x.Code != "" && !models[x.Code], "models: the code %q is empty or used twice", x.Code)
		models[x.Code] = true
		x.validate(&m, codes)
		for _, code := range x.Policies {
			p, known := s.Policy(code)
			m.check(!known || p.Method == MethodToken, "model %s: the policy %s is not for tokens", x.Code, code)
		}
	}
	s.Registration.validate(&m)
	s.Identification.validate(&m)
	s.Unlock.validate(&m)
	s.FourEyes.validate(&m)
	s.validateSigning(&m)
	s.validateSMS(&m)
	s.validateExemptions(&m)
	s.validateApplications(&m)
	s.validateMobileID(&m)
	s.validateCompanions(&m)
	s.validateInteraction(&m)
	s.validatePayments(&m)
	return errors.Join(m...)
}

// plain reports whether texts are short and printable, so that they can be shown
// anywhere and written as YAML again.
func plain(texts ...string) bool {
	for _, s := range texts {
		if len(s) > 200 || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
			return false
		}
	}
	return true
}

func within(n, low, high int) bool { return low <= n && n <= high }

func (p Policy) validate(m *mistakes) {
	at := "policy " + p.Code
	m.check(plain(p.Code, p.Name), "%s: code and name must be printable, of at most 200 bytes", at)
	err := p.Failures.Validate()
	m.check(err == nil, "%s: failures: %v", at, err)
	m.check(p.Valid >= 0, "%s: valid is %s; it must not be negative", at, p.Valid)
	switch p.Method {
	case MethodToken:
		p.validateTokens(m, at)
	case MethodPassword:
		p.validatePasswords(m, at)
	case MethodPasscode:
		p.validatePasscodes(m, at)
	case MethodMobile:
		p.validateMobiles(m, at)
	case MethodApproval, MethodPicture:
		p.validateApprovals(m, at)
	case MethodMobileID:
		p.validateMobileIDs(m, at)
	default:
		m.check(false, "%s: the method %q does not exist; use token, password, passcode, mobile, approval, picture or mobile-id", at, p.Method)
	}
	m.check(p.Prompted() || p.Method == MethodMobileID || p.Approval == (Approval{}), "%s: approval belongs to the methods approval, picture and mobile-id: leave it out", at)
}

// validateTokens checks what a policy says about tokens.
func (p Policy) validateTokens(m *mistakes, at string) {
	m.check(within(p.Events.Window, 1, 100), "%s: events.window is %d; it must be 1 to 100", at, p.Events.Window)
	m.check(within(p.Events.FirstUse, p.Events.Window, 1000), "%s: events.first_use is %d; it must be from the window to 1000", at, p.Events.FirstUse)
	m.check(within(p.Events.Resync, p.Events.Window, 100000), "%s: events.resync is %d; it must be from the window to 100000", at, p.Events.Resync)
	m.check(within(p.Time.Skew, 0, 10), "%s: time.skew is %d; it must be 0 to 10", at, p.Time.Skew)
	m.check(within(p.Time.FirstUse, p.Time.Skew, 120), "%s: time.first_use is %d; it must be from the skew to 120", at, p.Time.FirstUse)
	m.check(within(p.Time.Resync, p.Time.Skew, 100000), "%s: time.resync is %d; it must be from the skew to 100000", at, p.Time.Resync)
	m.check(within(p.Time.MaxDrift, 1, 1000), "%s: time.max_drift is %d; it must be 1 to 1000", at, p.Time.MaxDrift)
	m.check(within(p.Challenge.Length, 4, 16), "%s: challenge.length is %d; it must be 4 to 16", at, p.Challenge.Length)
	m.check(p.Challenge.TTL >= 10*time.Second && p.Challenge.TTL <= 10*time.Minute, "%s: challenge.ttl is %s; it must be 10s to 10m", at, p.Challenge.TTL)
	m.check(within(p.Challenge.Max, 0, 100), "%s: challenge.max is %d; it must be 0 to 100", at, p.Challenge.Max)
	p.Resync.validate(m, at)
	m.check(reflect.ValueOf(p.Secret).IsZero() && len(p.With) == 0, "%s: secret and with belong to passwords: leave them out", at)
}

// validatePasswords refuses what would mean nothing for passwords.
func (p Policy) validatePasswords(m *mistakes, at string) {
	m.check(p.Use == UseCode, "%s: a password cannot sign: leave use out", at)
	m.check(p.Events == (Events{}) && p.Time == (Time{}) && p.Challenge == (Challenge{}) && p.Resync == (Resync{}),
		"%s: events, time, challenge and resync belong to tokens: leave them out", at)
	p.Secret.validate(m, at)
}

func (j Journey) validate(m *mistakes, policies map[string]bool) {
	at := fmt.Sprintf("journey %s on %s", j.Purpose, j.Channel)
	m.check(plain(j.Purpose, j.Channel), "%s: purpose and channel must be printable, of at most 200 bytes", at)
	m.check(j.TTL >= time.Minute && j.TTL <= time.Hour, "%s: ttl is %s; it must be 1m to 1h", at, j.TTL)
	j.validateWays(m, at, policies)
	j.validateStepUp(m, at, policies)
}

func (x Model) validate(m *mistakes, policies map[string]bool) {
	at := "model " + x.Code
	m.check(plain(x.Code, x.Name, x.Manufacturer, x.Model), "%s: code, name, manufacturer and model must be printable, of at most 200 bytes", at)
	m.check(x.Life >= 0, "%s: life is %s; it must not be negative", at, x.Life)
	m.check(slices.Contains([]PINPlace{PINNone, PINPrepend, PINAppend}, x.ServerPIN), "%s: server_pin is %q; use prepend, append or nothing", at, x.ServerPIN)
	for _, code := range x.Policies {
		m.check(policies[code], "%s: names the unknown policy %q", at, code)
	}
}

func (r Registration) validate(m *mistakes) {
	m.check(within(r.CodeLength, 8, 24), "registration: code_length is %d; it must be 8 to 24 (40 to 120 bits)", r.CodeLength)
	m.check(r.CodeValid >= time.Minute && r.CodeValid <= 90*24*time.Hour, "registration: code_valid is %s; it must be 1m to 2160h", r.CodeValid)
	m.check(within(r.MaxExtend, 0, 20), "registration: max_extend is %d; it must be 0 to 20", r.MaxExtend)
	m.check(r.Resume >= time.Minute && r.Resume <= 24*time.Hour, "registration: resume is %s; it must be 1m to 24h", r.Resume)
	m.check(within(r.PINLength, 4, 8), "registration: pin_length is %d; it must be 4 to 8", r.PINLength)
	err := r.Attempts.Validate()
	m.check(err == nil, "registration: attempts: %v", err)
	err = r.TokenTries.Validate()
	m.check(err == nil, "registration: token_tries: %v", err)
}
