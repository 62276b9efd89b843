package console

import (
	"slices"

	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// heldFor reports whether a mobile ID is suspended for a cause.
func (x mobileIDTarget) heldFor(c mobileid.Cause) bool {
	return slices.ContainsFunc(x.Holds, func(h mobileid.Hold) bool { return h.Cause == c })
}

// releasable are the causes that staff can end.
func (x mobileIDTarget) releasable() (all []mobileid.Cause) {
	for _, c := range []mobileid.Cause{mobileid.ByRestore, mobileid.ByStaff, mobileid.ByOwner} {
		if x.heldFor(c) {
			all = append(all, c)
		}
	}
	return all
}

// holdFacts say why a mobile ID cannot be used, and since when.
func (v *visit) holdFacts(x mobileIDTarget) (facts []ui.Fact) {
	for _, h := range x.Holds {
		f := ui.Fact{Name: v.t.T("console.mobile_id.hold." + string(h.Cause)), Value: v.moment(h.Since)}
		if h.Cause == mobileid.ByStaff || h.Cause == mobileid.ByOwner { // the others say it all
			f.Note = v.ground(h.Reason)
		}
		facts = append(facts, f)
	}
	return facts
}

func (v *visit) holdChoices(causes []mobileid.Cause) (all []ui.Choice) {
	for _, c := range causes {
		all = append(all, ui.Choice{Value: string(c), Text: v.t.T("console.mobile_id.hold." + string(c))})
	}
	return all
}

// resumedMobileID says what came of the end of a reason: others may be left.
func (c *console) resumedMobileID(v *visit, x mobileIDTarget) error {
	p, err := c.MobileIDs.Profile(v.ctx(), x.Customer, x.ID)
	if err != nil {
		return err
	}
	key := "console.do." + resumeMobileID + ".done"
	if p.State == mobileid.StateSuspended {
		key = "console.do." + resumeMobileID + ".left"
	}
	return v.done(x.path(), key, "name", x.Masked())
}
