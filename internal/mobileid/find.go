package mobileid

import (
	"context"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Whose returns the customer number of the person whose mobile ID has a phone number; for a number that nobody
// has, or that is none, the text itself, which is no customer number. It does the same work for all,
// so that a login that begins with a phone number tells no more than one that begins with a customer number.
func (d *Desk) Whose(ctx context.Context, typed string) (number string, err error) {
	set := d.Policies.Active()
	name, bad := Number(typed, set.SMS.Region)
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		number = typed
		m, found, err := byTag(tx, d.tagOf("number", name))
		if err != nil {
			return err
		}
		c, there, err := customer.Find(tx, m.Customer)
		if bad == nil && found && there {
			number = c.Number
		}
		return err
	})
	return number, err
}

// Query says which transactions are listed.
type Query struct {
	Status Status // "" for all
	After  string // Page.Next of the page before; "" for the first
	Limit  int    // 1 to 200
}

// Page is a part of the list of all transactions. One with a Status may have fewer than Limit, or
// none, and yet not be the last.
type Page struct {
	Transactions []Transaction
	Next         string // "" on the last page
}

// looked is how many transactions a page of rare ones looks at.
const looked = 1000

// All lists the transactions of everybody, newest first, for staff. Faults: "mobileid.limit",
// "mobileid.cursor" (Invalid).
func (d *Desk) All(ctx context.Context, q Query) (p Page, err error) {
	if q.Limit < 1 || q.Limit > 200 {
		return p, fault.Invalidf("mobileid.limit", "A page has 1 to 200 transactions.").WithField("/limit")
	}
	before := ident.ID{}
	for i := range before {
		before[i] = 0xFF
	}
	if q.After != "" {
		if before, err = ident.Parse(q.After); err != nil {
			return p, fault.Invalidf("mobileid.cursor", "This is not a page of the list. Start with the first page.").WithField("/cursor").WithCause(err)
		}
	}
	most := q.Limit
	if q.Status != "" {
		most = looked
	}
	var last ident.ID
	seen := 0
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		p, seen = Page{}, 0
		return tx.Each("SELECT "+transactionColumns+" FROM mobile_id_request WHERE id < $1 ORDER BY id DESC LIMIT $2", []any{before, most}, func(r db.Row) error {
			var t Transaction
			if err := r.Scan(t.dest()...); err != nil || len(p.Transactions) == q.Limit {
				return err
			}
			seen, last = seen+1, t.ID
			t.Handle, t.Card = d.handle(t.Customer, t.ID), readCard(t.card)
			t.now(tx.Now)
			if q.Status == "" || t.Status == q.Status {
				p.Transactions = append(p.Transactions, t)
			}
			return nil
		})
	})
	if seen == most || len(p.Transactions) == q.Limit {
		p.Next = last.String()
	}
	return p, err
}
