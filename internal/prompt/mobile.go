package prompt

import (
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Mobile answers prompts with mobile tokens: it is all of the package that knows them.
type Mobile struct{ Tokens *mobiletoken.Desk }

var _ Devices = Mobile{}

// Holds implements Devices.
func (m Mobile) Holds(tx *db.Tx, customer ident.ID, set *policy.Set, policyCode string) (bool, error) {
	all, err := m.Serving(tx, customer, set, policyCode)
	return len(all) > 0, err
}

// Serving implements Devices.
func (m Mobile) Serving(tx *db.Tx, customer ident.ID, set *policy.Set, policyCode string) (all []Device, err error) {
	signers, err := m.Tokens.Signers(tx, customer)
	for _, s := range signers {
		if app, known := set.Application(s.Application); known && app.Serves(policyCode) {
			all = append(all, signer{m.Tokens, s})
		}
	}
	return all, err
}

// Serves implements Devices.
func (m Mobile) Serves(tx *db.Tx, customer, token ident.ID, set *policy.Set) ([]string, error) {
	t, found, err := mobiletoken.Get(tx, customer, token)
	if err != nil || !found || t.Status != mobiletoken.Active {
		return nil, err
	}
	app, _ := set.Application(t.Application)
	return slices.Clone(app.Policies), nil
}

// Decoy implements Devices.
func (m Mobile) Decoy() Device { return signer{m.Tokens, mobiletoken.Signer{Key: m.Tokens.Decoy()}} }

// Miss implements Devices.
func (m Mobile) Miss(tx *db.Tx, by audit.Actor, customer, token ident.ID) (bool, error) {
	return m.Tokens.Miss(tx, by, customer, token)
}

// signer is the signing key of a mobile token.
type signer struct {
	desk *mobiletoken.Desk
	key  mobiletoken.Signer
}

func (s signer) Token() ident.ID  { return s.key.Token }
func (s signer) Device() ident.ID { return s.key.Device }

func (s signer) Right(question, answer string, now time.Time, rule policy.Time) (int, bool, error) {
	return s.desk.Answers(s.key.Key, question, answer, now, rule)
}

// Spend forgets wrong answers before the key is written: so rows are locked in the order in which a
// block locks them.
func (s signer) Spend(tx *db.Tx, drift int) (bool, error) {
	if s.key.Failed {
		if err := s.desk.Hit(tx, s.key.Customer, s.key.Token); err != nil {
			return false, err
		}
	}
	return s.key.Answered(tx, drift)
}
