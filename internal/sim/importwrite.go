package sim

import (
	"context"
	"log/slog"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/intake"
)

const (
	insertCard = `INSERT INTO sim_card (id, iccid, msisdn, msisdn_hash, state, tar, parts, reason, created_at, changed_at, import)
VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8, $8, $9) ON CONFLICT DO NOTHING`
	insertSet = "INSERT INTO sim_key_set (card, number, algorithm, keys, counter) VALUES ($1, $2, $3, $4, $5)"
)

// Begin implements intake.Work. A file that is refused as a whole has an import that ends at once.
func (x *importer) Begin(tx *db.Tx) error {
	x.now, x.id = tx.Now, ident.New(tx.Now, x.desk.Rand)
	_, err := tx.Exec("INSERT INTO sim_import (id, name, state, touched_at) VALUES ($1, $2, 'open', $3)", x.id, x.Name, tx.Now)
	return err
}

// Prepare implements intake.Staged: what costs time is done while nobody waits for the database.
func (x *importer) Prepare(batch []*entry) {
	x.compare(batch)
	for _, e := range batch {
		if e.row.Reason != "" {
			continue
		}
		id := x.newID()
		var phone, hash []byte
		state := Stock
		if e.number != "" {
			phone, hash, state = x.desk.Ring.Seal(msisdnLabel, id, []byte(e.number)), x.desk.hash(e.number), Active
		}
		e.card = []any{id, e.row.ICCID, phone, hash, string(state), e.tar[:], e.parts, x.now, x.id}
		for _, s := range e.sets {
			e.keySets = append(e.keySets, []any{id, s.number, int(s.algorithm), x.desk.sealKeys(id, s.number, s.keys), s.counter})
		}
	}
	forgetKeys(batch)
}

// Write implements intake.Work. The import is touched first: whoever sweeps waits for the batch, or has dropped
// the import, and then nothing is written any more.
func (x *importer) Write(tx *db.Tx, batch []*entry) error {
	n, err := tx.Exec("UPDATE sim_import SET touched_at = $2 WHERE id = $1 AND state = 'open'", x.id, tx.Now)
	if err != nil || n == 0 {
		return orElse(err, importDropped())
	}
	if err := x.there(tx, batch); err != nil {
		return err
	}
	var cards, sets [][]any
	for _, e := range batch {
		if e.row.Reason != "" {
			return intake.ErrAgain // it could be taken when the import looked
		}
		cards, sets = append(cards, e.card), append(sets, e.keySets...)
	}
	made, err := tx.Many(insertCard, cards)
	if err != nil {
		return err
	}
	for _, one := range made {
		if one == 0 {
			return intake.ErrAgain // somebody else has brought a card in this moment
		}
	}
	_, err = tx.Many(insertSet, sets)
	return err
}

func importDropped() error {
	return fault.Conflictf("sim.import_changed", "Nothing was imported: the import stood still for more than %s and was dropped. Please try again.", importPatience)
}

// End implements intake.Work: the one record of the import, and the switch that shows its cards. It takes the
// same time for each number of cards.
func (x *importer) End(tx *db.Tx, cause error) error {
	to := "taken"
	if cause != nil {
		to = "dropped"
	}
	n, err := tx.Exec("UPDATE sim_import SET state = $2 WHERE id = $1 AND state = 'open'", x.id, to)
	if err != nil || n == 0 {
		return orElse(err, importDropped())
	}
	details := map[string]any{"name": x.Name, "cards": x.sum.Cards, "key_sets": x.sum.KeySets, "refused": x.sum.Refused, "file_sha256": x.sum.File, "taken": cause == nil}
	audit.Record(tx, audit.Event{Kind: AuditImported, By: x.by, Object: "sim_cards", Details: details})
	return intake.Analyze(tx, x.sum.Cards, "sim_card", "sim_key_set")
}

// Drop implements intake.Staged.
func (x *importer) Drop(ctx context.Context) error {
	if err := x.desk.DB.Write(ctx, func(tx *db.Tx) error { return dropImport(tx, x.id) }); err != nil {
		return err
	}
	return x.desk.clearImports(ctx)
}

// tidy makes the cards of the import ordinary ones. What it does not get done is done by Sweep.
func (x *importer) tidy(ctx context.Context) {
	if err := x.desk.clearImports(ctx); err != nil {
		x.desk.log().LogAttrs(ctx, slog.LevelWarn, "an import has ended; what is left to tidy is done later", slog.Any("error", err))
	}
}
