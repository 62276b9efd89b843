package companion

import (
	"context"
	"crypto/hmac"
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// nonceLabel names the keyed hash in questions.
const nonceLabel = "companion.question"

// QuestionLife is how long the answer to a question is a fresh one.
const QuestionLife = 2 * time.Minute

// Question makes the nonce of a question to a device through a primary: the time, and a keyed hash over it and
// the primary and the short number of the device. Nothing is stored.
func (d *Desk) Question(primary Companion, device int, now time.Time) []byte {
	at := binary.BigEndian.AppendUint64(nil, uint64(now.UnixMilli()))
	return append(at, d.questionTag(primary, device, at)...)
}

// Asked reports whether a nonce is of a question to the device through the primary, not older than [QuestionLife].
func (d *Desk) Asked(primary Companion, device int, nonce []byte, now time.Time) bool {
	if len(nonce) != 16 || !hmac.Equal(d.questionTag(primary, device, nonce[:8]), nonce[8:]) {
		return false
	}
	age := now.Sub(time.UnixMilli(int64(binary.BigEndian.Uint64(nonce)))) //nolint:gosec // it was made here
	return age >= -time.Second && age <= QuestionLife
}

func (d *Desk) questionTag(primary Companion, device int, at []byte) []byte {
	return d.Ring.MAC(nonceLabel, primary.ID[:], []byte{byte(device)}, at)[:8] //nolint:gosec // a short number
}

// Salt is what hashes of identifiers are salted with for a primary, so that lists of two primaries do not match.
func (d *Desk) Salt(primary Companion) []byte {
	return d.Ring.MAC("companion.salt", primary.ID[:])[:16]
}

// Household returns the devices of a customer that have not been removed, by their numbers, without their identifiers.
func (d *Desk) Household(ctx context.Context, customer ident.ID) (all []Companion, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = Of(tx, customer)
		return err
	})
	return all, err
}

// metEvery is how often it is written down that a device was seen.
const metEvery = time.Hour

// MetAll remembers that devices of a customer were seen by one of them, to the hour.
func MetAll(tx *db.Tx, by Companion, numbers []int, at time.Time) error {
	if len(numbers) == 0 {
		return nil
	}
	list := make([]string, len(numbers))
	for i, n := range numbers {
		list[i] = strconv.Itoa(n)
	}
	_, err := tx.Exec("UPDATE companion SET seen_at = $2 WHERE customer = $1 AND number IN ("+strings.Join(list, ", ")+") AND id <> $4 AND (seen_at IS NULL OR seen_at < $3)",
		by.Customer, at, at.Add(-metEvery), by.ID)
	return err
}

// Answered reports whether an evidence through a primary answers a question of the last minutes. It may be shown again
// while the question is fresh: that says the same of the same moment once more.
func (d *Desk) Answered(tx *db.Tx, primary Companion, e report.Evidence) (bool, error) {
	return d.Asked(primary, e.Device, e.Nonce, tx.Now), nil
}
