package pki_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/pki"
)

// TestMatters: an authority that is well has none; each end is told in time, and not before; a node that
// runs takes care of what it can.
func TestMatters(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const day = 24 * time.Hour
		w.must(w.desk.Upkeep(t.Context()))
		begin := w.clock.Now()
		kinds := func() (got []pki.MatterKind) {
			w.Helper()
			all, err := w.desk.Matters(t.Context())
			w.must(err)
			for _, m := range all {
				got = append(got, m.Kind)
			}
			return got
		}
		for _, c := range []struct {
			after time.Duration
			kept  bool // a node has run
			want  []pki.MatterKind
		}{
			{0, true, nil},
			{day, false, []pki.MatterKind{pki.ListEnds}},
			{day, true, nil},
			{71 * day, false, []pki.MatterKind{pki.ListEnds, pki.ResponderEnds}},
			{71 * day, true, nil},
			{6 * 365 * day, true, nil},
			{7*365*day + 10*day, true, []pki.MatterKind{pki.AuthorityEnds}},
		} {
			w.clock.Set(begin.Add(c.after))
			if c.kept {
				w.must(w.desk.Upkeep(t.Context()))
			}
			if diff := cmp.Diff(c.want, kinds()); diff != "" {
				t.Errorf("after %s: %s", c.after, diff)
			}
		}
		_, err := w.desk.Request(t.Context(), officer, pki.P256, pki.Subject{CommonName: "The next"})
		w.must(err)
		if diff := cmp.Diff([]pki.MatterKind{pki.RequestWaits, pki.AuthorityEnds}, kinds()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestTheRootsListIsAMatter thirty days before it ends.
func TestTheRootsListIsAMatter(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const day = 24 * time.Hour
		begin := w.clock.Now()
		list, err := w.root.List(nil, w.clock.Now().Add(time.Minute), 40*day)
		w.must(err)
		w.must(w.desk.InstallRootList(t.Context(), officer, list))
		for want, after := range []time.Duration{9 * day, 11 * day} {
			w.clock.Set(begin.Add(after))
			w.must(w.desk.Upkeep(t.Context()))
			all, err := w.desk.Matters(t.Context())
			w.must(err)
			if len(all) != want || want == 1 && all[0].Kind != pki.RootListEnds {
				t.Errorf("after %s: %+v", after, all)
			}
		}
	})
}

// TestOwnCertificatesNeedNoTelling: our responder and lists say what they are.
func TestOwnCertificatesNeedNoTelling(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, made := w.issue(pki.Signing, "ecdsa", "one")
		w.write(func(tx *db.Tx) error { return w.desk.Revoke(tx, officer, made.Serial, pki.KeyCompromise) })
		if all, err := w.desk.Untold(t.Context(), 10); err != nil || len(all) != 0 {
			t.Errorf("%+v, %v", all, err)
		}
		for serial, want := range map[string]string{made.Serial: "pki.not_elsewhere", "00ff": "pki.unknown"} {
			err := w.d.Write(t.Context(), func(tx *db.Tx) error { return w.desk.Told(tx, audit.System("test"), serial) })
			if !fault.Is(err, want) {
				t.Errorf("%s: %v", serial, err)
			}
		}
	})
}
