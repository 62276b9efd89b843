package risk

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/risk/place"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// Kinds of audit records.
const (
	AuditJudged     = "risk.judged"
	AuditSigned     = "risk.signed"
	AuditRefused    = "risk.sign_refused"
	AuditCompleted  = "risk.completed"
	AuditRejected   = "risk.rejected"
	AuditLabeled    = "risk.labeled"
	AuditListed     = "risk.listed"
	AuditUnlisted   = "risk.unlisted"
	AuditStored     = "risk.rules_stored"
	AuditActivated  = "risk.rules_activated"
	AuditSwept      = "risk.swept"
	AuditExported   = "risk.exported"
	AuditErased     = "risk.erased"
	AuditClaimed    = "risk.claimed"
	AuditReleased   = "risk.released"
	AuditAddress    = "risk.address_seen"
	AuditTried      = "risk.trial_started"
	AuditTrialEnded = "risk.trial_canceled"
)

// Desk is where events are judged: its methods are the use cases. The fields are
// set before the first call and not changed after.
type Desk struct {
	DB     *db.DB
	Ring   *keyring.Ring
	Rand   io.Reader // for ids
	Log    *slog.Logger
	Zone   *time.Location // the bank's, for hours and days; nil for UTC
	Places *place.Base    // nil: no place is known
	// Compile reads a document of rules (package rule). Nil: the models judge
	// alone, and no rules can be stored.
	Compile func(doc []byte) (score.Rules, error)
	// Preset is what judges until a version of the rules is in force; may be nil.
	Preset score.Rules
	// Interactions judges an event by the devices of its customer, in the transaction that judges it
	// (package interaction); zero where nothing is known of any. Nil: nobody is asked.
	Interactions func(tx *db.Tx, q Asked) (score.Interaction, []score.Term, error)
	// Tell sends news of a customer's channels in the transaction that makes them true:
	// a failure undoes it. Nil: customers are not told.
	Tell func(*db.Tx, audit.Actor, ChannelNews) error

	active atomic.Pointer[inForce]
}

// inForce is the version of the rules that judges on this node.
type inForce struct {
	version int64
	rules   score.Rules
}

// Rules returns the rules in force on this node and their version: 0 for the
// preset. They may be nil.
func (d *Desk) Rules() (score.Rules, int64) {
	if a := d.active.Load(); a != nil {
		return a.rules, a.version
	}
	return d.Preset, 0
}

// Reload reads the version in force if it is another one than the one at hand. A
// version that this program cannot read leaves the last one in force, with the
// fault "risk.unreadable".
func (d *Desk) Reload(ctx context.Context) error {
	return d.DB.Read(ctx, func(tx *db.Tx) error {
		version, err := rulesInForce(tx)
		if _, here := d.Rules(); err != nil || version == here {
			return err
		}
		if version == 0 {
			d.active.Store(nil)
			return nil
		}
		doc, err := rulesDocument(tx, version)
		if err != nil {
			return err
		}
		rules, err := d.compile(doc)
		if err != nil {
			return fault.New(fault.Internal, "risk.unreadable", "Version %d of the risk rules cannot be read; the last known version stays in force.", version).WithCause(err)
		}
		d.active.Store(&inForce{version, rules})
		return nil
	})
}

func (d *Desk) compile(doc []byte) (score.Rules, error) {
	if d.Compile == nil {
		return nil, fault.Unavailablef(nil, "risk.no_rules", "This program was built without rules.")
	}
	return d.Compile(doc)
}

// Guard runs a use case that judges, and answers step-up when it fails for reasons
// of ours or takes longer than limit: an outage never allows (SCA-76), and never
// blocks. What the caller did wrong is returned as it is. The use case goes on in
// the background with its context over.
func (d *Desk) Guard(ctx context.Context, limit time.Duration, f func(context.Context) (Assessment, error)) (Assessment, error) {
	type answer struct {
		a   Assessment
		err error
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	done := make(chan answer, 1)
	go func() {
		a, err := f(ctx)
		done <- answer{a, err}
	}()
	var got answer
	select {
	case got = <-done:
	case <-ctx.Done():
		got.err = ctx.Err()
	}
	if got.err == nil || !ours(got.err) {
		return got.a, got.err
	}
	d.Log.WarnContext(ctx, "risk not judged: stepped up", slog.Any("error", got.err))
	return Assessment{Result: score.Failed()}, nil
}

// ours reports whether an error is no fault of the caller.
func ours(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return true
	}
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Denied, fault.NotFound, fault.Conflict:
		return false
	case fault.Internal, fault.Limited, fault.Unavailable:
	}
	return true
}
