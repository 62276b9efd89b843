package prompt

import (
	"context"
	"crypto/rand"
	"io"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/watch"
)

// Desk keeps prompts: its methods are the use cases of the phones. What whoever asks needs
// of it are [Online] and [Offline]. Use New.
type Desk struct {
	Config

	waiting watch.Watchers // for what was asked for an authentication
}

// Config is what a Desk works with; all fields but Rand and Refused are needed.
type Config struct {
	DB       *db.DB
	Policies Policies
	Outbox   *outbox.Outbox
	Devices  Devices
	Pictures Signer // of pictures
	Rand     io.Reader
	// Refused is told, in the transaction of it, that a customer has refused a prompt; with
	// Reported in its status, that they have not asked for it. It ends what was asked for. A
	// failure undoes the refusal. Nil: nobody.
	Refused func(tx *db.Tx, by audit.Actor, p Prompt) error
}

// Policies says which policies are in force, such as policy.Book.
type Policies interface{ Active() *policy.Set }

// Signer makes compact JWS of pictures.
type Signer interface {
	Picture(ctx context.Context, content []byte) (string, error)
}

// Devices knows what customers answer with: mobile tokens ([Mobile]).
type Devices interface {
	// Holds reports whether the customer has something in use that may answer under a policy.
	Holds(tx *db.Tx, customer ident.ID, set *policy.Set, policyCode string) (bool, error)
	// Serving returns everything of that kind, the oldest first.
	Serving(tx *db.Tx, customer ident.ID, set *policy.Set, policyCode string) ([]Device, error)
	// Serves lists the policies under which one token may answer; none when it is not in use.
	Serves(tx *db.Tx, customer, token ident.ID, set *policy.Set) ([]string, error)
	// Decoy is a device that gives no right answer, after the same work.
	Decoy() Device
	// Miss counts a wrong answer on the token that gave it, and may block it.
	Miss(tx *db.Tx, by audit.Actor, customer, token ident.ID) (blocked bool, err error)
}

// Device is one token as it was read.
type Device interface {
	// Token and Device name it.
	Token() ident.ID
	Device() ident.ID
	// Right reports whether it gives the answer to a question at the moment now, and how far its clock
	// is ahead of ours, in steps.
	Right(question, answer string, now time.Time, rule policy.Time) (drift int, right bool, err error)
	// Spend notes, in the transaction that makes the answer count, that it was right. It answers
	// false when the device is not in use any more.
	Spend(tx *db.Tx, drift int) (bool, error)
}

// New returns a desk.
func New(c Config) *Desk {
	d := &Desk{Config: c}
	if d.Rand == nil {
		d.Rand = rand.Reader
	}
	return d
}

// Kinds of audit records.
const (
	AuditAsked    = "prompt.asked"
	AuditApproved = "prompt.approved"
	AuditWrong    = "prompt.wrong_answer"
	AuditRefused  = "prompt.refused"
	AuditReported = "prompt.reported" // "it was not me"
)

// Kinds of outbox messages.
const (
	// MessagePush wakes the phones of a customer; the payload is a Push.
	MessagePush = "prompt.push"
	// MessageNothing stands for a push that is not sent, and is delivered to nobody.
	MessageNothing = "prompt.nothing"
)

// Push is the payload of MessagePush.
type Push struct {
	Customer ident.ID  `json:"customer"`
	Prompt   ident.ID  `json:"prompt"`
	Policy   string    `json:"policy"` // tokens that serve it are to be woken
	Expires  time.Time `json:"expires"`
}
