package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
)

// eyes is a document with the given acts under four eyes.
func eyes(acts, valid string) string {
	return strings.NewReplacer("acts: [bulk]", "acts: ["+acts+"]", "valid: 72h", "valid: "+valid).Replace(upkeep)
}

func TestRelaxingFourEyes(t *testing.T) {
	t.Parallel()
	set := func(valid time.Duration, acts ...policy.Act) policy.FourEyes {
		return policy.FourEyes{Acts: acts, Valid: valid}
	}
	cases := []struct {
		name     string
		from, to policy.FourEyes
		relaxes  bool
	}{
		{"nothing was under four eyes", set(time.Hour), set(2 * time.Hour), false},
		{"the first act comes under", set(time.Hour), set(2*time.Hour, policy.ActBulk), false},
		{"one more act", set(time.Hour, policy.ActBulk), set(time.Hour, policy.ActImport, policy.ActBulk), false},
		{"another order", set(time.Hour, policy.ActBulk, policy.ActImport), set(time.Hour, policy.ActImport, policy.ActBulk), false},
		{"a shorter life", set(2*time.Hour, policy.ActBulk), set(time.Hour, policy.ActBulk), false},
		{"one act less", set(time.Hour, policy.ActBulk, policy.ActImport), set(time.Hour, policy.ActImport), true},
		{"all acts gone", set(time.Hour, policy.ActBulk), set(time.Hour), true},
		{"one act for another", set(time.Hour, policy.ActBulk), set(time.Hour, policy.ActImport), true},
		{"a longer life", set(time.Hour, policy.ActBulk), set(2*time.Hour, policy.ActBulk), true},
	}
	for _, c := range cases {
		if got := c.from.Relaxes(c.to); got != c.relaxes {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}

// TestDirectActivationUnderFourEyes: one person activates only what leaves the
// four eyes of everybody as they are, or wants more of them.
func TestDirectActivationUnderFourEyes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		from, to string
		refused  bool
	}{
		"other acts are under four eyes":     {eyes("bulk", "72h"), eyes("bulk, token.import", "72h"), false},
		"activation is under four eyes":      {eyes("policy.activate", "72h"), eyes("policy.activate", "72h"), true},
		"activation is under, and more come": {eyes("policy.activate", "72h"), eyes("policy.activate, bulk", "72h"), true},
		"another act is let go":              {eyes("bulk", "72h"), eyes("", "72h"), true},
		"the part is left out":               {eyes("bulk", "72h"), good, true},
		"proposals live longer":              {eyes("bulk", "72h"), eyes("bulk", "73h"), true},
		"none were":                          {eyes("", "72h"), eyes("", "73h"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				b := open(t, d)
				from, to := store(t, b, c.from), store(t, b, c.to)
				if err := b.Activate(t.Context(), by(), 0, from); err != nil {
					t.Fatal(err)
				}
				err := b.Activate(t.Context(), by(), from, to)
				if fault.Is(err, "foureyes.needed") != c.refused || !c.refused && err != nil {
					t.Fatalf("%v", err)
				}
				want := map[bool]int64{true: from, false: to}[c.refused]
				if err := b.Reload(t.Context()); err != nil || b.Active().Version != want || records(t, d, policy.AuditActivated) != int(want) {
					t.Errorf("version %d is in force with %d records, %v", b.Active().Version, records(t, d, policy.AuditActivated), err)
				}
			})
		})
	}
}

// TestFourEyesOfAnUnreadableVersion: a version of a newer program is left only as
// it wants itself.
func TestFourEyesOfAnUnreadableVersion(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := open(t, d)
		strange, next := store(t, b, eyes("bulk", "72h")), store(t, b, eyes("", "72h"))
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := policy.ActivateIn(tx, by(), 0, strange, ""); err != nil {
				return err
			}
			_, err := tx.Exec("UPDATE policy_version SET document = $1 WHERE version = $2", "telepathy: true\nfour_eyes: {acts: [telepathy], valid: 1h}", strange)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Activate(t.Context(), by(), strange, next); !fault.Is(err, "foureyes.needed") {
			t.Errorf("%v", err)
		}
	})
}
