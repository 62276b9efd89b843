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
// of a number, with the message that it would be about. An answer whose checksum has four octets is one as well: cards
// are set up so, and four octets can be guessed.
func (d *Desk) hint(ctx context.Context, gateway string, from []byte, p ota.ResponsePacket, all []sent, sets map[setAt]setKeys) {
	r, hinted := p.Unprotected()
	hinted = hinted && len(all) > 0
	short := false
	if !hinted {
		r, short = d.short(p, sets)
	}
	if !hinted && !short {
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
	attrs := []slog.Attr{slog.String("gateway", gateway), slog.String("tar", p.TAR.String()), slog.String("status", r.Status.String()), slog.String("message", message)}
	if short {
		d.log().LogAttrs(ctx, slog.LevelWarn, "a card answers with checksums of four octets, which are not believed; have its maker set it up for eight", attrs...)
		return
	}
	d.log().LogAttrs(ctx, slog.LevelWarn, "a card, or somebody else, says without protection that a packet failed", attrs...)
}

// short reads an answer whose checksum has four octets.
func (d *Desk) short(p ota.ResponsePacket, sets map[setAt]setKeys) (r ota.Response, ok bool) {
	for _, set := range sets {
		if set.tar != p.TAR {
			continue
		}
		d.stats.tries.Add(1)
		if r, err := p.InsecureOpenShort(set.profile, set.keys); err == nil {
			return r, true
		}
	}
	return r, false
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
