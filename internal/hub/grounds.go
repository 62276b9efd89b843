package hub

import (
	"encoding/json"
	"fmt"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
)

// Grounds are what only the bank can say of an authentication, and an exemption from
// strong authentication may stand on. View and Provider belong to logins, all else to
// payments. None of it makes anything easier unless the policies say so.
type Grounds struct {
	// View is what is to be seen without strong authentication (RTS, article 10); ""
	// for more than that, which always needs the journey.
	View exemption.View `json:"view,omitempty"`
	// Provider is the account information provider through which the customer comes, as
	// the bank names it (article 10a); "" for the customer themselves. Up to MaxGround bytes.
	Provider    string   `json:"provider,omitempty"`
	Series      ident.ID `json:"series,omitzero"`        // that the payment belongs to (article 14)
	Protocol    string   `json:"protocol,omitempty"`     // the secure corporate protocol that it came by (article 17), up to MaxGround bytes
	LegalPerson bool     `json:"legal_person,omitempty"` // the payer is no consumer
}

// MaxGround bounds the name of a provider or of a protocol, in bytes.
const MaxGround = 64

// check refuses grounds that do not belong to the purpose. Faults: "authentication.grounds"
// (Invalid), with the field.
func (g Grounds) check(purpose string) error {
	switch login := purpose == policy.PurposeLogin; {
	case g.View != "" && g.View != exemption.Balance && g.View != exemption.History:
		return ground("/view", "What can be seen without strong authentication is balance or history. Leave it out for all else.")
	case !login && g.View != "":
		return ground("/view", "Only a login is a look at accounts: the purpose %q is none.", purpose)
	case !login && g.Provider != "":
		return ground("/provider", "Only a login comes through a provider of account information: the purpose %q does not.", purpose)
	case !short(g.Provider):
		return ground("/provider", "The name of a provider has up to %d printable characters of ASCII.", MaxGround)
	case purpose == policy.PurposePayment:
	case !g.Series.IsZero():
		return ground("/series", "Only a payment belongs to a series: the purpose %q is none.", purpose)
	case g.Protocol != "" || g.LegalPerson:
		return ground("/protocol", "Only a payment comes by a corporate protocol: the purpose %q is none.", purpose)
	}
	if !short(g.Protocol) {
		return ground("/protocol", "The name of a protocol has up to %d printable characters of ASCII.", MaxGround)
	}
	return nil
}

func ground(field, format string, args ...any) error {
	return fault.Invalidf("authentication.grounds", format, args...).WithField(field)
}

// short reports whether a name is one: it stands in the audit log as it is.
func short(name string) bool {
	for i := range len(name) {
		if name[i] < ' ' || name[i] > '~' {
			return false
		}
	}
	return len(name) <= MaxGround
}

// text is the stored form; "" for no grounds.
func (g Grounds) text() string {
	if g == (Grounds{}) {
		return ""
	}
	b, err := json.Marshal(g)
	if err != nil {
		panic("hub: " + err.Error()) // texts, ids and switches always marshal
	}
	return string(b)
}

// parseGrounds reads what text wrote.
func parseGrounds(text string) (g Grounds, err error) {
	if text == "" {
		return g, nil
	}
	if err := json.Unmarshal([]byte(text), &g); err != nil {
		return g, fmt.Errorf("hub: the grounds of an authentication: %w", err)
	}
	return g, nil
}

// noted is what the audit log has of grounds; nil for none.
func (g Grounds) noted() *Grounds {
	if g == (Grounds{}) {
		return nil
	}
	return &g
}
