package mobileid

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/sim"
)

// SIMs are the cards of the messaging server: all of the package that knows it, with FromSIM.
type SIMs struct{ Sims *sim.Desk }

var _ Cards = SIMs{}

// ByNumber implements Cards.
func (s SIMs) ByNumber(tx *db.Tx, number string) (Card, bool, error) {
	c, found, err := s.Sims.CardOf(tx, number)
	return cardOf(c), found, err
}

// ByICCID implements Cards.
func (s SIMs) ByICCID(tx *db.Tx, iccid string) (Card, bool, error) {
	c, found, err := s.Sims.ByICCID(tx, iccid)
	return cardOf(c), found, err
}

// Card implements Cards.
func (s SIMs) Card(tx *db.Tx, id ident.ID) (Card, bool, error) {
	c, found, err := s.Sims.Card(tx, id)
	return cardOf(c), found, err
}

// Move implements Cards.
func (s SIMs) Move(tx *db.Tx, by audit.Actor, number, iccid, reason string) error {
	to, found, err := s.Sims.ByICCID(tx, iccid)
	if err != nil || !found {
		return err // what is not there is told by whoever looks for the card next
	}
	return s.Sims.MoveTo(tx, by, number, to, reason)
}

// Send implements Cards.
func (s SIMs) Send(tx *db.Tx, p Packet) (ident.ID, error) {
	return s.Sims.Send(tx, system, sim.Message{Card: p.Card, Customer: p.Customer, Data: p.Data, Expires: p.Expires, Class: p.Kind})
}

// Drop implements Cards.
func (s SIMs) Drop(tx *db.Tx, message ident.ID) error { return s.Sims.Drop(tx, message) }

func cardOf(c sim.Card) Card {
	return Card{ID: c.ID, ICCID: c.ICCID, Number: c.MSISDN, Usable: c.State == sim.Active}
}

// FromSIM is told what becomes of packets and cards.
type FromSIM struct{ *Desk }

var (
	_ sim.Handler = FromSIM{}
	_ sim.Watcher = FromSIM{}
)

// Acknowledged implements sim.Handler.
func (f FromSIM) Acknowledged(tx *db.Tx, a sim.Answer) error {
	return f.Desk.Acknowledged(tx, Answer{Message: a.Message, Data: a.Data, Status: byte(a.Status)})
}

// Answered implements sim.Handler.
func (f FromSIM) Answered(tx *db.Tx, a sim.Answer) error {
	return f.Desk.Answered(tx, Answer{Message: a.Message, Data: a.Data, Status: byte(a.Status)})
}

// Lost implements sim.Handler.
func (f FromSIM) Lost(tx *db.Tx, message ident.ID, why sim.Reason) error {
	loss := LostInternal
	switch why {
	case sim.TimedOut:
		loss = LostExpired
	case sim.Undelivered:
		loss = LostAbsent
	case sim.Refused, sim.Discarded, sim.Behind:
		loss = LostRefused
	case sim.NoCard:
		loss = LostRetired
	case sim.Restored:
		loss = LostRestored
	}
	return f.Desk.Lost(tx, message, loss)
}

// Moved implements sim.Watcher: the mobile ID on the former card is suspended.
func (f FromSIM) Moved(tx *db.Tx, by audit.Actor, from, _ sim.Card) error {
	return f.CardMoved(tx, by, cardOf(from))
}

// Changed implements sim.Watcher: a card that is retired takes its mobile ID out of use, and one that
// is suspended has its certificates on hold for as long.
func (f FromSIM) Changed(tx *db.Tx, by audit.Actor, c sim.Card) error {
	if c.State == sim.Retired {
		return f.CardMoved(tx, by, cardOf(c))
	}
	return f.CardTurned(tx, by, cardOf(c))
}
