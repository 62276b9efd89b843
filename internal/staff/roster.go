package staff

import (
	"context"
	"io"
	"time"

	"github.com/countersign-auth/countersign/internal/argon"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/limit"
)

// Kinds of audit records.
const (
	AuditInvited         = "staff.invited"
	AuditEnrolled        = "staff.enrolled"
	AuditReset           = "staff.reset"
	AuditChanged         = "staff.changed"
	AuditDisabled        = "staff.disabled"
	AuditEnabled         = "staff.enabled"
	AuditUnblocked       = "staff.unblocked"
	AuditLoggedIn        = "staff.logged_in"
	AuditLoginFailed     = "staff.login_failed"
	AuditReauthenticated = "staff.reauthenticated"
	AuditProved          = "staff.proved" // outside the console
	AuditPasswordChanged = "staff.password_changed"
	AuditLoggedOut       = "staff.logged_out"
	AuditSessionsEnded   = "staff.sessions_ended"
)

// DefaultRule blocks after five failures for 15 minutes (SCA-07).
var DefaultRule = limit.Rule{Max: 5, CoolDown: 15 * time.Minute}

// failures is the counter in the member's row.
var failures = limit.In("staff", "status = 'active'", "id")

// totpLabel is for ever: it is in the associated data of every sealed key.
const totpLabel = "staff.totp"

// Columns are the sealed columns of this package, for key rotation.
func Columns() []keyring.Column {
	return []keyring.Column{{Label: totpLabel, Table: "staff", Key: []string{"id"}, Column: "totp"}}
}

// Roster is the roster of the bank's staff: its methods are the use cases. All
// fields but Rule are required.
type Roster struct {
	DB     *db.DB
	Ring   *keyring.Ring
	Hasher *argon.Hasher
	Rand   io.Reader // for ids, keys, codes and session tokens
	Now    func() time.Time
	Issuer string     // the name that an authenticator app shows: the bank's console
	Rule   limit.Rule // when a login blocks; DefaultRule when zero
}

func (r *Roster) rule() limit.Rule {
	if r.Rule == (limit.Rule{}) {
		return DefaultRule
	}
	return r.Rule
}

// New describes a member to be invited.
type New struct {
	ID    ident.ID // zero for a fresh one
	Login string
	Name  string
	Role  Role
}

// Create invites a member. The invitation is returned this once.
func (r *Roster) Create(ctx context.Context, by audit.Actor, n New) (m Member, inv Invitation, err error) {
	if n, err = n.normal(); err != nil {
		return m, inv, err
	}
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		m, inv, err = r.create(tx, by, n)
		return err
	})
	return m, inv, err
}

// First invites the first administrator, from the command line. It refuses once
// there is an active one. An unused invitation of the same login is replaced.
func (r *Roster) First(ctx context.Context, by audit.Actor, n New) (m Member, inv Invitation, err error) {
	n.Role = Administrator
	if n, err = n.normal(); err != nil {
		return m, inv, err
	}
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		admins, err := administrators(tx, ident.ID{})
		switch {
		case err != nil:
			return err
		case admins > 0:
			return fault.Conflictf("staff.not_first", "There is an active administrator already: let them invite others in the console.")
		}
		m, err = find(tx, "login = $1 AND role = 'administrator'", n.Login)
		if err == nil {
			inv, err = r.invite(tx, by, AuditReset, m)
			return err
		}
		if fault.Is(err, "staff.unknown") {
			m, inv, err = r.create(tx, by, n)
		}
		return err
	})
	return m, inv, err
}

// administrators counts the active ones, but for one, and keeps them as they are
// until the transaction ends.
func administrators(tx *db.Tx, but ident.ID) (n int64, err error) {
	return tx.Exec("UPDATE staff SET changed_at = changed_at WHERE role = 'administrator' AND status = 'active' AND id <> $1", but[:])
}

func (n New) normal() (New, error) {
	var err error
	if n.Login, err = normalLogin(n.Login); err != nil {
		return n, err
	}
	if n.Name, err = normalName(n.Name); err != nil {
		return n, err
	}
	return n, checkRole(n.Role)
}

func (r *Roster) create(tx *db.Tx, by audit.Actor, n New) (Member, Invitation, error) {
	m := Member{ID: n.ID, Login: n.Login, Name: n.Name, Role: n.Role, Status: Invited, Created: tx.Now, Changed: tx.Now}
	if m.ID.IsZero() {
		m.ID = ident.New(tx.Now, r.Rand)
	}
	rows, err := tx.Exec(`INSERT INTO staff (`+columns+`) VALUES ($1, $2, $3, $4, 'invited', '', NULL, 0, 0, 0, NULL, $5, $5, NULL)
		ON CONFLICT DO NOTHING`, m.ID, m.Login, m.Name, string(m.Role), tx.Now)
	switch {
	case err != nil:
		return Member{}, Invitation{}, err
	case rows == 0:
		return Member{}, Invitation{}, fault.Conflictf("staff.login_taken", "Somebody has this login already: choose another.").WithField("/login")
	}
	inv, err := r.invite(tx, by, AuditInvited, m)
	return m, inv, err
}

// Get returns a member; the fault "staff.unknown" when there is none.
func (r *Roster) Get(ctx context.Context, id ident.ID) (m Member, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		m, err = find(tx, "id = $1", id)
		return err
	})
	return m, err
}

// List returns up to limit members (1 to 200) in the order of their logins, those
// after the login given; "" for the first page.
func (r *Roster) List(ctx context.Context, after string, limit int) (all []Member, err error) {
	if limit < 1 || limit > 200 {
		return nil, fault.Invalidf("staff.limit", "A page has 1 to 200 members of staff.").WithField("/limit")
	}
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each("SELECT "+columns+" FROM staff WHERE login > $1 ORDER BY login LIMIT $2", []any{after, limit}, func(row db.Row) error {
			var m Member
			err := row.Scan(m.dest()...)
			all = append(all, m)
			return err
		})
	})
	return all, err
}
