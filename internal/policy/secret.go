package policy

import (
	"reflect"
	"slices"
	"time"
	"unicode/utf8"
)

// Kind is what a secret that customers know is made of.
type Kind string

// Kinds of secrets.
const (
	KindPassword Kind = "password" // any characters
	KindPIN      Kind = "pin"      // digits 0 to 9
)

// Bounds of the rules for secrets.
const (
	// MaxSecret is the longest new secret in characters (NIST SP 800-63B-4, section
	// 3.1.1.2: at least 64).
	MaxSecret = 128
	// MaxHistory is how many former secrets may be compared at most: each costs a
	// computation of tens of milliseconds.
	MaxHistory = 10

	maxPIN     = 12
	maxContext = 50
	shortPair  = 8  // NIST SP 800-63B-4, section 3.1.1.2 (SCA-42)
	shortAlone = 15 // the same
	shortPIN   = 4
)

// Secret says what customers may choose as the secret of a policy of the method
// password. There are no rules about kinds of characters (NIST SP 800-63B-4, section
// 3.1.1.2). It decides about new secrets; one that is there already stays good.
type Secret struct {
	Kind     Kind          `yaml:"kind"`                   // password when it is left out
	Length   Length        `yaml:"length"`                 // of new ones, in characters
	Common   bool          `yaml:"allow_common,omitempty"` // common and leaked ones are taken too
	Context  []string      `yaml:"context,omitempty"`      // words of the bank that no secret may be made of, such as its name
	Strength int           `yaml:"strength,omitempty"`     // least strength of a password, 0–4 as zxcvbn counts; 0 means any
	History  int           `yaml:"history,omitempty"`      // how many former ones may not come again, 0–10
	MaxAge   time.Duration `yaml:"max_age,omitempty"`      // after which it must be replaced; 0, as SCA-44 and SCA-59 want it, means never
	Key      int           `yaml:"key,omitempty"`          // number of the key that PINs are kept under, 1–1000; raise it to have them kept under another one from the next login
}

// Length is how long a secret must be and may be, in characters.
type Length struct {
	Pair  int `yaml:"pair"`  // least, where it is one of two factors
	Alone int `yaml:"alone"` // least, where a journey asks for nothing else
	Max   int `yaml:"max"`   // most
}

// DefaultSecret returns the rules of a policy that says nothing about its secrets.
func DefaultSecret() Secret {
	return Secret{Kind: KindPassword, Length: Length{Pair: shortPair, Alone: shortAlone, Max: MaxSecret}, Strength: 2}
}

// complete gives the rules what they do not mention.
func (x *Secret) complete() {
	if reflect.ValueOf(*x).IsZero() {
		*x = DefaultSecret()
		return
	}
	if x.Kind == "" {
		x.Kind = KindPassword
	}
	base := Length{Pair: shortPair, Alone: shortAlone, Max: MaxSecret}
	if x.Kind == KindPIN {
		base = Length{Pair: 6, Alone: 6, Max: maxPIN}
		if x.Key == 0 {
			x.Key = 1
		}
	}
	for _, n := range []struct {
		at   *int
		base int
	}{{&x.Length.Pair, base.Pair}, {&x.Length.Alone, base.Alone}, {&x.Length.Max, base.Max}} {
		if *n.at == 0 {
			*n.at = n.base
		}
	}
}

func (x *Secret) validate(m *mistakes, at string) {
	low, alone, high := shortPair, shortAlone, MaxSecret
	switch x.Kind {
	case KindPassword:
		m.check(x.Key == 0, "%s: secret.key is for PINs: leave it out", at)
	case KindPIN:
		low, alone, high = shortPIN, shortPIN, maxPIN
		m.check(within(x.Key, 1, 1000), "%s: secret.key is %d; it must be 1 to 1000", at, x.Key)
		m.check(x.Strength == 0, "%s: secret.strength is for passwords: leave it out", at)
	default:
		m.check(false, "%s: secret.kind is %q; use password or pin", at, x.Kind)
		return
	}
	m.check(within(x.Length.Max, low, high), "%s: secret.length.max is %d; it must be %d to %d", at, x.Length.Max, low, high)
	m.check(within(x.Length.Pair, low, x.Length.Max), "%s: secret.length.pair is %d; it must be %d to secret.length.max", at, x.Length.Pair, low)
	m.check(within(x.Length.Alone, max(alone, x.Length.Pair), x.Length.Max), "%s: secret.length.alone is %d; it must be %d or more, and from secret.length.pair to secret.length.max", at, x.Length.Alone, alone)
	m.check(within(x.Strength, 0, 4), "%s: secret.strength is %d; it must be 0 to 4", at, x.Strength)
	m.check(within(x.History, 0, MaxHistory), "%s: secret.history is %d; it must be 0 to %d", at, x.History, MaxHistory)
	m.check(x.MaxAge == 0 || x.MaxAge >= 24*time.Hour, "%s: secret.max_age is %s; it must be 24h or more, or 0 for none", at, x.MaxAge)
	m.check(len(x.Context) <= maxContext, "%s: secret.context has %d words; there may be %d", at, len(x.Context), maxContext)
	for _, word := range x.Context {
		m.check(plain(word) && utf8.RuneCountInString(word) >= 3, "%s: secret.context: a word has 3 characters or more, printable, and at most 200 bytes", at)
	}
}

// Alone reports whether a journey can be completed with the secret of the policy and
// nothing else than what a customer knows.
func (s *Set) Alone(code string) bool {
	return slices.ContainsFunc(s.Journeys, func(j Journey) bool {
		return slices.ContainsFunc(j.All(), func(w Way) bool { return s.alone(w, code) })
	})
}

func (s *Set) alone(w Way, code string) bool {
	named := false
	for _, step := range w.Steps {
		if !slices.ContainsFunc(step, s.knows) {
			return false
		}
		named = named || slices.Contains(step, code)
	}
	return named
}

// knows reports whether the policy with the given code asks for what the customer knows.
func (s *Set) knows(code string) bool {
	p, _ := s.Policy(code)
	return p.Method == MethodPassword
}

// Least returns how many characters a new secret of the policy must have: more when it
// can be all that somebody is asked for.
func (s *Set) Least(p Policy) int {
	if s.Alone(p.Code) {
		return p.Secret.Length.Alone
	}
	return p.Secret.Length.Pair
}

// validateSecrets names what a new document may not say any more: a PIN is never
// enough by itself.
func (s *Set) validateSecrets(m *mistakes) {
	for _, p := range s.Policies {
		m.check(p.Method != MethodPassword || p.Secret.Kind != KindPIN || !s.Alone(p.Code),
			"policy %s: a journey asks for this PIN and nothing else: add a step with another factor", p.Code)
	}
}

// completeSecrets gives policies of the method password what they do not mention.
func (s *Set) completeSecrets() {
	for i := range s.Policies {
		if p := &s.Policies[i]; p.Method == MethodPassword {
			p.Secret.complete()
		}
	}
}

// validateWith checks which policies are registered together.
func (s *Set) validateWith(m *mistakes) {
	for _, p := range s.Policies {
		seen := map[string]bool{p.Code: true}
		for _, code := range p.With {
			other, known := s.Policy(code)
			m.check(known && !seen[code] && other.Method == MethodPasscode,
				"policy %s: with names %q: it must be another policy, once, of the method passcode", p.Code, code)
			seen[code] = true
		}
	}
}
