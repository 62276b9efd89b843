package risk

import (
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Kinds of audit records of blocked channels.
const (
	AuditChannelBlocked = "channel.blocked"
	AuditChannelLifted  = "channel.lifted"
	AuditChannelExpired = "channel.expired"
)

// Causes of blocks.
const (
	CauseRisk = "risk" // an event of very high risk
	CauseBank = "bank" // an application of the bank asked for it
)

// strangersFor is the longest block of somebody who is no customer: nobody is there to
// have it lifted.
const strangersFor = 30 * 24 * time.Hour

// ChannelBlock is a channel that is closed to a customer.
type ChannelBlock struct { //nolint:recvcheck // scan fills it, the rest only look
	Customer       ident.ID    `json:"customer"`
	Channel        string      `json:"channel"`
	Cause          string      `json:"cause"`
	Event          ident.ID    `json:"event,omitzero"`          // that caused it; zero for none
	Authentication ident.ID    `json:"authentication,omitzero"` // that was denied with it; zero for none
	By             audit.Actor `json:"-"`                       // without a name
	Reason         string      `json:"reason,omitempty"`        // in the words of who asked for it
	Made           time.Time   `json:"made"`
	Until          time.Time   `json:"until,omitzero"` // zero: until it is lifted

	known bool // whether there is such a customer
}

// Stands reports whether the block holds at the moment now.
func (b ChannelBlock) Stands(now time.Time) bool { return b.Until.IsZero() || b.Until.After(now) }

const channelColumns = "customer, channel, cause, event, authentication, actor, reason, known, made_at, until"

func (b *ChannelBlock) scan(row db.Row) error {
	var actor string
	err := row.Scan(&b.Customer, &b.Channel, &b.Cause, &b.Event, &b.Authentication, &actor, &b.Reason, &b.known, &b.Made, &b.Until)
	if err == nil {
		b.By, err = audit.ParseActor(actor)
	}
	return err
}

// BlockedChannel returns the block of a customer's channel that stands now; false when
// there is none. One that has run out is none.
func BlockedChannel(tx *db.Tx, customer ident.ID, channel string) (b ChannelBlock, found bool, err error) {
	err = b.scan(tx.Row("SELECT "+channelColumns+" FROM risk_channel WHERE customer = $1 AND channel = $2 AND (until IS NULL OR until > $3)", customer, channel, tx.Now))
	if errors.Is(err, db.ErrNoRow) {
		return ChannelBlock{}, false, nil
	}
	return b, err == nil, err
}

// BlockChannel closes a channel in the caller's transaction, unless it is closed already:
// of many that ask at once one makes the block and its record. It tells the customer. Made,
// By and what is not given are filled in.
func (d *Desk) BlockChannel(tx *db.Tx, by audit.Actor, b ChannelBlock) (made bool, err error) {
	_, b.known, err = customer.Find(tx, b.Customer)
	if err != nil {
		return false, err
	}
	if _, err := expired(tx, "customer = $2 AND channel = $3", b.Customer, b.Channel); err != nil {
		return false, err
	}
	if b.By, b.Made = by, tx.Now; b.Until.IsZero() && !b.known {
		b.Until = tx.Now.Add(strangersFor)
	}
	n, err := tx.Exec("INSERT INTO risk_channel ("+channelColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (customer, channel) DO NOTHING",
		b.Customer, b.Channel, b.Cause, b.Event, b.Authentication, by.String(), b.Reason, b.known, b.Made, b.Until)
	if err != nil || n == 0 {
		return false, err
	}
	b.record(tx, AuditChannelBlocked, by, map[string]any{"authentication": b.Authentication})
	return true, d.tell(tx, by, ChannelNews{b, AuditChannelBlocked})
}

// lift opens the channel again in the caller's transaction; false when somebody else was
// faster, or the time.
func (d *Desk) lift(tx *db.Tx, by audit.Actor, b ChannelBlock, details map[string]any) (bool, error) {
	n, err := tx.Exec("DELETE FROM risk_channel WHERE customer = $1 AND channel = $2 AND made_at = $3", b.Customer, b.Channel, b.Made)
	if err != nil || n == 0 {
		return false, err
	}
	b.record(tx, AuditChannelLifted, by, details)
	return true, d.tell(tx, by, ChannelNews{b, AuditChannelLifted})
}

// clear lifts the block that an event caused, when people found the event legitimate.
func (d *Desk) clear(tx *db.Tx, by audit.Actor, e *Event) error {
	all, err := standing(tx, "customer = $2 AND event = $3", e.Customer, e.ID)
	for _, b := range all {
		if err == nil {
			_, err = d.lift(tx, by, b, map[string]any{"label": e.Label})
		}
	}
	return err
}

// standing reads the blocks that stand and meet a condition; its arguments begin at $2.
func standing(tx *db.Tx, where string, args ...any) (all []ChannelBlock, err error) {
	err = tx.Each("SELECT "+channelColumns+" FROM risk_channel WHERE (until IS NULL OR until > $1) AND "+where, append([]any{tx.Now}, args...), func(row db.Row) error {
		var b ChannelBlock
		err := b.scan(row)
		all = append(all, b)
		return err
	})
	return all, err
}

// expired deletes the blocks that have run out and meet a condition, and records each; its
// arguments begin at $2.
func expired(tx *db.Tx, where string, args ...any) (n int64, err error) {
	var over []ChannelBlock
	err = tx.Each("SELECT "+channelColumns+" FROM risk_channel WHERE until <= $1 AND "+where, append([]any{tx.Now}, args...), func(row db.Row) error {
		var b ChannelBlock
		err := b.scan(row)
		over = append(over, b)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, b := range over {
		gone, err := tx.Exec("DELETE FROM risk_channel WHERE customer = $1 AND channel = $2 AND until <= $3", b.Customer, b.Channel, tx.Now)
		if err != nil {
			return n, err
		}
		if n += gone; gone == 1 {
			b.record(tx, AuditChannelExpired, audit.System("risk"), nil)
		}
	}
	return n, nil
}

// record leaves an audit record about the block.
func (b ChannelBlock) record(tx *db.Tx, kind string, by audit.Actor, more map[string]any) {
	details := map[string]any{"channel": b.Channel, "cause": b.Cause, "made_at": b.Made}
	if !b.Event.IsZero() {
		details["event"] = b.Event
	}
	if !b.Until.IsZero() {
		details["until"] = b.Until
	}
	if b.Reason != "" && kind == AuditChannelBlocked {
		details["reason"] = b.Reason
	}
	for k, x := range more {
		if id, ok := x.(ident.ID); !ok || !id.IsZero() {
			details[k] = x
		}
	}
	audit.Record(tx, audit.Event{Kind: kind, By: by, Customer: b.Customer, Object: "channel:" + b.Channel, Details: details})
}
