package config

import (
	"fmt"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
)

// Problem is one thing that is wrong with a configuration.
type Problem struct {
	Where string // "countersign.yaml:12: api.addres", an environment variable, or the key alone
	What  string // what is wrong and what to do; no secret
}

// String returns the problem as one line.
func (p Problem) String() string {
	if p.Where == "" {
		return p.What
	}
	return p.Where + ": " + p.What
}

// Problems is everything that is wrong with a configuration; it is the cause of
// the fault "config.invalid".
type Problems []Problem

// Error lists the problems, a line each.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// note adds a problem to a list.
func note(ps *Problems, where, what string, args ...any) {
	*ps = append(*ps, Problem{Where: where, What: fmt.Sprintf(what, args...)})
}

// fault returns the problems as one fault, or nil when there are none.
func (p Problems) fault() error {
	switch len(p) {
	case 0:
		return nil
	case 1:
		return fault.Invalidf("config.invalid", "The configuration has a problem.").WithCause(p)
	}
	return fault.Invalidf("config.invalid", "The configuration has %d problems.", len(p)).WithCause(p)
}
