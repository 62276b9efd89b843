package app

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/push"
	"github.com/countersign-auth/countersign/internal/pushclient"
)

// addCompanions opens the registry of the devices that customers live with.
func (a *App) addCompanions() {
	a.Companions = &companion.Desk{DB: a.DB, Ring: a.Ring, Policies: a.Policies, Rand: a.Rand, Tell: a.tellOfCompanion}
}

// tellOfCompanion sends news of a device to the verified phones of its owner.
func (a *App) tellOfCompanion(tx *db.Tx, by audit.Actor, n companion.News) error {
	return a.textNotice(tx, by, n.Customer, n.Key(), n.Text)
}

// companionMoved tells whoever keeps something of a device that its state changed.
func (a *App) companionMoved(tx *db.Tx, by audit.Actor, c companion.Companion, kind string) error {
	if err := a.Interactions.Moved(tx, by, c, kind); err != nil {
		return err
	}
	if kind == companion.AuditLost || kind == companion.AuditRemoved {
		if err := push.EndDevice(tx, by, c.Customer, c.ID); err != nil {
			return err
		}
	}
	return a.Wallets.Moved(tx, by, c, kind)
}

// wakeDevice lets a push tell a device that a letter waits for it, where it has said how (DI-209).
func (a *App) wakeDevice(tx *db.Tx, customer, device, letter ident.ID) error {
	if !a.Pushes.On() {
		return nil
	}
	bound, err := push.Bound(tx, customer, device)
	if err != nil || !bound {
		return err
	}
	m, err := pushclient.Letter(tx.Now, customer, device, letter)
	if err != nil {
		return err
	}
	return a.Outbox.Put(tx, m)
}
