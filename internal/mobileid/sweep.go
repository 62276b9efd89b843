package mobileid

import (
	"context"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/held"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Sweep does what time does, for at most n rows of each kind: requests that nobody answered
// end, old ones and counts are forgotten. It returns the most that it did of one kind.
func (d *Desk) Sweep(ctx context.Context, n int) (most int64, err error) {
	for _, f := range []func(*db.Tx, int) (int64, error){d.sweepDue, d.sweepOld, d.sweepEnding} {
		var done int64
		err := d.DB.Write(ctx, func(tx *db.Tx) error { done, err = f(tx, n); return err })
		if err != nil {
			return most, err
		}
		most = max(most, done)
	}
	return most, nil
}

// Forget takes the mobile IDs of a closed customer out of use for good, and removes what is kept of
// them: certificates are revoked, and the cards erase the keys.
func (d *Desk) Forget(tx *db.Tx, customer ident.ID) error {
	all, err := of(tx, customer)
	if err != nil {
		return err
	}
	for _, m := range all {
		u, err := d.unit(tx, system, d.Policies.Active(), customer, m.ID)
		if err != nil {
			return err
		}
		if err := u.withdraw(); err != nil {
			return err
		}
		if err := u.endKeys(Cessation, true); err != nil {
			return err
		}
	}
	return Erase(tx, customer)
}

// Erase removes what is kept of a closed customer. The certificates stay at the authority as long as
// they must, and say no more than a serial number and a name; whoever was given a signature has it.
func Erase(tx *db.Tx, customer ident.ID) error {
	for _, sql := range []string{
		"DELETE FROM mobile_id_pace WHERE number IN (SELECT number FROM mobile_id WHERE customer = $1)",
		"DELETE FROM mobile_id_request WHERE customer = $1",
		"DELETE FROM mobile_id_key WHERE customer = $1",
		"DELETE FROM mobile_id_hold WHERE customer = $1",
		"DELETE FROM mobile_id WHERE customer = $1",
		"DELETE FROM mobile_person WHERE customer = $1",
	} {
		if _, err := tx.Exec(sql, customer); err != nil {
			return err
		}
	}
	return nil
}

// Personal says what the package keeps of a customer, and what of it is handed out to them.
func Personal() []held.Table {
	return []held.Table{
		{Name: "mobile_person", Show: "serial created_at"},
		{
			Name:     "mobile_id",
			Show:     "id device card sealed:" + numberLabel + " state algorithm held_until:time reason suspended_by created_at activated_at changed_at",
			Withheld: "spam",
			Inner:    "number version",
		},
		{Name: "mobile_id_hold", Show: "mobile cause reason created_at"},
		{
			Name:  "mobile_id_key",
			Show:  "id mobile card role algorithm state public certificate serial created_at certified_at expires_at ended_at noticed_at",
			Inner: "head tail request chain orders",
		},
		{
			Name: "mobile_id_request",
			Show: "id mobile kind status reason withheld provider ref purpose role form service text shown content digest document mime event mode language created_at expires_at " +
				"delivered_at answered_at ended_at signature certificate cms stamp checked_at tries card_status:json authentication policy payment",
			Withheld: "control nonce",
			Inner:    "chain ocsp taken asked number key_id message code",
		},
		{
			Name: "mobile_id_pace", Where: "number IN (SELECT number FROM mobile_id WHERE customer = $1)",
			Show: "asked since:time failures blocks blocked_until:time", Inner: "number",
		},
	}
}
