package companion

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
)

// KeepAnswers is how long the answer to a message can be had again: for as long as the message can come, by a clock that was ahead when it was sent and
// one that is behind when it comes again. A repeat that is no longer known would look like that of a copy.
const KeepAnswers = envelope.MaxLate + 2*envelope.LiveSkew

// Message is one message of a device, whose signature was verified with the device's key.
type Message struct {
	Epoch  uint32
	Seq    uint64
	Digest envelope.Digest // of all of its octets
}

// Taken says what became of a message.
type Taken string

// The outcomes.
const (
	Done     Taken = "done"     // it took effect now
	Repeated Taken = "repeated" // it had taken effect before: the stored answer
	Stale    Taken = "stale"    // too old to be told from a replay
	Altered  Taken = "altered"  // another message with this number took effect: an alarm
	Cloned   Taken = "cloned"   // another copy of the device is ahead: it is suspended
	Idle     Taken = "idle"     // the device, or its owner, is not in use
)

// Effect acts upon a message in the transaction that marks it as taken, and returns the body of the answer. It may run
// again when the transaction does. Its error undoes everything, and the message may be sent again.
type Effect func(tx *db.Tx, c Companion) (answer []byte, err error)

// Take has a message take effect at most once, on any number of nodes, and returns the body of its answer. A copy of a
// device is found by its epoch: once a higher one was taken, a message of a lower one, whose signature
// is right, comes from somebody who has the keys and not the state.
//
// The fault "companion.busy" (Conflict) says that another node took a message of the device at the same moment, and
// that this one can be sent again.
func (d *Desk) Take(ctx context.Context, c Companion, m Message, do Effect) (answer []byte, out Taken, err error) {
	err = d.DB.Settle(ctx, c.ID, func(tx *db.Tx) error {
		now, found, err := Get(tx, c.Customer, c.ID)
		if err != nil || !found {
			return orElse(err, fault.NotFoundf("companion.unknown", "Nobody has registered this device."))
		}
		answer, out, err = d.take(tx, now, m, do)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	return answer, out, nil
}

func (d *Desk) take(tx *db.Tx, c Companion, m Message, do Effect) ([]byte, Taken, error) {
	if c.Status != device.Active {
		return nil, Idle, nil
	}
	owner, there, err := customer.Find(tx, c.Customer)
	if err != nil || !there || owner.Status != customer.Active {
		return nil, Idle, err // nothing is kept of whom the bank does not serve
	}
	if answer, same, there, err := d.answer(tx, c, m); err != nil || there {
		if !same {
			return nil, Altered, err
		}
		return answer, Repeated, err
	}
	if m.Epoch < c.Epoch {
		return nil, Cloned, d.cloned(tx, c, m)
	}
	w, err := envelope.ReadWindow(c.window)
	if err != nil {
		return nil, "", err
	}
	if m.Epoch > c.Epoch {
		w = envelope.Window{}
	}
	switch w.Take(m.Seq) {
	case envelope.Fresh:
	case envelope.Repeat:
		return nil, Altered, nil // the answer is forgotten, so it is no retry either
	case envelope.Old:
		return nil, Stale, nil
	}
	return d.act(tx, c, m, w, do)
}

// act stores the window, by compare-and-swap, and has the message take effect.
func (d *Desk) act(tx *db.Tx, c Companion, m Message, w envelope.Window, do Effect) ([]byte, Taken, error) {
	n, err := tx.Exec("UPDATE companion SET epoch = $3, taken = $4, seen_at = $5 WHERE customer = $1 AND id = $2 AND epoch = $6 AND taken = $7",
		c.Customer, c.ID, m.Epoch, w.Append([]byte{}), tx.Now, c.Epoch, orEmpty(c.window))
	if err != nil || n == 0 {
		return nil, "", orElse(err, busy())
	}
	answer, err := do(tx, c)
	if err != nil {
		return nil, "", err
	}
	sealed := d.Ring.Seal(answerLabel, c.ID, answer)
	_, err = tx.Exec("INSERT INTO companion_answer (customer, companion, epoch, number, digest, answer, until_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		c.Customer, c.ID, m.Epoch, int64(m.Seq), m.Digest[:], sealed, tx.Now.Add(KeepAnswers)) //nolint:gosec // a name: 2^63 and beyond stay distinct
	return answer, Done, err
}

// answer looks for the stored answer to a message: whether there is one to its number, and whether it was given to
// the same octets.
func (d *Desk) answer(tx *db.Tx, c Companion, m Message) (answer []byte, same, there bool, err error) {
	var digest, sealed []byte
	err = tx.Row("SELECT digest, answer FROM companion_answer WHERE customer = $1 AND companion = $2 AND epoch = $3 AND number = $4", c.Customer, c.ID, m.Epoch, int64(m.Seq)).Scan(&digest, &sealed) //nolint:gosec // as stored
	if errors.Is(err, db.ErrNoRow) {
		return nil, false, false, nil
	}
	if err != nil || !bytes.Equal(digest, m.Digest[:]) {
		return nil, false, err == nil, err
	}
	answer, err = d.Ring.Open(answerLabel, c.ID, sealed)
	return answer, true, true, err
}

// cloned suspends a device of which there are two.
func (d *Desk) cloned(tx *db.Tx, c Companion, m Message) error {
	return d.move(tx, audit.System("companion"), c, device.Suspend, AuditCloned, map[string]any{"epoch": c.Epoch, "other_epoch": m.Epoch})
}

// Met remembers that devices of a customer were seen. at is the time of the sighting; an older one changes nothing.
func Met(tx *db.Tx, c Companion, number int, at time.Time) error {
	_, err := tx.Exec("UPDATE companion SET seen_at = $3 WHERE customer = $1 AND number = $2 AND (seen_at IS NULL OR seen_at < $3)", c.Customer, number, at)
	return err
}
