package movein

import (
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/token"
)

// verdict is what is to be done with an entry; nothing unless the entry's result is
// Created.
type verdict struct {
	customer customer.Customer // zero: to be created
	known    bool
	tokens   []token.Takeover
	theirs   int  // how many of the things that the row brings the customer has already
	later    bool // one of them came after the import began
}

// judge looks at what is here, and says what becomes of an entry. It changes nothing
// but the entry, and, in a dry run, what is remembered. Without a database it judges by
// the rows before.
func (x *work) judge(tx *db.Tx, e *entry) (v verdict, err error) {
	if e.said = e.form; e.said.Result != Created {
		return v, nil
	}
	for _, step := range []func(*db.Tx, *entry, *verdict) error{x.customer, x.tokens, x.password} {
		if err := step(tx, e, &v); err != nil || e.said.Result != Created {
			return v, err
		}
	}
	switch {
	case v.theirs == 0:
		x.seen.note(e, &v)
	case v.theirs == e.brings():
		e.here(v.later, "all of this row")
	default:
		e.refuse(token.Refusal{Code: RefusedPartly, Reason: "the customer has a part of what this row brings already, a token or a password; leave that out of it"})
	}
	return v, nil
}

// customer says whether a row can be for a customer who is here, or is of one who is
// not.
func (x *work) customer(tx *db.Tx, e *entry, v *verdict) (err error) {
	if tx != nil {
		if v.customer, v.known, err = customer.ByNumber(tx, e.want.Number); err != nil {
			return err
		}
	}
	if !v.known && x.seen.customer(e.want.Number) {
		v.customer, v.known = customer.Customer{Status: customer.Active, Created: x.Now}, true
	}
	e.isNew = !v.known
	switch {
	case !v.known:
	case !e.adds() || e.brings() == 0:
		e.here(!v.customer.Created.Before(x.Now), "a customer with this number")
	case v.customer.Status != customer.Active:
		e.refuse(token.Refusal{Code: RefusedCustomer, Reason: "the customer is " + string(v.customer.Status)})
	}
	return nil
}

// here says that what a row brings is here already: since before this import, or
// later.
func (e *entry) here(later bool, what string) {
	if later {
		e.said.Result, e.said.Reason = Duplicate, what+" came earlier in this file, or in the same moment by another way; nothing was changed"
		return
	}
	e.said.Result, e.said.Reason = Unchanged, what+" is here already; nothing was changed"
}

// tokens inspects all tokens of a row, and notes those that are missing; of refusals it
// reports the first.
func (x *work) tokens(tx *db.Tx, e *entry, v *verdict) error {
	for i, l := range e.tokens {
		var o token.Takeover
		var bad token.Refusal
		if tx != nil {
			var err error
			if o, bad, err = x.mover.Tokens.Inspect(tx, v.customer.ID, l, x.Set); err != nil {
				return err
			}
		}
		if theirs, assigned := x.seen.owner(e.want.Number, l, o); assigned {
			o.Theirs, o.Device.Assigned, bad = theirs, x.Now, token.Refusal{}
			if !theirs {
				bad = token.Refusal{Code: token.RefusedTaken, Reason: "the token is another customer's"}
			}
		}
		if bad.Code == token.RefusedMissing {
			e.said.Missing = append(e.said.Missing, e.said.Tokens[i])
		}
		if bad != (token.Refusal{}) && e.said.Result == Created {
			e.refuse(token.Refusal{Code: bad.Code, Reason: e.said.Tokens[i] + ": " + bad.Reason})
		}
		if o.Theirs {
			v.theirs++
			v.later = v.later || !o.Device.Assigned.Before(x.Now)
		}
		v.tokens = append(v.tokens, o)
	}
	return nil
}

// password says whether the password of a row can be taken.
func (x *work) password(tx *db.Tx, e *entry, v *verdict) error {
	if e.hash.IsZero() {
		return nil
	}
	has := x.seen.password(e.want.Number)
	v.later = v.later || has
	if tx != nil {
		entry, found, err := password.Find(tx, v.customer.ID)
		if err != nil {
			return err
		}
		has = has || found
		v.later = v.later || found && !entry.Created.Before(x.Now)
		if len(x.Set.Passwords()) == 0 {
			e.refuse(token.Refusal{Code: RefusedPolicy, Reason: "no policy takes passwords: activate one with method: password first"})
		}
	}
	if has {
		v.theirs++
	}
	return nil
}
