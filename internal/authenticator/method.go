package authenticator

import (
	"context"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Factor is a set of kinds of elements (RTS Art. 4(1)).
type Factor uint8

// Kinds of elements, as bits.
const (
	Knowledge  Factor = 1 << iota // something only the customer knows
	Possession                    // something only the customer has
	Inherence                     // something the customer is
)

// Independent reports whether the set has two elements of different kinds.
func (f Factor) Independent() bool { return f&(f-1) != 0 }

// Names lists the kinds in the set, in a fixed order.
func (f Factor) Names() []string {
	var names []string
	for i, n := range []string{"knowledge", "possession", "inherence"} {
		if f&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return names
}

// String joins the names with "+".
func (f Factor) String() string { return strings.Join(f.Names(), "+") }

// Method checks one kind of proof. Implementations are safe for concurrent use.
type Method interface {
	// Factor returns the kinds of elements that the method can show at most; what
	// a proof did show is in its Finding.
	Factor() Factor
	// Begin makes what the customer needs before they can answer, such as a
	// challenge. It runs in the transaction of its caller.
	Begin(*db.Tx, Request) (Challenge, error)
	// Check says whether proof is right. It runs outside any transaction, changes
	// nothing, and does the same work for a customer who does not exist.
	// A malformed proof is a fault of kind Invalid; a wrong one is a Finding.
	Check(context.Context, Request, Proof) (Finding, error)
}

// Request is what a method is told about the authentication that it serves.
type Request struct {
	Authentication ident.ID // the running authentication or registration
	Customer       ident.ID // may belong to nobody: then nothing will be right
	Policy         policy.Policy
	Payment        payment.Payment // what a policy of use sign is asked about; zero where there is none
	Purpose        string          // of the authentication: login, payment …; "" in a registration
	Channel        string          // where the customer is: web, branch …; "" in a registration
	Set            *policy.Set     // the version that the authentication runs under
	Now            time.Time
	Proven         bool   // a factor was shown in this authentication before: no stranger has asked
	Asking         Asking // for Begin: how it was asked for
}

// Asking says how a challenge was asked for.
type Asking struct {
	Key    []byte // tag of the idempotency key: the same one gets the same challenge; nil for none
	Source string // address of the customer, as far as the application knows it; "" when it does not
	// Spam is the code without which a customer who has set one is not asked on their phone; ""
	// when the application has none.
	Spam string
}

// Challenge is what a customer is shown before they can answer. The zero value
// means that nothing is needed.
type Challenge struct {
	ID       ident.ID
	Question string // decimal digits to be typed into the device; "" for a code that was sent
	Expires  time.Time
	Again    time.Time // for codes that are sent: when the next one may be asked for; zero: never for this decision
	To       string    // where a code was sent to, masked; "" when nothing left. Not for those who have shown no factor yet
	Withheld string    // why no code was sent; for the bank's systems, never for the customer

	Kind    Kind          // what whoever asks must show; "" for a question or a code that was sent
	Control string        // two digits to be shown beside an approval that is asked for; "" for none
	Poll    time.Duration // how often to look for the answer that comes by another way; 0 for none
	Content string        // what a Finisher makes the picture of; never for callers of the hub
	Picture string        // text of the QR code to be shown; "" for none
}

// Kind is a kind of challenge that needs more of a page than a field for a code.
type Kind string

// Kinds of challenges.
const (
	KindApproval Kind = "approval" // the customer is asked on their phone: show the control digits, and wait
	KindPicture  Kind = "picture"  // show the picture, and a field for the answer
)

// Proof is what the customer gave.
type Proof struct {
	Code      string   // a secure code, as typed
	Challenge ident.ID // the challenge that it answers; zero when none
}

// Finding is the result of a check.
type Finding struct {
	Right   bool
	Factors Factor   // what the proof showed; meaningful when Right
	Device  ident.ID // the device that it came from; zero when not Right
	Reason  Reason   // why not, when not Right
	Holder  bool     // whether the customer holds a device that serves the policy, right or not
	// Outdated says that what was shown is right and must be replaced before it counts
	// for anything (Renewer); it names, for the method, what is to be replaced.
	Outdated string
	// Exhibit is what the customer was shown and has agreed to, where the method knows it.
	Exhibit *Exhibit
	// Consume spends what may be used once. It runs in the settling transaction
	// and answers false when somebody else was first. Nil means nothing to spend.
	Consume func(*db.Tx) (bool, error)
}
