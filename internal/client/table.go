package client

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
)

const (
	refreshEvery = 500 * time.Millisecond // so that a change arrives within a second
	maxStale     = 5 * time.Second        // of not reaching the database; then nobody is let in
)

// table is an immutable view of all clients.
type table struct {
	revision int64
	clients  map[string]*Client // by the text form of their ids
}

// Run compares the table with the database at once and twice a second until ctx ends.
// Failures are passed to report (may be nil) and tried again.
func (r *Register) Run(ctx context.Context, report func(error)) {
	tick := time.NewTicker(refreshEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := r.Refresh(ctx); err != nil && report != nil && ctx.Err() == nil {
			report(err)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// Refresh compares the table with the database and loads it when it changed.
func (r *Register) Refresh(ctx context.Context) error {
	r.reload.Lock()
	defer r.reload.Unlock()
	began := r.Now()
	old := r.table.Load()
	err := r.DB.Read(ctx, func(tx *db.Tx) error {
		var revision int64
		if err := tx.Row("SELECT revision FROM client_revision WHERE one = 1").Scan(&revision); err != nil {
			return err
		}
		if old != nil && old.revision == revision {
			return nil
		}
		t, err := load(tx, revision)
		if err == nil {
			r.table.Store(t)
		}
		return err
	})
	if err == nil {
		r.checked.Store(began.UnixNano())
	}
	return err
}

// load reads all clients. The revision was read before them: a change in between
// makes the next comparison load again.
func load(tx *db.Tx, revision int64) (*table, error) {
	t := &table{revision: revision, clients: map[string]*Client{}}
	err := tx.Each("SELECT "+columns+" FROM client", nil, func(row db.Row) error {
		c, err := scan(row)
		if err == nil {
			t.clients[c.ID.String()] = c
		}
		return err
	})
	return t, err
}

// current returns the client that a token names; now is the clock's time.
func (r *Register) current(id []byte, now time.Time) (*Client, error) {
	if age := now.UnixNano() - r.checked.Load(); age > int64(maxStale) {
		return nil, fault.Unavailablef(nil, "client.stale", "The clients could not be checked against the database. Try again in a few seconds.")
	}
	return r.table.Load().clients[string(id)], nil
}
