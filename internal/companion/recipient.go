package companion

import (
	"context"
	"io"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// Spans of the keys to which devices seal. A message is opened until it is too old to be taken, so that a private
// key lives for eleven days at most: what it has opened nobody opens afterwards.
const (
	RecipientSpan = 6 * 24 * time.Hour // between two keys of a suite
	RecipientSeal = 7 * 24 * time.Hour // how long devices seal to one
	recipientOpen = RecipientSeal + envelope.MaxLate + 2*envelope.LiveSkew
	reloadEvery   = time.Second // for ids that nobody knows
)

const recipientLabel = "companion.recipient"

// Recipients are the keys to which devices seal their messages: one of each suite at a time, and those before it
// for as long as messages to them may come. All fields are required. It is safe for concurrent use.
type Recipients struct {
	DB   *db.DB
	Ring *keyring.Ring
	Rand io.Reader
	Now  func() time.Time

	mu     sync.Mutex
	keys   map[envelope.KeyID]Recipient
	loaded time.Time
}

// Recipient is one of the keys.
type Recipient struct {
	Key       *envelope.PrivateKey
	SealUntil time.Time // devices do not seal to it afterwards
	OpenUntil time.Time // it is destroyed afterwards

	suite  envelope.Suite
	period int64
}

// period counts the spans since 1970.
func period(now time.Time) int64 { return now.UnixMicro() / RecipientSpan.Microseconds() }

func recipientRow(s envelope.Suite, period int64) ident.ID {
	return ident.Derive("companion recipient", s.String(), strconv.FormatInt(period, 10))
}

// Turn makes the keys that are due, destroys those that are over, and reads what is there. It does nothing twice, on any number of nodes.
func (r *Recipients) Turn(ctx context.Context) error {
	drawn, err := r.draw()
	if err != nil {
		return err
	}
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		p := period(tx.Now)
		made := time.UnixMicro(p * RecipientSpan.Microseconds()).UTC()
		for suite, k := range drawn {
			secret, err := k.Bytes()
			if err != nil {
				return err
			}
			id := k.Public().ID()
			_, err = tx.Exec("INSERT INTO companion_recipient (suite, period, key_id, secret, made_at, seal_until, open_until) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
				int64(suite), p, id[:], r.Ring.Seal(recipientLabel, recipientRow(suite, p), secret), tx.Now, made.Add(RecipientSeal), made.Add(recipientOpen))
			if err != nil {
				return err
			}
		}
		_, err := tx.Exec("DELETE FROM companion_recipient WHERE open_until < $1", tx.Now)
		return err
	})
	if err != nil {
		return err
	}
	return r.reload(ctx)
}

// draw makes keys of all suites of which there is none of this span in memory.
func (r *Recipients) draw() (map[envelope.Suite]*envelope.PrivateKey, error) {
	have, now := map[envelope.Suite]bool{}, period(r.Now())
	r.mu.Lock()
	for _, k := range r.keys {
		have[k.suite] = have[k.suite] || k.period == now
	}
	r.mu.Unlock()
	out := map[envelope.Suite]*envelope.PrivateKey{}
	for _, s := range envelope.Suites() {
		if have[s] {
			continue
		}
		secret := make([]byte, 32)
		if _, err := io.ReadFull(r.Rand, secret); err != nil {
			return nil, err
		}
		k, err := envelope.NewPrivateKey(s, secret)
		if err != nil {
			return nil, err
		}
		out[s] = k
	}
	return out, nil
}

// reload reads the keys.
func (r *Recipients) reload(ctx context.Context) error {
	keys := map[envelope.KeyID]Recipient{}
	err := r.DB.Read(ctx, func(tx *db.Tx) error {
		clear(keys)
		return tx.Each("SELECT suite, period, secret, seal_until, open_until FROM companion_recipient", nil, func(row db.Row) error {
			var k Recipient
			var suite int64
			var sealed []byte
			if err := row.Scan(&suite, &k.period, &sealed, &k.SealUntil, &k.OpenUntil); err != nil {
				return err
			}
			k.suite = envelope.Suite(suite) //nolint:gosec // an unknown one is refused below
			secret, err := r.Ring.Open(recipientLabel, recipientRow(k.suite, k.period), sealed)
			if err != nil {
				return err
			}
			if k.Key, err = envelope.NewPrivateKey(k.suite, secret); err != nil {
				return err
			}
			keys[k.Key.Public().ID()] = k
			return nil
		})
	})
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys, r.loaded = keys, r.Now()
	return nil
}

// Offered lists the keys that devices may seal to, the newest of each suite first.
func (r *Recipients) Offered(ctx context.Context) ([]Recipient, error) {
	now := r.Now()
	all := r.offered(now)
	if len(all) > 0 && all[0].period >= period(now) { // a node whose clock is ahead may have begun the next span
		return all, nil
	}
	if err := r.Turn(ctx); err != nil {
		return nil, err
	}
	return r.offered(now), nil
}

func (r *Recipients) offered(now time.Time) (all []Recipient) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range r.keys {
		if k.SealUntil.After(now) {
			all = append(all, k)
		}
	}
	slices.SortFunc(all, func(a, b Recipient) int {
		if a.period != b.period {
			return int(b.period - a.period)
		}
		return int(b.suite) - int(a.suite)
	})
	return all
}

// Private returns the key of an id that messages may still be opened with; false when there is none. Ids that nobody knows
// read the table once a second at most.
func (r *Recipients) Private(ctx context.Context, id envelope.KeyID) (Recipient, bool, error) {
	k, found, old := r.known(id)
	if found || !old {
		return k, found, nil
	}
	if err := r.reload(ctx); err != nil {
		return Recipient{}, false, err
	}
	k, found, _ = r.known(id)
	return k, found, nil
}

func (r *Recipients) known(id envelope.KeyID) (k Recipient, found, old bool) {
	now := r.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	k, found = r.keys[id]
	if found && k.OpenUntil.Before(now) {
		delete(r.keys, id) // also where the node that sweeps is another one
		return Recipient{}, false, false
	}
	return k, found, now.Sub(r.loaded) >= reloadEvery || now.Before(r.loaded)
}

// recipientColumn is the sealed column of the keys.
func recipientColumn() keyring.Column {
	return keyring.Column{Label: recipientLabel, Table: "companion_recipient", Key: []string{"suite", "period"}, Column: "secret", ID: func(key []any) ident.ID {
		suite, _ := key[0].(int64)
		p, _ := key[1].(int64)
		return recipientRow(envelope.Suite(suite), p) //nolint:gosec // as stored
	}}
}
