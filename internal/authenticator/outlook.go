package authenticator

import (
	"time"

	"github.com/countersign-auth/countersign/internal/limit"
)

// Outlook says what further wrong proofs lead to, so that a bank can warn its
// customer before a block that only the help desk ends (RTS Art. 4(4)). It is for
// the bank's systems and staff: whether it falls tells a stranger that the
// customer exists.
type Outlook struct {
	Left      int  // wrong proofs until the next block; 0 when none is tried at present
	Permanent bool // the next block, or the present one, ends only with a reset
}

// outlook is computed for everybody by the same lines: of a customer without the
// authenticator a is the zero value, for which nothing is left to try.
func (a *Authenticator) outlook(rule limit.Rule, now time.Time) Outlook {
	o := Outlook{Permanent: a.Failures.NextForever(rule)}
	if a.Status == Enabled && !a.Expired(now) {
		o.Left = a.Failures.Left(rule, now)
	}
	return o
}
