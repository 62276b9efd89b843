package pskc_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/pskc"
)

func permitted(p pskc.Policy, u pskc.Usage, at time.Time, used int64) bool {
	return p.Permit(u, at, used) == nil
}

// TestP20_DatesInclusive: a key may be used at its very first and last instant.
func TestP20_DatesInclusive(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	end := time.Date(2026, 5, 31, 0, 0, 0, 0, time.UTC)
	p := pskc.Policy{StartDate: start, ExpiryDate: end}
	for at, want := range map[time.Time]bool{
		start.Add(-1): false, start: true, start.Add(1): true, end.Add(-1): true, end: true, end.Add(1): false,
	} {
		if permitted(p, pskc.UseOTP, at, 0) != want {
			t.Errorf("at %s: not %t", at, want)
		}
	}
	if !permitted(pskc.Policy{}, pskc.UseOTP, start, 1<<40) {
		t.Error("an empty policy forbids")
	}
}

// TestP21_TransactionsCounted: the last use is the n-th.
func TestP21_TransactionsCounted(t *testing.T) {
	t.Parallel()
	p := pskc.Policy{Transactions: pskc.Some(3)}
	for used, want := range []bool{true, true, true, false, false} {
		if permitted(p, pskc.UseOTP, time.Time{}, int64(used)) != want {
			t.Errorf("after %d uses: not %t", used, want)
		}
	}
	if permitted(pskc.Policy{Transactions: pskc.Some(0)}, pskc.UseOTP, time.Time{}, 0) {
		t.Error("a key with no transactions may be used")
	}
}

// TestP22_UsageEnforced: no usage means every usage, any means these only.
func TestP22_UsageEnforced(t *testing.T) {
	t.Parallel()
	all := []pskc.Usage{
		pskc.UseOTP, pskc.UseCR, pskc.UseEncrypt, pskc.UseIntegrity, pskc.UseVerify, pskc.UseUnlock,
		pskc.UseDecrypt, pskc.UseKeyWrap, pskc.UseUnwrap, pskc.UseDerive, pskc.UseGenerate,
	}
	for _, allowed := range all {
		for _, u := range all {
			if permitted(pskc.Policy{Usage: allowed}, u, time.Time{}, 0) != (u == allowed) {
				t.Errorf("%s under %s", u, allowed)
			}
		}
		if !permitted(pskc.Policy{}, allowed, time.Time{}, 0) {
			t.Errorf("%s is forbidden without a policy", allowed)
		}
	}
	if permitted(pskc.Policy{Usage: pskc.UseOTP}, pskc.UseOTP|pskc.UseCR, time.Time{}, 0) {
		t.Error("two usages are permitted where one is")
	}
}

// TestP19_UnknownPolicyForbidsEverything, even what it also allows by name.
func TestP19_UnknownPolicyForbidsEverything(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"p19-unknown-element", "p19-other-namespace", "p19-unknown-usage", "p19-unknown-attribute",
		"p19-unknown-mode", "p19-unknown-date",
	} {
		v := loadVector(t, name)
		r, err := pskc.NewReader(bytes.NewReader(v.input), v.options)
		if err != nil {
			t.Fatal(err)
		}
		p, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		err = p.Key.Policy.Permit(pskc.UseOTP, time.Time{}, 0)
		if err == nil || !strings.Contains(err.Error(), "not understood") || p.Key.Policy.Usable() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestP24_PINKeyIdResolved: references forth and back, and one that leads nowhere.
func TestP24_PINKeyIdResolved(t *testing.T) {
	t.Parallel()
	key := func(id, pin string) *pskc.KeyPackage {
		p := &pskc.KeyPackage{Key: pskc.Key{ID: id, Algorithm: pskc.AlgorithmHOTP, Secret: pskc.NewSecret(make([]byte, 20))}}
		p.Key.Policy.PIN = &pskc.PINPolicy{KeyID: pin, Mode: pskc.PINLocal}
		return p
	}
	pin := func(id string) *pskc.KeyPackage {
		return &pskc.KeyPackage{Key: pskc.Key{ID: id, Algorithm: pskc.AlgorithmPIN, Secret: pskc.NewSecret([]byte("1234"))}}
	}
	var file bytes.Buffer
	w, err := pskc.NewWriter(&file, pskc.WriterOptions{InsecurePlain: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*pskc.KeyPackage{key("a", "p1"), pin("p1"), pin("p2"), key("b", "p2"), key("c", "p2"), key("d", "p9")} {
		if err := w.WritePackage(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := pskc.NewReader(&file, pskc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, bad, err := drain(r); err != nil || len(bad) > 0 {
		t.Fatal(bad, err)
	}
	if ids, complete := r.MissingPINKeys(); !slices.Equal(ids, []string{"p9"}) || !complete {
		t.Errorf("missing are %v, %t", ids, complete)
	}
}
