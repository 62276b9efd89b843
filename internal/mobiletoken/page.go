package mobiletoken

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Query says which of the bank's mobile tokens somebody wants to see.
type Query struct {
	Application string    // code; needed
	Status      Status    // "" for all
	Unused      time.Time // only tokens that gave no code since then, and were in use by then; zero: all
	After       string    // Page.Next of the page before; "" for the first
	Limit       int       // 1 to MaxPage
}

// Page is a part of the list of all tokens, newest first.
type Page struct {
	Tokens []Listed
	// Next is where the next page begins; "" on the last one. A page of a Query with Unused
	// may be short, or even empty, and yet have one: it costs no more than others.
	Next string
}

// Listed is a token in the list of all, with what the list can tell cheaply.
type Listed struct {
	Token

	Used  time.Time // when it gave its last code; zero: never
	Owner string    // the customer's number; "" once erased
}

// MaxPage is how many tokens a page has at most, and lookAt how many of each state are
// looked at for one that leaves tokens out.
const (
	MaxPage = 200
	lookAt  = 1000
)

// All returns one page of the bank's tokens. Each costs the same, however many there are:
// it reads an index by application and state from a place on. Faults (Invalid):
// "mobiletoken.application", "mobiletoken.status", "mobiletoken.cursor",
// "mobiletoken.page_size".
func (d *Desk) All(ctx context.Context, q Query) (p Page, err error) {
	from, err := q.check()
	if err != nil {
		return p, err
	}
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		if p, err = q.page(tx, from); err != nil {
			return err
		}
		for i := range p.Tokens {
			c, _, err := customer.Find(tx, p.Tokens[i].Customer)
			if err != nil {
				return err
			}
			p.Tokens[i].Owner = c.Number
		}
		return nil
	})
	return p, err
}

// Find returns the token with a serial number that is not archived, and its owner's
// number. The fault is "mobiletoken.unknown_serial" (NotFound).
func (d *Desk) Find(ctx context.Context, serial string) (it Item, owner string, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		t, found, err := BySerial(tx, strings.ToUpper(strings.TrimSpace(serial)))
		if err == nil && !found {
			err = fault.NotFoundf("mobiletoken.unknown_serial", "There is no mobile token with this serial number, or it is archived.")
		}
		if err != nil {
			return err
		}
		c, _, err := customer.Find(tx, t.Customer)
		if err != nil {
			return err
		}
		owner = c.Number
		it, err = d.one(tx, t)
		return err
	})
	return it, owner, err
}

func (q Query) check() (from ident.ID, err error) {
	switch {
	case q.Application == "":
		return from, fault.Invalidf("mobiletoken.application", "Say of which application.").WithField("/application")
	case q.Status != "" && !slices.Contains(Statuses(), q.Status):
		return from, fault.Invalidf("mobiletoken.status", "There is no such state of a mobile token.").WithField("/state")
	case q.Limit < 1 || q.Limit > MaxPage:
		return from, fault.Invalidf("mobiletoken.page_size", "Ask for 1 to %d tokens at a time.", MaxPage).WithField("/limit")
	case q.After == "":
		return ident.ID(bytes.Repeat([]byte{0xff}, len(from))), nil
	}
	if from, err = ident.Parse(q.After); err != nil {
		err = fault.Invalidf("mobiletoken.cursor", "This is no cursor of the list of mobile tokens: start with the first page.").WithField("/cursor").WithCause(err)
	}
	return from, err
}

// statuses are those that the query looks at.
func (q Query) statuses() []Status {
	switch {
	case q.Status != "":
		return []Status{q.Status}
	case !q.Unused.IsZero():
		return []Status{Active, Blocked}
	}
	return Statuses()
}

// page merges the lists of the states. What lies below the end of a list that was cut is
// left for the next page: another list may have something between.
func (q Query) page(tx *db.Tx, from ident.ID) (p Page, err error) {
	n := q.Limit + 1
	if !q.Unused.IsZero() {
		n = lookAt
	}
	var all []Listed
	var end ident.ID // nothing below it is complete
	for _, s := range q.statuses() {
		part, err := listed(tx, q.Application, s, from, n)
		if err != nil {
			return p, err
		}
		if len(part) == n && bytes.Compare(part[n-1].ID[:], end[:]) > 0 {
			end = part[n-1].ID
		}
		all = append(all, part...)
	}
	slices.SortFunc(all, func(a, b Listed) int { return bytes.Compare(b.ID[:], a.ID[:]) })
	for _, t := range all {
		switch {
		case bytes.Compare(t.ID[:], end[:]) < 0:
			p.Next = end.String()
			return p, nil
		case !q.wants(t):
		case len(p.Tokens) == q.Limit:
			p.Next = p.Tokens[q.Limit-1].ID.String()
			return p, nil
		default:
			p.Tokens = append(p.Tokens, t)
		}
	}
	if !end.IsZero() {
		p.Next = end.String()
	}
	return p, nil
}

// wants reports whether a token is one that was not used for as long as the query says.
func (q Query) wants(t Listed) bool {
	return q.Unused.IsZero() || t.Used.Before(q.Unused) && t.Created.Before(q.Unused)
}

// listed reads n tokens of one application and state that are older than a place.
func listed(tx *db.Tx, application string, s Status, from ident.ID, n int) (all []Listed, err error) {
	columns := "t." + strings.ReplaceAll(tokenColumns, ", ", ", t.")
	err = tx.Each(`SELECT `+columns+`, k.used_at FROM mobile_token t
		LEFT JOIN mobile_key k ON k.customer = t.customer AND k.token = t.id AND k.usage = 'code' AND k.state <> 'pending'
		WHERE t.application = $1 AND t.status = $2 AND t.id < $3 ORDER BY t.id DESC LIMIT $4`, []any{application, string(s), from, n}, func(r db.Row) error {
		var t Listed
		err := r.Scan(append(t.dest(), &t.Used)...)
		all = append(all, t)
		return err
	})
	return all, err
}
