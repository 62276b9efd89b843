package identification

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// MaxRecent is how many identifications can be asked for at once.
const MaxRecent = 100

// Sheet is what somebody sees who is about to identify a customer.
type Sheet struct {
	Rule         policy.Identification // the questions, and how many right answers are needed
	Left         int                   // failed identifications before the next block; 0 during one
	BlockedUntil time.Time             // zero: not blocked
	Current      Identification        // who asks has identified the customer and may act; zero when not
	Recent       []Identification      // the last ones, by whomever, newest first
}

// Sheet returns what by needs to identify the customer; with the last n
// identifications, 0 to MaxRecent. Faults: "customer.unknown", "customer.closed",
// "identification.limit".
func (d *Desk) Sheet(ctx context.Context, by audit.Actor, whose ident.ID, n int) (s Sheet, err error) {
	rule := d.Policies.Active().Identification
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		s = Sheet{Rule: rule}
		if _, err := customer.Living(tx, whose); err != nil {
			return err
		}
		c, err := counter(tx, whose)
		if err != nil {
			return err
		}
		s.Left = c.Left(rule.Attempts, tx.Now)
		if c.Blocked(tx.Now) {
			s.BlockedUntil = c.BlockedUntil
		}
		if s.Current, err = current(tx, by, whose); err != nil {
			return err
		}
		s.Recent, err = recent(tx, whose, n)
		return err
	})
	return s, err
}

// Recent returns the customer's last n identifications, 1 to MaxRecent, newest
// first. Faults: "identification.limit".
func (d *Desk) Recent(ctx context.Context, customer ident.ID, n int) (all []Identification, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = recent(tx, customer, n)
		return err
	})
	return all, err
}

// Lately returns the identification by which by knows the customer now: their own, the
// one that lasts longest. The Denied fault "identification.required" says that there is
// none. It is for acts whose callers name none; their audit record does.
func Lately(tx *db.Tx, customer ident.ID, by audit.Actor) (ident.ID, error) {
	i, err := current(tx, by, customer)
	if err == nil && !i.Good(tx.Now) {
		err = required()
	}
	return i.ID, err
}

// ByColleague returns an identification of the customer, good now, by a member of staff
// who is not by: for acts that take two people, one who speaks with the customer and one
// who decides. The Denied fault "identification.colleague" says that there is none.
func ByColleague(tx *db.Tx, customer ident.ID, by audit.Actor) (i Identification, err error) {
	err = tx.Each("SELECT "+columns+` FROM identification WHERE customer = $1 AND actor <> $2 AND actor LIKE $3 AND expires_at > $4
		ORDER BY expires_at DESC LIMIT 1`, []any{customer, by.String(), string(audit.StaffKind) + ":%", tx.Now}, i.scan)
	if err == nil && !i.Good(tx.Now) {
		err = fault.Deniedf("identification.colleague", "A colleague must have identified the customer just now: this act takes two people.").WithField("/identification")
	}
	return i, err
}

// Colleague returns what ByColleague would, for pages; the zero value for none.
func (d *Desk) Colleague(ctx context.Context, by audit.Actor, customer ident.ID) (i Identification, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		i, err = ByColleague(tx, customer, by)
		return err
	})
	if fault.Is(err, "identification.colleague") {
		err = nil
	}
	return i, err
}

// current returns the identification of by that lasts longest.
func current(tx *db.Tx, by audit.Actor, customer ident.ID) (i Identification, err error) {
	err = tx.Each("SELECT "+columns+` FROM identification WHERE customer = $1 AND actor = $2 AND expires_at > $3
		ORDER BY expires_at DESC LIMIT 1`, []any{customer, by.String(), tx.Now}, i.scan)
	return i, err
}

func recent(tx *db.Tx, customer ident.ID, n int) (all []Identification, err error) {
	if n < 0 || n > MaxRecent {
		return nil, fault.Invalidf("identification.limit", "Ask for at most %d identifications.", MaxRecent).WithField("/limit")
	}
	err = tx.Each("SELECT "+columns+" FROM identification WHERE customer = $1 ORDER BY created_at DESC, id DESC LIMIT $2", []any{customer, n}, func(row db.Row) error {
		var i Identification
		err := i.scan(row)
		all = append(all, i)
		return err
	})
	return all, err
}

// Sweep deletes at most n identifications that are older than Keep; it returns
// how many it deleted.
func Sweep(tx *db.Tx, n int) (int64, error) {
	return tx.Exec(`DELETE FROM identification WHERE (customer, id) IN
		(SELECT customer, id FROM identification WHERE created_at < $1 ORDER BY created_at LIMIT $2)`, tx.Now.Add(-Keep), n)
}
