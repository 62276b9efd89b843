package deviceserver

import (
	"slices"
	"time"

	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/interaction"
)

// batch keeps what a device met.
func (s *Server) batch(c *call) (effect, error) {
	in, err := report.Read[report.Batch](c.body)
	if err != nil {
		return nil, err
	}
	if err := in.Check(c.m.SentAt); err != nil {
		return nil, err
	}
	return s.keep(c, &in)
}

// proofs keeps answers of devices to questions, as sightings of now.
func (s *Server) proofs(c *call) (effect, error) {
	in, err := report.Read[report.Proofs](c.body)
	if err != nil {
		return nil, err
	}
	if err := in.Check(); err != nil {
		return nil, err
	}
	b := &report.Batch{Zone: in.Zone, Live: true}
	for _, e := range in.Answers {
		b.Events = append(b.Events, report.Event{Kind: report.Seen, Device: e.Device, Evidence: []report.Evidence{e}})
	}
	return s.keep(c, b)
}

// keep has a batch stored, and notes which devices were seen.
func (s *Server) keep(c *call, b *report.Batch) (effect, error) {
	if err := s.on(); err != nil {
		return nil, err
	}
	numbers, at := newest(b, c.m.SentAt)
	return func(tx *db.Tx, from companion.Companion, a *report.Answer) error {
		taken, err := s.Interactions.Take(tx, from, interaction.Batch{Sent: c.m.SentAt, Body: b})
		if err != nil {
			return err
		}
		if a.Taken = &taken; taken.Events == 0 {
			return nil // what is not to be kept is not kept here either
		}
		return companion.MetAll(tx, from, numbers, at)
	}, nil
}

// newest returns who was seen in the newest event that saw somebody, and when that was.
func newest(b *report.Batch, sent time.Time) (numbers []int, at time.Time) {
	for i := range b.Events {
		e := &b.Events[i]
		seen := e.Seen
		if e.Kind == report.Seen || e.Kind == report.Connect {
			seen = []int{e.Device}
		}
		when := e.At()
		if when.IsZero() && b.Live {
			when = sent
		}
		switch {
		case len(seen) == 0 || when.IsZero() || when.Before(at):
		case when.Equal(at):
			numbers = append(numbers, seen...)
		default:
			numbers, at = slices.Clone(seen), when
		}
	}
	return numbers, at
}
