package hub

import (
	"context"
	"errors"
	"net/netip"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Ask says what is asked for.
type Ask struct {
	Policy string // "" when the awaited step allows one only
	Key    string // idempotency key; "" for none. The same one gets the same code, where codes are sent
	Source string // address of the customer; "" when the application does not know it
	Spam   string // the customer's spam-prevention code; "" for none
}

// Ask has the method of the awaited step make what the customer needs before they can
// answer: digits to be typed into a token, or a code that is sent. It does so for every
// customer, also for those whose tokens need none and those who do not exist, and the
// answer has the same form. Where a code was sent to is told only to those who have
// shown a factor before.
//
// Of many that ask at once, one has a code sent; the others get the same answer. None is
// sent for an authentication that has ended, however close the race.
//
// Faults: "authentication.unknown" (NotFound), "authentication.over", "authentication.busy"
// (Conflict), "authentication.policy", "authentication.source" (Invalid), and those of the
// method.
func (h *Hub) Ask(ctx context.Context, by audit.Actor, handle string, in Ask) (c authenticator.Challenge, err error) {
	source, err := sourceOf(in.Source)
	if err != nil {
		return c, err
	}
	for range maxLooks {
		if c, err = h.ask(ctx, by, handle, in, source); !errors.Is(err, errChanged) {
			return c, err
		}
	}
	return c, tooMany()
}

func (h *Hub) ask(ctx context.Context, by audit.Actor, handle string, in Ask, source string) (c authenticator.Challenge, err error) {
	customerID, id := h.named(handle)
	set := h.policies.Active()
	var barred row
	var method authenticator.Method
	err = h.db.Settle(ctx, customerID, func(tx *db.Tx) error {
		r, found, err := load(tx, by, customerID, id)
		switch {
		case err != nil:
			return err
		case !found:
			return unknown()
		case r.over(tx.Now, set.Version):
			return over()
		}
		if r.subject, err = subject(tx, customerID); err != nil {
			return err
		}
		if err := r.loadRest(tx, set); err != nil {
			return err
		}
		switch closed, err := r.closed(tx); {
		case err != nil:
			return err
		case closed:
			barred = r
			return errBarred
		}
		c, method, err = h.begin(tx, &r, in, source, set)
		return err
	})
	if errors.Is(err, errBarred) { // by a unit of its own, because this one is undone
		err = h.bar(ctx, by, barred)
	}
	if m, finishes := method.(authenticator.Finisher); finishes && err == nil {
		c, err = m.Finish(ctx, c) // such as by a signature: not within a transaction
	}
	if err != nil {
		return authenticator.Challenge{}, err
	}
	return c, nil
}

// begin asks the method, and then makes sure that the authentication is still what it
// was: the method's rows are locked first, as in a settlement.
func (h *Hub) begin(tx *db.Tx, r *row, in Ask, source string, set *policy.Set) (c authenticator.Challenge, method authenticator.Method, err error) {
	req, method, err := h.request(r, in.Policy, set, tx.Now)
	if err != nil {
		return c, nil, err
	}
	req.Asking.Source, req.Asking.Spam = source, in.Spam
	if in.Key != "" {
		req.Asking.Key = h.ring.MAC("authentication.asked", r.id[:], []byte(in.Key))[:tagSize]
	}
	if c, err = method.Begin(tx, req); err != nil {
		return c, nil, err
	}
	if r.step == 0 {
		c.To = ""
	}
	n, err := tx.Exec("UPDATE authentication SET version = version WHERE customer = $1 AND id = $2 AND version = $3 AND state = 'open'", r.customer, r.id, r.version)
	if err == nil && n == 0 {
		err = errChanged
	}
	return c, method, err
}

// sourceOf gives the normal form of an address. Of IPv6, a customer has a whole network.
func sourceOf(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return "", fault.Invalidf("authentication.source", "The address of the customer is not an IP address.").WithField("/source_address").WithCause(err)
	}
	if a = a.Unmap().WithZone(""); a.Is4() {
		return a.String(), nil
	}
	net, err := a.Prefix(64)
	return net.String(), err
}

// Challenge is Ask for pages that show digits to be typed into a token.
func (h *Hub) Challenge(ctx context.Context, by audit.Actor, handle, policyCode string) (authenticator.Challenge, error) {
	return h.Ask(ctx, by, handle, Ask{Policy: policyCode})
}
