package token

import (
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/oath"
)

// plan fills in the keys as they are to be.
func (o *Takeover) plan(keys []Key, served []policy.Policy, now time.Time) Refusal {
	counted := map[Usage]int{}
	for _, k := range keys {
		if k.Usage == UseUnlock {
			continue
		}
		if k.Counted() {
			counted[k.Usage]++
		}
		if r := o.key(&k, served, now); r != (Refusal{}) {
			return r
		}
		o.keys = append(o.keys, k)
	}
	switch {
	case len(o.keys) == 0:
		return refused(RefusedModel, "the token has no key that gives codes")
	case counted[UseCode] > 1, counted[UseSign] > 1:
		return refused(RefusedKeys, "the token has several event counters for the same use, and the file names one: let the customer register it anew")
	}
	return Refusal{}
}

// key brings one key to what the other server says of it. A key about which that
// says all there is to know counts as proven, which makes its windows narrow.
func (o *Takeover) key(k *Key, served []policy.Policy, now time.Time) Refusal {
	if k.ResyncFirst {
		return refused(RefusedState, "the token must be resynchronized first, because the database was restored: let the customer register it anew")
	}
	k.Proven = true
	for _, step := range []func(*Key, []policy.Policy, time.Time) Refusal{o.clock, o.counter, o.code} {
		if r := step(k, served, now); r != (Refusal{}) {
			return r
		}
	}
	return Refusal{}
}

// clock sets the drift.
func (o *Takeover) clock(k *Key, served []policy.Policy, _ time.Time) Refusal {
	if !k.Timed() {
		return Refusal{}
	}
	if o.legacy.Drift == nil {
		k.Proven = false
		return Refusal{}
	}
	k.Drift = steps(*o.legacy.Drift, k.step())
	for _, p := range served {
		if max(k.Drift, -k.Drift) > p.Time.MaxDrift {
			return refused(RefusedClock, "the token's clock is off by %s, and the policy %s allows %s: replace the token", round(*o.legacy.Drift), p.Code, time.Duration(p.Time.MaxDrift)*k.step())
		}
	}
	return Refusal{}
}

// counter sets the lowest counter or step that is not spent. What a clock has
// shown before now may have been accepted by the other server.
func (o *Takeover) counter(k *Key, _ []policy.Policy, now time.Time) Refusal {
	if !k.Counted() {
		if k.Timed() {
			at := (now.Unix()-k.Epoch)/int64(k.step()/time.Second) + int64(k.Drift)
			k.Next = max(k.Next, at)
		}
		return Refusal{}
	}
	at, column := o.legacy.Counter, "counter"
	if k.Usage == UseSign {
		at, column = o.legacy.SignCounter, "sign_counter"
	}
	switch {
	case at == nil:
		return refused(RefusedCounter, "the token counts events, and the %s is missing: without it codes would be accepted that are spent", column)
	case *at < k.Next:
		return refused(RefusedCounter, "the %s is %d, lower than the %d that is known here: a counter never goes down", column, *at, k.Next)
	case *at > maxCounter:
		return refused(RefusedCounter, "the %s is out of range", column)
	}
	k.Next = *at
	return Refusal{}
}

// code takes the PIN over that the server must know. One of the import of the keys is
// what the token left the factory with, so the other server's comes before it.
func (o *Takeover) code(k *Key, _ []policy.Policy, _ time.Time) Refusal {
	if !k.PINMode.Typed() && k.PINMode != PINAlgorithmic || o.legacy.PIN == "" && k.HasPIN() {
		return Refusal{}
	}
	pin, err := oath.CanonicalRange(o.legacy.PIN, 4, maxPIN)
	if err != nil {
		return refused(RefusedPIN, "the token's codes need a PIN that the server knows, and the file has none of 4 to %d digits: let the customer register it anew", maxPIN)
	}
	o.pin = pin
	return Refusal{}
}

// takeKey writes a planned key; ErrTaken when it went beyond the plan meanwhile.
func (t *Tokens) takeKey(tx *db.Tx, k *Key, pin string) error {
	n, err := tx.Exec("UPDATE token_key SET next_value = $3, drift = $4, proven = $5 WHERE device = $1 AND key_id = $2 AND next_value <= $3 AND resync_first = 0",
		k.Device, k.KeyID, k.Next, k.Drift, k.Proven)
	if err != nil || n == 0 {
		return errors.Join(err, orNil(n == 0, ErrTaken))
	}
	switch {
	case pin == "":
	case k.PINMode == PINAlgorithmic:
		_, err = tx.Exec("UPDATE token_key SET pin_sealed = $3 WHERE device = $1 AND key_id = $2", k.Device, k.KeyID, t.ring.Seal(pinLabel, k.Device, []byte(pin)))
	case k.PINMode.Typed():
		_, err = tx.Exec("UPDATE token_key SET pin_hash = $3 WHERE device = $1 AND key_id = $2", k.Device, k.KeyID, hashPIN(t.ring, k.Device, pin))
	}
	return err
}
