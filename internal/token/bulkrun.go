package token

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// bulkBatch is how many tokens share a transaction: few enough that logins get in
// between.
const bulkBatch = 50

// BulkReport is where a bulk act tells how it goes.
type BulkReport struct {
	Sink     func(BulkRow) error     // receives the report row by row; may be nil
	Progress func(done, total int64) // called after each batch; may be nil
	Begun    func(id ident.ID)       // called with its id in the history before the first batch; may be nil
}

// PreviewBulk says what a bulk act would do now, and changes nothing. It does not
// see that a token is a customer's last one: that depends on the rows before.
func (c *Care) PreviewBulk(ctx context.Context, b Bulk, sink func(BulkRow) error) (BulkSummary, error) {
	b, err := NewBulk(b)
	if err != nil {
		return BulkSummary{}, err
	}
	t := newTally(sink)
	for from := 0; from < len(b.Tokens); from += bulkBatch {
		var rows []BulkRow
		err := c.tokens.db.Read(ctx, func(tx *db.Tx) error {
			rows = nil
			for i := from; i < min(from+bulkBatch, len(b.Tokens)); i++ {
				row, _, err := b.judge(tx, i+1, b.Tokens[i])
				if err != nil {
					return err
				}
				if row.Result == "" {
					row.Result = BulkDone
				}
				rows = append(rows, row)
			}
			return nil
		})
		if err == nil {
			err = t.add(rows)
		}
		if err != nil {
			return t.summary(), err
		}
	}
	return t.summary(), nil
}

// RunBulk carries a bulk act out, batch by batch. Where the policies want four eyes,
// and always to resume tokens ([Bulk.FourEyes]), it needs the warrant of an approved proposal for exactly this act (the faults of
// foureyes.Allow). It returns what became of the rows, also together with an error: what
// was reported as done stays. Each act has its audit record; one more tells of them
// all, with the digests of what was wanted and of the report. Doing it again is
// harmless: what is done already is unchanged.
func (c *Care) RunBulk(ctx context.Context, by audit.Actor, b Bulk, w foureyes.Warrant, r BulkReport) (BulkSummary, error) {
	b, err := NewBulk(b)
	if err != nil {
		return BulkSummary{}, err
	}
	if by.Kind == audit.CustomerKind {
		return BulkSummary{}, fault.Deniedf("token.not_yours", "Customers act on their own tokens only, and staff do the rest.")
	}
	if err := foureyes.Allow(b.FourEyes(c.active().FourEyes), policy.ActBulk, w, b.Payload()); err != nil {
		return BulkSummary{}, err
	}
	x := bulkRun{care: c, by: by, bulk: b, tally: newTally(r.Sink), proposal: w.ID()}
	if err := x.begin(ctx); err != nil {
		return BulkSummary{}, err
	}
	if r.Begun != nil {
		r.Begun(x.id)
	}
	err = x.batches(ctx, r.Progress)
	return x.tally.summary(), errors.Join(err, x.end(ctx, err))
}

// Executor carries approved bulk acts out for the four-eyes desk.
func (c *Care) Executor() foureyes.Executor {
	return foureyes.Executor{
		Check: func(_ *db.Tx, payload []byte) error { _, err := ParseBulk(payload); return err },
		Run: func(ctx context.Context, by audit.Actor, w foureyes.Warrant) error {
			b, err := ParseBulk(w.Payload())
			if err != nil {
				return err
			}
			_, err = c.RunBulk(ctx, by, b, w, BulkReport{})
			return err
		},
	}
}

// bulkRun is one bulk act under way.
type bulkRun struct {
	care     *Care
	by       audit.Actor
	bulk     Bulk
	tally    *tally
	id       ident.ID
	proposal ident.ID
}

// begin notes that the act runs.
func (x *bulkRun) begin(ctx context.Context) error {
	parameters := x.bulk
	parameters.Tokens = nil
	digest := sha256.Sum256(x.bulk.Payload())
	return x.care.tokens.db.Write(ctx, func(tx *db.Tx) error {
		if x.bulk.Ends != nil {
			if err := readEnd(*x.bulk.Ends, tx.Now); err != nil {
				return err
			}
		}
		x.id = ident.New(tx.Now, x.care.tokens.random)
		_, err := tx.Exec(`INSERT INTO token_bulk (id, act, state, parameters, payload, total, done, unchanged, refused, started_by, proposal, reason, created_at)
			VALUES ($1, $2, 'running', $3, $4, $5, 0, 0, 0, $6, $7, '', $8)`,
			x.id, string(x.bulk.Act), string(parameters.Payload()), digest[:], len(x.bulk.Tokens), x.by.String(), x.proposal, tx.Now)
		return err
	})
}

// batches does the work. What a batch did is reported once it is committed.
func (x *bulkRun) batches(ctx context.Context, progress func(done, total int64)) error {
	total := len(x.bulk.Tokens)
	for from := 0; from < total; from += bulkBatch {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows, err := x.batch(ctx, from, min(from+bulkBatch, total))
		if err == nil {
			err = x.tally.add(rows)
		}
		if err != nil {
			return err
		}
		if progress != nil {
			progress(x.tally.Rows(), int64(total))
		}
	}
	return nil
}

func (x *bulkRun) batch(ctx context.Context, from, to int) (rows []BulkRow, err error) {
	err = x.care.tokens.db.Write(ctx, func(tx *db.Tx) error {
		rows = rows[:0]
		now := newTally(nil)
		for i := from; i < to; i++ {
			row, err := x.care.row(tx, x.by, x.id, x.bulk, i+1)
			if err != nil {
				return err
			}
			rows = append(rows, row)
		}
		if err := now.add(rows); err != nil {
			return err
		}
		_, err := tx.Exec("UPDATE token_bulk SET done = done + $2, unchanged = unchanged + $3, refused = refused + $4 WHERE id = $1",
			x.id, now.Done, now.Unchanged, now.Refused)
		return err
	})
	return rows, err
}

// end closes the history, whatever happened. It must not be lost when ctx was
// canceled, so it does not listen to it.
func (x *bulkRun) end(ctx context.Context, cause error) error {
	s, state, reason, kind := x.tally.summary(), "done", "", AuditBulkDone
	if cause != nil {
		state, reason, kind = "failed", fault.From(cause).Detail, AuditBulkFailed
		if errors.Is(cause, context.Canceled) {
			reason = "It was given up."
		}
	}
	digest := sha256.Sum256(x.bulk.Payload())
	return x.care.tokens.db.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE token_bulk SET state = $2, reason = $3, report = $4, ended_at = $5 WHERE id = $1",
			x.id, state, reason, x.tally.Sum(), tx.Now)
		details := map[string]any{
			"act": x.bulk.Act, "why": x.bulk.Reason, "tokens": len(x.bulk.Tokens), "done": s.Done, "unchanged": s.Unchanged, "refused": s.Refused,
			"payload_sha256": hex.EncodeToString(digest[:]), "report_sha256": s.Digest,
		}
		if reason != "" {
			details["reason"] = reason
		}
		if !x.proposal.IsZero() {
			details["proposal"] = x.proposal
		}
		audit.Record(tx, audit.Event{Kind: kind, By: x.by, Object: "bulk:" + x.id.String(), Details: details})
		return err
	})
}
