package pskc

import (
	"fmt"
	"strings"
	"time"
)

// Policy restricts the use of a key (RFC 6030, section 5). The recipient must
// enforce it: see Permit.
type Policy struct {
	StartDate    time.Time // inclusive; UTC; zero if absent
	ExpiryDate   time.Time // inclusive; UTC; zero if absent
	Usage        Usage     // zero: every usage
	Transactions Int       // how often the key may be used
	PIN          *PINPolicy
	// Unknown lists what was not understood. If there is anything, the key must
	// not be used at all (section 5).
	Unknown []string
}

// PINPolicy says how a PIN protects a key (RFC 6030, section 5).
type PINPolicy struct {
	KeyID             string // of the key that holds the PIN
	Mode              PINMode
	MaxFailedAttempts Int
	MinLength         Int // characters, or octets for Base64 and Binary
	MaxLength         Int
	Encoding          Encoding // empty if absent
}

// PINMode says where the PIN goes (RFC 6030, section 5).
type PINMode string

// The PIN usage modes of RFC 6030, section 5.
const (
	PINLocal       PINMode = "Local"       // checked by the device
	PINPrepend     PINMode = "Prepend"     // stands before the response; checked by the server
	PINAppend      PINMode = "Append"      // stands after the response; checked by the server
	PINAlgorithmic PINMode = "Algorithmic" // enters the computation
)

// Usage is a set of key usages (RFC 6030, section 5).
type Usage uint16

// The usages of the registry of RFC 6030, section 12.6.
const (
	UseOTP Usage = 1 << iota
	UseCR
	UseEncrypt
	UseIntegrity
	UseVerify
	UseUnlock
	UseDecrypt
	UseKeyWrap
	UseUnwrap
	UseDerive
	UseGenerate
)

// usageNames lists the usages in bit order.
func usageNames() []string {
	return []string{"OTP", "CR", "Encrypt", "Integrity", "Verify", "Unlock", "Decrypt", "KeyWrap", "Unwrap", "Derive", "Generate"}
}

// parseUsage returns 0 for an unknown name.
func parseUsage(name []byte) Usage {
	switch string(name) {
	case "OTP":
		return UseOTP
	case "CR":
		return UseCR
	case "Unlock":
		return UseUnlock
	}
	for i, n := range usageNames() {
		if n == string(name) {
			return 1 << i
		}
	}
	return 0
}

// String lists the names, separated by blanks.
func (u Usage) String() string {
	var names []string
	for i, n := range usageNames() {
		if u&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return strings.Join(names, " ")
}

// Permit returns nil if the key may be used for u at the time at, after it was
// used used times before; otherwise an error that says why not.
//
// StartDate and ExpiryDate are inclusive. An unknown element in the policy
// forbids every use (RFC 6030, section 5).
func (p *Policy) Permit(u Usage, at time.Time, used int64) error {
	switch {
	case len(p.Unknown) > 0:
		return fmt.Errorf("the key's policy was not understood (%s): its use is not permitted", strings.Join(p.Unknown, ", "))
	case p.Usage != 0 && p.Usage&u != u:
		return fmt.Errorf("the key may be used for %s only, not for %s", p.Usage, u)
	case !p.StartDate.IsZero() && at.Before(p.StartDate):
		return fmt.Errorf("the key is valid from %s", p.StartDate.Format(time.RFC3339))
	case !p.ExpiryDate.IsZero() && at.After(p.ExpiryDate):
		return fmt.Errorf("the key expired at %s", p.ExpiryDate.Format(time.RFC3339))
	case p.Transactions.Set && used >= p.Transactions.Value:
		return fmt.Errorf("the key was used %d times, as often as its policy allows", used)
	}
	return nil
}

// Usable tells whether the policy was understood.
func (p *Policy) Usable() bool { return len(p.Unknown) == 0 }

// unknown notes something not understood; the list is bounded.
func (p *Policy) unknown(format string, args ...any) {
	if len(p.Unknown) < 8 {
		p.Unknown = append(p.Unknown, fmt.Sprintf(format, args...))
	}
}
