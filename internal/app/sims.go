package app

import (
	"errors"
	"log/slog"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/sim"
)

// addCards opens the messaging server for SIM cards. It is there before the gateways, which
// bring it what cards answer.
func (a *App) addCards() {
	a.SIMs = &sim.Desk{DB: a.DB, Ring: a.Ring, Outbox: a.Outbox, Now: a.Now, Rand: a.Rand, Log: a.Log.With(slog.String("part", "sim")), Handler: nobody{}}
	for _, m := range []struct {
		name, help string
		value      func(sim.Stats) int64
	}{
		{"sent", "Packets to SIM cards that a message center took since the node started.", func(s sim.Stats) int64 { return s.Sent }},
		{"acknowledged", "Packets that a card has acknowledged since the node started.", func(s sim.Stats) int64 { return s.Acknowledged }},
		{"answered", "Packets that a card has answered since the node started.", func(s sim.Stats) int64 { return s.Answered }},
		{"lost", "Packets that ended without an answer since the node started.", lostCards},
		{"copies", "Answers of cards that had come before, or came too late, since the node started.", func(s sim.Stats) int64 { return s.Copies }},
		{"forged", "Answers without the checksum of a card that was asked, since the node started.", func(s sim.Stats) int64 { return s.Forged }},
		{"hints", "Errors of cards that prove nothing, since the node started.", func(s sim.Stats) int64 { return s.Hints }},
		{"strange", "Short messages to the address of cards that are no answers, since the node started.", func(s sim.Stats) int64 { return s.Strange }},
	} {
		a.Metrics.Gauge("countersign_sim_"+m.name, m.help, func() float64 { return float64(m.value(a.SIMs.Stats())) })
	}
}

func lostCards(s sim.Stats) (n int64) {
	for _, x := range s.Lost {
		n += x
	}
	return n
}

// eraseCards forgets the cards of a customer and what was sent to them.
func (a *App) eraseCards(tx *db.Tx, customer ident.ID) error { return a.SIMs.Erase(tx, customer) }

// nobody takes the place of a Handler where none is set: what a card says is not taken, so that the
// center repeats it to a node that knows what to do.
type nobody struct{}

var errNobody = errors.New("no part of this program waits for answers of cards")

func (nobody) Acknowledged(*db.Tx, sim.Answer) error   { return errNobody }
func (nobody) Answered(*db.Tx, sim.Answer) error       { return errNobody }
func (nobody) Lost(*db.Tx, ident.ID, sim.Reason) error { return nil }
