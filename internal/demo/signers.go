package demo

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/countersign-auth/countersign/emulator/simcard"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/ota"
	"github.com/countersign-auth/countersign/smpp"
)

// signer is a customer of the demo who has a mobile ID, and the PINs that they chose on their phone.
type signer struct{ number, pin, signPIN string }

func signers() []signer { return []signer{{"10002014", "5937", "73194"}} }

// authority makes the demo's certification authority: root and issuing authority at once. The key of
// the root is forgotten, as nobody needs another issuing authority here.
func (x *filling) authority(ctx context.Context) error {
	if x.PKI == nil {
		return nil
	}
	name := func(s string) pki.Subject {
		return pki.Subject{CommonName: s, Organization: "Alder Bank", Country: "AT"}
	}
	_, err := x.PKI.Init(ctx, by, pki.P256, name("Alder Bank Root (demonstration)"), name("Alder Bank Persons (demonstration)"))
	return err
}

// signers registers the mobile IDs: packets go to the cards and back, and PINs are chosen, as on
// any phone. Only the radio is left out: the demo is filled before there is one.
func (x *filling) signers(ctx context.Context) error {
	if x.Cards == nil || x.MobileIDs == nil {
		return nil
	}
	r := &radio{cards: x.Cards}
	tray, err := simcard.Open(simcard.TrayConfig{Now: x.Now, Rand: x.Rand, File: x.CardFile, Send: r.hear})
	if err != nil {
		return err
	}
	r.tray = tray
	before := x.Cards.Bearers
	x.Cards.Bearers = []sim.Bearer{r}
	defer func() { x.Cards.Bearers = before }()
	for _, s := range signers() {
		if err := x.signer(ctx, r, s); err != nil {
			return fmt.Errorf("the mobile ID of %s: %w", s.number, err)
		}
	}
	return nil
}

func (x *filling) signer(ctx context.Context, r *radio, s signer) error {
	c, err := x.Customers.GetByNumber(ctx, s.number)
	if err != nil {
		return err
	}
	var f *Customer
	for i := range x.facts.Customers {
		if x.facts.Customers[i].Number == s.number {
			f = &x.facts.Customers[i]
		}
	}
	if f == nil {
		return errors.New("there is no such customer")
	}
	if err := x.identify(ctx, c.ID); err != nil {
		return err
	}
	order, err := x.MobileIDs.Register(ctx, by, mobileid.Enrollment{Customer: c.ID, Number: f.Phone})
	if err != nil {
		return err
	}
	control := order.Control
	for _, pin := range []string{s.pin, s.signPIN} {
		if err := x.exchange(ctx, r); err != nil {
			return err
		}
		if err := choosePIN(r.tray.Card(f.Phone), control, pin); err != nil {
			return err
		}
	}
	if err := x.exchange(ctx, r); err != nil {
		return err
	}
	p, err := x.MobileIDs.Profile(ctx, c.ID, order.ID)
	if err == nil && p.State != mobileid.StateActive {
		err = fmt.Errorf("it is %s: %s", p.State, p.Reason)
	}
	if err == nil && x.Phone != nil { // the notices of it have come
		_, err = x.Phone(ctx, f.Phone)
	}
	f.MobilePIN, f.SigningPIN = s.pin, s.signPIN
	return err
}

// exchange takes packets to the cards and their answers back, until there are no more.
func (x *filling) exchange(ctx context.Context, r *radio) error {
	for {
		if err := x.Post(ctx); err != nil {
			return err
		}
		heard := r.take()
		if len(heard) == 0 {
			return nil
		}
		for _, p := range heard {
			parts, err := ota.Segments(ota.Responses, p.Octets, 1)
			if err != nil {
				return err
			}
			for _, b := range parts {
				if err := x.Cards.Receive(ctx, sim.Arrival{Gateway: r.Name(), From: p.From, To: p.To.Addr, UDHI: true, Coding: 0xF6, Data: b}); err != nil {
					return err
				}
			}
		}
	}
}

// choosePIN answers what a phone asks at a registration: yes, the control code, and a PIN twice.
func choosePIN(c *simcard.Card, control, pin string) error {
	if c == nil {
		return errors.New("the customer has no card")
	}
	const screens = 10
	for range screens {
		s := c.Look()
		var err error
		switch s.Kind {
		case simcard.Consent:
			err = c.Press(s.Serial, simcard.OK)
		case simcard.TypeControl:
			err = c.Type(s.Serial, control)
		case simcard.NewPIN, simcard.RepeatPIN:
			err = c.Type(s.Serial, pin)
		case simcard.Notice:
			return c.Press(s.Serial, simcard.OK)
		case simcard.Idle, simcard.ChooseControl, simcard.PIN, simcard.PUK, simcard.Read:
			return fmt.Errorf("the phone shows %s %q", s.Kind, s.Text)
		}
		if err != nil {
			return err
		}
	}
	return errors.New("the phone goes on asking")
}

// radio carries packets between the messaging server and the cards on a tray. It is a sim.Bearer.
type radio struct {
	cards *sim.Desk
	tray  *simcard.Tray

	mu    sync.Mutex // the outbox hands several packets at once
	heard []simcard.Packet
}

// Name implements sim.Bearer.
func (*radio) Name() string { return "seed" }

// Carry implements sim.Bearer.
func (r *radio) Carry(_ context.Context, o sim.Outgoing) ([]string, error) {
	var parts []ota.Segment
	for _, b := range o.Parts {
		s, err := ota.ParseSegment(b)
		if err != nil {
			return nil, err
		}
		parts = append(parts, s)
	}
	_, packet, complete, err := ota.Assemble(parts)
	if err != nil || !complete {
		return nil, errors.Join(err, errors.New("a packet is not whole"))
	}
	c := r.tray.Card(o.To)
	if c == nil {
		return nil, simcard.ErrNoCard
	}
	c.Receive(smpp.Address{Addr: "0"}, packet)
	return nil, nil
}

// hear takes what a card answers.
func (r *radio) hear(p simcard.Packet) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heard = append(r.heard, p)
}

func (r *radio) take() (all []simcard.Packet) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all, r.heard = r.heard, nil
	return all
}
