package sim

import (
	"context"
	"crypto/sha256"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/ota"
)

// maxAnswerParts is how many short messages an answer may have: a signature by RSA has three.
const maxAnswerParts = 8

// eightBit reports whether a data coding scheme says 8-bit data (3GPP TS 23.038, section 4; SMPP 3.4,
// section 5.2.19). What people write is not, and is none of our business.
func eightBit(coding byte) bool {
	return coding == 2 || coding == 4 || coding&0xDC == 0x14 || coding&0xF4 == 0xF4
}

// asked reports whether an answer from a number may come: whether a message to it is open.
func asked(tx *db.Tx, from []byte) (yes bool, err error) {
	var n int
	err = tx.Row("SELECT COUNT(*) FROM (SELECT 1 FROM sim_message WHERE address = $1 AND ended_at IS NULL LIMIT 1) AS one", from).Scan(&n)
	return n > 0, err
}

// join stores a part, in a transaction of its own, and returns the packets that the parts which
// are there make together with it: one, unless somebody forges parts. The part is
// committed before the others are read, so that of two nodes that get the last two parts at
// least one sees both. Nothing is stored of a number that nothing was asked of.
func (d *Desk) join(ctx context.Context, from []byte, s ota.Segment) (packets [][]byte, err error) {
	expected := false
	if err := d.DB.Read(ctx, func(tx *db.Tx) error { expected, err = asked(tx, from); return err }); err != nil {
		return nil, err
	}
	if expected {
		err = d.DB.Write(ctx, func(tx *db.Tx) error { expected, err = d.keep(tx, from, s); return err })
	}
	if err != nil || !expected {
		d.stats.strange.Add(1)
		return nil, err
	}
	var all []ota.Segment
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each("SELECT number, kind, body FROM sim_part WHERE address = $1 AND reference = $2 AND total = $3 ORDER BY seen_at, number", []any{from, s.Reference, s.Total}, func(r db.Row) error {
			one := ota.Segment{Reference: s.Reference, Total: s.Total}
			var number, kind int
			err := r.Scan(&number, &kind, &one.Body)
			one.Number, one.Kind = byte(number), ota.Kind(kind) //nolint:gosec // octets, as they were stored
			all = append(all, one)
			return err
		})
	})
	return combine(s, all), err
}

// keep stores a part of a number that was asked something; ok is false for one of another.
func (d *Desk) keep(tx *db.Tx, from []byte, s ota.Segment) (ok bool, err error) {
	if ok, err = asked(tx, from); err != nil || !ok {
		return false, err
	}
	if _, err := makeRoom(tx, from, maxKept); err != nil {
		return false, err
	}
	if err := d.roomInAll(tx); err != nil {
		return false, err
	}
	digest := sha256.Sum256(s.Body)
	_, err = tx.Exec(`INSERT INTO sim_part (address, reference, total, number, digest, kind, body, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
		from, s.Reference, s.Total, s.Number, digest[:], byte(s.Kind), s.Body, tx.Now)
	return true, err
}
