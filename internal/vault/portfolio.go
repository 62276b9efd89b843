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
	p = Portfolio{Name: strings.Join(strings.Fields(n.Name), " "), Range: n.Range, Profile: n.Profile, Version: 1}
	if p.Name == "" || utf8.RuneCountInString(p.Name) > 60 {
		return p, fault.Invalidf("vault.name", "A name of 1 to 60 characters.").WithField("/name")
	}
	if err := p.Range.check(); err != nil {
		return p, err
	}
	if err := p.Profile.Check(); err != nil {
		return p, err
	}
	text, err := p.Profile.encode()
	if err != nil {
		return p, err
	}
	err = d.write(ctx, func(tx *db.Tx) error {
		p.ID, p.Created, p.Changed = ident.New(tx.Now, d.Rand), tx.Now, tx.Now
		all, err := portfolios(tx)
		if err != nil {
			return err
		}
		for _, o := range all {
			if o.Name == p.Name || o.Range.overlaps(p.Range) {
				return fault.Conflictf("vault.taken", "The portfolio %q has this name, or tokens of this range.", o.Name).WithField("/range")
			}
		}
		rows, err := tx.Exec("INSERT INTO vault_portfolio ("+portfolioColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
			p.ID, p.Name, p.Range.Prefix, p.Range.Digits, text, p.Version, p.Created, p.Changed)
		if err != nil {
			return err
		}
		if rows == 0 {
			return fault.Conflictf("vault.taken", "Another portfolio has this name.").WithField("/name")
		}
		record(tx, by, AuditPortfolioCreated, ident.ID{}, p.ID, map[string]any{"name": p.Name, "range": p.Range, "profile": p.Profile})
		return d.addKey(tx, by, &p, nil)
	})
	return p, err
}

// ChangeProfile gives a portfolio another profile, if version is still its own: the fault "vault.version" (Conflict) says that
// somebody else was faster. The suite stays: devices hold keys of it.
func (d *Desk) ChangeProfile(ctx context.Context, by audit.Actor, id ident.ID, version int, profile Profile) error {
	if err := profile.Check(); err != nil {
		return err
	}
	text, err := profile.encode()
	if err != nil {
		return err
	}
	return d.write(ctx, func(tx *db.Tx) error {
		p, err := needPortfolio(tx, id)
		if err != nil {
			return err
		}
		if p.Profile.Suite != profile.Suite {
			return fault.Conflictf("vault.suite", "The suite of a portfolio stays what it is: devices hold keys of it. Create another portfolio.").WithField("/profile/suite")
		}
		rows, err := tx.Exec("UPDATE vault_portfolio SET profile = $3, version = version + 1, changed_at = $4 WHERE id = $1 AND version = $2", id, version, text, tx.Now)
		if err == nil && rows == 0 {
			err = fault.Conflictf("vault.version", "Somebody else changed this portfolio. Look at it again.")
		}
		if err == nil {
			record(tx, by, AuditPortfolioChanged, ident.ID{}, id, map[string]any{"version": version + 1, "was": p.Profile, "profile": profile})
		}
		return err
	})
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
