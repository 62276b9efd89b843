package issuing

import (
	"time"

	"github.com/countersign-auth/countersign/internal/ident"
)

// Outcome is what became of a request (DI-10).
type Outcome string

// Outcomes.
const (
	Approve Outcome = "approve"
	Partial Outcome = "partial" // approved for less than was asked for
	Refer   Outcome = "refer"   // the merchant calls
	StepUp  Outcome = "step_up" // another authentication of the customer is needed
	Decline Outcome = "decline"
)

// Reason is why, in one word; it is for the bank, and adapters tell the outside what their profile lets them.
type Reason string

// Reasons of what is not approved.
const (
	NoReason        Reason = ""
	UnknownToken    Reason = "unknown_token"
	Expired         Reason = "expired"
	Suspended       Reason = "suspended" // the token, or it is not active yet
	Standing        Reason = "standing"  // of the card
	OtherDevice     Reason = "device"    // the token is another device's
	WrongCryptogram Reason = "cryptogram"
	OldCounter      Reason = "counter"     // it was taken, or lies far behind
	WornKey         Reason = "worn"        // Detail says by what
	Pattern         Reason = "pattern"     // what the customer's devices say is against it
	Restriction     Reason = "restriction" // beyond the limits that the pattern sets
	Risk            Reason = "risk"        // what the risk engine says of its circumstances
	Duplicate       Reason = "duplicate"   // of another request's key
	Reversed        Reason = "reversed"    // its reversal came before it
)

// Decision is what became of a request, as it is stored and told.
type Decision struct {
	ID       ident.ID  `json:"id"`
	Customer ident.ID  `json:"customer"` // zero: of an unknown token
	Token    ident.ID  `json:"token"`
	Outcome  Outcome   `json:"outcome"`
	Reason   Reason    `json:"reason"`
	Detail   string    `json:"detail"`   // such as what a key is worn by
	Approved int64     `json:"approved"` // minor units
	Currency string    `json:"currency"`
	Code     string    `json:"code"`     // authorization code of an approval, six digits (DI-11)
	Response []byte    `json:"response"` // issuer authentication data for the chip (tag 91), where the portfolio has them
	Judged   ident.ID  `json:"judged"`   // the decision by the pattern; zero: none
	Risk     ident.ID  `json:"risk"`     // the event of the risk engine; zero: none
	Repeated bool      `json:"-"`        // it is the stored answer to a message that came again
	Created  time.Time `json:"created"`
}

// Approves reports whether something is paid.
func (d *Decision) Approves() bool { return d.Outcome == Approve || d.Outcome == Partial }
