package customer

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
)

// Limits of a search.
const (
	MinPrefix = 3   // characters of a prefix in normal form
	MaxPage   = 200 // customers on a page
)

// Query says whom to look for; every criterion given must hold, and one at least
// must be given.
type Query struct {
	Number string // the number, or a prefix of it of MinPrefix characters or more
	Name   string // a prefix of the name of MinPrefix characters or more; accents and case do not matter
	Phone  string // exactly, in international form
	Email  string // exactly
	Status Status // narrows the others; "" for any
	After  string // Page.Next of the page before; "" for the first
	Limit  int    // customers on a page, 1 to MaxPage; 0 means 50
}

// Page is a part of a result.
type Page struct {
	Customers []Customer
	Next      string // where the next page begins; "" on the last
}

// Search returns the customers that meet a query, by number, or by name when that
// says more than the number. A query without a criterion is the fault
// "customer.search_empty"; a bad cursor "customer.cursor"; a contact that more
// than a thousand customers share "customer.search_wide".
func (r *Register) Search(ctx context.Context, q Query) (p Page, err error) {
	if q.Limit == 0 {
		q.Limit = 50
	}
	w, err := r.want(q)
	if err != nil {
		return p, err
	}
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		p = Page{}
		s := w.statement(q)
		for _, mac := range w.contacts {
			if err := s.reached(tx, mac); err != nil {
				return err
			}
		}
		return tx.Each(s.sql(q.Limit), s.args, func(row db.Row) error {
			var c Customer
			if err := row.Scan(c.dest()...); err != nil {
				return err
			}
			p.Customers = append(p.Customers, c)
			return nil
		})
	})
	if len(p.Customers) > q.Limit {
		p.Customers = p.Customers[:q.Limit]
		p.Next = w.cursor(p.Customers[q.Limit-1])
	}
	return p, err
}

// wanted is a query in normal form.
type wanted struct {
	number, name string
	contacts     [][]byte // lookups
	after        []string // the last customer of the page before: number, or name key and number
}

// byName reports whether the name leads and the result is sorted by it: of
// number and name the longer text, which fewer customers begin with.
func (w wanted) byName() bool {
	return w.name != "" && len(w.name) >= len(w.number) && w.contacts == nil
}

// want brings a query to normal form.
func (r *Register) want(q Query) (w wanted, err error) {
	if q.Limit < 1 || q.Limit > MaxPage {
		return w, fault.Invalidf("customer.limit", "A page has 1 to %d customers.", MaxPage).WithField("/limit")
	}
	if q.Number != "" {
		if w.number, err = Number(q.Number); err != nil {
			return w, err
		}
	}
	if q.Name != "" {
		if w.name, err = searchName(q.Name); err != nil {
			return w, err
		}
	}
	for _, c := range []struct {
		kind         Kind
		typed, field string
	}{{Phone, q.Phone, "/phone"}, {Email, q.Email, "/email"}} {
		if c.typed == "" {
			continue
		}
		value, err := c.kind.Normal(c.typed)
		if err != nil {
			return w, fault.From(err).WithField(c.field)
		}
		w.contacts = append(w.contacts, r.lookup(c.kind, value))
	}
	if w.number == "" && w.name == "" && w.contacts == nil {
		return w, fault.Invalidf("customer.search_empty", "Say whom to look for: a number, a name, a phone number or an e-mail address.")
	}
	w.after, err = w.continued(q.After)
	return w, err
}

func searchName(typed string) (string, error) {
	name, err := Name(typed)
	if err != nil {
		return "", err
	}
	key := nameKey(name)
	if len([]rune(key)) < MinPrefix {
		return "", fault.Invalidf("customer.search_short", "Give at least %d characters of the name.", MinPrefix).WithField("/name")
	}
	return key, nil
}

// cursor names the last customer of a page.
func (w wanted) cursor(c Customer) string {
	key := c.Number
	if w.byName() {
		key = nameKey(c.Name) + "\n" + c.Number
	}
	return base64.RawURLEncoding.EncodeToString([]byte(key))
}

// continued reads what cursor wrote.
func (w wanted) continued(cursor string) (after []string, err error) {
	if cursor == "" {
		return nil, nil
	}
	parts := 1
	if w.byName() {
		parts = 2
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	after = strings.Split(string(b), "\n")
	if err != nil || len(cursor) > 4096 || len(after) != parts {
		return nil, fault.Invalidf("customer.cursor", "This is not a cursor of this search: start with the first page.").WithField("/after")
	}
	return after, nil
}
