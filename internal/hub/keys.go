package hub

import (
	"bytes"
	"crypto/hmac"
	"slices"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
)

// keys are the idempotency keys under which proofs of an authentication came,
// oldest first, as they are stored: for each a tag of the key, and one of the proof
// that came under it. Both are keyed hashes: whoever steals the database cannot try
// a million codes on them, nor learn what a client makes its keys of. Eight bytes
// are enough, for nobody can compute such a tag.
//
// An entry of zeros at the end says that the newest proof came without a key.
type keys []byte

const (
	tagSize   = 8
	entrySize = 2 * tagSize
	// maxKeys is how many keys are kept: the first, which may be that of the start,
	// and the newest. An older one is forgotten, and a proof under it is a new one.
	maxKeys = 16
)

// entry is a key and the proof that came under it. The zero entry is no key.
type entry [entrySize]byte

// entry returns what is stored of a proof's key.
func (h *Hub) entry(r *row, p Proof) (e entry) {
	if p.Key == "" {
		return e
	}
	copy(e[:tagSize], h.ring.MAC("authentication.key", r.id[:], []byte(p.Key)))
	code := []byte(p.Code)
	if p.Code != "" && h.typesPassword(r, p) {
		code = []byte("a password")
	}
	copy(e[tagSize:], h.ring.MAC("authentication.proof", r.id[:], []byte(p.Key), []byte(p.Policy), code, []byte(p.Challenge)))
	return e
}

// typesPassword reports whether what was typed is, or may be, a password. Its tag would
// stay for a month, and let somebody who has database and keys try passwords at
// the speed of a MAC instead of that of their hash. So another password under the same
// key is not told from the first one, and gets its answer.
func (h *Hub) typesPassword(r *row, p Proof) bool {
	set := h.policies.Active()
	one, _ := set.Policy(p.Policy)
	if p.Policy != "" {
		return one.Method == policy.MethodPassword
	}
	j, _ := set.Journey(r.purpose, r.channel)
	return slices.ContainsFunc(j.Codes(), func(code string) bool {
		one, _ := set.Policy(code)
		return one.Method == policy.MethodPassword
	})
}

// use is what a key was used for before.
type use uint8

const (
	unused   use = iota
	newest       // for this proof, and no other came after it
	earlier      // for this proof, and others came after it
	anothers     // for another proof
)

// find looks an entry up.
func (k keys) find(e entry) use {
	for at := 0; at+entrySize <= len(k); at += entrySize {
		key, proof := k[at:at+tagSize], k[at+tagSize:at+entrySize]
		switch {
		case !bytes.Equal(key, e[:tagSize]):
		case !hmac.Equal(proof, e[tagSize:]):
			return anothers
		case at+entrySize == len(k):
			return newest
		default:
			return earlier
		}
	}
	return unused
}

// add returns the keys with that of the newest proof.
func (k keys) add(e entry) keys {
	if last := len(k) - entrySize; last >= 0 && entry(k[last:]) == (entry{}) {
		k = k[:last]
	}
	switch {
	case e == (entry{}) && len(k) == 0:
		return nil
	case e != (entry{}) && len(k) == maxKeys*entrySize:
		return slices.Concat(k[:entrySize], k[2*entrySize:], e[:])
	}
	return slices.Concat(k, e[:])
}

// answered reports whether this very proof came before under its key, so that it
// gets the answer that it got. A key that stands for something else is a conflict.
func (h *Hub) answered(by audit.Actor, r *row, p Proof) (bool, error) {
	if p.Key == "" {
		return false, nil
	}
	switch r.keys.find(h.entry(r, p)) {
	case newest:
		return true, nil
	case earlier:
		return false, superseded()
	case anothers:
		return false, reused()
	case unused:
		if r.id == keyedID(by, p.Key) { // that of the start, which brought no proof
			return false, reused()
		}
	}
	return false, nil
}

// startedBy reports nil when in is the request that started the authentication.
func (h *Hub) startedBy(r *row, in Start) error {
	if r.purpose != in.Purpose || r.channel != in.Channel || r.payment != in.Payment.Hash() || r.grounds != in.Grounds {
		return reused()
	}
	proof := Proof{Key: in.Key}
	if in.Proof != nil {
		proof = *in.Proof
	}
	switch u := r.keys.find(h.entry(r, proof)); {
	case u == earlier:
		return superseded()
	case u == anothers, u == unused && in.Proof != nil:
		return reused() // it came with another proof, or without any
	}
	return nil
}

func reused() error {
	return fault.Conflictf("authentication.key_reused", "This idempotency key was used for another request. Use a fresh key for each authentication and each proof.").
		WithField("Idempotency-Key")
}

// superseded is the answer to a proof that was answered before, and is not the
// newest: its outcome is not the authentication's any more. It says nothing about
// a fresh key: under that one, the proof would be counted again.
func superseded() error {
	return fault.Conflictf("authentication.superseded", "The proof with this idempotency key was answered before, and other proofs came after it. Look at the authentication as it is now.").
		WithField("Idempotency-Key")
}
