package sim

import (
	"context"
	"crypto/sha256"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/ota"
)

const (
	// maxAnswerParts is how many short messages an answer may have: a signature by RSA has three.
	maxAnswerParts = 8
	// maxKept is how many parts of one number are kept.
	maxKept = 64
	// maxTries is how many combinations of parts are tried when some are forged.
	maxTries = 32
)

// join stores a part, in a transaction of its own, and returns the packets that the parts which
// are there make together with it: one, unless somebody forges parts. The part is
// committed before the others are read, so that of two nodes that get the last two parts at
// least one sees both.
func (d *Desk) join(ctx context.Context, from []byte, s ota.Segment) (packets [][]byte, err error) {
	digest := sha256.Sum256(s.Body)
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		var n int
		if err := tx.Row("SELECT COUNT(*) FROM sim_part WHERE address = $1", from).Scan(&n); err != nil {
			return err
		}
		if n >= maxKept {
			if _, err := tx.Exec("DELETE FROM sim_part WHERE address = $1", from); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`INSERT INTO sim_part (address, reference, total, number, digest, kind, body, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
			from, s.Reference, s.Total, s.Number, digest[:], byte(s.Kind), s.Body, tx.Now)
		return err
	})
	if err != nil {
		return nil, err
	}
	var all []ota.Segment
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each("SELECT number, kind, body FROM sim_part WHERE address = $1 AND reference = $2 AND total = $3 ORDER BY seen_at DESC, number", []any{from, s.Reference, s.Total}, func(r db.Row) error {
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

// combine returns the packets that a part makes with others, of which some may share a number.
func combine(s ota.Segment, all []ota.Segment) (packets [][]byte) {
	byNumber := make([][]ota.Segment, s.Total)
	for _, p := range all {
		if p.Number != s.Number {
			byNumber[p.Number-1] = append(byNumber[p.Number-1], p)
		}
	}
	byNumber[s.Number-1] = []ota.Segment{s}
	tries := 0
	var try func(chosen []ota.Segment)
	try = func(chosen []ota.Segment) {
		if len(chosen) < int(s.Total) {
			for _, p := range byNumber[len(chosen)] {
				try(append(chosen, p))
			}
			return
		}
		if tries++; tries > maxTries {
			return
		}
		if k, packet, complete, err := ota.Assemble(chosen); err == nil && complete && k == ota.Responses {
			packets = append(packets, packet)
		}
	}
	try(nil)
	return packets
}
