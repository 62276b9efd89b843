package policy

import (
	"regexp"
	"time"

	"github.com/countersign-auth/countersign/internal/payment"
)

// Modes of the judgment by interactions.
const (
	InteractionOff    = "off"    // nothing is judged, nothing is learned: reports are refused
	InteractionShadow = "shadow" // judged and kept, and no answer depends on it
	InteractionOn     = "on"
)

// Outcomes that an interaction policy names.
const (
	InteractionLimited = "limited"
	InteractionStepUp  = "step_up"
	InteractionBlock   = "block"
)

// Interaction says how the patterns of devices are learned and judged. Sums are natural
// log-odds for the customer.
type Interaction struct {
	Mode       string        `yaml:"mode"`        // off, shadow or on
	HalfLife   int           `yaml:"half_life"`   // days until what was learned weighs half, 7–90
	Level      int           `yaml:"level"`       // of the S2 cells that places are kept in, 8–14
	LearnAfter time.Duration `yaml:"learn_after"` // from an hour to its lesson, 1 h – 7 days
	Keep       time.Duration `yaml:"keep"`        // how long reports are kept, 2–30 days

	Window time.Duration `yaml:"window"` // in which interactions are recent, 5 min – 12 h
	Fade   time.Duration `yaml:"fade"`   // in the window, until a sighting counts half, 1 min – window

	Allow float64 `yaml:"allow"` // from this sum on nothing more is asked for
	Limit float64 `yaml:"limit"` // from this sum on a payment is allowed with restrictions
	Deny  float64 `yaml:"deny"`  // below this sum Refuse holds; from here to limit it is a step-up

	Refuse   string `yaml:"refuse"`    // step_up or block
	ThinDays int    `yaml:"thin_days"` // a pattern of fewer days is thin, 1–28
	Thin     string `yaml:"thin"`      // of thin patterns within the restrictions: limited or step_up

	Restrictions Restrictions `yaml:"restrictions"`

	Logs bool `yaml:"logs"` // classes of apps, calls, messages and pages may be kept of customers who agree
}

// Restrictions bound what is allowed in a context that is not the usual one.
type Restrictions struct {
	Currency    string   `yaml:"currency"`                   // of the amounts; payments in another one are over them
	Amount      int64    `yaml:"amount"`                     // of a payment, minor units
	Daily       int64    `yaml:"daily"`                      // of all payments under restrictions on a day, minor units, at least amount
	Categories  []string `yaml:"categories,omitempty"`       // of merchants, four digits each; none for all
	Contactless bool     `yaml:"contactless_only,omitempty"` // at terminals
}

// completeInteraction gives the section what it does not mention.
func (s *Set) completeInteraction() {
	x := &s.Interaction
	orElse(&x.Mode, InteractionShadow)
	orElse(&x.HalfLife, 28)
	orElse(&x.Level, 14)
	orElse(&x.LearnAfter, 24*time.Hour)
	orElse(&x.Keep, 30*24*time.Hour)
	orElse(&x.Window, 2*time.Hour)
	orElse(&x.Fade, min(20*time.Minute, x.Window))
	if x.Allow == 0 && x.Limit == 0 && x.Deny == 0 {
		x.Allow, x.Limit, x.Deny = 2, -0.9, -5
	}
	orElse(&x.Refuse, InteractionStepUp)
	orElse(&x.ThinDays, 5)
	orElse(&x.Thin, InteractionLimited)
	orElse(&x.Restrictions.Currency, "EUR")
	if x.Restrictions.Amount == 0 && x.Restrictions.Daily == 0 {
		x.Restrictions.Amount, x.Restrictions.Daily = 5000, 15000
	}
}

var merchantCategory = regexp.MustCompile(`^[0-9]{4}$`)

// validateInteraction names the mistakes in the section.
func (s *Set) validateInteraction(m *mistakes) {
	x := s.Interaction
	m.check(x.Mode == InteractionOff || x.Mode == InteractionShadow || x.Mode == InteractionOn, "interaction: mode is %q; use off, shadow or on", x.Mode)
	m.check(within(x.HalfLife, 7, 90), "interaction: half_life is %d days; it must be 7 to 90", x.HalfLife)
	m.check(within(x.Level, 8, 14), "interaction: level is %d; it must be 8 to 14", x.Level)
	m.check(x.LearnAfter >= time.Hour && x.LearnAfter <= 7*24*time.Hour, "interaction: learn_after is %s; it must be 1h to 168h", x.LearnAfter)
	m.check(x.Keep >= 48*time.Hour && x.Keep <= 30*24*time.Hour && x.Keep >= x.LearnAfter+24*time.Hour, "interaction: keep is %s; it must be 48h to 720h, and a day more than learn_after", x.Keep)
	m.check(x.Window >= 5*time.Minute && x.Window <= 12*time.Hour, "interaction: window is %s; it must be 5m to 12h", x.Window)
	m.check(x.Fade >= time.Minute && x.Fade <= x.Window, "interaction: fade is %s; it must be 1m to the window", x.Fade)
	m.check(x.Deny <= x.Limit && x.Limit <= x.Allow && x.Deny >= -50 && x.Allow <= 50, "interaction: deny %g, limit %g and allow %g must rise, from -50 to 50", x.Deny, x.Limit, x.Allow)
	m.check(x.Refuse == InteractionStepUp || x.Refuse == InteractionBlock, "interaction: refuse is %q; use step_up or block", x.Refuse)
	m.check(within(x.ThinDays, 1, 28), "interaction: thin_days is %d; it must be 1 to 28", x.ThinDays)
	m.check(x.Thin == InteractionLimited || x.Thin == InteractionStepUp, "interaction: thin is %q; use limited or step_up", x.Thin)
	x.Restrictions.validate(m)
}

func (r Restrictions) validate(m *mistakes) {
	_, err := payment.ParseCurrency(r.Currency)
	m.check(err == nil, "interaction: currency is %q; use a code of ISO 4217", r.Currency)
	m.check(r.Amount >= 0 && r.Daily >= r.Amount, "interaction: amount %d and daily %d must not be negative, and the day's not the smaller", r.Amount, r.Daily)
	m.check(len(r.Categories) <= 100, "interaction: %d categories; at most 100", len(r.Categories))
	for _, c := range r.Categories {
		m.check(merchantCategory.MatchString(c), "interaction: category %q; four digits each", c)
	}
}
