package vault

import (
	"bytes"
	"encoding/json"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// PortfolioChange is the payload of [policy.ActPortfolio]: a portfolio is created, or an existing one has another profile.
type PortfolioChange struct {
	Portfolio ident.ID `json:"portfolio"` // zero: a new one
	Version   int      `json:"version"`   // of the profile that is replaced; 0 for a new one
	Name      string   `json:"name"`      // of a new one; that of an existing one never changes
	Range     Range    `json:"range"`     // likewise
	Profile   Profile  `json:"profile"`
}

// Payload is what a proposal of the change holds.
func (c PortfolioChange) Payload() []byte { return foureyes.Canonical(c) }

// ParsePortfolioChange reads the payload of a proposal. Fault: "foureyes.payload" (Invalid).
func ParsePortfolioChange(payload []byte) (c PortfolioChange, err error) {
	dec := json.NewDecoder(bytes.NewReader(payload))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil || !bytes.Equal(c.Payload(), payload) {
		return c, fault.Invalidf("foureyes.payload", "The payload is no change of a portfolio.").WithField("/payload")
	}
	return c, nil
}

// ParseProfile reads a profile as people write it: JSON, with no field that does not exist. Faults: "vault.profile" (Invalid).
func ParseProfile(doc []byte) (p Profile, err error) {
	p.Response, p.Adding = ResponseNone, AddApproved // where it says nothing of them
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return p, fault.Invalidf("vault.profile", "This is no profile: %s.", err).WithCause(err)
	}
	if dec.More() {
		return p, fault.Invalidf("vault.profile", "Something follows the profile.")
	}
	return p, p.Check()
}

// PortfolioExecutor creates and changes portfolios, once two people agree. Profiles say what devices may pay before they are heard of again, so
// no policy lets one person change one.
func (d *Desk) PortfolioExecutor() foureyes.Executor {
	return foureyes.Executor{
		Check: func(tx *db.Tx, payload []byte) error {
			c, err := ParsePortfolioChange(payload)
			if err != nil {
				return err
			}
			return c.check(tx)
		},
		Within: func(tx *db.Tx, by audit.Actor, w foureyes.Warrant) error {
			c, err := ParsePortfolioChange(w.Payload())
			if err != nil {
				return err
			}
			if err := foureyes.Allow(policy.FourEyes{Acts: []policy.Act{policy.ActPortfolio}}, policy.ActPortfolio, w, w.Payload()); err != nil {
				return err
			}
			if c.Portfolio.IsZero() {
				_, err := d.create(tx, by, NewPortfolio{Name: c.Name, Range: c.Range, Profile: c.Profile}, w.ID().String())
				return err
			}
			return d.changeProfile(tx, by, c.Portfolio, c.Version, c.Profile, w.ID().String())
		},
	}
}

// check refuses a change that cannot be carried out now.
func (c PortfolioChange) check(tx *db.Tx) error {
	if c.Portfolio.IsZero() {
		return (&NewPortfolio{Name: c.Name, Range: c.Range, Profile: c.Profile}).check(tx)
	}
	p, err := changeable(tx, c.Portfolio, c.Version, c.Profile)
	if err == nil && p.Profile == c.Profile {
		err = fault.Conflictf("vault.same", "The portfolio has this profile already.")
	}
	return err
}
