package password

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
)

// Ask implements authenticator.Part: there is nothing to be asked.
func (p *Passwords) Ask(*db.Tx, audit.Actor, authenticator.Request) (authenticator.Challenge, error) {
	return authenticator.Challenge{}, nil
}

// Prove implements authenticator.Part: a new secret is right when it is good enough.
// What is kept of it until the end of the registration is its hash, sealed.
func (p *Passwords) Prove(ctx context.Context, r authenticator.Request, proof authenticator.Proof) (authenticator.Given, error) {
	f, bad, err := p.Prepare(ctx, r, proof.Code)
	return authenticator.Given{Right: err == nil && len(bad) == 0, Mistakes: bad, Kept: f.sealed}, err
}

// Complete implements authenticator.Part: the secret that was chosen takes the place
// of the one that is there, if any.
func (p *Passwords) Complete(tx *db.Tx, by audit.Actor, r authenticator.Request, kept []byte) (bool, error) {
	f := Fresh{customer: r.Customer, sealed: kept, history: r.Policy.Secret.History}
	e, _, err := Find(tx, r.Customer)
	if err != nil {
		return false, err
	}
	old, err := formers(tx, r.Customer, 1)
	if err != nil {
		return false, err
	}
	f.follow(e, old)
	return p.Store(tx, by, f)
}

// follow numbers a new secret after those that there are and were.
func (f *Fresh) follow(e Entry, old []former) {
	f.was, f.next = e.generation, e.generation
	if len(old) > 0 {
		f.next = max(f.next, old[0].generation)
	}
	f.next++
}
