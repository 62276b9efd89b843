package sim

import (
	"strconv"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/ota"
)

// keySetID is the row id under which the keys of a set are sealed.
func keySetID(card ident.ID, number int) ident.ID {
	return ident.Derive("sim key set", card.String(), strconv.Itoa(number))
}

// keySet is a key set of a card, opened.
type keySet struct {
	number  int
	profile ota.Security
	keys    ota.Keys
}

// weak says why the keys are not to be used.
func (s keySet) weak() error {
	if s.profile.KIc.Algorithm().Weak(s.keys.KIc) || s.profile.KID.Algorithm().Weak(s.keys.KID) {
		return ota.ErrRefused
	}
	return nil
}

// sealKeys seals both keys of a set.
func (d *Desk) sealKeys(card ident.ID, number int, k ota.Keys) []byte {
	plain := append([]byte{byte(len(k.KIc))}, k.KIc...) //nolint:gosec // at most 32
	plain = append(plain, k.KID...)
	defer clear(plain)
	return d.Ring.Seal(keysLabel, keySetID(card, number), plain)
}

func (d *Desk) openKeys(card ident.ID, number int, algorithm ota.Algorithm, sealed []byte) (s keySet, err error) {
	plain, err := d.Ring.Open(keysLabel, keySetID(card, number), sealed)
	if err != nil {
		return s, err
	}
	n := int(plain[0])
	return keySet{number, ota.Profile(number, algorithm), ota.Keys{KIc: plain[1 : 1+n], KID: plain[1+n:]}}, nil
}

// lastCounter is the last one that is used. The highest of all would kill the key set in the
// card (TS 102 225, section 5.1.4).
const lastCounter = int64(ota.MaxCounter) - 1

// allocateSQL takes the next counter of the first key set that has one left. It is the one
// statement that moves counters, and it only moves them up.
const allocateSQL = `UPDATE sim_key_set SET counter = counter + 1
WHERE card = $1 AND counter < $2 AND number = (SELECT MIN(number) FROM sim_key_set WHERE card = $1 AND counter < $2)
RETURNING number, algorithm, keys, counter`

// allocate takes a counter that no packet had before. The fault "sim.spent" (Conflict) says that
// no key set of the card has any left.
func (d *Desk) allocate(tx *db.Tx, card ident.ID) (s keySet, counter uint64, err error) {
	found := false
	var number int
	var algorithm byte
	var sealed []byte
	var n int64
	err = tx.Each(allocateSQL, []any{card, lastCounter}, func(r db.Row) error {
		found = true
		return r.Scan(&number, &algorithm, &sealed, &n)
	})
	switch {
	case err != nil:
		return s, 0, err
	case !found:
		return s, 0, fault.Conflictf("sim.spent", "The card has no key set whose counter can still rise. Give the person another card.")
	}
	s, err = d.openKeys(card, number, ota.Algorithm(algorithm), sealed)
	return s, uint64(n), err //nolint:gosec // never below 0
}

// keySets opens key sets of a card.
func (d *Desk) keySet(tx *db.Tx, card ident.ID, number int) (s keySet, ok bool, err error) {
	var algorithm byte
	var sealed []byte
	err = tx.Each("SELECT algorithm, keys FROM sim_key_set WHERE card = $1 AND number = $2", []any{card, number}, func(r db.Row) error {
		ok = true
		return r.Scan(&algorithm, &sealed)
	})
	if err != nil || !ok {
		return s, false, err
	}
	s, err = d.openKeys(card, number, ota.Algorithm(algorithm), sealed)
	return s, err == nil, err
}
