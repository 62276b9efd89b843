package smppclient

import (
	"context"
	"log/slog"

	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/smpp"
)

// deliver takes what the center sends: receipts and packets of cards are stored before they
// are acknowledged; texts that phones send are acknowledged and dropped.
func (s *session) deliver(ctx context.Context, p smpp.PDU) {
	status := smpp.OK
	m, _ := p.Body.(*smpp.Message)
	ctx, cancel := context.WithTimeout(ctx, s.c.Timeout)
	defer cancel()
	switch known, err := s.c.take(ctx, m); {
	case err != nil:
		s.c.Log.LogAttrs(ctx, slog.LevelWarn, "what the center brought could not be stored; it will repeat it", slog.String("gateway", s.c.Config.Name), slog.Any("error", err))
		status = smpp.TemporaryFailure
	case !known:
		s.c.stats.other.Add(1)
	}
	_ = s.write(p.Reply(status, &smpp.MessageResp{})) // without it the center repeats what it brought
}

// state says what a center's state means for the message.
func state(d smpp.DeliveryState) sms.State {
	switch d { //nolint:exhaustive // the others end below
	case smpp.Delivered:
		return sms.Delivered
	case smpp.Expired:
		return sms.Expired
	case smpp.Deleted, smpp.Undeliverable, smpp.Rejected:
		return sms.Failed
	case smpp.Unknown:
		return sms.Unknown
	}
	return sms.Sent // en route, accepted, or no known state
}
