package client

import (
	"math/bits"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
)

// Scopes is a set of things that a client may do.
type Scopes uint64

// The scopes. Their order is for this process only; names are what is stored.
const (
	CustomersRead Scopes = 1 << iota
	CustomersWrite
	ContactsRead
	Registrations
	Authentications
	AuthenticationsReason
	TokensRead
	TokensWrite
	TokensImport
	PoliciesRead
	EvidenceRead
	AuditRead
	IdentificationsWrite
	AuthenticatorsWrite
	TokensUnlock
	ExemptionsRead
	ExemptionsLists
	ExemptionsFraud
	RiskWrite
	RiskRead
	RiskFeedback
	RiskLists
	MobileRead
	MobileWrite
	MobileIDRead
	MobileIDWrite
	MobileIDRequests
	MobileIDUsers
	CompanionsRead
	CompanionsWrite
	InteractionsRead
	InteractionsWrite
	PaymentsRead
	PaymentsWrite
	PaymentsAuthorize
	end
)

// AllScopes is the set of every scope.
const AllScopes = end - 1

// ScopeInfo tells people what a scope allows.
type ScopeInfo struct {
	Scope       Scopes
	Name        string // as in requests and tokens
	Description string
}

// scopes describes every scope, in the order of the constants.
var scopes = [...]ScopeInfo{
	{CustomersRead, "customers:read", "Look up customers, their status and their authenticators."},
	{CustomersWrite, "customers:write", "Create, change, suspend and close customers and their contacts."},
	{ContactsRead, "contacts:read", "Read phone numbers and addresses in clear."},
	{Registrations, "registrations", "Issue activation codes and run registrations."},
	{Authentications, "authentications", "Start authentications and submit their steps."},
	{AuthenticationsReason, "authentications:reason", "See why an authentication failed. Never show it to the customer."},
	{TokensRead, "tokens:read", "Look up tokens and their status."},
	{TokensWrite, "tokens:write", "Assign, suspend, replace and resynchronize tokens."},
	{TokensImport, "tokens:import", "Import token seeds."},
	{PoliciesRead, "policies:read", "Read the policies in force."},
	{EvidenceRead, "evidence:read", "Fetch the signed evidence of past authentications."},
	{AuditRead, "audit:read", "Read the audit log and proofs of inclusion."},
	{IdentificationsWrite, "identifications:write", "Record that a customer was identified, for acts that need it."},
	{AuthenticatorsWrite, "authenticators:write", "Reset, disable and enable customers' authenticators."},
	{TokensUnlock, "tokens:unlock", "Get unlock codes for tokens that locked themselves."},
	{ExemptionsRead, "exemptions:read", "Read the quarterly reports on exemptions from strong authentication."},
	{ExemptionsLists, "exemptions:lists", "Read and change customers' trusted payees, series and own accounts."},
	{ExemptionsFraud, "exemptions:fraud", "Read the payments on record, and report fraud among them."},
	{RiskWrite, "risk:write", "Open and score visits, have sessions, payments and actions judged, and tell how they ended."},
	{RiskRead, "risk:read", "Read judged events with everything that their score is the sum of. Never show it to the customer."},
	{RiskFeedback, "risk:feedback", "Tell that an event was a fraud, or legitimate."},
	{RiskLists, "risk:lists", "Read and change the block, watch and trust lists."},
	{MobileRead, "mobile-tokens:read", "Look up mobile applications, and mobile tokens with their history."},
	{MobileWrite, "mobile-tokens:write", "Enroll, migrate, redistribute, block and archive mobile tokens, and get their activation codes."},
	{MobileIDRead, "mobile-id:read", "Look up customers' mobile IDs, their certificates and their history."},
	{MobileIDWrite, "mobile-id:write", "Register, suspend, revoke and renew mobile IDs, and set their spam-prevention codes."},
	{MobileIDRequests, "mobile-id:requests", "Ask people for an authentication or a signature with their mobile ID, and fetch what they signed."},
	{MobileIDUsers, "mobile-id:users", "Learn at once whether a phone number has a mobile ID, and which certificates. Without it, a number that has none is one that does not answer."},
	{CompanionsRead, "companions:read", "Look up the devices that customers live with."},
	{CompanionsWrite, "companions:write", "Invite, suspend and remove devices that customers live with."},
	{InteractionsRead, "interactions:read", "Read what was learned of customers' devices, and the decisions with everything that their sum is made of. Decisions are never shown to the customer."},
	{InteractionsWrite, "interactions:write", "Have requests judged by customers' devices, announce journeys, and take down what customers choose and deny."},
	{PaymentsRead, "payments:read", "Look up portfolios, cards and payment tokens by their last digits, and payments that were authorized with them, with the reasons."},
	{PaymentsWrite, "payments:write", "Enroll, block and close cards, and suspend, resume and delete payment tokens."},
	{PaymentsAuthorize, "payments:authorize", "Ask for the authorization of payments with payment tokens, and take approvals back: for access devices and merchants' computers."},
}

// Describe lists every scope with its name and description.
func Describe() []ScopeInfo { return append([]ScopeInfo(nil), scopes[:]...) }

// scopeByName is the index of scopes.
var scopeByName = func() map[string]Scopes {
	m := make(map[string]Scopes, len(scopes))
	for _, s := range scopes {
		m[s.Name] = s.Scope
	}
	return m
}()

// ParseScopes reads names separated by spaces (RFC 6749, section 3.3). A name
// that is no scope is the fault "oauth.invalid_scope".
func ParseScopes(s string) (Scopes, error) {
	var set Scopes
	for name := range strings.FieldsSeq(s) {
		one, ok := scopeByName[name]
		if !ok {
			return 0, fault.Invalidf("oauth.invalid_scope", "A scope that was asked for does not exist.").WithField("scope")
		}
		set |= one
	}
	return set, nil
}

// Has reports whether every scope of want is in s.
func (s Scopes) Has(want Scopes) bool { return s&want == want }

// Len returns the number of scopes.
func (s Scopes) Len() int { return bits.OnesCount64(uint64(s)) }

// String returns the names separated by spaces.
func (s Scopes) String() string {
	names := make([]string, 0, s.Len())
	for _, i := range scopes {
		if s.Has(i.Scope) {
			names = append(names, i.Name)
		}
	}
	return strings.Join(names, " ")
}

// MarshalText is String.
func (s Scopes) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText is ParseScopes.
func (s *Scopes) UnmarshalText(b []byte) (err error) {
	*s, err = ParseScopes(string(b))
	return err
}
