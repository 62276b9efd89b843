package evidence

import (
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Facts are everything that an assertion says about a granted authentication. The
// hub fills them from what it has stored, so that the same authentication gives
// the same facts whenever it is asked.
type Facts struct {
	Authentication string          // the handle by which the client knows it
	ID             ident.ID        // of the authentication, as the audit log names it
	Object         string          // as the audit log names what was granted; "" for the authentication of ID
	Customer       ident.ID        // for the audit record; not in the assertion
	Subject        string          // the bank's number of the customer
	Client         audit.Actor     // who started it, and whom the assertion is for unless another audience is asked for
	Purpose        string          // login, payment …
	Channel        string          // web, branch …
	Payment        payment.Payment // zero when there is none
	Proofs         []Proof         // what was shown, in the order of the steps; one at least
	Policies       int64           // the version of the policy set that granted it
	Granted        time.Time
}

// Proof is one proof that completed a step.
type Proof struct {
	Policy  string               // its code
	Method  policy.Method        // token …
	Use     policy.Use           // sign: the proof was computed over the payment
	Factors authenticator.Factor // what it showed
	Device  string               // serial number of the device; "" when there was none
	// Exhibit is what the customer was shown and has agreed to; nil where the method does not know.
	Exhibit *authenticator.Exhibit
}

// Factors returns everything that the proofs showed.
func (f Facts) Factors() (all authenticator.Factor) {
	for _, p := range f.Proofs {
		all |= p.Factors
	}
	return all
}
