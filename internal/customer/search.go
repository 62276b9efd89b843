package customer

import (
	"context"
	"encoding/base64"
	"fmt"
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

// Search returns the customers that meet a query, by number, or by name when a
// name was asked for. A query without a criterion is the fault
// "customer.search_empty"; a bad cursor "customer.cursor".
func (r *Register) Search(ctx context.Context, q Query) (p Page, err error) {
	s, err := r.statement(q)
	if err != nil {
		return p, err
	}
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		p = Page{}
		return tx.Each(s.sql(), s.args, func(row db.Row) error {
			var c Customer
			if err := row.Scan(c.dest()...); err != nil {
				return err
			}
			p.Customers = append(p.Customers, c)
			return nil
		})
	})
	if n := len(p.Customers); n > s.limit {
		p.Customers = p.Customers[:s.limit]
		p.Next = s.cursor(p.Customers[s.limit-1])
	}
	return p, err
}

// statement collects conditions; placeholders follow the arguments.
type statement struct {
	where  []string
	args   []any
	byName bool
	limit  int
}

func (s *statement) and(condition string, args ...any) {
	places := make([]any, 0, len(args))
	for _, a := range args {
		s.args = append(s.args, a)
		places = append(places, fmt.Sprintf("$%d", len(s.args)))
	}
	s.where = append(s.where, fmt.Sprintf(condition, places...))
}

// last is above every text that begins with a prefix: the highest code point.
const last = "\U0010ffff"

func (r *Register) statement(q Query) (*statement, error) {
	s := &statement{limit: q.Limit}
	if s.limit == 0 {
		s.limit = 50
	}
	if s.limit < 1 || s.limit > MaxPage {
		return nil, fault.Invalidf("customer.limit", "A page has 1 to %d customers.", MaxPage).WithField("/limit")
	}
	for _, add := range []func(*statement, Query) error{(*statement).number, (*statement).name, r.phone, r.email} {
		if err := add(s, q); err != nil {
			return nil, err
		}
	}
	if len(s.where) == 0 {
		return nil, fault.Invalidf("customer.search_empty", "Say whom to look for: a number, a name, a phone number or an e-mail address.")
	}
	if q.Status != "" {
		s.and("status = %s", string(q.Status))
	}
	return s, s.after(q.After)
}

func (s *statement) number(q Query) error {
	if q.Number == "" {
		return nil
	}
	number, err := Number(q.Number)
	if err != nil {
		return err
	}
	if len(number) < MinPrefix {
		s.and("number = %s", number)
		return nil
	}
	s.and("number >= %s", number)
	s.and("number < %s", number+last)
	return nil
}

func (s *statement) name(q Query) error {
	if q.Name == "" {
		return nil
	}
	name, err := Name(q.Name)
	if err != nil {
		return err
	}
	key := nameKey(name)
	if len([]rune(key)) < MinPrefix {
		return fault.Invalidf("customer.search_short", "Give at least %d characters of the name.", MinPrefix).WithField("/name")
	}
	s.byName = true
	s.and("name_key >= %s", key)
	s.and("name_key < %s", key+last)
	return nil
}

func (r *Register) phone(s *statement, q Query) error {
	return r.contact(s, Phone, q.Phone, "/phone")
}

func (r *Register) email(s *statement, q Query) error {
	return r.contact(s, Email, q.Email, "/email")
}

func (r *Register) contact(s *statement, k Kind, typed, field string) error {
	if typed == "" {
		return nil
	}
	value, err := k.Normal(typed)
	if err != nil {
		return fault.From(err).WithField(field)
	}
	s.and("id IN (SELECT customer FROM contact WHERE lookup = %s)", r.lookup(k, value))
	return nil
}

// sql asks for one row more than the page, to learn whether there is another.
func (s *statement) sql() string {
	order := "number"
	if s.byName {
		order = "name_key, number"
	}
	return fmt.Sprintf("SELECT %s FROM customer WHERE %s ORDER BY %s LIMIT %d", columns, strings.Join(s.where, " AND "), order, s.limit+1)
}

// cursor names the last customer of a page: its number, after its name key when
// the result is sorted by name.
func (s *statement) cursor(c Customer) string {
	key := c.Number
	if s.byName {
		key = nameKey(c.Name) + "\n" + c.Number
	}
	return base64.RawURLEncoding.EncodeToString([]byte(key))
}

func (s *statement) after(cursor string) error {
	if cursor == "" {
		return nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	key, number, ok := strings.Cut(string(b), "\n")
	switch {
	case err != nil || ok != s.byName || len(cursor) > 4096:
		return fault.Invalidf("customer.cursor", "This is not a cursor of this search: start with the first page.").WithField("/after")
	case s.byName:
		s.and("(name_key, number) > (%s, %s)", key, number)
	default:
		s.and("number > %s", key)
	}
	return nil
}
