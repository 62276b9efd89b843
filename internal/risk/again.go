package risk

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk/engine"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// Again judges an event that has not ended by the rules that are in force now and with
// what the probe has reported since. The stricter judgment stays: an event is never
// judged more leniently than it was. It is for the moment after a factor and the one before
// the end. Of the models what they said first stands, so that an event is not evidence
// against itself. Faults: "risk.unknown" (NotFound).
func (d *Desk) Again(ctx context.Context, by audit.Actor, customer, id ident.ID) (a Assessment, err error) {
	rules, version := d.Rules()
	err = d.settle(ctx, customer, func(tx *db.Tx) error {
		e, err := find(tx, customer, id)
		if err != nil {
			return err
		}
		a = e.assessment(true)
		if e.State == Completed || e.State == Rejected {
			return nil
		}
		facts, err := e.refreshed(tx)
		if err != nil {
			return err
		}
		result, verdict := engine.Replay(rules, &facts, e.Models)
		if !stricter(&e.Result, &result) {
			return nil
		}
		e.Facts, e.Result, e.Rules, e.Shadow, e.Failures = facts, result, version, verdict.Shadow, verdict.Failures
		if err := e.rejudged(tx); err != nil {
			return err
		}
		e.record(tx, AuditJudged, by, map[string]any{"decision": result.Decision, "score": result.Score, "reasons": result.Reasons(), "rules": version, "again": true})
		a = e.assessment(false)
		return nil
	})
	return a, err
}

// stricter reports whether a result takes the place of the one before.
func stricter(before, now *score.Result) bool {
	if before.Decision == now.Decision {
		if before.BlockChannel != now.BlockChannel {
			return now.BlockChannel
		}
		return now.Score > before.Score
	}
	return score.Stricter(before.Decision, now.Decision) == now.Decision
}

// rejudged stores a stricter judgment of an event that has not ended.
func (e *Event) rejudged(tx *db.Tx) error {
	n, err := tx.Exec(`UPDATE risk_event SET decision = $3, score = $4, result = $5, facts = $6, rules = $7, notes = $8
		WHERE customer = $1 AND id = $2 AND state IN ('created', 'signed')`,
		e.Customer, e.ID, string(e.Result.Decision), e.Result.Score, text(e.Result), text(e.Facts), e.Rules, text(notes{e.Shadow, e.Failures}))
	if err == nil && n == 0 {
		return errStale
	}
	return err
}
