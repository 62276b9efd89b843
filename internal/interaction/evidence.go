package interaction

import (
	"time"

	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// evident is what the evidence of an event proves of each device, by its short number: that it is there, and, of those
// who signed that, too, that they feel a body.
type evident struct{ there, worn map[int]pattern.Proof }

// evident judges the evidence of an event that was at a time: how strongly each device has proven what it says. Each piece
// stands for itself: what the primary claims beside it, or a forged one of the same device, gains nothing by it.
func (r *reading) evident(e *report.Event, at time.Time) (v evident, err error) {
	if len(e.Evidence) == 0 {
		return v, nil
	}
	v = evident{map[int]pattern.Proof{}, map[int]pattern.Proof{}}
	for _, x := range e.Evidence {
		p, err := r.proof(x, at)
		if err != nil {
			return v, err
		}
		if !p.Authenticated() {
			r.taken.Unproven++
		}
		v.there[x.Device] = max(v.there[x.Device], p)
		if x.Active {
			v.worn[x.Device] = max(v.worn[x.Device], p)
		}
	}
	return v, nil
}

// proof judges one piece of evidence for an event that was at a time. A signature of another time proves nothing about it, nor
// does the answer to a question, which is of now.
func (r *reading) proof(e report.Evidence, at time.Time) (pattern.Proof, error) {
	c, found := r.known[e.Device]
	if !found || !r.d.signed(r.from, c, e) {
		return pattern.Identifier, nil
	}
	if !e.Fresh() {
		if e.At().Sub(at).Abs() > Live {
			return pattern.Identifier, nil
		}
		return pattern.Signed, nil
	}
	if r.d.Asked == nil || r.tx.Now.Sub(at).Abs() > Live {
		return pattern.Identifier, nil
	}
	asked, err := r.d.Asked(r.tx, r.from, e)
	if err != nil || !asked {
		return pattern.Identifier, err
	}
	return pattern.Challenged, nil
}

// signed reports whether a device signed that it is with a primary.
func (d *Desk) signed(primary, c companion.Companion, e report.Evidence) bool {
	scheme, ok := envelope.ReadScheme(string(c.Keys.Signer))
	if !ok {
		return false
	}
	key := c.Keys.Verifier
	if scheme == envelope.HMAC {
		if d.Secret == nil {
			return false
		}
		secret, err := d.Secret(c)
		if err != nil {
			return false
		}
		key = secret
	}
	v, err := envelope.NewVerifier(scheme, key)
	if err != nil {
		return false
	}
	return v.Verify(e.Statement(primary.Requestor).Bytes(), e.Signature)
}

// together reports whether a secondary that reports for itself says, with a signature over the primary, that it is with it.
func (r *reading) together(e *report.Event) bool {
	for _, c := range r.known {
		if c.ID != r.primary {
			continue
		}
		for _, x := range e.Evidence {
			at := e.At()
			if at.IsZero() {
				at = r.tx.Now
			}
			if x.Device == r.from.Number && x.Active && x.At().Sub(at).Abs() <= Live && r.d.signed(c, r.from, x) {
				return true
			}
		}
	}
	return false
}
