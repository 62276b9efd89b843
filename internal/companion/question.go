package companion

import (
	"context"
	"crypto/hmac"
	"encoding/binary"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// nonceLabel names the keyed hash in questions.
const nonceLabel = "companion.question"

// QuestionLife is how long the answer to a question is a fresh one.
const QuestionLife = 2 * time.Minute

// Question makes the nonce of a question to a device through a primary: the time, and a keyed hash over it and
// both devices. Nothing is stored.
func (d *Desk) Question(primary, device Companion, now time.Time) []byte {
	at := binary.BigEndian.AppendUint64(nil, uint64(now.UnixMilli())) //nolint:gosec // after 1970
	return append(at, d.questionTag(primary, device, at)...)
}

// Asked reports whether a nonce is of a question to the device through the primary, not older than [QuestionLife].
func (d *Desk) Asked(primary, device Companion, nonce []byte, now time.Time) bool {
	if len(nonce) != 16 || !hmac.Equal(d.questionTag(primary, device, nonce[:8]), nonce[8:]) {
		return false
	}
	age := now.Sub(time.UnixMilli(int64(binary.BigEndian.Uint64(nonce)))) //nolint:gosec // it was made here
	return age >= -time.Second && age <= QuestionLife
}

func (d *Desk) questionTag(primary, device Companion, at []byte) []byte {
	return d.Ring.MAC(nonceLabel, primary.ID[:], device.ID[:], at)[:8]
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
