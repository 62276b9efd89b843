package token

import (
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// forgetOwner cuts a token off from whoever had it. What goes: PINs, what was
// counted, whether a code was ever right, who waits for it. What stays is the
// token's own: its keys, its counter, which never goes down, what is left of a limited
// number of uses, how its clock runs, and which unlock challenges are spent.
//
// Codes that the former owner knows are of no use to them. Nothing in stock is
// accepted; and the first code of the next owner, at the counter where the token
// stands, spends all that it ever showed. A clock is different: a code shown a
// moment before the return would be good for the next owner's token as well, so
// steps that any clock may have reached are spent now.
func (c *Care) forgetOwner(tx *db.Tx, id ident.ID) error {
	if err := c.distrust(tx, id); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE token_key SET pin_hash = NULL, pin_sealed = NULL, used_at = NULL,
		uses = CASE WHEN max_uses IS NULL THEN 0 ELSE uses END WHERE device = $1`, id); err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM token_attempt WHERE device = $1", id); err != nil {
		return err
	}
	return endHandover(tx, id)
}

// distrust makes all codes of a token worthless that were shown or checked before
// now: those of a clock by spending their steps, those of the counter by which a
// token is proven by asking for a first code anew. Other keys with a counter, as
// those that sign, give no first code: they must be resynchronized before they are
// used, or payments could be signed ahead. Answers to challenges need nothing.
func (c *Care) distrust(tx *db.Tx, id ident.ID) error {
	ahead := 0
	for _, p := range c.active().Policies {
		ahead = max(ahead, p.Time.MaxDrift)
	}
	keys, err := KeysOf(tx, id)
	if err != nil {
		return err
	}
	first, _ := codeKey(keys)
	for _, k := range keys {
		answers := k.Algorithm == OCRA && k.Usage == UseCode || k.Usage == UseUnlock
		if step := int64(k.step() / time.Second); step > 0 && !answers {
			k.Next = max(k.Next, (tx.Now.Unix()-k.Epoch)/step+int64(ahead)+1)
		}
		if k.Counted() && !answers && k.KeyID != first.KeyID {
			k.ResyncFirst = true
		}
		_, err := tx.Exec(`UPDATE token_key SET proven = 0, holding = holding + 1, resync_first = CASE WHEN $4 = 1 THEN 1 ELSE resync_first END,
			next_value = CASE WHEN next_value < $3 THEN $3 ELSE next_value END WHERE device = $1 AND key_id = $2`,
			id, k.KeyID, k.Next, k.ResyncFirst)
		if err != nil {
			return err
		}
	}
	return nil
}

// endHandover ends whatever waits for a token's first code, and takes it out of
// the handover of its successor.
func endHandover(tx *db.Tx, id ident.ID) error {
	if _, err := tx.Exec("DELETE FROM token_handover WHERE device = $1", id); err != nil {
		return err
	}
	_, err := tx.Exec("UPDATE token_handover SET replaces = NULL WHERE replaces = $1", id)
	return err
}
