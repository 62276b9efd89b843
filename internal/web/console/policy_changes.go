package console

import (
	"strconv"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// changesView is the difference between two versions.
type changesView struct {
	Rows []policy.Change
}

func (v *visit) changes(from, to *policy.Set) (*changesView, error) {
	rows, err := policy.Diff(from, to)
	return &changesView{rows}, err
}

type comparePage struct {
	*visit
	Old, New int64
	Changes  *changesView // nil: not compared
}

// comparePolicies shows the difference between two versions: by default what the
// one in force changed.
func (c *console) comparePolicies(v *visit) error {
	v.form = ui.ReadQuery(v.r)
	here := c.Policies.Active().Version
	p := comparePage{visit: v, Old: v.versionQuery("from", max(here-1, 0)), New: v.versionQuery("to", here)}
	if v.form.OK() {
		from, to := c.versionFor(v, "from", p.Old), c.versionFor(v, "to", p.New)
		if from != nil && to != nil {
			var err error
			if p.Changes, err = v.changes(from, to); err != nil {
				return err
			}
		}
	}
	return v.render("policy-compare", v.t.T("console.policy.compare"), p)
}

// versionQuery reads a version from the address.
func (v *visit) versionQuery(name string, otherwise int64) int64 {
	if v.query(name) == "" {
		v.form.Set(name, strconv.FormatInt(otherwise, 10))
		return otherwise
	}
	n, err := strconv.ParseInt(v.query(name), 10, 64)
	if err != nil || n < 0 {
		v.form.Fail(name, v.t.T("console.policy.bad_version"))
	}
	return n
}

// versionFor reads a version for a field, which gets the error if there is none.
func (c *console) versionFor(v *visit, field string, version int64) *policy.Set {
	set, _, err := c.Policies.Get(v.ctx(), version)
	if err != nil {
		v.form.Fail(field, v.t.Fault(fault.From(err)))
		return nil
	}
	return set
}
