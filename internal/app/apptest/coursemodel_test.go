package apptest_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/internal/token"
)

// proven is what a first code means: the token is in use, and that which it
// replaces is not.
func (x *anyCourse) proven(i int) {
	h := &x.tokens[i]
	h.status = device.Active
	if h.replaces >= 0 {
		old := &x.tokens[h.replaces]
		if _, allowed := device.Replace.To(old.status); allowed && old.owner == h.owner && !old.replaced {
			old.replaced = true
			if old.status != device.Lost {
				old.status = device.Retired
			}
		}
	}
	h.replaces = -1
}

// became is what an act means beyond the state.
func (x *anyCourse) became(i int, a device.Act, to device.Status) {
	h := &x.tokens[i]
	h.status = to
	switch a {
	case device.Return:
		h.owner, h.replaced = -1, false
		fallthrough
	case device.Find:
		h.behind[token.UseSign] = true // others may have had it
		fallthrough
	case device.Retire:
		h.replaces = -1
		for j := range x.tokens { // nothing waits for its end
			if x.tokens[j].replaces == i {
				x.tokens[j].replaces = -1
			}
		}
	case device.Lose:
		h.replaces = -1
	default:
	}
}

// check compares what is stored with what the test knows.
func (x *anyCourse) check(r *rapid.T) {
	x.r = r
	for i, h := range x.tokens {
		item, err := x.a.Tokens.Get(x.t.Context(), x.all[i].device)
		x.must(err)
		owner := ident.ID{}
		if h.owner >= 0 {
			owner = x.people[h.owner].id
		}
		if d := item.Device; d.Status != h.status || d.Customer != owner || d.ReplacedBy.IsZero() == h.replaced {
			r.Fatalf("%s is %s of %s, replaced by %q; it should be %+v", x.all[i].Serial, d.Status, d.Customer, d.ReplacedBy, h)
		}
		for _, k := range item.Keys {
			if k.ResyncFirst != h.behind[k.Usage] && k.Usage != token.UseUnlock {
				r.Fatalf("%s, key %s: resynchronize first is %t", x.all[i].Serial, k.KeyID, k.ResyncFirst)
			}
		}
		next := x.keyOf(i, token.UseCode).Next
		for c := range x.all[i].spent {
			if int64(c) >= next {
				r.Fatalf("%s: the code %d was accepted, and %d is next", x.all[i].Serial, c, next)
			}
		}
	}
	for c, p := range x.people {
		for _, policy := range []string{codes, signatures} {
			a, _ := x.holding(c, policy)
			if a.Mistakes != p.wrong[policy] || a.Failures.Count > 5 {
				r.Fatalf("customer %s, %s: %d wrong proofs, %+v", p.number, policy, p.wrong[policy], a)
			}
		}
	}
}

func (k *known) clone() *known {
	out := &known{people: slices.Clone(k.people), tokens: slices.Clone(k.tokens), passed: maps.Clone(k.passed)}
	for i := range out.people {
		out.people[i].wrong = maps.Clone(out.people[i].wrong)
	}
	for i := range out.tokens {
		out.tokens[i].behind = maps.Clone(out.tokens[i].behind)
	}
	return out
}

// seal brings the node's anchor up to date, as a node does when it stops.
func (x *anyCourse) seal() {
	ctx, stop := context.WithCancel(x.t.Context())
	stop()
	x.must(x.a.Audit.Run(ctx))
}

func (x *anyCourse) backup(r *rapid.T) {
	x.r = r
	x.kept = x.clone()
	for i := range x.kept.tokens {
		k, most := x.keyOf(i, token.UseCode), int64(window)
		if !k.Proven {
			most = firstUse
		}
		h := &x.kept.tokens[i]
		h.pressed = x.all[i].Logins
		h.ahead = uint64(max(int64(h.pressed)-k.Next-most, 0))
	}
	x.seal()
	x.close()
	x.putBack = x.in.Backup(x.t)
	x.open()
}

// restore puts the backup back. The operator says how many codes a token may have
// shown since, and those that it was out of step by.
func (x *anyCourse) restore(r *rapid.T) {
	x.r = r
	if x.kept == nil {
		return
	}
	x.seal()
	before, err := x.a.Audit.Checkpoint(x.t.Context())
	x.must(err)
	x.close()
	x.putBack()
	since := uint64(0)
	x.known = *x.kept.clone()
	for i, h := range x.tokens {
		since = max(since, x.all[i].Logins-h.pressed+h.ahead)
	}
	if a, err := x.in.App(); err == nil {
		x.a = a
		if now, err := a.Audit.Checkpoint(x.t.Context()); err != nil || now.Size < before.Size {
			r.Fatalf("a node starts on a database with %d records of %d, %v", now.Size, before.Size, err)
		}
		x.close() // nothing had happened since
	} else if !fault.Is(err, "audit.restored") {
		r.Fatal(err)
	}
	x.in.Must(x.t, "recover", "--force", "--spent", strconv.FormatUint(since, 10))
	x.open()
	for i := range x.tokens {
		x.restored(i)
	}
}

// restored is what a restore means for a token. One that was in nobody's hands
// stays as it was in the backup: what it spent since is not known, and whoever
// registers with it has a new activation code (docs/conformance/invariants.md).
func (x *anyCourse) restored(i int) {
	h, p := &x.tokens[i], x.all[i]
	inUse := h.owner >= 0 && h.status != device.Assigned
	for _, use := range []token.Usage{token.UseCode, token.UseSign} {
		switch k := x.keyOf(i, use); {
		case k.ResyncFirst:
			h.behind[use] = true
		case inUse:
			x.r.Fatalf("%s is in use, and goes on after a restore", p.Serial)
		case use == token.UseCode:
			p.spent = map[uint64]bool{}
		default:
			p.signed = map[uint64]bool{}
		}
	}
	p.answers = map[string]bool{} // the token shows no challenge again that was answered
}

// records reads the audit log: every act that needs an identification names one of
// this customer, by whoever acted, that passed.
func (x *anyCourse) records() {
	needed := []string{
		token.AuditResynced, token.AuditRead, token.AuditUnlocked, token.AuditResumed, token.AuditLost, token.AuditFound, token.AuditGiven, token.AuditActivated,
		authenticator.AuditReset,
	}
	for _, p := range x.people {
		page, err := x.a.Audit.Find(x.t.Context(), audit.Filter{Customer: p.id}, "", 500)
		x.must(err)
		for _, e := range page.Entries {
			var details struct {
				Identification ident.ID `json:"identification"`
			}
			if e.Kind != registration.AuditIssued && !slices.Contains(needed, e.Kind) {
				continue
			}
			by, err := audit.ParseActor(e.Actor)
			x.must(err)
			x.must(json.Unmarshal(e.Details, &details))
			if e.Kind == registration.AuditIssued && details.Identification.IsZero() {
				continue // the first of this customer, as registers makes sure
			}
			x.must(x.a.DB.Read(x.t.Context(), func(tx *db.Tx) error {
				tx.Now = e.At
				return identification.Require(tx, details.Identification, p.id, by)
			}))
		}
	}
}
