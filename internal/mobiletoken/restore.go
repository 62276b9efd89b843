package mobiletoken

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Restored is the hook for a database that was restored from a backup. Activation codes in
// it may have been spent since, so all are taken back, with the keys that were pending; runs of
// the protocol end, and migrations stay open: their owners renew the code. Time steps up to
// two minutes ahead count as spent, so that no code of the hours that are missing is accepted
// again; nobody knows how far keys with a counter came: theirs jump by a thousand, and the
// tokens are blocked until the help desk redistributes them.
func Restored(tx *db.Tx, _ audit.Recovery) error {
	const ahead = 120
	now := tx.Now.Unix() + ahead
	for _, x := range []struct {
		sql  string
		args []any
	}{
		{"UPDATE mobile_token SET status = 'created', version = version + 1, changed_at = $1 WHERE status IN ('code_issued', 'provisioning')", []any{tx.Now}},
		{"UPDATE mobile_code SET status = 'cancelled', ended_at = $1, password = NULL WHERE status = 'valid'", []any{tx.Now}},
		{"DELETE FROM mobile_key WHERE state = 'pending'", nil},
		{"UPDATE mobile_session SET status = 'ended', body = NULL, expires_at = $1 WHERE status <> 'ended'", []any{tx.Now.Add(sessionKept)}},
		{"UPDATE mobile_key SET next_value = $1 / step + 1 WHERE algorithm = 'totp' AND next_value <= $1 / step", []any{now}},
		{"UPDATE mobile_token SET status = 'blocked', blocked_by = 'operator', reason = 'restored from a backup', version = version + 1, changed_at = $1 WHERE status = 'active' AND EXISTS (SELECT 1 FROM mobile_key k WHERE k.customer = mobile_token.customer AND k.token = mobile_token.id AND k.algorithm = 'hotp')", []any{tx.Now}},
		{"UPDATE mobile_key SET next_value = next_value + 1000 WHERE algorithm = 'hotp'", nil},
		{"UPDATE mobile_key SET state = 'off' WHERE state = 'live' AND EXISTS (SELECT 1 FROM mobile_token t WHERE t.customer = mobile_key.customer AND t.id = mobile_key.token AND t.status = 'blocked')", nil},
	} {
		if _, err := tx.Exec(x.sql, x.args...); err != nil {
			return err
		}
	}
	return nil
}

// Erase removes what is personal of a closed customer's tokens, and their keys and codes.
// Serial numbers and states stay: the log refers to them.
func Erase(tx *db.Tx, customer ident.ID) error {
	for _, sql := range []string{
		"DELETE FROM mobile_key WHERE customer = $1",
		"DELETE FROM mobile_code WHERE customer = $1",
		"UPDATE mobile_token SET name = '', model = '', app_version = '', platform = '', locale = '', reason = '' WHERE customer = $1",
	} {
		if _, err := tx.Exec(sql, customer); err != nil {
			return err
		}
	}
	return nil
}
