package rule

import (
	"fmt"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/cost"

	"github.com/countersign-auth/countersign/internal/risk/score"
)

// Bounds of a condition.
const (
	MaxCost = 2000 // in CEL's units: about one for each comparison
	maxWhen = 1000 // bytes
	maxList = 64   // signals and hits
	maxText = 128  // bytes of one text of the facts
)

// compiler compiles conditions.
type compiler struct {
	env *cel.Env
	get map[string]func(*score.Facts) any
}

func newCompiler() (*compiler, error) {
	c := &compiler{get: map[string]func(*score.Facts) any{}}
	options := []cel.EnvOption{cel.ParserExpressionSizeLimit(maxWhen)}
	for _, v := range Variables() {
		options = append(options, cel.Variable(v.Name, v.celType()))
		c.get[v.Name] = v.get
	}
	var err error
	c.env, err = cel.NewEnv(options...)
	return c, err
}

// compile makes a program of a condition. Mistakes name line and column.
func (c *compiler) compile(when string) (cel.Program, error) {
	if len(when) > maxWhen {
		return nil, fmt.Errorf("when is longer than %d characters", maxWhen)
	}
	ast, issues := c.env.Compile(when)
	if issues.Err() != nil {
		e := issues.Errors()[0]
		return nil, fmt.Errorf("when, line %d, column %d: %s", e.Location.Line(), e.Location.Column()+1, e.Message)
	}
	if ast.OutputType() != cel.BoolType {
		return nil, fmt.Errorf("when gives %s; it must give true or false", ast.OutputType())
	}
	worst, err := c.env.EstimateCost(ast, sizes{})
	if err != nil {
		return nil, fmt.Errorf("when: %w", err)
	}
	if worst.Max > MaxCost {
		return nil, fmt.Errorf("when could cost %d, and %d is the most: compare less", worst.Max, MaxCost)
	}
	return c.env.Program(ast, cel.EvalOptions(cel.OptOptimize))
}

// sizes bounds the variables for the estimation of cost.
type sizes struct{}

// EstimateSize returns the bound of a variable's or an element's length.
func (sizes) EstimateSize(n cost.AstNode) *cost.SizeEstimate {
	switch path := n.Path(); {
	case len(path) == 0:
		return nil
	case len(path) == 1 && (path[0] == "probe.signals" || path[0] == "list.hits"):
		return &cost.SizeEstimate{Max: maxList}
	}
	return &cost.SizeEstimate{Max: maxText}
}

// EstimateCallCost leaves calls to the estimator's own table.
func (sizes) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate {
	return nil
}
