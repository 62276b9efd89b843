package app

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/vault"
)

// addPayments opens the vault of payment tokens, and what authorizes payments with them. A token goes the way of its device.
func (a *App) addPayments() {
	a.Vault = &vault.Desk{DB: a.DB, Ring: a.Ring, Rand: a.Rand}
	a.Issuing = &issuing.Desk{DB: a.DB, Ring: a.Ring, Vault: a.Vault, Rand: a.Rand, Policies: a.Policies, Assess: a.Interactions.Assess}
	a.Companions.Moved = a.companionMoved
}

// companionMoved suspends, gives back or deletes what a device pays with.
func (a *App) companionMoved(tx *db.Tx, by audit.Actor, c companion.Companion, kind string) error {
	switch kind {
	case companion.AuditSuspended, companion.AuditCloned:
		return a.Vault.Lost(tx, by, c.ID)
	case companion.AuditResumed:
		return a.Vault.Returned(tx, by, c.ID)
	case companion.AuditLost, companion.AuditRemoved:
		return a.Vault.Gone(tx, by, c.ID)
	}
	return nil
}
