package wallet

import (
	"slices"

	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/vault"
)

// Moved carries a change of a device's state, or of what its owner lets it do, on to the tokens in which it takes part, as a primary or as another device:
// suspended with it, given back with it, and deleted with one that never comes back.
func (d *Desk) Moved(tx *db.Tx, by audit.Actor, c companion.Companion, kind string) error {
	tokens, err := d.with(tx, &c)
	if err != nil {
		return err
	}
	switch kind {
	case companion.AuditSuspended, companion.AuditCloned:
		return d.let(tx, by, &c, tokens, false, false)
	case companion.AuditChanged:
		if c.Status != device.Active {
			return nil // it is suspended; what it may do counts when it is resumed
		}
		fallthrough
	case companion.AuditResumed:
		return d.let(tx, by, &c, tokens, slices.Contains(c.Roles, companion.Primary), slices.Contains(c.Roles, companion.Secondary))
	case companion.AuditLost, companion.AuditRemoved:
		if err := d.Vault.Gone(tx, by, c.ID); err != nil {
			return err
		}
		return each(tokens, func(t ident.ID) error { return d.Vault.DeleteIn(tx, by, t, "device") })
	}
	return nil
}

// let suspends or gives back the tokens of a device, and those in which it takes part.
func (d *Desk) let(tx *db.Tx, by audit.Actor, c *companion.Companion, with []ident.ID, primary, secondary bool) error {
	own, others := d.Vault.Lost, d.Vault.SuspendIn
	if primary {
		own = d.Vault.Returned
	}
	if secondary {
		others = d.Vault.ResumeIn
	}
	if err := own(tx, by, c.ID); err != nil {
		return err
	}
	return each(with, func(t ident.ID) error {
		return others(tx, by, t, vault.Cause{Reason: vault.ByDevice, About: c.ID.String()})
	})
}

// with lists the tokens that a device is a secondary of, and that are not deleted.
func (d *Desk) with(tx *db.Tx, c *companion.Companion) (all []ident.ID, err error) {
	err = tx.Each(`SELECT p.token FROM wallet_peer p JOIN vault_token t ON t.id = p.token
		WHERE p.customer = $1 AND p.device = $2 AND t.status <> 'deleted' ORDER BY p.token`, []any{c.Customer, c.ID}, func(r db.Row) error {
		var id ident.ID
		err := r.Scan(&id)
		all = append(all, id)
		return err
	})
	return all, err
}

// Together lists the other devices with which the tokens of a customer pay, by token, in the order of their registration.
func (d *Desk) Together(tx *db.Tx, customer ident.ID) (map[ident.ID][]ident.ID, error) {
	all := map[ident.ID][]ident.ID{}
	err := tx.Each("SELECT token, device FROM wallet_peer WHERE customer = $1 ORDER BY token, device", []any{customer}, func(r db.Row) error {
		var token, device ident.ID
		err := r.Scan(&token, &device)
		all[token] = append(all[token], device)
		return err
	})
	return all, err
}

func each(all []ident.ID, f func(ident.ID) error) error {
	for _, id := range all {
		if err := f(id); err != nil && !fault.Is(err, "vault.state") {
			return err
		}
	}
	return nil
}

// Deleted forgets what a token was made with, and tells its devices to forget theirs. Package vault calls it in the transaction that deletes one.
func (d *Desk) Deleted(tx *db.Tx, t *vault.Token) error {
	s, there, err := d.open(tx, t.ID)
	if err != nil || !there {
		return err
	}
	for _, sql := range []string{"DELETE FROM wallet_letter WHERE token = $1", "DELETE FROM wallet_peer WHERE token = $1", "DELETE FROM wallet_stood WHERE token = $1", "DELETE FROM wallet_set WHERE token = $1"} {
		if _, err := tx.Exec(sql, t.ID); err != nil {
			return err
		}
	}
	end := report.Letter{Kind: report.LetterEnd, Token: t.ID[:]}
	if err := d.post(tx, t.Customer, t.Device, end); err != nil {
		return err
	}
	for i := range s.With {
		if !s.With[i].Direct {
			continue
		}
		if err := d.post(tx, t.Customer, s.With[i].ID, end); err != nil {
			return err
		}
	}
	return nil
}
