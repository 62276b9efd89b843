package dskppserver

import (
	"context"
	"crypto/rsa"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/dskpp"
)

// reload is how long a node works with the server keys that it has read.
const reload = 30 * time.Second

// serverKeys are the keys of the server as they were at most half a minute ago.
type serverKeys struct {
	read func(context.Context) ([]*rsa.PrivateKey, error)
	now  func() time.Time

	mu   sync.Mutex
	seen []dskpp.ServerKey
	at   time.Time
}

func (k *serverKeys) get(ctx context.Context) ([]dskpp.ServerKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if age := k.now().Sub(k.at); k.seen != nil && age >= 0 && age < reload {
		return k.seen, nil
	}
	all, err := k.read(ctx)
	if err != nil {
		return nil, err
	}
	k.seen, k.at = nil, k.now()
	for _, key := range all {
		k.seen = append(k.seen, dskpp.ServerKey{Key: key})
	}
	return k.seen, nil
}
