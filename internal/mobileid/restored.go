package mobileid

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
)

// Restored is the hook for a database that was restored from a backup. What is open in it may have been
// answered since, so it ends; a valid signature may have been taken since, so the hub takes none; a
// registration that was under way has failed. A mobile ID that is in use may have been revoked or registered
// anew since, so it is held until staff release it (ByRestore). Its certificates are put on hold by the
// authority's own hook.
func Restored(tx *db.Tx, _ audit.Recovery) error {
	const why = "restored from a backup"
	for _, x := range []struct {
		sql  string
		args []any
	}{
		{"UPDATE mobile_id_request SET status = 'withdrawn', reason = 'restored', ended_at = $1 WHERE status IN ('asked', 'delivered', 'signed')", []any{tx.Now}},
		{"UPDATE mobile_id_request SET taken = 1 WHERE authentication IS NOT NULL AND taken = 0", nil},
		{"UPDATE mobile_id SET state = 'failed', reason = $2, version = version + 1, changed_at = $1 WHERE state IN ('ordered', 'asked', 'generating')", []any{tx.Now, why}},
		{"UPDATE mobile_id_key SET state = 'ended', ended_at = $1 WHERE state = 'pending'", []any{tx.Now}},
		{`INSERT INTO mobile_id_hold (customer, mobile, cause, reason, created_at) SELECT customer, id, 'restored', CAST($2 AS TEXT), CAST($1 AS BIGINT)
			FROM mobile_id WHERE state IN ('certifying', 'active', 'suspended') ON CONFLICT DO NOTHING`, []any{tx.Now, why}},
		{"UPDATE mobile_id SET suspended_by = 'restored', reason = $1, version = version + 1 WHERE state = 'suspended' AND suspended_by <> 'card'", []any{why}},
		{"UPDATE mobile_id SET state = 'suspended', suspended_by = 'restored', reason = $2, version = version + 1, changed_at = $1 WHERE state = 'active'", []any{tx.Now, why}},
	} {
		if _, err := tx.Exec(x.sql, x.args...); err != nil {
			return err
		}
	}
	return nil
}
