package sim

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/ota"
)

// hint tells of an answer that proves nothing. An error without protection is what cards
// send when they could not check the command; anybody could have made it. The log has one line a minute
// of a number, with the message that it would be about.
func (d *Desk) hint(ctx context.Context, gateway string, from []byte, p ota.ResponsePacket, all []sent) {
	r, hinted := p.Unprotected()
	hinted = hinted && len(all) > 0
	if !hinted {
		d.stats.forged.Add(1)
		if d.told.first(string(from), d.Now()) {
			d.log().LogAttrs(ctx, slog.LevelWarn, "an answer does not have the checksum of any card that was asked", slog.String("gateway", gateway), slog.String("tar", p.TAR.String()))
		}
		return
	}
	d.stats.hints.Add(1)
	if !d.told.first(string(from), d.Now()) {
		return
	}
	message := ""
	for _, s := range all {
		if s.counter == r.Counter {
			message = s.id.String()
			break
		}
	}
	d.log().LogAttrs(ctx, slog.LevelWarn, "a card, or somebody else, says without protection that a packet failed", slog.String("gateway", gateway), slog.String("tar", p.TAR.String()),
		slog.String("status", r.Status.String()), slog.String("message", message))
}

const (
	hintEvery = time.Minute
	maxHinted = 10_000 // numbers that are remembered; beyond, all are told again
)

// onceAMinute remembers of whom the log has had a line. The zero value is ready.
type onceAMinute struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// first reports whether there was none of a name in the last minute.
func (o *onceAMinute) first(name string, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if last, ok := o.last[name]; ok && now.Sub(last) < hintEvery {
		return false
	}
	if o.last == nil || len(o.last) >= maxHinted {
		o.last = map[string]time.Time{}
	}
	o.last[name] = now
	return true
}
