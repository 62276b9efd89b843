package staff

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Change says what to change; nil leaves a thing as it is.
type Change struct {
	Name *string
	Role *Role
}

// Update changes name and role of a member. A new role applies to the next
// request of every open session.
func (r *Roster) Update(ctx context.Context, by audit.Actor, id ident.ID, ch Change) (m Member, err error) {
	if ch.Name != nil {
		if *ch.Name, err = normalName(*ch.Name); err != nil {
			return m, err
		}
	}
	if ch.Role != nil {
		if err := checkRole(*ch.Role); err != nil {
			return m, err
		}
	}
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		if m, err = r.lock(tx, id, ch.Role != nil && *ch.Role != Administrator); err != nil {
			return err
		}
		if ch.Name != nil {
			m.Name = *ch.Name
		}
		was := m.Role
		if ch.Role != nil {
			m.Role = *ch.Role
		}
		audit.Record(tx, audit.Event{Kind: AuditChanged, By: by, Object: id.String(), Details: map[string]any{"role_before": was, "role": m.Role, "name_changed": ch.Name != nil}})
		_, err := tx.Exec("UPDATE staff SET name = $2, role = $3 WHERE id = $1", id, m.Name, string(m.Role))
		return err
	})
	return m, err
}

// lock touches a member and returns it. With takes it makes sure that an active
// administrator is left when this one is taken away.
func (r *Roster) lock(tx *db.Tx, id ident.ID, takes bool) (Member, error) {
	others := int64(1)
	if takes {
		var err error
		if others, err = administrators(tx, id); err != nil {
			return Member{}, err
		}
	}
	if _, err := tx.Exec("UPDATE staff SET changed_at = $2 WHERE id = $1", id, tx.Now); err != nil {
		return Member{}, err
	}
	m, err := find(tx, "id = $1", id)
	if err == nil && others == 0 && m.Role == Administrator && m.Status == Active {
		err = fault.Conflictf("staff.last_administrator", "This is the last active administrator: appoint another one first.")
	}
	return m, err
}

// Disable shuts a member out at once: all sessions end.
func (r *Roster) Disable(ctx context.Context, by audit.Actor, id ident.ID) error {
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := r.lock(tx, id, true); err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE staff SET status = 'disabled', invitation = NULL, invitation_until = NULL WHERE id = $1", id); err != nil {
			return err
		}
		audit.Record(tx, audit.Event{Kind: AuditDisabled, By: by, Object: id.String()})
		return endSessions(tx, id)
	})
}

// Enable lets a disabled member in again with the password and key they had. One
// who never had them needs Reset.
func (r *Roster) Enable(ctx context.Context, by audit.Actor, id ident.ID) error {
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := r.lock(tx, id, false); err != nil {
			return err
		}
		n, err := tx.Exec("UPDATE staff SET status = 'active' WHERE id = $1 AND status = 'disabled' AND password <> ''", id)
		switch {
		case err != nil:
			return err
		case n == 0:
			return fault.Conflictf("staff.not_disabled", "Only a disabled member who had a login can be enabled: reset the login instead.")
		}
		audit.Record(tx, audit.Event{Kind: AuditEnabled, By: by, Object: id.String()})
		return nil
	})
}

// Reset takes password, TOTP key and sessions from a member and invites them
// anew. The invitation is returned this once.
func (r *Roster) Reset(ctx context.Context, by audit.Actor, id ident.ID) (inv Invitation, err error) {
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		m, err := r.lock(tx, id, true)
		if err == nil {
			inv, err = r.invite(tx, by, AuditReset, m)
		}
		return err
	})
	return inv, err
}

// Unblock clears the failure counter of a member.
func (r *Roster) Unblock(ctx context.Context, by audit.Actor, id ident.ID) error {
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		ok, err := failures.Clear(tx, id)
		switch {
		case err != nil:
			return err
		case !ok:
			return fault.Conflictf("staff.not_active", "Only an active member of staff can be unblocked.")
		}
		audit.Record(tx, audit.Event{Kind: AuditUnblocked, By: by, Object: id.String()})
		return nil
	})
}
