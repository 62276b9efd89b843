package foureyes

import (
	"bytes"
	"sync/atomic"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Warrant allows one act: the one of an approved proposal that is being carried
// out. Only this package makes them; the zero one allows nothing, and none allows
// anything once its act has ended.
type Warrant struct {
	p    *Proposal
	over *atomic.Bool
}

// warrant makes the warrant for an act, and what ends it.
func (p Proposal) warrant() (w Warrant, end func()) {
	w = Warrant{&p, &atomic.Bool{}}
	return w, func() { w.over.Store(true) }
}

// ID returns the proposal's id; zero for no warrant.
func (w Warrant) ID() ident.ID {
	if w.p == nil {
		return ident.ID{}
	}
	return w.p.ID
}

// IsZero reports whether there is no warrant.
func (w Warrant) IsZero() bool { return w.p == nil }

// Act returns what is allowed; "" for no warrant.
func (w Warrant) Act() policy.Act {
	if w.p == nil {
		return ""
	}
	return w.p.Act
}

// Payload returns a copy of the bytes that were approved; nil for no warrant.
func (w Warrant) Payload() []byte {
	if w.p == nil {
		return nil
	}
	return bytes.Clone(w.p.Payload)
}

// Covers reports whether exactly this act was approved.
func (w Warrant) Covers(a policy.Act, payload []byte) bool {
	return w.p != nil && !w.over.Load() && w.p.Digest == digestOf(a, payload)
}

// Allow is the question at the door of an act: may it happen? Without a warrant if
// the policies leave it to one person; else with one for exactly this payload.
// Faults: "foureyes.needed" (Denied), "foureyes.other" (Conflict).
func Allow(f policy.FourEyes, a policy.Act, w Warrant, payload []byte) error {
	if w.IsZero() {
		return f.Direct(a)
	}
	if !w.Covers(a, payload) {
		return other()
	}
	return nil
}

func other() *fault.Error {
	return fault.Conflictf("foureyes.other", "This is not what was approved: compare it with the proposal, or propose it anew.")
}
