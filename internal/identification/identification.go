package identification

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Kinds of audit records.
const (
	AuditPassed  = "identification.passed"
	AuditFailed  = "identification.failed"
	AuditBlocked = "identification.blocked" // too many failed; nobody can be identified as this customer for a while
	AuditRefused = "identification.refused" // tried during a block
)

// Keep is how long identifications are kept for the help desk to see.
const Keep = 90 * 24 * time.Hour

// Way says how the customer and who identified them spoke.
type Way string

// The ways.
const (
	Call   Way = "call"
	Branch Way = "branch"
	Chat   Way = "chat"
)

// Ways lists all ways.
func Ways() []Way { return []Way{Call, Branch, Chat} }

// Answer says that a question was asked and how it was answered. The answer
// itself is not ours to know.
type Answer struct {
	Question string `json:"question"` // code of the question in the policy
	Right    bool   `json:"right"`
}

// Identification is what is known of one attempt to identify a customer.
type Identification struct { //nolint:recvcheck // scan fills it, the rest only look
	ID       ident.ID
	Customer ident.ID
	By       audit.Actor // who identified; without a name
	Way      Way
	Answers  []Answer // in the order in which they were asked
	Needed   int      // right answers that the policy asked for
	Policy   int64    // version of the policies
	At       time.Time
	Until    time.Time // end of its use; zero when it failed
}

// Right returns how many questions were answered right.
func (i Identification) Right() (n int) {
	for _, a := range i.Answers {
		if a.Right {
			n++
		}
	}
	return n
}

// Passed reports whether the customer was identified.
func (i Identification) Passed() bool { return !i.Until.IsZero() }

// Good reports whether acts at the moment now may rely on it.
func (i Identification) Good(now time.Time) bool { return i.Until.After(now) }

const columns = "customer, id, actor, way, answers, needed, policy_version, created_at, expires_at"

func (i *Identification) scan(row db.Row) error {
	var actor, answers string
	if err := row.Scan(&i.Customer, &i.ID, &actor, &i.Way, &answers, &i.Needed, &i.Policy, &i.At, &i.Until); err != nil {
		return err
	}
	var err error
	if i.By, err = audit.ParseActor(actor); err != nil {
		return err
	}
	return json.Unmarshal([]byte(answers), &i.Answers)
}

// find returns an identification of the customer; false when there is none.
func find(tx *db.Tx, customer, id ident.ID) (i Identification, ok bool, err error) {
	err = i.scan(tx.Row("SELECT "+columns+" FROM identification WHERE customer = $1 AND id = $2", customer[:], id[:]))
	if errors.Is(err, db.ErrNoRow) {
		return Identification{}, false, nil
	}
	return i, err == nil, err
}

// Require reports whether by has identified the customer, and lately: nil, or the
// Denied faults "identification.required" for an id that is none of theirs (or
// zero, or failed) and "identification.expired". Acts name the id in their audit
// record.
func Require(tx *db.Tx, id, customer ident.ID, by audit.Actor) error {
	i, ok, err := find(tx, customer, id)
	switch {
	case err != nil:
		return err
	case !ok || i.By.String() != by.String() || !i.Passed():
		return required()
	case !i.Good(tx.Now):
		return fault.Deniedf("identification.expired", "The identification is over: identify the customer again.").WithField("/identification")
	}
	return nil
}

func required() error {
	return fault.Deniedf("identification.required", "Identify the customer first: this act needs an identification of your own that passed.").WithField("/identification")
}
