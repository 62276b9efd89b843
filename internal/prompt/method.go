package prompt

import (
	"context"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/oath"
)

// Factors that an approval shows: the key is in the phone, and only the right PIN gives it.
const shows = authenticator.Possession | authenticator.Knowledge

// pollEvery is how often whoever waits for an answer may look.
const pollEvery = 2 * time.Second

// Online is the method of approvals that the phone gives itself. It is an authenticator.Remote.
type Online struct{ *Desk }

// Offline is the method of pictures that a phone reads, and whose answer people type. It is
// an authenticator.Finisher.
type Offline struct{ *Desk }

var (
	_ authenticator.Remote   = Online{}
	_ authenticator.Finisher = Offline{}
)

// Factor implements authenticator.Method.
func (o Online) Factor() authenticator.Factor { return shows }

// Begin implements authenticator.Method: the customer's phones are asked.
func (o Online) Begin(tx *db.Tx, r authenticator.Request) (authenticator.Challenge, error) {
	p, err := o.ask(tx, r)
	return authenticator.Challenge{
		ID: p.ID, Expires: p.Expires, Again: p.Created.Add(r.Policy.Approval.Resend), Control: p.Control, Poll: pollEvery, Withheld: string(p.Withheld), Kind: authenticator.KindApproval,
	}, err
}

// Check implements authenticator.Method. There is no code: what counts is whether the
// customer has approved. As long as they have not, nothing is counted, and the faults are
// "prompt.pending" and "prompt.none" (Conflict).
func (o Online) Check(ctx context.Context, r authenticator.Request, proof authenticator.Proof) (f authenticator.Finding, err error) {
	if strings.TrimSpace(proof.Code) != "" {
		return f, fault.Invalidf("prompt.no_code", "An approval has no code: leave it out, and wait until the customer has approved.").WithField("code")
	}
	err = o.DB.Read(ctx, func(tx *db.Tx) error {
		p, serves, err := o.standing(tx, r, r.Policy.Code)
		switch {
		case err != nil:
			return err
		case p.Status == Pending:
			return fault.Conflictf("prompt.pending", "The customer has not answered yet. Look again, or wait with getAuthentication.").WithRetry(pollEvery)
		case p.Status != Approved || !serves:
			return fault.Conflictf("prompt.none", "Nothing waits for an answer on the customer's phone: it ran out, or was never asked for. Ask for it with challengeAuthentication.")
		}
		f = authenticator.Finding{
			Right: true, Factors: shows, Device: p.Device, Holder: true, Exhibit: p.exhibit(),
			Consume: func(tx *db.Tx) (bool, error) { return o.take(tx, r, p) },
		}
		return nil
	})
	return f, err
}

// standing reads the open prompt of a request, at this moment, and whether the token that
// has approved it may still be used. Somebody without one gets the zero Prompt.
func (d *Desk) standing(tx *db.Tx, r authenticator.Request, policyCode string) (p Prompt, serves bool, err error) {
	p, found, err := open(tx, r.Customer, r.Authentication, policyCode)
	if err != nil || !found || p.Payment != r.Payment.Hash() {
		return Prompt{}, false, err
	}
	p.Status = p.At(tx.Now)
	serves, err = d.serves(tx, r, p)
	return p, serves, err
}

// serves reports whether the token that has answered may be used under the policy now.
func (d *Desk) serves(tx *db.Tx, r authenticator.Request, p Prompt) (bool, error) {
	all, err := d.Devices.Serves(tx, p.Customer, p.Token, r.Set)
	for _, code := range all {
		if code == p.Policy {
			return true, err
		}
	}
	return false, err
}

// take uses an approval up: once, in time, and only while its token is in use.
func (d *Desk) take(tx *db.Tx, r authenticator.Request, p Prompt) (bool, error) {
	if p.over(tx.Now) {
		return false, nil
	}
	moved, err := p.move(tx, Use)
	if err != nil || !moved {
		return false, err
	}
	return d.serves(tx, r, p)
}

// exhibit is what was shown and approved.
func (p *Prompt) exhibit() *authenticator.Exhibit {
	return &authenticator.Exhibit{ID: p.ID, Content: p.Content, Control: p.Control, At: p.Answered}
}

// Standing implements authenticator.Remote.
func (o Online) Standing(tx *db.Tx, r authenticator.Request) (authenticator.Standing, error) {
	p, serves, err := o.standing(tx, r, r.Policy.Code)
	s := authenticator.Standing{ID: p.ID, Control: p.Control, Expires: p.Expires, Poll: pollEvery}
	switch {
	case err != nil || p.ID.IsZero():
		return authenticator.Standing{}, err
	case p.Status == Pending:
		s.State = authenticator.Awaited
	case p.Status == Approved && serves:
		s.State = authenticator.Agreed
	default:
		s.State = authenticator.Lapsed
	}
	return s, nil
}

// Watch implements authenticator.Remote.
func (o Online) Watch(authentication ident.ID) (<-chan struct{}, func()) {
	return o.Desk.Watch(authentication)
}

// Cancel implements authenticator.Remote.
func (o Online) Cancel(tx *db.Tx, customer, authentication ident.ID) error {
	return o.Desk.Cancel(tx, customer, authentication)
}

// Factor implements authenticator.Method.
func (o Offline) Factor() authenticator.Factor { return shows }

// Begin implements authenticator.Method: the content of a picture, which Finish signs.
func (o Offline) Begin(tx *db.Tx, r authenticator.Request) (authenticator.Challenge, error) {
	p, err := o.ask(tx, r)
	return authenticator.Challenge{ID: p.ID, Expires: p.Expires, Content: p.Content, Kind: authenticator.KindPicture}, err
}

// Finish implements authenticator.Finisher: the content becomes a compact JWS, to be shown as a
// QR code.
func (o Offline) Finish(ctx context.Context, c authenticator.Challenge) (authenticator.Challenge, error) {
	picture, err := o.Pictures.Picture(ctx, []byte(c.Content))
	c.Picture, c.Content = picture, ""
	return c, err
}

// Check implements authenticator.Method: the answer that a person has typed, tried with the
// signing keys of all tokens of the customer that may answer, over the whole window. A
// customer without any, and one who was shown nothing, is answered after the same work on
// a decoy. Fault: "prompt.answer_form" (Invalid).
func (o Offline) Check(ctx context.Context, r authenticator.Request, proof authenticator.Proof) (f authenticator.Finding, err error) {
	digits, err := oath.CanonicalRange(proof.Code, minDigits, oath.MaxDigits)
	if err != nil {
		return f, fault.Invalidf("prompt.answer_form", "This is not what a token answers: %s.", strings.TrimPrefix(err.Error(), "oath: ")).WithField("code")
	}
	var p Prompt
	var all []Device
	err = o.DB.Read(ctx, func(tx *db.Tx) error {
		var found bool
		if p, found, err = open(tx, r.Customer, r.Authentication, r.Policy.Code); err != nil {
			return err
		}
		if !found || p.Payment != r.Payment.Hash() || p.Method != policy.MethodPicture {
			p = Prompt{}
		}
		all, err = o.Devices.Serving(tx, r.Customer, r.Set, r.Policy.Code)
		return err
	})
	if err != nil {
		return f, err
	}
	return o.find(r, p, all, digits)
}

// find looks for the token that gave an answer.
func (o Offline) find(r authenticator.Request, p Prompt, all []Device, digits string) (authenticator.Finding, error) {
	f := authenticator.Finding{Reason: authenticator.Wrong, Holder: len(all) > 0}
	if len(all) == 0 {
		all = []Device{o.Devices.Decoy()}
	}
	asked := Question(p.Content, "")
	for _, x := range all {
		drift, right, err := x.Right(asked, digits, r.Now, r.Policy.Time)
		if err != nil {
			return f, err
		}
		if !right || f.Right || !f.Holder || p.ID.IsZero() || p.over(r.Now) {
			continue
		}
		answered := p
		answered.Token, answered.Device = x.Token(), x.Device()
		e := answered.exhibit()
		e.At = r.Now
		f = authenticator.Finding{
			Right: true, Holder: true, Factors: shows, Device: x.Device(), Exhibit: e,
			Consume: func(tx *db.Tx) (bool, error) {
				if answered.over(tx.Now) {
					return false, nil
				}
				if used, err := x.Spend(tx, drift); err != nil || !used {
					return false, err
				}
				return answered.move(tx, Answered)
			},
		}
	}
	return f, nil
}
