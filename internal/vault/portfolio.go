package vault

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Portfolio is a set of accounts of an issuer that are served alike.
type Portfolio struct {
	ID      ident.ID
	Name    string // 1 to 60 characters, its own
	Range   Range
	Profile Profile
	Version int // of the profile, from 1
	Created time.Time
	Changed time.Time
}

const portfolioColumns = "id, name, prefix, digits, profile, version, created_at, changed_at"

func (p *Portfolio) dest() []any {
	return []any{&p.ID, &p.Name, &p.Range.Prefix, &p.Range.Digits, &p.Profile, &p.Version, &p.Created, &p.Changed}
}

// NewPortfolio describes a portfolio to be created.
type NewPortfolio struct {
	Name    string
	Range   Range
	Profile Profile
}

// CreatePortfolio adds a portfolio and makes its first issuer's key. Faults: "vault.name", "vault.range", "vault.profile" (Invalid),
// "vault.taken" (Conflict: its name, or its range, is another one's).
func (d *Desk) CreatePortfolio(ctx context.Context, by audit.Actor, n NewPortfolio) (p Portfolio, err error) {
	err = d.write(ctx, func(tx *db.Tx) error {
		p, err = d.create(tx, by, n, "")
		return err
	})
	return p, err
}

// check gives the name its normal form, and refuses what cannot be created.
func (n *NewPortfolio) check(tx *db.Tx) error {
	n.Name = strings.Join(strings.Fields(n.Name), " ")
	if n.Name == "" || utf8.RuneCountInString(n.Name) > 60 {
		return fault.Invalidf("vault.name", "A name of 1 to 60 characters.").WithField("/name")
	}
	if err := n.Range.check(); err != nil {
		return err
	}
	if err := n.Profile.Check(); err != nil {
		return err
	}
	all, err := portfolios(tx)
	if err != nil {
		return err
	}
	for _, o := range all {
		if o.Name == n.Name || o.Range.overlaps(n.Range) {
			return fault.Conflictf("vault.taken", "The portfolio %q has this name, or tokens of this range.", o.Name).WithField("/range")
		}
	}
	return nil
}

// create is [Desk.CreatePortfolio] in the caller's transaction. proposal is the id of that by which two people agreed on it; empty: one did it.
func (d *Desk) create(tx *db.Tx, by audit.Actor, n NewPortfolio, proposal string) (p Portfolio, err error) {
	if err := n.check(tx); err != nil {
		return p, err
	}
	p = Portfolio{ID: ident.New(tx.Now, d.Rand), Name: n.Name, Range: n.Range, Profile: n.Profile, Version: 1, Created: tx.Now, Changed: tx.Now}
	text, err := p.Profile.encode()
	if err != nil {
		return p, err
	}
	rows, err := tx.Exec("INSERT INTO vault_portfolio ("+portfolioColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
		p.ID, p.Name, p.Range.Prefix, p.Range.Digits, text, p.Version, p.Created, p.Changed)
	if err != nil {
		return p, err
	}
	if rows == 0 {
		return p, fault.Conflictf("vault.taken", "Another portfolio has this name.").WithField("/name")
	}
	record(tx, by, AuditPortfolioCreated, ident.ID{}, p.ID, agreed(proposal, map[string]any{"name": p.Name, "range": p.Range, "profile": p.Profile}))
	return p, d.addKey(tx, by, &p, nil)
}

// agreed adds the proposal to the details of a record, where there is one.
func agreed(proposal string, details map[string]any) map[string]any {
	if proposal != "" {
		details["proposal"] = proposal
	}
	return details
}

// ChangeProfile gives a portfolio another profile, if version is still its own: the fault "vault.version" (Conflict) says that
// somebody else was faster. The suite stays: devices hold keys of it.
func (d *Desk) ChangeProfile(ctx context.Context, by audit.Actor, id ident.ID, version int, profile Profile) error {
	return d.write(ctx, func(tx *db.Tx) error { return d.changeProfile(tx, by, id, version, profile, "") })
}

// changeable returns a portfolio, and refuses a profile that it cannot have.
func changeable(tx *db.Tx, id ident.ID, version int, profile Profile) (p Portfolio, err error) {
	if err := profile.Check(); err != nil {
		return p, err
	}
	if p, err = needPortfolio(tx, id); err != nil {
		return p, err
	}
	switch {
	case p.Profile.Suite != profile.Suite:
		return p, fault.Conflictf("vault.suite", "The suite of a portfolio stays what it is: devices hold keys of it. Create another portfolio.").WithField("/profile/suite")
	case p.Version != version:
		return p, fault.Conflictf("vault.version", "Somebody else changed this portfolio. Look at it again.")
	}
	return p, nil
}

func (d *Desk) changeProfile(tx *db.Tx, by audit.Actor, id ident.ID, version int, profile Profile, proposal string) error {
	p, err := changeable(tx, id, version, profile)
	if err != nil {
		return err
	}
	text, err := profile.encode()
	if err != nil {
		return err
	}
	rows, err := tx.Exec("UPDATE vault_portfolio SET profile = $3, version = version + 1, changed_at = $4 WHERE id = $1 AND version = $2", id, version, text, tx.Now)
	if err == nil && rows == 0 {
		err = fault.Conflictf("vault.version", "Somebody else changed this portfolio. Look at it again.")
	}
	if err == nil {
		record(tx, by, AuditPortfolioChanged, ident.ID{}, id, agreed(proposal, map[string]any{"version": version + 1, "was": p.Profile, "profile": profile}))
	}
	return err
}

// Portfolios lists all, by name.
func (d *Desk) Portfolios(ctx context.Context) (all []Portfolio, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = portfolios(tx)
		return err
	})
	return all, err
}

func portfolios(tx *db.Tx) (all []Portfolio, err error) {
	err = tx.Each("SELECT "+portfolioColumns+" FROM vault_portfolio ORDER BY name", nil, func(r db.Row) error {
		var p Portfolio
		err := r.Scan(p.dest()...)
		all = append(all, p)
		return err
	})
	return all, err
}

// PortfolioOf returns a portfolio as it is now, such as that of a token. The fault "vault.portfolio" (NotFound) says that there is none.
func PortfolioOf(tx *db.Tx, id ident.ID) (Portfolio, error) { return needPortfolio(tx, id) }

func needPortfolio(tx *db.Tx, id ident.ID) (Portfolio, error) {
	var p Portfolio
	ok, err := found(tx.Row("SELECT "+portfolioColumns+" FROM vault_portfolio WHERE id = $1", id).Scan(p.dest()...))
	if err == nil && !ok {
		err = fault.NotFoundf("vault.portfolio", "There is no such portfolio.")
	}
	return p, err
}
