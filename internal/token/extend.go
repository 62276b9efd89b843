package token

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
)

// Extend sets when a token ends, sooner or later than now planned: after a word from
// its maker about batteries, for example. What the import file says of its keys stays.
// Staff only.
func (c *Care) Extend(ctx context.Context, by audit.Actor, o Order, ends time.Time) (out Effect, err error) {
	if o.Reason, err = readReason(o.Reason, true); err != nil {
		return out, err
	}
	err = c.tokens.db.Write(ctx, func(tx *db.Tx) error {
		if err := readEnd(ends, tx.Now); err != nil {
			return err
		}
		d, err := o.read(tx, by, device.Extend)
		if err != nil {
			return err
		}
		out, err = c.do(tx, by, o, d, device.Change{Act: device.Extend, Ends: ends}, nil)
		return err
	})
	return out, err
}

// longest is how far away an end may be: no battery lives as long.
const longest = 30 * 366 * 24 * time.Hour

// readEnd refuses an end that makes no sense.
func readEnd(ends, now time.Time) error {
	if !ends.After(now) || ends.Sub(now) > longest {
		return fault.Invalidf("token.ends", "Name a moment in the future, at most thirty years away.").WithField("/ends_at")
	}
	return nil
}
