package console

import (
	"cmp"
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// names turns recorded actors into names that people know. It asks for each
// actor once; the log itself keeps ids only.
type names struct {
	c    *console
	t    *ui.Locale
	seen map[string]string
}

func (c *console) names(v *visit) *names { return &names{c, v.t, map[string]string{}} }

// of names an actor in the form that the log has.
func (n *names) of(ctx context.Context, actor string) (string, error) {
	if name, ok := n.seen[actor]; ok {
		return name, nil
	}
	a, err := audit.ParseActor(actor)
	if err != nil {
		return actor, nil //nolint:nilerr // written by a newer version: shown as it is
	}
	name, err := n.look(ctx, a)
	switch fault.KindOf(err) {
	case fault.NotFound:
		name = actor
	default:
		if err != nil {
			return "", err
		}
	}
	n.seen[actor] = name
	return name, nil
}

func (n *names) look(ctx context.Context, a audit.Actor) (string, error) {
	switch a.Kind {
	case audit.StaffKind:
		m, err := n.c.Staff.Get(ctx, a.ID)
		return m.Name, err
	case audit.ClientKind:
		cl, err := n.c.Clients.Get(ctx, a.ID)
		return cl.Name, err
	case audit.CustomerKind:
		cu, err := n.c.Customers.Get(ctx, a.ID)
		return n.t.T("console.actor.customer", "number", cu.Number), err
	case audit.SystemKind:
		if key := "console.actor.system_" + a.Name; n.t.Has(key) {
			return n.t.T(key), nil
		}
		return n.t.T("console.actor.system", "name", cmp.Or(a.Name, "?")), nil
	}
	return a.String(), nil
}
