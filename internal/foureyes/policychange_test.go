package foureyes_test

import (
	"sync"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/policy"
)

func (w *world) proposePolicy(by audit.Actor, doc []byte) foureyes.Proposal {
	w.Helper()
	p, err := w.ProposePolicy(w.Context(), by, doc, "because")
	if err != nil {
		w.Fatal(err)
	}
	return p
}

// TestRelaxingNeedsFourEyes: from the moment that any act is under four eyes, one
// person can no longer let any go, whichever way they try; two can.
func TestRelaxingNeedsFourEyes(t *testing.T) {
	each(t, func(w *world) {
		bare, err := w.Policies.Store(w.Context(), ann, document(t, 1))
		w.is(err, "")
		strict, err := w.Policies.Store(w.Context(), ann, document(t, 2, policy.ActBulk))
		w.is(err, "")
		w.is(w.Policies.Activate(w.Context(), ann, 0, strict), "")
		w.is(w.Policies.Activate(w.Context(), ann, strict, bare), "foureyes.needed")
		p := w.proposePolicy(ann, document(t, 3))
		w.is(w.approve(ann, p), "foureyes.own")
		if w.Policies.Active().Version != strict {
			w.Fatalf("version %d is in force", w.Policies.Active().Version)
		}
		w.is(w.approve(bob, p), "")
		if got := w.Policies.Active(); got.FourEyes.Needs(policy.ActBulk) || got.Version != strict+1 {
			w.Errorf("version %d is in force, %+v", got.Version, got.FourEyes)
		}
		w.is(w.Policies.Activate(w.Context(), ann, strict+1, bare), "")
	})
}

// TestTwoChangesFromOneBase: two proposals made against one version are both
// approved at once; one comes into force, the other is told why not.
func TestTwoChangesFromOneBase(t *testing.T) {
	each(t, func(w *world) {
		w.force(document(t, 0, policy.Acts()...))
		a, b := w.proposePolicy(ann, document(t, 1, policy.Acts()...)), w.proposePolicy(bob, document(t, 2, policy.Acts()...))
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i, p := range []foureyes.Proposal{a, b} {
			wg.Go(func() { _, errs[i] = w.Approve(w.Context(), cyd, p.ID, p.Digest, "") })
		}
		wg.Wait()
		if errs[0] != nil {
			a, b, errs[0], errs[1] = b, a, errs[1], errs[0]
		}
		w.is(errs[0], "")
		w.is(errs[1], "foureyes.failed")
		if w.state(a) != foureyes.Executed || w.state(b) != foureyes.Failed {
			w.Errorf("%s and %s", w.state(a), w.state(b))
		}
		c, err := foureyes.ParsePolicyChange(a.Payload)
		w.is(err, "")
		if w.Policies.Active().Version != c.To {
			w.Errorf("version %d is in force, want %d", w.Policies.Active().Version, c.To)
		}
	})
}

// TestAnEarlierVersionAgain: what is stored can be proposed as it is.
func TestAnEarlierVersionAgain(t *testing.T) {
	each(t, func(w *world) {
		one := w.force(document(t, 1, policy.ActPolicy))
		w.force(document(t, 2, policy.ActPolicy))
		_, err := w.ProposeVersion(w.Context(), ann, 0, "because")
		w.is(err, "policy.unknown")
		_, err = w.ProposeVersion(w.Context(), ann, 9, "because")
		w.is(err, "policy.unknown")
		_, err = w.ProposeVersion(w.Context(), ann, w.Policies.Active().Version, "because")
		w.is(err, "policy.not_active")
		p, err := w.ProposeVersion(w.Context(), ann, one, "because")
		w.is(err, "")
		w.is(w.approve(bob, p), "")
		if w.Policies.Active().Version != one {
			w.Errorf("version %d is in force", w.Policies.Active().Version)
		}
	})
}

// TestDocumentIsTheOneProposed: a document that was changed in the table does not
// come into force.
func TestDocumentIsTheOneProposed(t *testing.T) {
	each(t, func(w *world) {
		p := w.proposePolicy(ann, document(t, 1, policy.ActBulk))
		w.sql("UPDATE policy_version SET document = $1", string(document(t, 1)))
		w.is(w.approve(bob, p), "foureyes.failed")
		if w.Policies.Active().Version != 0 || w.state(p) != foureyes.Failed {
			w.Errorf("version %d is in force, %s", w.Policies.Active().Version, w.state(p))
		}
	})
}

func TestPolicyProposalsThatSayNothing(t *testing.T) {
	each(t, func(w *world) {
		_, err := w.ProposePolicy(w.Context(), ann, []byte("policies: []"), "because")
		w.is(err, "policy.invalid")
		_, err = w.ProposePolicy(w.Context(), cli, document(t, 1), "because")
		w.is(err, "foureyes.person")
		w.bar(ann, true)
		_, err = w.ProposePolicy(w.Context(), ann, document(t, 1), "because")
		w.is(err, "test.denied")
		if all, err := w.Policies.Versions(w.Context(), 0, 10); err != nil || len(all) != 1 {
			w.Errorf("%d versions were stored, %v", len(all)-1, err)
		}
	})
}

// TestAnotherNodeFollowsAnApproval: what is approved on one node is in force on
// the other as soon as it looks, which it does every second.
func TestAnotherNodeFollowsAnApproval(t *testing.T) {
	each(t, func(w *world) {
		there, err := policy.Open(w.Context(), w.DB, nil)
		w.is(err, "")
		p := w.proposePolicy(ann, document(t, 1, policy.ActBulk))
		w.is(w.approve(bob, p), "")
		if err := there.Reload(w.Context()); err != nil || there.Active().Version != 1 || !there.Active().FourEyes.Needs(policy.ActBulk) {
			w.Errorf("%v, version %d", err, there.Active().Version)
		}
	})
}
