package keyring

import (
	"context"
	"fmt"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
)

// Limits of one data key; 2^32 is where random nonces stop being safe.
const (
	adviseAt  = 1 << 30
	rotateAt  = 1 << 31
	adviseAge = 2 * 365 * 24 * time.Hour // an originator usage period of at most two years (NIST SP 800-57 part 1, section 5.3.6)
)

// KeyStatus describes one key to operators.
type KeyStatus struct {
	Number  uint32    `json:"number"`           // 0 is the root key
	State   string    `json:"state"`            // root, active or retired
	KEK     string    `json:"kek"`              // the key-encryption key that wraps it
	Created time.Time `json:"created"`          // UTC
	Retired time.Time `json:"retired,omitzero"` // zero while active
	Sealed  int64     `json:"sealed"`           // values sealed with it, up to about the last second
}

// Status describes the ring.
type Status struct {
	KEK    string      `json:"kek"`    // the key-encryption key that wraps now
	Keys   []KeyStatus `json:"keys"`   // by number
	Rewrap int         `json:"rewrap"` // keys still wrapped by another key-encryption key
	Advice []string    `json:"advice"` // what the operator should do; empty when all is well
}

// Status reads the state of the keys and says what to do about it.
func (r *Ring) Status(ctx context.Context) (Status, error) {
	rows, err := readKeys(ctx, r.db)
	if err != nil {
		return Status{}, err
	}
	st := Status{KEK: r.kek.ID(), Advice: []string{}}
	for _, k := range rows {
		if k.kek != st.KEK {
			st.Rewrap++
		}
		st.Keys = append(st.Keys, KeyStatus{k.number, k.state, k.kek, k.created, k.retired, k.sealed})
	}
	st.advise(r.opts.Now())
	return st, nil
}

func (s *Status) advise(now time.Time) {
	a := s.active()
	if a.Sealed >= adviseAt {
		s.Advice = append(s.Advice, fmt.Sprintf("Data key %d has sealed %d of at most %d values. Run `countersign keys rotate`; at %d it rotates by itself.", a.Number, a.Sealed, int64(1)<<32, int64(rotateAt)))
	}
	if now.Sub(a.Created) > adviseAge {
		s.Advice = append(s.Advice, fmt.Sprintf("Data key %d is older than two years. Run `countersign keys rotate`.", a.Number))
	}
	if s.Rewrap > 0 {
		s.Advice = append(s.Advice, fmt.Sprintf("%d keys are still wrapped by an older key-encryption key. Run `countersign keys rewrap` before you remove that key from the key file.", s.Rewrap))
	}
}

func (s *Status) active() KeyStatus {
	for _, k := range s.Keys {
		if k.State == stateActive {
			return k
		}
	}
	return KeyStatus{}
}

// flush adds the local counts to the table. The caller holds mu.
func (r *Ring) flush(ctx context.Context) error {
	for _, k := range r.keys.Load().byNumber {
		n := k.sealed.Swap(0)
		if n == 0 {
			continue
		}
		err := r.db.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE data_key SET sealed = sealed + $1 WHERE number = $2`, n, int64(k.number))
			return err
		})
		if err != nil {
			k.sealed.Add(n)
			return err
		}
	}
	return nil
}
