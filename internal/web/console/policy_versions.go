package console

import (
	"encoding/hex"
	"strconv"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

const versionsPage = 25

type versionsView struct {
	*visit
	Versions []versionRow
	InForce  int64
	Pager    ui.Pager
}

type versionRow struct {
	policy.Version
	Who    string
	Digest string
}

// policyVersions lists what was ever stored, newest first.
func (c *console) policyVersions(v *visit) error {
	before := int64(0)
	if after := v.query("after"); after != "" {
		var err error
		if before, err = strconv.ParseInt(after, 10, 64); err != nil || before < 1 {
			return fault.Invalidf("console.cursor", "This is not a page of the list. Start with the first page.").WithCause(err)
		}
	}
	all, err := c.Policies.Versions(v.ctx(), before, versionsPage+1)
	if err != nil {
		return err
	}
	p := versionsView{visit: v, InForce: c.Policies.Active().Version}
	if len(all) > versionsPage {
		all = all[:versionsPage]
		p.Pager = v.pager(strconv.FormatInt(all[versionsPage-1].Number, 10))
	}
	n := c.names(v)
	for _, x := range all {
		row := versionRow{Version: x, Digest: hex.EncodeToString(x.Digest[:])}
		if row.Who = v.t.T("console.policy.embedded"); x.By != "" {
			if row.Who, err = n.of(v.ctx(), x.By); err != nil {
				return err
			}
		}
		p.Versions = append(p.Versions, row)
	}
	return v.render("policy-versions", v.t.T("console.policy.versions"), p)
}

type versionPage struct {
	*visit
	Number  int64
	Active  bool
	InForce int64
	Set     setView
	Doc     string
	Changes *changesView // against the one in force; nil for that one itself
}

// policyVersion shows a version: what it says, how it differs from the one in
// force, and its document.
func (c *console) policyVersion(v *visit) error {
	set, doc, err := c.readVersion(v)
	if err != nil {
		return err
	}
	here := c.Policies.Active()
	p := versionPage{visit: v, Number: set.Version, Active: set.Version == here.Version, InForce: here.Version, Set: v.setView(set), Doc: string(doc)}
	if !p.Active {
		if p.Changes, err = v.changes(here, set); err != nil {
			return err
		}
	}
	return v.render("policy-version", v.versionName(set.Version), p)
}

// Activatable reports whether the member may put the version in force, or propose it.
func (p versionPage) Activatable() bool {
	return !p.Active && p.Number > 0 && p.s.Can(staff.PolicyWrite)
}

// versionName is what people call a version.
func (v *visit) versionName(n int64) string {
	return v.t.T("console.system.version", "n", strconv.FormatInt(n, 10))
}

// readVersion reads the version that the address names.
func (c *console) readVersion(v *visit) (*policy.Set, []byte, error) {
	n, err := strconv.ParseInt(v.r.PathValue("version"), 10, 64)
	if err != nil || n < 0 {
		return nil, nil, fault.NotFoundf("console.address", "There is no page at this address.").WithCause(err)
	}
	return c.Policies.Get(v.ctx(), n)
}

// policyDocument sends a version as it was stored.
func (c *console) policyDocument(v *visit) error {
	set, doc, err := c.readVersion(v)
	if err != nil {
		return err
	}
	_, _ = v.attach("application/yaml; charset=utf-8", "policies-"+strconv.FormatInt(set.Version, 10)+".yaml").Write(doc) // a reader that went away is no failure of ours
	return nil
}
