package app

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	device "github.com/countersign-auth/countersign/emulator/companion"
	"github.com/countersign-auth/countersign/emulator/household"
	"github.com/countersign-auth/countersign/emulator/terminal"
	"github.com/countersign-auth/countersign/emulator/wallet"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/web/lab"
)

// Pay implements lab.Shop.
func (c *counter) Pay(ctx context.Context, s lab.Sale) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.wallet.Memory.Tokens) == 0 {
		return nil
	}
	c.near, c.steps = s.Watch && !s.Stolen, nil
	if err := c.tell(ctx, s); err != nil {
		return err
	}
	r, err := c.buy(ctx, s)
	if err != nil {
		return err
	}
	r.PIN = ""
	c.receipt(r)
	return c.save()
}

// buy pays at a till.
func (c *counter) buy(ctx context.Context, s lab.Sale) (r lab.ShopReceipt, err error) {
	r = lab.ShopReceipt{Sale: s, At: c.a.Now()}
	till := c.tills[s.Web]
	sale, err := till.Open(s.Amount, "978")
	if err != nil {
		return r, err
	}
	t := &c.wallet.Memory.Tokens[0]
	x, err := c.wallet.Pay(ctx, t, wallet.Purchase{Amount: s.Amount, Currency: "EUR", Chip: &sale.Chip, PIN: s.PIN})
	var refused *device.Refusal
	var problem *device.Problem
	switch {
	case errors.Is(err, wallet.ErrAbsent):
		r.Outcome = "absent"
	case errors.Is(err, wallet.ErrWorn):
		r.Outcome = "worn"
	case device.Is(err, "wallet.pin"), device.Is(err, "wallet.alone"):
		r.Outcome = "pin"
	case errors.As(err, &refused), errors.As(err, &problem):
		r.Outcome = "refused"
	case err != nil:
		return r, err
	}
	if r.Outcome != "" {
		return r, c.save()
	}
	if x.StoodIn {
		c.step("stand_in", nil)
	}
	c.step("final", x.Cryptogram)
	if err := c.save(); err != nil { // the counter is used up, whatever comes
		return r, err
	}
	got, err := till.Authorize(ctx, sale, terminal.Shown{Number: x.Number, Application: x.Application, Counter: x.Counter, Cryptogram: x.Cryptogram})
	if err != nil {
		return r, err
	}
	c.step("request", nil)
	c.steps = append(c.steps, lab.ShopStep{What: "answer", Octet: got.Code})
	r.Steps, r.Trace, r.Approval, r.Approved = c.steps, got.Trace, got.Approval, got.Amount
	switch {
	case got.Partial:
		r.Outcome = "partial"
	case got.Approved:
		r.Outcome = "approved"
	default:
		r.Outcome = "declined"
	}
	last, err := c.a.Issuing.Last(ctx, ident.ID(t.Token))
	r.Reason, r.Detail = string(last.Reason), last.Detail
	return r, err
}

func (c *counter) step(what string, octets []byte) {
	c.steps = append(c.steps, lab.ShopStep{What: what, Octet: hex.EncodeToString(octets)})
}

// tell has the phone report what it met in the last hours: where its owner usually is then, or in a strange town with a thief.
func (c *counter) tell(ctx context.Context, s lab.Sale) error {
	now := c.a.Now()
	from := now.Add(-sceneHours * time.Hour)
	if c.Told.After(from) {
		from = c.Told
	}
	hour := now.Add(time.Duration(c.stage.offset) * time.Minute).UTC().Hour()
	at := c.stage.places[c.stage.usual[hour]]
	if s.Stolen {
		at = c.stage.places[lab.Away]
	}
	var seen []household.Sighting
	for _, d := range c.house.person.Devices {
		worn := d.Group == household.OnBody || d.Kind == household.Wearable
		if d.On(0) && (worn && c.near || !worn && at.near[d.Number]) {
			seen = append(seen, household.Sighting{Device: d.Number, Proof: d.Proof, Worn: worn})
		}
	}
	batch := report.Batch{Zone: c.stage.offset}
	for t := from.Add(sceneStep); ; t = t.Add(sceneStep) {
		if t.After(now) {
			t = now
		}
		more, err := c.house.translate(household.Event{Kind: household.Poll, At: t, Stamp: t, Sent: now, Offset: c.stage.offset, Seen: seen, Cell: at.cell, Activity: c.near})
		if err != nil {
			return err
		}
		batch.Events = append(batch.Events, more...)
		if !t.Before(now) {
			break
		}
	}
	c.Told = now
	_, err := c.house.phone.Report(ctx, batch)
	var r *device.Refusal
	if errors.As(err, &r) { // the bank does not let this phone in any more: it pays without having reported
		err = nil
	}
	return errors.Join(err, c.save())
}
