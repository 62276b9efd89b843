package issuing

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/vault"
)

// Advice tells of a payment that was decided elsewhere: in stand-in, or by the network.
type Advice struct {
	Request

	Approved int64  // minor units; 0: it was refused there
	Code     string // authorization code that was given there, at most six characters
}

// Advise records what was decided elsewhere, once for each key. It is never refused (ISO-4): what speaks against it is the decision's reason
// and detail, for the bank to look at. It names its token though that was deleted meanwhile: it is due all the same, as is one
// without a proof. What was approved here, too, is due once; where its reversal came before it, what that left. Limits are charged with what was approved; one that is exceeded by it ends the grant. The fault
// "issuing.request" (Invalid) is for an advice that makes no sense.
func (d *Desk) Advise(ctx context.Context, by audit.Actor, a Advice) (out Decision, err error) {
	if err := a.sound(); err != nil {
		return out, err
	}
	if a.Approved < 0 || a.Approved > a.Amount || len(a.Code) > 6 {
		return out, fault.Invalidf("issuing.request", "At most the amount was approved, under a code of at most six characters.").WithField("/approved")
	}
	digest, err := a.told(d.Ring.MAC(keyLabel, []byte("number"), []byte(a.Number)))
	if err != nil {
		return out, err
	}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		m, err := d.begin(tx, a.Key, digest)
		if err != nil || m.over {
			out = m.answer
			return err
		}
		x := attempt{d: d, tx: tx, by: by, r: &a.Request, kind: kindAdvice}
		out = Decision{ID: ident.New(tx.Now, d.Rand), Currency: a.Currency, Created: tx.Now, Approved: a.Approved, Code: a.Code, Outcome: Decline}
		told := a
		if m.reversed {
			told.Approved = min(a.Approved, m.paid)
			out.Approved = told.Approved
		}
		if m.reversed && told.Approved == 0 {
			out.Reason = Reversed
			return x.store(&m, &out)
		}
		if told.Approved > 0 {
			out.Outcome = Approve
		}
		if done, err := x.known(&m, &told, &out); err != nil || done {
			return err
		}
		why, proved, err := x.afterwards(&out)
		if err != nil {
			return err
		}
		if proved == OldCounter {
			// Whoever took the counter may have been answered since we looked.
			if done, err := x.known(&m, &told, &out); err != nil || done {
				return err
			}
		}
		out.Reason = why
		return x.store(&m, &out)
	})
	return out, err
}

// told is what two advices of one key are compared by.
func (a *Advice) told(number []byte) ([]byte, error) {
	digest, err := a.digest(number)
	if err != nil {
		return nil, err
	}
	both := sha256.Sum256(fmt.Appendf(digest, "%d %s", a.Approved, a.Code))
	return both[:], nil
}

// afterwards looks at what has been decided, takes its counter and charges its limits. why is what speaks most against it, proved what its proof does.
func (x *attempt) afterwards(out *Decision) (why, proved Reason, err error) {
	why, err = x.standing(out)
	if err != nil || x.pay.Token.ID.IsZero() {
		return why, NoReason, err
	}
	standing := out.Detail
	if proved, err = x.prove(out); err != nil {
		return why, proved, err
	}
	switch {
	case proved == WrongCryptogram && why != NoReason:
		why, out.Detail = proved, string(why)
	case why == NoReason:
		why = proved
	default:
		out.Detail = standing
	}
	if out.Approved == 0 || proved != NoReason && proved != WornKey {
		return why, proved, nil
	}
	worn, err := x.pay.Use(x.tx, out.Approved, x.r.Currency)
	if err == nil && worn != "" {
		if why == NoReason || why == WornKey {
			why, out.Detail = WornKey, string(worn)
		}
		err = vault.End(x.tx, x.pay.Token.ID, x.r.index())
	}
	return why, proved, err
}
