package risk

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
)

// Closing asks that a channel is closed to a customer.
type Closing struct {
	Customer ident.ID
	Channel  string
	Until    time.Time // at most a year from now; zero: until it is lifted
	Reason   string    // 1 to 200 characters
}

// Lifting asks that a channel is opened again.
type Lifting struct {
	Customer   ident.ID
	Channel    string
	Reason     string   // 1 to 200 characters
	Identified ident.ID // an identification of the customer by who asks
}

const mostClosing = 365 * 24 * time.Hour

// Channels lists the customer's channels that are closed now, by their names.
func (d *Desk) Channels(ctx context.Context, customer ident.ID) (all []ChannelBlock, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = standing(tx, "customer = $2 ORDER BY channel", customer)
		return err
	})
	return all, err
}

// MaxClosed is how many blocks a page has at most.
const MaxClosed = 200

// Closed lists the blocks of customers that stand, newest first, those made before a
// moment; the zero one for the beginning. limit is 1 to [MaxClosed].
func (d *Desk) Closed(ctx context.Context, before time.Time, limit int) (all []ChannelBlock, err error) {
	if limit < 1 || limit > MaxClosed {
		return nil, invalid("limit", "A page has 1 to 200 blocks.")
	}
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		if before.IsZero() {
			before = tx.Now.Add(time.Hour)
		}
		all, err = standing(tx, "known = 1 AND made_at < $2 ORDER BY made_at DESC, customer, channel LIMIT $3", before, limit)
		return err
	})
	return all, err
}

// CountClosed counts the blocks of customers that stand, up to 1000.
func (d *Desk) CountClosed(ctx context.Context) (n int64, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.Row("SELECT COUNT(*) FROM (SELECT 1 AS one FROM risk_channel WHERE known = 1 AND (until IS NULL OR until > $1) LIMIT $2) AS closed", tx.Now, countUpTo).Scan(&n)
	})
	return n, err
}

// Close closes a channel because the bank wants it. A channel that is closed stays as it
// is, and made is false, unless it is to end later: then its end is moved.
// The same request again changes nothing. Faults: "risk.until", "risk.reason",
// "risk.channel" (Invalid), "customer.unknown" (NotFound), "customer.closed" (Conflict).
func (d *Desk) Close(ctx context.Context, by audit.Actor, c Closing) (b ChannelBlock, made bool, err error) {
	if c.Channel == "" || !short(c.Channel, MaxText) {
		return b, false, invalid("channel", "Name the channel, in 1 to 128 printable characters.")
	}
	if err := reasoned(c.Reason); err != nil {
		return b, false, err
	}
	err = d.settle(ctx, c.Customer, func(tx *db.Tx) error {
		if !c.Until.IsZero() && (!c.Until.After(tx.Now) || c.Until.After(tx.Now.Add(mostClosing))) {
			return invalid("until", "A channel is closed until a moment within a year, or until it is lifted.")
		}
		if _, err := customer.Living(tx, c.Customer); err != nil {
			return err
		}
		b, made, err = d.closeChannel(tx, by, c)
		return err
	})
	return b, made, err
}

func (d *Desk) closeChannel(tx *db.Tx, by audit.Actor, c Closing) (b ChannelBlock, made bool, err error) {
	old, found, err := BlockedChannel(tx, c.Customer, c.Channel)
	switch {
	case err != nil:
		return b, false, err
	case found && (old.Until.IsZero() || !c.Until.IsZero() && !c.Until.After(old.Until)):
		return old, false, nil // it does not end earlier
	case found:
		return d.prolong(tx, by, old, c.Until, c.Reason)
	}
	made, err = d.BlockChannel(tx, by, ChannelBlock{Customer: c.Customer, Channel: c.Channel, Cause: CauseBank, Reason: c.Reason, Until: c.Until})
	if err == nil && !made {
		return b, false, errStale // a node that was faster
	}
	if err == nil {
		b, _, err = BlockedChannel(tx, c.Customer, c.Channel)
	}
	return b, made, err
}

// prolong has a block end later.
func (d *Desk) prolong(tx *db.Tx, by audit.Actor, b ChannelBlock, until time.Time, reason string) (ChannelBlock, bool, error) {
	n, err := tx.Exec("UPDATE risk_channel SET until = $4 WHERE customer = $1 AND channel = $2 AND made_at = $3 AND until IS NOT NULL", b.Customer, b.Channel, b.Made, until)
	if err == nil && n == 0 {
		err = errStale
	}
	if err != nil {
		return b, false, err
	}
	b.Until = until
	b.record(tx, AuditChannelBlocked, by, map[string]any{"reason": reason, "prolonged": true})
	return b, true, nil
}

// Lift opens a channel again for a customer whom by has identified. Of two who lift at
// once, one does. Faults: "risk.reason" (Invalid), "customer.unknown" (NotFound), "channel.open"
// (Conflict) when it is not closed, or not any more, and those of [identification.Require].
func (d *Desk) Lift(ctx context.Context, by audit.Actor, l Lifting) (b ChannelBlock, err error) {
	if err := reasoned(l.Reason); err != nil {
		return b, err
	}
	err = d.settle(ctx, l.Customer, func(tx *db.Tx) error {
		if _, err := customer.Living(tx, l.Customer); err != nil {
			return err
		}
		if err := identification.Require(tx, l.Identified, l.Customer, by); err != nil {
			return err
		}
		var found bool
		if b, found, err = BlockedChannel(tx, l.Customer, l.Channel); err == nil && found {
			found, err = d.lift(tx, by, b, map[string]any{"reason": l.Reason, "identification": l.Identified})
		}
		if err == nil && !found {
			err = fault.Conflictf("channel.open", "The channel is not closed to the customer, or not any more.")
		}
		return err
	})
	return b, err
}

func reasoned(reason string) error {
	if reason == "" || !short(reason, 200) {
		return invalid("reason", "Say why, in 1 to 200 printable characters.")
	}
	return nil
}
