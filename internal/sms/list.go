package sms

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Message is what staff may see of a message: never its body, never the whole
// number.
type Message struct {
	ID       ident.ID
	Customer ident.ID // zero for nobody
	To       string   // masked: "+47 ••• 67"
	Class    string
	State    State
	Gateway  string // that took it; empty before
	Parts    int    // that it was sent in; 0 before
	Reason   string // why it failed, in the network's or the outbox's words
	Created  time.Time
	Expires  time.Time
	Sent     time.Time // when a gateway took it; zero before
	Ended    time.Time // zero before
}

const columns = `id, customer, class, phone, state, gateway, parts, reason, created_at, expires_at, sent_at, ended_at`

func (m *Message) dest(phone *[]byte) []any {
	return []any{&m.ID, &m.Customer, &m.Class, phone, &m.State, &m.Gateway, &m.Parts, &m.Reason, &m.Created, &m.Expires, &m.Sent, &m.Ended}
}

// Filter chooses messages. Empty fields choose all.
type Filter struct {
	Customer ident.ID
	State    State
	Class    string
	Gateway  string    // that took it
	From, To time.Time // made at From or later, and before To
	Before   ident.ID  // the last one of the page before
}

// Find returns one message; ok is false when there is none, or none any more.
func (d *Desk) Find(ctx context.Context, id ident.ID) (m Message, ok bool, err error) {
	s, ok, err := d.read(ctx, id)
	if err != nil || !ok {
		return m, false, err
	}
	m, err = d.mask(s.Message, s.phone)
	return m, err == nil, err
}

// List returns up to limit (1 to 500) messages, the newest first.
func (d *Desk) List(ctx context.Context, f Filter, limit int) (list []Message, err error) {
	if limit < 1 || limit > 500 {
		return nil, fault.Invalidf("sms.page_size", "Ask for 1 to 500 messages at a time.")
	}
	where, args := f.where()
	args = append(args, limit)
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		list = nil
		return tx.Each(fmt.Sprintf(`SELECT %s FROM sms%s ORDER BY id DESC LIMIT $%d`, columns, where, len(args)), args, func(r db.Row) error {
			var m Message
			var phone []byte
			if err := r.Scan(m.dest(&phone)...); err != nil {
				return err
			}
			m, err := d.mask(m, phone)
			list = append(list, m)
			return err
		})
	})
	return list, err
}

func (f Filter) where() (sql string, args []any) {
	var terms []string
	and := func(term string, arg any) {
		args = append(args, arg)
		terms = append(terms, fmt.Sprintf(term, len(args)))
	}
	if !f.Customer.IsZero() {
		and("customer = $%d", f.Customer)
	}
	if f.State != "" {
		and("state = $%d", string(f.State))
	}
	if f.Class != "" {
		and("class = $%d", f.Class)
	}
	if f.Gateway != "" {
		and("gateway = $%d", f.Gateway)
	}
	if !f.From.IsZero() {
		and("id >= $%d", first7(f.From))
	}
	if !f.To.IsZero() {
		and("id < $%d", first7(f.To))
	}
	if !f.Before.IsZero() {
		and("id < $%d", f.Before)
	}
	if terms == nil {
		return "", nil
	}
	return " WHERE " + strings.Join(terms, " AND "), args
}

func (d *Desk) mask(m Message, phone []byte) (Message, error) {
	number, err := d.Ring.Open(phoneLabel, m.ID, phone)
	m.To = customer.Contact{Kind: customer.Phone, Value: string(number)}.Masked()
	return m, err
}

// Retry has a dead message tried again by all gateways. One that is not dead, or
// has expired, is a fault; so is one that is not known.
func (d *Desk) Retry(ctx context.Context, by audit.Actor, id ident.ID) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		if err := d.Outbox.Revive(tx, by, id); err != nil {
			return err
		}
		n, err := tx.Exec(`UPDATE sms SET state = 'waiting', reason = '', ended_at = NULL WHERE id = $1 AND state = 'dead'`, id)
		if err == nil && n == 0 {
			return fault.Conflictf("sms.not_dead", "Only a message that no gateway took can be tried again.")
		}
		return err
	})
}
