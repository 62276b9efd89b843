package console

import (
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/mobileid"
)

// mobileIDEvidence sends the evidence of a signature as a file, which can be verified without us.
func (c *console) mobileIDEvidence(v *visit) error {
	x, err := c.readMobileID(v)
	if err != nil {
		return err
	}
	t, err := c.MobileIDs.Get(v.ctx(), mobileid.AnyProvider, v.r.PathValue("request"))
	if err == nil && (t.Customer != x.Customer || t.Mobile != x.ID) {
		err = fault.NotFoundf("mobileid.transaction", "There is no such request of this mobile ID.")
	}
	if err != nil {
		return err
	}
	file, err := c.SignatureEvidence(v.ctx(), v.s.Actor(), mobileid.AnyProvider, t.Handle)
	if err != nil {
		return err
	}
	return v.download("application/zip", "signature-"+t.ID.String()+".zip", file)
}
