package smppclient

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/ota"
	"github.com/countersign-auth/countersign/smpp"
)

var _ sim.Bearer = (*Client)(nil)

// How a short message for the SIM card itself is marked (3GPP TS 23.040, section 9.2.3.9;
// TS 23.038, section 4): the phone hands it to the card and shows nothing.
const (
	simDownload byte        = 0x7F // protocol_id
	classTwo    smpp.Coding = 0xF6 // 8 bits, class 2
)

// Carry implements sim.Bearer. The parts go one after the other, so that the card gets the first
// part first if the network keeps the order; it needs not. If one is refused, all come again.
func (c *Client) Carry(ctx context.Context, o sim.Outgoing) ([]string, error) {
	life := o.Expires.Sub(c.Now())
	switch {
	case c.Cards == "":
		return nil, fmt.Errorf("smpp: gateway %s carries nothing to cards", c.Config.Name)
	case life <= 0:
		return nil, outbox.Permanent(errors.New("smpp: the packet has expired"))
	}
	s, err := c.pick()
	if err != nil {
		return nil, err
	}
	references := make([]string, 0, len(o.Parts))
	for _, part := range o.Parts {
		id, err := c.part(ctx, s, &smpp.Message{
			Source: c.cards, Dest: smpp.Address{TON: smpp.International, NPI: 1, Addr: o.To[1:]},
			ESMClass: smpp.ESMHeader, ProtocolID: simDownload, Validity: smpp.Relative(life), Registered: 1, Coding: classTwo, Short: part,
		})
		if err != nil {
			return nil, err
		}
		if id != "" {
			references = append(references, c.IDs.FromResponse(id))
		}
	}
	return references, nil
}

// take hands what the center sends to whom it is for. Known is false for what is nothing to us.
func (c *Client) take(ctx context.Context, m *smpp.Message) (known bool, err error) {
	ours := c.Cards != "" && c.toCards(m.Dest)
	if c.Cards != "" && m.ESMClass&smpp.ESMTypes == 0 {
		if s, err := ota.ParseSegment(m.Content()); err == nil && ours {
			return true, c.packet(ctx, m)
		} else if err == nil && s.Kind == ota.Responses {
			c.misled(ctx)
			return false, nil
		}
	}
	ours = ours || c.Cards != "" && c.toCards(m.Source)
	r, ok := m.Receipt()
	if !ok || ours && !m.Marked() && !c.TextReceipts {
		return false, nil // a text in the form of a receipt: any phone could have sent it
	}
	if ours {
		err = c.Packets.Receipt(ctx, sim.Receipt{Gateway: c.Config.Name, Reference: c.IDs.FromReceipt(r.ID), State: fate(r.State), Code: r.Code})
	} else {
		err = c.Receiver.Receive(ctx, sms.Receipt{Gateway: c.Config.Name, Reference: c.IDs.FromReceipt(r.ID), State: state(r.State), Code: r.Code})
	}
	if err == nil {
		c.stats.receipts.Add(1)
	}
	return true, err
}

// packet hands over what may be a part of a card's answer.
func (c *Client) packet(ctx context.Context, m *smpp.Message) error {
	err := c.Packets.Receive(ctx, sim.Arrival{
		Gateway: c.Config.Name, From: c.plain(m.Source), To: m.Dest.Addr, UDHI: m.ESMClass&smpp.ESMHeader != 0,
		Protocol: m.ProtocolID, Coding: byte(m.Coding), Data: m.Content(),
	})
	if err == nil {
		c.stats.packets.Add(1)
	}
	return err
}

// misled counts an answer of a card that came for another address than Cards. The log says so once.
func (c *Client) misled(ctx context.Context) {
	if c.stats.misled.Add(1) == 1 {
		c.Log.LogAttrs(ctx, slog.LevelError, "answers of SIM cards come for another address than that of cards in the configuration; they are dropped", slog.String("gateway", c.Config.Name))
	}
}

// fate says what a center's state means for a packet; "" for nothing final.
func fate(d smpp.DeliveryState) sim.Fate {
	switch d { //nolint:exhaustive // the others are not final
	case smpp.Delivered:
		return sim.FateDelivered
	case smpp.Expired:
		return sim.FateExpired
	case smpp.Deleted, smpp.Undeliverable, smpp.Rejected:
		return sim.FateFailed
	}
	return ""
}
