package mobiletoken

import (
	"context"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// MigrationStatus is how a migration stands.
type MigrationStatus string

// States of a migration; the transitions are in the package comment.
const (
	MigrationOpen      MigrationStatus = "open"
	MigrationDone      MigrationStatus = "done"
	MigrationAbandoned MigrationStatus = "abandoned"
)

// Migration is the replacement of one token by a new one. How far an open one has come, the
// state of the new token says.
type Migration struct {
	Customer   ident.ID
	ID         ident.ID
	Old        ident.ID // token
	New        ident.ID // token
	KeepSerial bool
	Status     MigrationStatus
	Created    time.Time
	By         string
	Ended      time.Time // zero: open
}

const migrationColumns = "customer, id, old_token, new_token, keep_serial, status, created_at, created_by, ended_at"

func (m *Migration) dest() []any {
	return []any{&m.Customer, &m.ID, &m.Old, &m.New, &m.KeepSerial, &m.Status, &m.Created, &m.By, &m.Ended}
}

func oneMigration(tx *db.Tx, where string, args ...any) (m Migration, found bool, err error) {
	err = tx.Row("SELECT "+migrationColumns+" FROM mobile_migration WHERE "+where, args...).Scan(m.dest()...)
	if errors.Is(err, db.ErrNoRow) {
		return m, false, nil
	}
	return m, err == nil, err
}

// migrationTo returns the open migration whose new token is the given one.
func migrationTo(tx *db.Tx, customer, token ident.ID) (Migration, bool, error) {
	return oneMigration(tx, "customer = $1 AND new_token = $2 AND status = 'open'", customer, token)
}

// migrationFrom returns the open migration whose old token is the given one.
func migrationFrom(tx *db.Tx, customer, token ident.ID) (Migration, bool, error) {
	return oneMigration(tx, "customer = $1 AND old_token = $2 AND status = 'open'", customer, token)
}

// Migration returns the open migration that a token, old or new, takes part in; false when
// there is none. It is how an interrupted one is taken up again: Renew the code of its new
// token, or Abandon it.
func (d *Desk) Migration(ctx context.Context, customer, token ident.ID) (m Migration, found bool, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		if m, found, err = migrationFrom(tx, customer, token); err != nil || found {
			return err
		}
		m, found, err = migrationTo(tx, customer, token)
		return err
	})
	return m, found, err
}

// Migrate asks for a new token in the place of an active one.
type Migrate struct {
	Order

	KeepSerial *bool  // nil: as the application's keep_serial says
	Name       string // of the new token, at most 60 characters; "": the former one's
	Handing    Handing
}

// Migrate begins the replacement of an active token by a new one, on another device or on
// the same. The old one stays in use until the new one has proved its key; then one
// transaction archives the one and activates the other ([Desk.Confirm]). Faults:
// "mobiletoken.migrating" (Conflict), those of an order.
func (d *Desk) Migrate(ctx context.Context, by audit.Actor, in Migrate) (m Migration, t Token, out Issued, err error) {
	name, err := readText(in.Name, "name", 60)
	if err != nil {
		return m, t, out, err
	}
	_, err = d.within(ctx, by, in.Order, needProof, func(u *unit) error {
		if err := u.offered(); err != nil {
			return err
		}
		if u.t.Status != Active {
			return fault.Conflictf("mobiletoken.state", "The token is %s: only an active one can be migrated.", u.t.Status)
		}
		if name == "" {
			name = u.t.Name
		}
		n := *u
		if err := n.create(ident.ID{}, u.t.Customer, name, false); err != nil {
			return err
		}
		m = Migration{Customer: u.t.Customer, ID: ident.New(u.tx.Now, d.Rand), Old: u.t.ID, New: n.t.ID, KeepSerial: u.app.KeepSerial, Status: MigrationOpen, Created: u.tx.Now, By: by.String()}
		if in.KeepSerial != nil {
			m.KeepSerial = *in.KeepSerial
		}
		if err := u.begin(m); err != nil {
			return err
		}
		out, err = n.issue(Enroll, in.Handing)
		t = n.t
		return err
	})
	return m, t, out, err
}

// begin stores a migration, if there is none from the token.
func (u *unit) begin(m Migration) error {
	n, err := u.tx.Exec(`INSERT INTO mobile_migration (`+migrationColumns+`) VALUES ($1, $2, $3, $4, $5, 'open', $6, $7, NULL) ON CONFLICT DO NOTHING`,
		m.Customer, m.ID, m.Old, m.New, m.KeepSerial, m.Created, m.By)
	switch {
	case err != nil:
		return err
	case n == 0:
		return fault.Conflictf("mobiletoken.migrating", "This token is being migrated already. Go on with that, or abandon it first.")
	}
	return u.record(AuditMigrating, map[string]any{"migration": m.ID, "to": m.New, "keep_serial": m.KeepSerial})
}

// Abandon ends an open migration, by its old or its new token: the new one is archived, and
// the old one is in use as before.
func (d *Desk) Abandon(ctx context.Context, by audit.Actor, o Order) error {
	_, err := d.within(ctx, by, o, needNothing, func(u *unit) error {
		m, found, err := migrationFrom(u.tx, o.Customer, o.Token)
		if err == nil && !found {
			m, found, err = migrationTo(u.tx, o.Customer, o.Token)
		}
		switch {
		case err != nil:
			return err
		case !found:
			return fault.Conflictf("mobiletoken.no_migration", "This token is not being migrated.")
		}
		return u.abandon(m, "abandoned")
	})
	return err
}

// abandon ends a migration and archives its new token.
func (u *unit) abandon(m Migration, why string) error {
	if err := u.finish(m, MigrationAbandoned); err != nil {
		return err
	}
	n, err := u.other(m.New)
	if err != nil {
		return err
	}
	if n.t.Status != Archived {
		if err := n.archive(why); err != nil {
			return err
		}
		if u.t.ID == n.t.ID {
			u.t = n.t
		}
	}
	return n.record(AuditAbandoned, map[string]any{"migration": m.ID, "from": m.Old})
}

// finish moves an open migration to its end.
func (u *unit) finish(m Migration, to MigrationStatus) error {
	n, err := u.tx.Exec("UPDATE mobile_migration SET status = $3, ended_at = $4 WHERE customer = $1 AND id = $2 AND status = 'open'", m.Customer, m.ID, string(to), u.tx.Now)
	if err == nil && n == 0 {
		err = busy()
	}
	return err
}

// replace archives the old token of a migration to u's, which is about to become active,
// and takes over what it had. It reports false, and changes nothing, when the old one is not
// active any more.
func (u *unit) replace(m Migration) (bool, error) {
	old, err := u.other(m.Old)
	if err != nil {
		return false, err
	}
	if old.t.Status != Active {
		return false, nil
	}
	if err := u.finish(m, MigrationDone); err != nil {
		return false, err
	}
	if err := old.archive("migrated"); err != nil {
		return false, err
	}
	if m.KeepSerial {
		u.t.Serial = old.t.Serial
	}
	u.t.counted = true
	if _, err := u.tx.Exec("UPDATE mobile_token SET serial = $3, counted = 1 WHERE customer = $1 AND id = $2", u.t.Customer, u.t.ID, u.t.Serial); err != nil {
		return false, err
	}
	if _, err := u.tx.Exec("UPDATE mobile_holder SET tokens = tokens + 1 WHERE customer = $1 AND application = $2", u.t.Customer, u.t.Application); err != nil {
		return false, err
	}
	if u.d.Moved != nil {
		if err := u.d.Moved(u.tx, u.t.Customer, m.Old, m.New); err != nil {
			return false, err
		}
	}
	return true, old.record(AuditArchived, map[string]any{"migration": m.ID, "to": m.New})
}
