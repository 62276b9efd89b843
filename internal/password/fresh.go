package password

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Kinds of audit records about secrets. None says anything of the secret.
const (
	AuditSet       = "password.set"       // a customer who had none chose one
	AuditChanged   = "password.changed"   // a customer replaced theirs
	AuditDue       = "password.due"       // staff want it replaced
	AuditCancelled = "password.cancelled" // it opens nothing any more: help desk
)

// Fresh is a new secret that was found good, on its way to be stored. It hides
// itself when it is printed.
type Fresh struct { //nolint:recvcheck // follow fills it; Format must hide values, too
	customer ident.ID
	was      int64 // generation of the one that it replaces; 0: there is none
	next     int64
	sealed   []byte
	history  int
}

// Format hides the secret from every verb.
func (Fresh) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[redacted]")) }

// Prepare judges a new secret, compares it with the present one and former ones, and
// hashes it: outside any transaction. Mistakes say all that is wrong; then there is
// nothing to store. Faults: "argon.busy" (Limited), "argon.waited" (Unavailable).
func (p *Passwords) Prepare(ctx context.Context, r authenticator.Request, secret string) (f Fresh, bad []authenticator.Mistake, err error) {
	rules := r.Policy.Secret
	if rules.Length == (policy.Length{}) {
		rules = policy.DefaultSecret()
		r.Policy.Secret = rules
	}
	f = Fresh{customer: r.Customer, history: rules.History}
	var e Entry
	var old []former
	var words []string
	err = p.db.Read(ctx, func(tx *db.Tx) error {
		if e, _, err = Find(tx, r.Customer); err != nil {
			return err
		}
		if old, err = formers(tx, r.Customer, rules.History); err != nil {
			return err
		}
		words, err = p.words(tx, r.Customer)
		return err
	})
	if err != nil {
		return f, nil, err
	}
	f.follow(e, old)
	var j Judgement
	if err := p.hasher.Run(ctx, func() { j = p.Judge(rules, r.Set.Least(r.Policy), secret, words) }); err != nil {
		return f, nil, err
	}
	normal := norm.NFKC.AppendString(nil, secret)
	if len(normal) > maxBytes || !utf8.ValidString(secret) {
		return f, j.Mistakes, nil
	}
	switch at, err := p.same(ctx, r.Customer, secret, normal, e.sealed, old, rules.History); {
	case err != nil:
		return f, nil, err
	case at == 0:
		j.add(Unchanged, "It is the one that you have. Take another one.")
	case at > 0:
		j.add(UsedBefore, "You had it before. Take another one.")
	}
	if !j.Fit() {
		return f, j.Mistakes, nil
	}
	p.worked("ours")
	text, err := p.hash(ctx, rules.Key, r.Customer, normal)
	if err == nil {
		f.sealed = p.seal(r.Customer, text)
	}
	return f, nil, err
}

// Store makes a new secret the customer's; false when theirs has become another one since
// Prepare, and nothing is changed.
func (p *Passwords) Store(tx *db.Tx, by audit.Actor, f Fresh) (bool, error) {
	kind := AuditChanged
	var n int64
	var err error
	if f.was == 0 {
		kind = AuditSet
		n, err = tx.Exec(`INSERT INTO password (customer, sealed, scheme, needs_rehash, generation, created_at, changed_at, used_at, must_change)
			VALUES ($1, $2, '', 0, $3, $4, $4, NULL, 0) ON CONFLICT (customer) DO NOTHING`, f.customer, f.sealed, f.next, tx.Now)
	} else {
		if err = claim(tx, f); err == nil {
			n, err = tx.Exec(`UPDATE password SET sealed = $3, needs_rehash = 0, generation = $4, changed_at = $5, must_change = 0
				WHERE customer = $1 AND generation = $2`, f.customer, f.was, f.sealed, f.next, tx.Now)
		}
	}
	if err != nil || n == 0 {
		return false, err
	}
	audit.Record(tx, audit.Event{Kind: kind, By: by, Customer: f.customer, Object: "password", Details: map[string]any{"generation": f.next}})
	return true, p.tell(tx, by, News{f.customer, kind, f.next})
}

// claim keeps the secret that is to be replaced among the former ones, if it is still
// there: the row is locked first, so that of two changes one waits and finds it gone.
func claim(tx *db.Tx, f Fresh) error {
	n, err := tx.Exec("UPDATE password SET generation = generation WHERE customer = $1 AND generation = $2", f.customer, f.was)
	if err != nil || n == 0 {
		return err
	}
	return retire(tx, f.customer, f.history)
}

// Renew implements authenticator.Renewer: what is the generation of the secret that was
// shown, and no other one is replaced.
func (p *Passwords) Renew(ctx context.Context, r authenticator.Request, what, secret string) (func(*db.Tx, audit.Actor) (bool, error), []authenticator.Mistake, error) {
	f, bad, err := p.Prepare(ctx, r, secret)
	if err != nil || len(bad) > 0 {
		return nil, bad, err
	}
	was, err := strconv.ParseInt(strings.TrimSpace(what), 10, 64)
	if err != nil {
		return nil, nil, fmt.Errorf("password: what is to be replaced: %w", err)
	}
	return func(tx *db.Tx, by audit.Actor) (bool, error) {
		if f.was != was {
			return false, nil
		}
		return p.Store(tx, by, f)
	}, nil, nil
}

// Cancel takes a customer's secret away: it opens nothing any more, and is kept among the
// former ones. It reports false when there is none.
func (p *Passwords) Cancel(tx *db.Tx, by audit.Actor, customer ident.ID) (bool, error) {
	if n, err := tx.Exec("UPDATE password SET generation = generation WHERE customer = $1", customer); err != nil || n == 0 {
		return false, err // locked from here on
	}
	if err := retire(tx, customer, policy.MaxHistory); err != nil {
		return false, err
	}
	e, _, err := Find(tx, customer)
	if err != nil {
		return false, err
	}
	if _, err := tx.Exec("DELETE FROM password WHERE customer = $1", customer); err != nil {
		return false, err
	}
	audit.Record(tx, audit.Event{Kind: AuditCancelled, By: by, Customer: customer, Object: "password", Details: map[string]any{"generation": e.generation}})
	return true, p.tell(tx, by, News{customer, AuditCancelled, e.generation})
}

// Erase removes all that is kept of a customer's secrets (customer.Register.Erase).
func Erase(tx *db.Tx, customer ident.ID) error {
	for _, table := range []string{"password", "password_former"} {
		if _, err := tx.Exec("DELETE FROM "+table+" WHERE customer = $1", customer); err != nil {
			return err
		}
	}
	return nil
}
