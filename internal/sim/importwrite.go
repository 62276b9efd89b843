package sim

import (
	"strconv"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/intake"
)

func placeholder(n int) string { return "$" + strconv.Itoa(n) }

const (
	insertCard = `INSERT INTO sim_card (id, iccid, msisdn, msisdn_hash, state, tar, parts, reason, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8, $8) ON CONFLICT DO NOTHING`
	insertSet = "INSERT INTO sim_key_set (card, number, algorithm, keys, counter) VALUES ($1, $2, $3, $4, $5)"
)

// Write implements intake.Work.
func (x *importer) Write(tx *db.Tx, batch []*entry) error {
	if err := x.compare(tx, batch); err != nil {
		return err
	}
	var cards, sets [][]any
	for _, e := range batch {
		if e.row.Reason != "" {
			continue
		}
		id := x.newID()
		var phone, hash []byte
		state := Stock
		if e.number != "" {
			phone, hash, state = x.desk.Ring.Seal(msisdnLabel, id, []byte(e.number)), x.desk.hash(e.number), Active
		}
		cards = append(cards, []any{id, e.row.ICCID, phone, hash, string(state), e.tar[:], e.parts, tx.Now})
		for _, s := range e.sets {
			sets = append(sets, []any{id, s.number, int(s.algorithm), x.desk.sealKeys(id, s.number, s.keys), s.counter})
		}
	}
	forgetKeys(batch)
	n, err := tx.Many(insertCard, cards)
	if err != nil {
		return err
	}
	for _, one := range n {
		if one == 0 {
			return intake.ErrAgain // somebody else has brought a card in this moment
		}
	}
	_, err = tx.Many(insertSet, sets)
	return err
}
