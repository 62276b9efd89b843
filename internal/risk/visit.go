package risk

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk/engine"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// Visit judges a visitor before anybody has said who they are: lists, signals of the
// probe, and rules on visits. Call.Customer is ignored. Faults as of [Desk.Session].
func (d *Desk) Visit(ctx context.Context, by audit.Actor, c Call) (a Assessment, err error) {
	c.Customer, c.Session = ident.Derive("risk.visit"), ident.ID{}
	if err := c.validate(); err != nil {
		return a, err
	}
	rules, version := d.Rules()
	request := d.request(score.KindVisit, "", &c, nil)
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		if old, again, err := repeatedVisit(tx, c.Reference, request); err != nil || again {
			a = old
			return err
		}
		f, err := d.gather(tx, score.KindVisit, "", &c, nil)
		if err != nil {
			return err
		}
		j := engine.Judge(rules, &engine.Profile{}, f, engine.World{})
		a = Assessment{ID: ident.New(tx.Now, d.Rand), State: Created, Result: j.Result, RulesVersion: version, Shadow: j.Rules.Shadow, Failures: j.Rules.Failures}
		n, err := tx.Exec("INSERT INTO risk_visit (id, reference, request, decision, result, facts, rules, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
			a.ID, c.Reference, request, string(j.Result.Decision), text(j.Result), text(j.Facts), version, tx.Now)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Conflictf("risk.concurrent", "The same visit is being judged at this moment. Please try again.")
		}
		audit.Record(tx, audit.Event{
			Kind: AuditJudged, By: by, Object: "visit:" + a.ID.String(), Details: map[string]any{"decision": j.Result.Decision, "score": j.Result.Score, "reasons": j.Result.Reasons(), "rules": version},
		})
		return nil
	})
	return a, err
}

func repeatedVisit(tx *db.Tx, reference string, request []byte) (a Assessment, found bool, err error) {
	var before []byte
	var result string
	err = tx.Row("SELECT id, request, result, rules FROM risk_visit WHERE reference = $1", reference).Scan(&a.ID, &before, &result, &a.RulesVersion)
	switch {
	case errors.Is(err, db.ErrNoRow):
		return a, false, nil
	case err != nil:
		return a, false, err
	case subtle.ConstantTimeCompare(before, request) != 1:
		return a, true, fault.Conflictf("risk.reference_used", "The reference was used for another visit: give each visit an id of its own.").WithField("/reference")
	}
	a.State, a.Repeated = Created, true
	return a, true, json.Unmarshal([]byte(result), &a.Result)
}
