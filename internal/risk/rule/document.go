package rule

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"cel.dev/cel-go/cel"
	"go.yaml.in/yaml/v3"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// Bounds of a document.
const (
	MaxDocument = 256 << 10 // bytes
	MaxRules    = 200
	maxWeight   = 10.0
)

// Rule is one rule of a document.
type Rule struct {
	Code     string         `yaml:"code"`
	Text     string         `yaml:"text"` // for staff
	When     string         `yaml:"when"` // in CEL
	Weight   Weight         `yaml:"weight"`
	Family   string         `yaml:"family"`
	On       []string       `yaml:"on,omitempty"` // kinds of events; empty for all
	AtLeast  score.Decision `yaml:"at_least,omitempty"`
	Shadow   bool           `yaml:"shadow,omitempty"`
	Schedule *Schedule      `yaml:"schedule,omitempty"`

	program cel.Program
}

// Set is a document that was read; it is immutable and safe for concurrent use.
type Set struct {
	Base       Weight           `yaml:"base"` // log-odds before anything is known
	Thresholds score.Thresholds `yaml:"thresholds"`
	Rules      []Rule           `yaml:"rules"`

	get map[string]func(*score.Facts) any
}

// Weight is a log-odds in thousandths; documents write it in natural log-odds, or
// as a word.
type Weight int

// UnmarshalYAML reads a number or a word.
func (w *Weight) UnmarshalYAML(n *yaml.Node) error {
	words := map[string]Weight{"none": 0, "low": 500, "medium": 1000, "high": 2000, "extreme": 2500, "trust": -1000}
	if x, ok := words[n.Value]; ok {
		*w = x
		return nil
	}
	x, err := strconv.ParseFloat(n.Value, 64)
	if n.Kind != yaml.ScalarNode || err != nil || !(x >= -maxWeight && x <= maxWeight) {
		return fmt.Errorf("line %d: %q is no weight: write a number from -10 to 10, or none, low, medium, high, extreme, trust", n.Line, n.Value)
	}
	*w = Weight(score.Weight(x))
	return nil
}

// MarshalYAML writes natural log-odds.
func (w Weight) MarshalYAML() (any, error) { return float64(w) / 1000, nil }

// Parse reads a document and compiles its rules. The fault "risk.rules" (Invalid)
// names all mistakes with their places.
func Parse(doc []byte) (*Set, error) {
	if len(doc) > MaxDocument {
		return nil, fault.Invalidf("risk.rules", "The document of rules is larger than %d bytes.", MaxDocument)
	}
	s := &Set{}
	if err := decode(s, doc); err != nil {
		return nil, fault.Invalidf("risk.rules", "The document of rules cannot be read: %v", err)
	}
	if err := s.compile(); err != nil {
		return nil, fault.Invalidf("risk.rules", "The document of rules has mistakes: %v", err)
	}
	return s, nil
}

// decode reads the document's parts; what it does not know is a mistake.
func decode(s *Set, doc []byte) error {
	dec := yaml.NewDecoder(bytes.NewReader(doc))
	dec.KnownFields(true)
	return dec.Decode(s)
}

func (s *Set) compile() error {
	c, err := newCompiler()
	if err != nil {
		return err
	}
	s.get = c.get
	var all []error
	if t := s.Thresholds; t.StepUp <= 0 || t.Block <= t.StepUp || t.Channel < t.Block || t.Channel > 1000 {
		all = append(all, errors.New("thresholds: they must be 1 to 1000, with step_up below block, and block not above block_channel"))
	}
	if s.Base > 0 {
		all = append(all, errors.New("base: it is the log-odds of a fraud before anything is known, and above 0 most events would be frauds"))
	}
	if len(s.Rules) > MaxRules {
		return fmt.Errorf("rules: there are %d; %d are the most", len(s.Rules), MaxRules)
	}
	seen := map[string]bool{}
	for i := range s.Rules {
		r := &s.Rules[i]
		if seen[r.Code] {
			all = append(all, fmt.Errorf("rule %d: the code %s is used twice", i+1, r.Code))
		}
		seen[r.Code] = true
		if err := r.compile(c); err != nil {
			all = append(all, fmt.Errorf("rule %d (%s): %w", i+1, r.Code, err))
		}
	}
	return errors.Join(all...)
}

func (r *Rule) compile(c *compiler) error {
	var all []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			all = append(all, fmt.Errorf(format, args...))
		}
	}
	code := regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$`)
	check(len(r.Code) <= 64 && code.MatchString(r.Code), "code: write small letters, digits and underscores, with a point between, such as travel.impossible")
	check(r.Text != "" && len(r.Text) <= 300, "text: say what the rule means, in 1 to 300 characters")
	check(slices.Contains(score.Families(), r.Family), "family: %q is none of %q", r.Family, score.Families())
	for _, kind := range r.On {
		check(slices.Contains([]string{score.KindSession, score.KindPayment, score.KindAction, score.KindVisit}, kind), "on: %q is no kind of events", kind)
	}
	check(slices.Contains([]score.Decision{"", score.StepUp, score.Block}, r.AtLeast), "at_least: %q is neither step-up nor block", r.AtLeast)
	if r.Schedule != nil {
		all = append(all, r.Schedule.validate())
	}
	program, err := c.compile(r.When)
	r.program = program
	return errors.Join(append(all, err)...)
}

// Format writes the document.
func (s *Set) Format() ([]byte, error) {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	err := enc.Encode(s)
	return b.Bytes(), err
}
