package policy

import (
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/limit"
)

// Resync says how tokens are brought back into step under a policy.
type Resync struct {
	SelfService int  `yaml:"self_service"` // consecutive codes that a customer must give, 2–3
	HelpDesk    int  `yaml:"help_desk"`    // consecutive codes that staff must enter, 1–3
	Clock       bool `yaml:"clock"`        // staff may enter the clock read off the token
	Counter     bool `yaml:"counter"`      // staff may enter the counter read off the token
}

func (r Resync) validate(m *mistakes, at string) {
	m.check(within(r.SelfService, 2, 3), "%s: resync.self_service is %d; it must be 2 or 3", at, r.SelfService)
	m.check(within(r.HelpDesk, 1, 3), "%s: resync.help_desk is %d; it must be 1 to 3", at, r.HelpDesk)
}

// Identification says how staff make sure of whom they talk to before an act
// that needs it.
type Identification struct {
	Questions []Question    `yaml:"questions"` // what staff may ask; 1–20
	Needed    int           `yaml:"needed"`    // how many must be answered right, 1 to all
	Valid     time.Duration `yaml:"valid"`     // how long an identification may be relied on, 1 min – 1 h
	Attempts  limit.Rule    `yaml:"attempts"`  // failed identifications of one customer; a block must end by itself
}

// Question is one of the bank's identity questions. The bank's own systems know
// the answers; what is recorded is that it was asked and answered right.
type Question struct {
	Code string            `yaml:"code"` // stable name
	Text map[string]string `yaml:"text"` // what staff read, by language; "en" is needed
}

func (i Identification) validate(m *mistakes) {
	m.check(within(len(i.Questions), 1, 20), "identification: there are %d questions; there must be 1 to 20", len(i.Questions))
	m.check(within(i.Needed, 1, max(len(i.Questions), 1)), "identification: needed is %d; it must be 1 to the number of questions", i.Needed)
	m.check(i.Valid >= time.Minute && i.Valid <= time.Hour, "identification: valid is %s; it must be 1m to 1h", i.Valid)
	err := i.Attempts.Validate()
	m.check(err == nil, "identification: attempts: %v", err)
	m.check(i.Attempts.CoolDown > 0 && i.Attempts.MaxBlocks == 0, "identification: attempts: cool_down must be positive and max_blocks 0: nobody could end a permanent block")
	seen := map[string]bool{}
	for _, q := range i.Questions {
		m.check(q.Code != "" && plain(q.Code) && !seen[q.Code], "identification: the code %q is empty, not printable or used twice", q.Code)
		seen[q.Code] = true
		m.check(q.Text["en"] != "", "identification: question %s has no text in English (en)", q.Code)
		for language, text := range q.Text {
			m.check(plain(language, text), "identification: question %s: language and text must be printable, of at most 200 bytes", q.Code)
		}
	}
}

// Unlock says how often unlock codes are given out for one token.
type Unlock struct {
	Requests limit.Rule `yaml:"requests"` // unlock codes and refused challenges, per token, since its last right code
}

func (u Unlock) validate(m *mistakes) {
	err := u.Requests.Validate()
	m.check(err == nil, "unlock: requests: %v", err)
}

// Act is a kind of act that may need a second member of staff.
type Act string

// The acts that a set may put under four eyes.
const (
	ActImport   Act = "token.import"    // tokens come into stock
	ActPolicy   Act = "policy.activate" // another version of the policies comes into force
	ActBulk     Act = "bulk"            // one act on many tokens
	ActRotation Act = "key.rotate"      // keys are rotated
	ActRules    Act = "risk.rules"      // another version of the risk rules comes into force
	ActFinding  Act = "risk.finding"    // what an analyst found an event to be counts
	// A portfolio of payment tokens is created, or has another profile.
	ActPortfolio Act = "vault.portfolio"
)

// Acts lists all kinds of acts.
func Acts() []Act {
	return []Act{ActImport, ActPolicy, ActBulk, ActRotation, ActRules, ActFinding, ActPortfolio}
}

// defaultProposalLife is the life of a proposal in documents that do not say it.
const defaultProposalLife = 72 * time.Hour

// FourEyes says which acts need a proposal and its approval by somebody else.
type FourEyes struct {
	Acts  []Act         `yaml:"acts"`
	Valid time.Duration `yaml:"valid"` // life of a proposal, 1 h – 30 days
}

// Needs reports whether the act needs a second member of staff.
func (f FourEyes) Needs(a Act) bool { return slices.Contains(f.Acts, a) }

func (f FourEyes) validate(m *mistakes) {
	for _, a := range f.Acts {
		m.check(slices.Contains(Acts(), a), "four_eyes: the act %q does not exist; use some of %q", a, Acts())
	}
	m.check(f.Valid >= time.Hour && f.Valid <= 30*24*time.Hour, "four_eyes: valid is %s; it must be 1h to 720h", f.Valid)
}

// complete gives a document what it does not mention: those that were stored
// before a part existed stay readable.
func (s *Set) complete() {
	for i := range s.Policies {
		if p := &s.Policies[i]; p.Resync == (Resync{}) && p.Method == MethodToken {
			p.Resync = Resync{SelfService: 2, HelpDesk: 1, Clock: true}
		}
	}
	if s.Identification.Needed == 0 && len(s.Identification.Questions) == 0 {
		s.Identification = Identification{Needed: 1, Valid: 15 * time.Minute, Questions: []Question{
			{Code: "identified", Text: map[string]string{"en": "Identified by the rules of the bank", "de": "Nach den Regeln der Bank identifiziert"}},
		}}
	}
	if s.Identification.Attempts == (limit.Rule{}) {
		s.Identification.Attempts = limit.Rule{Max: 3, CoolDown: time.Hour}
	}
	if s.Unlock == (Unlock{}) {
		s.Unlock.Requests = limit.Rule{Max: 5, CoolDown: time.Hour, MaxBlocks: 4}
	}
	if s.FourEyes.Valid == 0 {
		s.FourEyes.Valid = defaultProposalLife
	}
}
