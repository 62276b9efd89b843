package rule

import (
	_ "embed" // the document that comes with the program

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

//go:embed balanced.yaml
var balanced []byte

// Presets lists the names of the documents that come with the program.
func Presets() []string { return []string{"balanced", "strict", "lenient"} }

// Preset returns a document that comes with the program. They have the same rules
// and differ in their thresholds. The fault "risk.preset" is of the kind NotFound.
func Preset(name string) (*Set, error) {
	s, err := Parse(balanced)
	if err != nil {
		return nil, err
	}
	switch name {
	case "balanced":
	case "strict":
		s.Thresholds = score.Thresholds{StepUp: s.Thresholds.StepUp / 2, Block: 800, Channel: 950}
	case "lenient":
		s.Thresholds = score.Thresholds{StepUp: s.Thresholds.StepUp * 2, Block: 960, Channel: 995}
	default:
		return nil, fault.NotFoundf("risk.preset", "There is no preset %q: use one of %q.", name, Presets())
	}
	return s, nil
}
