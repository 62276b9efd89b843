package sim

import (
	"context"
	"strings"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/ota"
)

// Receive implements Receiver. It returns nil for everything that needs no repetition: what is
// no answer, what nobody asked, what was forged, what is a copy.
func (d *Desk) Receive(ctx context.Context, a Arrival) error {
	s, fits := segment(a)
	address, ok := number(a.From)
	if !fits || !ok {
		d.stats.strange.Add(1)
		return nil
	}
	from := d.hash(address)
	packets := [][]byte{s.Body}
	if s.Total > 1 {
		var err error
		if packets, err = d.join(ctx, from, s); err != nil || len(packets) == 0 {
			return err
		}
	}
	m, ok, err := d.match(ctx, a.Gateway, from, packets)
	if err != nil || !ok {
		return err
	}
	return d.DB.Settle(ctx, m.key(), func(tx *db.Tx) error { return d.settle(tx, m, from, s) })
}

// segment reads what may be a part of an answer.
func segment(a Arrival) (s ota.Segment, ok bool) {
	s, err := ota.ParseSegment(a.Data)
	return s, err == nil && (s.Kind == ota.Responses || s.Kind == 0 && eightBit(a.Coding)) && int(s.Total) <= maxAnswerParts
}

// number reads a sender as centers write them.
func number(from string) (e164 string, ok bool) {
	digits := strings.TrimPrefix(strings.TrimPrefix(from, "+"), "00")
	return "+" + digits, len(digits) >= 3 && len(digits) <= 15 && strings.Trim(digits, "0123456789") == ""
}
