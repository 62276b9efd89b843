package idserver

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/mobileid"
)

// Receipt shows a message on the phone that a request of by's was asked of: one for each request, once
// it has been answered, and within an hour. The confirmation of a grant is one, unless the request was
// Quiet. Faults: "identity.unknown" (NotFound), and those of mobileid.Desk.Receipt.
func (d *Desk) Receipt(ctx context.Context, by audit.Actor, handle string, in mobileid.Message) (Outcome, error) {
	r, _, err := d.read(ctx, by, handle)
	if err != nil {
		return Outcome{}, err
	}
	if _, err := d.Signers.Receipt(ctx, by, mobileid.Provider{Code: mobileid.AnyProvider}, r.Transaction, in); err != nil {
		return Outcome{}, err
	}
	return d.Get(ctx, by, handle, 0)
}

// Signature names the signature of a granted request of by's at the signature server: what evidence is
// exported by. Faults: "identity.unknown" (NotFound), "evidence.no_signature" (Conflict).
func (d *Desk) Signature(ctx context.Context, by audit.Actor, handle string) (string, error) {
	r, _, err := d.read(ctx, by, handle)
	if err != nil {
		return "", err
	}
	if r.State != Granted {
		return "", fault.Conflictf("evidence.no_signature", "There is no granted signature of this name: the request is %s. Look at it with getMobileIDRequest first.", r.State)
	}
	return r.Transaction, nil
}
