package keyring

import (
	"context"
	"crypto/cipher"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
)

// Options of a ring.
type Options struct {
	// Rand gives keys and nonces; it must be safe for concurrent use
	// (crypto/rand.Reader).
	Rand io.Reader
	// Now is the clock, used only for how old keys are in Status.
	Now func() time.Time
}

// Ring seals and opens values. It is safe for concurrent use and never waits for
// the database, except when it opens a value under a key that it has not seen.
type Ring struct {
	db   *db.DB
	kek  KEK
	opts Options
	// again reloads for a caller that has no context: the method Open is a
	// computation but for this one case. It takes 2 s at most.
	again func() error

	derive, mac Key // made of the root key

	keys   atomic.Pointer[keySet]
	mu     sync.Mutex // one reload at a time
	misses atomic.Int32
}

// keySet is an immutable view of the key table.
type keySet struct {
	byNumber map[uint32]*dataKey
	active   *dataKey
}

// dataKey is one unwrapped data key.
type dataKey struct {
	number uint32
	aead   cipher.AEAD
	sealed atomic.Int64 // values sealed here and not yet added to the table
}

// maxMisses bounds the reloads that unknown key numbers cause between two
// refreshes.
const maxMisses = 16

// Open loads the keys of an initialized database. A database without keys is the
// fault "keyring.empty"; keys that kek cannot unwrap are the fault of its Unwrap.
func Open(ctx context.Context, d *db.DB, kek KEK, opts Options) (*Ring, error) {
	r := &Ring{db: d, kek: kek, opts: opts}
	r.again = func() error {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		return r.reload(limited)
	}
	r.keys.Store(&keySet{byNumber: map[uint32]*dataKey{}})
	if err := r.Refresh(ctx); err != nil {
		return nil, err
	}
	return r, nil
}

// Refresh reloads the key table, and adds what was sealed since the last time to
// the counts in it. Run calls it every second.
func (r *Ring) Refresh(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.misses.Store(0)
	return errors.Join(r.flush(ctx), r.reload(ctx))
}

// Run refreshes the ring every second, and rotates when the active key has sealed
// half of what its nonces allow, until ctx ends. Failures are passed to report
// (may be nil) and tried again.
func (r *Ring) Run(ctx context.Context, report func(error)) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		err := r.maintain(ctx)
		if err != nil && report != nil && ctx.Err() == nil {
			report(err)
		}
		select {
		case <-ctx.Done():
			r.mu.Lock()
			defer r.mu.Unlock()
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
			defer cancel()
			if err := r.flush(last); err != nil && report != nil {
				report(err)
			}
			return
		case <-tick.C:
		}
	}
}

func (r *Ring) maintain(ctx context.Context) error {
	if err := r.Refresh(ctx); err != nil {
		return err
	}
	st, err := r.Status(ctx)
	if err != nil || st.active().Sealed < rotateAt {
		return err
	}
	err = r.Rotate(ctx, "system:keyring")
	if fault.Is(err, "keyring.rotated_meanwhile") {
		return nil // another node was first
	}
	return err
}

// reload reads the table and unwraps keys that are new. The caller holds mu.
func (r *Ring) reload(ctx context.Context) error {
	rows, err := readKeys(ctx, r.db)
	if err != nil {
		return err
	}
	old := r.keys.Load()
	next := &keySet{byNumber: map[uint32]*dataKey{}}
	for _, row := range rows {
		if row.number == rootNumber {
			err = r.setRoot(ctx, row)
		} else {
			err = next.add(ctx, old, row, r.kek)
		}
		if err != nil {
			return err
		}
	}
	if next.active == nil || r.mac == (Key{}) {
		return fault.Conflictf("keyring.empty", "The database has no data keys yet. Run `countersign keys init` once, then keep a copy of the key file in a safe place.")
	}
	r.keys.Store(next)
	return nil
}

// setRoot derives the two keys made of the root key, the first time.
func (r *Ring) setRoot(ctx context.Context, row keyRow) error {
	if r.mac != (Key{}) {
		return nil // it never rotates
	}
	root, err := row.unwrap(ctx, r.kek)
	if err != nil {
		return err
	}
	r.derive, r.mac = subkey(root, "derive"), subkey(root, "mac")
	return nil
}

// add takes a key over from the old set, or unwraps it.
func (s *keySet) add(ctx context.Context, old *keySet, row keyRow, kek KEK) error {
	k := old.byNumber[row.number]
	if k == nil {
		material, err := row.unwrap(ctx, kek)
		if err != nil {
			return err
		}
		k = &dataKey{number: row.number, aead: newGCM(material)}
	}
	s.byNumber[row.number] = k
	if row.state == stateActive {
		s.active = k
	}
	return nil
}

// find returns the key with the given number. For an unknown one it reloads: a
// rotation on another node may be younger than our last refresh.
func (r *Ring) find(number uint32) *dataKey {
	if k := r.keys.Load().byNumber[number]; k != nil {
		return k
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if k := r.keys.Load().byNumber[number]; k != nil || r.misses.Add(1) > maxMisses {
		return k
	}
	if r.again() != nil {
		return nil // the value stays closed; Run reports what is wrong
	}
	return r.keys.Load().byNumber[number]
}
