package mobiletoken

import (
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// cooled refuses an act that rests on the code of a phone which has its key for less than
// activation.cool_down (S-13): whoever has slipped a phone of theirs in cannot make more
// tokens with it, nor remove the owner's. Its codes and approvals are good for all else, and
// a block needs none.
func cooled(tx *db.Tx, set *policy.Set, by audit.Actor, o Order) error {
	if by.Kind != audit.CustomerKind || o.Proof == nil {
		return nil
	}
	for _, id := range o.Proof.Shown() {
		since, code, found, err := keyedSince(tx, o.Customer, id)
		if err != nil {
			return err
		}
		app, known := set.Application(code)
		if found && known && tx.Now.Before(since.Add(app.Activation.CoolDown)) {
			return fault.Deniedf("mobiletoken.cool_down", "This phone is too new for changes of tokens. Give a code of another token, wait until it has been in use for %s, or call the help desk.", app.Activation.CoolDown)
		}
	}
	return nil
}

// keyedSince returns when a device got the key that is in use, and of which application; false
// for what is no mobile token.
func keyedSince(tx *db.Tx, customer, device ident.ID) (since time.Time, application string, found bool, err error) {
	err = tx.Row(`SELECT k.created_at, t.application FROM mobile_key k JOIN mobile_token t ON t.customer = k.customer AND t.id = k.token
		WHERE k.customer = $1 AND k.device = $2 AND k.usage = 'code' AND k.state = 'live'`, customer, device).Scan(&since, &application)
	if errors.Is(err, db.ErrNoRow) {
		return since, "", false, nil
	}
	return since, application, err == nil, err
}
