package policy

import (
	"slices"
	"time"

	"github.com/countersign-auth/countersign/oath"
)

// Methods by which customers approve on their phone what the phone has shown them.
const (
	MethodApproval Method = "approval" // the phone is told of it, and answers itself
	MethodPicture  Method = "picture"  // the phone reads it off a page, and people type its answer
)

// Control says where the two digits are shown that belong to an approval.
type Control string

// Places of the control digits.
const (
	ControlTyped Control = "typed" // on the bank's page only: the phone asks for them (number matching)
	ControlShown Control = "shown" // on both screens, to be compared
)

// Approval says how customers approve on their phones.
type Approval struct {
	Bank    string        `yaml:"bank"`              // what the phone calls the bank
	TTL     time.Duration `yaml:"ttl"`               // life of an approval that is asked for, 30 s – 10 min
	Control Control       `yaml:"control,omitempty"` // approval only
	Resend  time.Duration `yaml:"resend"`            // from one to the next for the same decision, 10 s – 10 min
	Pending int           `yaml:"pending,omitempty"` // that wait at a customer at once, 1–10; approval only
	Prompts int           `yaml:"prompts,omitempty"` // that a phone is told of in a window without approving, 1–100; approval only
	Window  time.Duration `yaml:"window,omitempty"`  // 1 min – 24 h; approval only
	Close   time.Duration `yaml:"close,omitempty"`   // how long the channel is closed after "it was not me", up to 30 days; 0: it stays open. approval only
}

// Remote reports whether customers answer on their phones, so that whoever asked has to
// wait for them.
func (p Policy) Remote() bool { return p.Method == MethodApproval || p.Method == MethodMobileID }

// Prompted reports whether the policy is one of approvals, by phone or by picture.
func (p Policy) Prompted() bool { return p.Method == MethodApproval || p.Method == MethodPicture }

// Matching reports whether any one of the policies that tokens of an application serve has
// them ask for the digits on the bank's page.
func (s *Set) Matching(a Application) bool {
	return slices.ContainsFunc(a.Policies, func(code string) bool {
		p, _ := s.Policy(code)
		return p.Approval.Control == ControlTyped
	})
}

// completeApprovals gives policies of approvals what they do not mention.
func (s *Set) completeApprovals() {
	for i := range s.Policies {
		p := &s.Policies[i]
		if !p.Prompted() {
			continue
		}
		orElse(&p.Time.Skew, 1)
		orElse(&p.Time.FirstUse, p.Time.Skew)
		orElse(&p.Time.MaxDrift, 5)
		a := &p.Approval
		orElse(&a.TTL, 3*time.Minute)
		orElse(&a.Resend, 30*time.Second)
		if p.Method == MethodApproval {
			orElse(&a.Control, ControlTyped)
			orElse(&a.Pending, 3)
			orElse(&a.Prompts, 5)
			orElse(&a.Window, 15*time.Minute)
		}
	}
}

// validateApprovals checks what a policy says about approvals.
func (p Policy) validateApprovals(m *mistakes, at string) {
	a := p.Approval
	m.check(a.Bank != "" && len([]rune(a.Bank)) <= 40 && plain(a.Bank), "%s: approval.bank is %q; it must say in 1 to 40 printable characters what the bank is called", at, a.Bank)
	m.check(a.TTL >= 30*time.Second && a.TTL <= 10*time.Minute, "%s: approval.ttl is %s; it must be 30s to 10m", at, a.TTL)
	m.check(a.Resend >= 10*time.Second && a.Resend <= 10*time.Minute, "%s: approval.resend is %s; it must be 10s to 10m", at, a.Resend)
	m.check(within(p.Time.Skew, 0, 10), "%s: time.skew is %d; it must be 0 to 10", at, p.Time.Skew)
	m.check(within(p.Time.FirstUse, p.Time.Skew, 120), "%s: time.first_use is %d; it must be from the skew to 120", at, p.Time.FirstUse)
	m.check(within(p.Time.MaxDrift, 1, 1000), "%s: time.max_drift is %d; it must be 1 to 1000", at, p.Time.MaxDrift)
	m.check(p.Time.Resync == 0 && p.Events == (Events{}) && p.Challenge == (Challenge{}) && p.Resync == (Resync{}), "%s: time.resync, events, challenge and resync belong to hardware tokens: leave them out", at)
	if p.Method == MethodPicture {
		m.check(a.Control == "" && a.Pending == 0 && a.Prompts == 0 && a.Window == 0 && a.Close == 0, "%s: control, pending, prompts, window and close belong to the method approval: leave them out", at)
		return
	}
	m.check(a.Control == ControlTyped || a.Control == ControlShown, "%s: approval.control is %q; use typed or shown", at, a.Control)
	m.check(within(a.Pending, 1, 10), "%s: approval.pending is %d; it must be 1 to 10", at, a.Pending)
	m.check(within(a.Prompts, 1, 100), "%s: approval.prompts is %d; it must be 1 to 100", at, a.Prompts)
	m.check(a.Window >= time.Minute && a.Window <= 24*time.Hour, "%s: approval.window is %s; it must be 1m to 24h", at, a.Window)
	m.check(a.Close == 0 || a.Close >= 5*time.Minute && a.Close <= 30*24*time.Hour, "%s: approval.close is %s; it must be 0s, or 5m to 720h", at, a.Close)
}

// validateSigner refuses an application whose tokens are to approve and cannot: the
// question is a hash of 64 hexadecimal digits, and it is spent by itself, so that nothing
// but a clock belongs into the suite.
func (a Application) validateSigner(m *mistakes, at string) {
	s, err := oath.ParseSuite(a.Keys.Sign)
	ok := err == nil && s.Question == oath.Hexadecimal && s.QuestionMax == 64 && s.Step > 0 && !s.Counter && s.Session == 0 && s.PIN == oath.NoPIN && within(s.Digits, 6, 10)
	m.check(ok, "%s: keys.sign is %q; tokens that approve need a suite of 6 to 10 digits with QH64 and a clock, and nothing else, such as OCRA-1:HOTP-SHA256-8:QH64-T1M", at, a.Keys.Sign)
}
