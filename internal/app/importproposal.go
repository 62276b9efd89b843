package app

import (
	"context"
	"fmt"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
)

// proposal proposes an import, or carries one out that was approved.
func (i *tokenImportCmd) proposal(e *env, c *cli, in token.Import, out *reportWriter) error {
	if i.DryRun {
		return fault.Invalidf("app.propose", "A dry run changes nothing and needs no proposal.")
	}
	return e.tools(c, func(a *App) error {
		in.Set = a.Policies.Active()
		plan := func() ([]byte, error) { return i.plan(e, a, in) }
		return i.act(e, a, policy.ActImport, plan, func(ctx context.Context, w foureyes.Warrant) error {
			in.Warrant = w
			sum, err := a.Tokens.ImportFile(ctx, audit.System("cli"), in)
			if endErr := out.end(sum, false); err == nil {
				err = endErr
			}
			return err
		})
	})
}

// plan looks at the file and says what would happen.
func (i *tokenImportCmd) plan(e *env, a *App, in token.Import) ([]byte, error) {
	in.Sink = nil
	p, err := a.Tokens.Plan(e.ctx, in)
	if err != nil {
		return nil, err
	}
	if i.Propose && !i.JSON {
		err = e.line(fmt.Sprintf("Would import %d; %d duplicate, %d refused.", p.Imported, p.Duplicate, p.Refused))
	}
	return p.Payload(), err
}
