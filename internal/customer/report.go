package customer

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/held"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Report is what is kept of a customer, by table.
type Report = held.Report

// Report gathers what is kept of a customer in the tables of Personal, for a request under article
// 15 of regulation (EU) 2016/679, and records who asked. The record itself is in the next
// report only.
func (r *Register) Report(ctx context.Context, by audit.Actor, customer ident.ID) (all Report, err error) {
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		if all, err = held.Read(tx, r.Ring, r.Personal, customer); err != nil {
			return err
		}
		rows := 0
		for _, t := range all {
			rows += len(t)
		}
		audit.Record(tx, audit.Event{Kind: AuditReported, By: by, Customer: customer, Details: map[string]any{"tables": len(all), "rows": rows}})
		return nil
	})
	return all, err
}
