package idserver

import (
	"context"
	"crypto/rand"
	"io"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Desk is the ID server: its methods are the use cases of online services. What the hub needs
// of it is [Method]. Use New.
type Desk struct {
	Config

	handles *authenticator.Handles
}

// Config is what a Desk works with; all fields but Rand are needed.
type Config struct {
	DB       *db.DB
	Ring     *keyring.Ring
	Policies Policies
	Outbox   *outbox.Outbox
	Signers  *mobileid.Desk // the signature server
	Judge    Judge
	Rand     io.Reader
}

// Policies says which policies are in force, such as policy.Book.
type Policies interface{ Active() *policy.Set }

// Judge validates a signature by itself: chain, validity, usage and revocation of the expected
// certificate, and that the CMS is of the content. It fails closed. mobileid.Authority is one.
type Judge interface {
	Validate(ctx context.Context, p mobileid.Parts, cms []byte, at time.Time) (mobileid.Verdict, error)
}

// Reason says why a request was denied: a mobileid.Status, or one of our own.
type Reason string

// Reasons of our own; all others are states of transactions of package mobileid.
const (
	NoReason  Reason = ""
	Unproven  Reason = "invalid"   // the signature did not stand up to our own validation
	Revoked   Reason = "revoked"   // its certificate is revoked or on hold
	Withdrawn Reason = "withdrawn" // the service gave it up
	Unjudged  Reason = "unjudged"  // the certificate's status was not to be had for a day
)

// Kinds of audit records.
const (
	AuditRequested = "identity.requested"
	AuditGranted   = "identity.granted"
	AuditDenied    = "identity.denied"
)

// MessageConfirm is the outbox kind of the confirmation on the phone; its payload is a confirmation.
const MessageConfirm = "identity.confirm"

// MessageJudge is the outbox kind of a request whose transaction has ended, so that it is to be judged; its
// payload is a place, its id the request's.
const MessageJudge = "identity.judge"

// New returns a desk. Its Ended is to be told by the signature server, and its Examiner to deliver MessageJudge.
func New(c Config) *Desk {
	d := &Desk{Config: c, handles: authenticator.NewHandles(c.Ring, "identity_request")}
	if d.Rand == nil {
		d.Rand = rand.Reader
	}
	return d
}

// Outcome is a request as its service sees it.
type Outcome struct {
	Handle    string // its opaque name
	Kind      Kind
	State     State
	Reason    Reason // of a denied one
	Delivered bool   // the phone has it, and the person is asked
	Control   string // four digits, to be shown beside the request; "" for none
	Expires   time.Time
	Reference string
	Withheld  mobileid.Reason // why nothing was sent; only for services that may know

	Evidence *Evidence // of a granted one
}

// unknown is what is said of a request that somebody else made, or nobody.
func unknown() error {
	return fault.NotFoundf("identity.unknown", "There is no such request.")
}

// record leaves a trace of a request.
func (r *request) record(tx *db.Tx, by audit.Actor, kind string, details any) {
	audit.Record(tx, audit.Event{Kind: kind, By: by, Customer: r.Customer, Object: r.object(), Details: details})
}
