package sim

import (
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/ota"
)

// settle moves a message by its answer, tells the Handler, and forgets the parts. A message that
// has moved already is left alone: this is a copy.
func (d *Desk) settle(tx *db.Tx, m matched, from []byte, s ota.Segment) error {
	if s.Total > 1 {
		if _, err := tx.Exec("DELETE FROM sim_part WHERE address = $1 AND reference = $2 AND total = $3", from, s.Reference, s.Total); err != nil {
			return err
		}
	}
	m.answer.At = tx.Now
	switch m.answer.Status { //nolint:exhaustive // the others are answers
	case ota.MoreTime, ota.BySMS, ota.ByUSSD: // the answer itself follows
		return d.acknowledge(tx, m.answer)
	case ota.CounterLow:
		tx.After(func() { d.stats.hints.Add(1) })
		_, err := tx.Exec("UPDATE sim_message SET reason = $2, behind_at = $3 WHERE id = $1 AND behind_at IS NULL AND state IN ('waiting', 'sent', 'delivered')", m.answer.Message, ota.CounterLow.String(), tx.Now)
		return err
	}
	return d.answered(tx, m.answer)
}

func (d *Desk) acknowledge(tx *db.Tx, a Answer) error {
	n, err := tx.Exec("UPDATE sim_message SET state = 'acknowledged' WHERE id = $1 AND state IN ('waiting', 'sent', 'delivered')", a.Message)
	if err != nil || n == 0 {
		return d.copied(tx, err)
	}
	tx.After(func() { d.stats.acknowledged.Add(1) })
	return d.Handler.Acknowledged(tx, a)
}

func (d *Desk) answered(tx *db.Tx, a Answer) error {
	reason := ""
	if a.Status != ota.OK {
		reason = a.Status.String()
	}
	n, err := tx.Exec("UPDATE sim_message SET state = 'answered', reason = $2, ended_at = $3, packet = NULL WHERE id = $1 AND state IN "+open, a.Message, reason, tx.Now)
	if err != nil || n == 0 {
		return d.copied(tx, err)
	}
	recordEnd(tx, a.Message, a.Customer, Answered, reason)
	tx.After(func() { d.stats.answered.Add(1) })
	return d.Handler.Answered(tx, a)
}

// copied counts an answer that changes nothing.
func (d *Desk) copied(tx *db.Tx, err error) error {
	if err == nil {
		tx.After(func() { d.stats.copies.Add(1) })
	}
	return err
}
