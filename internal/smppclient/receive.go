package smppclient

import (
	"context"
	"log/slog"

	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/smpp"
)

// deliver takes what the center sends: receipts are stored before they are
// acknowledged; texts that phones send are acknowledged and dropped.
func (s *session) deliver(ctx context.Context, p smpp.PDU) {
	status := smpp.OK
	m, _ := p.Body.(*smpp.Message)
	if r, ok := m.Receipt(); ok {
		ctx, cancel := context.WithTimeout(ctx, s.c.Timeout)
		defer cancel()
		err := s.c.Receiver.Receive(ctx, sms.Receipt{
			Gateway: s.c.Config.Name, Reference: s.c.IDs.FromReceipt(r.ID), State: state(r.State), Code: r.Code,
		})
		if err != nil {
			s.c.Log.LogAttrs(ctx, slog.LevelWarn, "a receipt could not be stored; the center will repeat it", slog.String("gateway", s.c.Config.Name), slog.Any("error", err))
			status = smpp.TemporaryFailure
		} else {
			s.c.stats.receipts.Add(1)
		}
	} else {
		s.c.stats.other.Add(1)
	}
	_ = s.write(p.Reply(status, &smpp.MessageResp{})) // without it the center repeats the receipt
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
