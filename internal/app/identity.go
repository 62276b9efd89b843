package app

import (
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/idserver"
	"github.com/countersign-auth/countersign/internal/mobileid"
)

// addIdentity opens the ID server before the signature server.
func (a *App) addIdentity() {
	a.Identity = idserver.New(idserver.Config{
		DB: a.DB, Ring: a.Ring, Policies: a.Policies, Outbox: a.Outbox, Signers: a.MobileIDs, Judge: a.MobileIDs.CA, Rand: a.Rand,
	})
	a.MobileIDs.Ended = a.Identity.Ended
	a.handlers[idserver.MessageJudge] = idserver.Examiner{Desk: a.Identity}
	a.handlers[idserver.MessageConfirm] = a.Identity
}

// signedOnSIM is the hub's method of mobile IDs.
func (a *App) signedOnSIM() authenticator.Method {
	return idserver.Method{Remote: mobileid.Method{Desk: a.MobileIDs}, Desk: a.Identity}
}
