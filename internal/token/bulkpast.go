package token

import (
	"context"
	"encoding/json"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// PastBulk is a bulk act as the history tells it; while it runs its counts grow, so
// that a page can show how far it is.
type PastBulk struct {
	ID          ident.ID
	Bulk        Bulk     // without its tokens
	State       string   // running, done or failed
	Total       int64    // tokens that were named
	BulkSummary          // so far; Digest is empty here, see Report
	Payload     []byte   // SHA-256 of what was wanted
	Report      []byte   // SHA-256 of the report's rows; nil while it runs
	By          string   // who started it
	Proposal    ident.ID // that allowed it; zero: none was needed
	Reason      string   // why it broke off
	Created     time.Time
	Ended       time.Time // zero while it runs, or when its node died
}

const bulkColumns = "id, state, parameters, payload, report, total, done, unchanged, refused, started_by, proposal, reason, created_at, ended_at"

func (p *PastBulk) scan(r db.Row) error {
	var parameters string
	err := r.Scan(&p.ID, &p.State, &parameters, &p.Payload, &p.Report, &p.Total, &p.Done, &p.Unchanged, &p.Refused, &p.By, &p.Proposal, &p.Reason, &p.Created, &p.Ended)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(parameters), &p.Bulk)
}

// Bulks returns up to limit (1 to 200) bulk acts, newest first. After is next of
// the page before, "" for the first; next is "" on the last page.
func (c *Care) Bulks(ctx context.Context, after string, limit int) (all []PastBulk, next string, err error) {
	if limit < 1 || limit > 200 {
		return nil, "", fault.Invalidf("token.limit", "A page has 1 to 200 bulk acts.").WithField("limit")
	}
	at, id, err := readPlace(after)
	if err != nil {
		return nil, "", err
	}
	err = c.tokens.db.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each(`SELECT `+bulkColumns+` FROM token_bulk WHERE (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT $3`,
			[]any{at, id[:], limit + 1}, func(r db.Row) error {
				var p PastBulk
				err := p.scan(r)
				all = append(all, p)
				return err
			})
	})
	if len(all) > limit {
		all = all[:limit]
		next = cursorOf(all[limit-1].Created, all[limit-1].ID)
	}
	return all, next, err
}

// Bulk returns a bulk act; the fault "token.bulk_unknown" when there is none.
func (c *Care) Bulk(ctx context.Context, id ident.ID) (p PastBulk, err error) {
	found := false
	err = c.tokens.db.Read(ctx, func(tx *db.Tx) error {
		found = false
		return tx.Each("SELECT "+bulkColumns+" FROM token_bulk WHERE id = $1", []any{id}, func(r db.Row) error {
			found = true
			return p.scan(r)
		})
	})
	if err == nil && !found {
		err = fault.NotFoundf("token.bulk_unknown", "There is no such bulk act.")
	}
	return p, err
}
