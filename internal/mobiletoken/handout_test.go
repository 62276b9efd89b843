package mobiletoken_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
)

func TestHandout(t *testing.T) {
	t.Parallel()
	const base = "https://mobile.bank.example"
	whole := mobiletoken.Issued{Code: mobiletoken.Code{ClientID: "0123456789"}, Application: "bank app", Password: "00112233445566778899"}
	code := dskpp.Code{ClientID: whole.ClientID, Password: whole.Password}
	native, split, sent, none := whole, whole, whole, whole
	native.Scheme = "bank"
	split.Password, split.Split = whole.Password[:10], true
	half := dskpp.Code{ClientID: whole.ClientID, Password: split.Password}
	sent.Password = ""
	for name, c := range map[string]struct {
		in   mobiletoken.Issued
		base string
		want mobiletoken.Handout
	}{
		"in a browser": {whole, base, mobiletoken.Handout{Code: code.Human(), Link: base + "/app/bank%20app/#c=" + code.String()}},
		"native":       {native, base, mobiletoken.Handout{Code: code.Human(), Link: "bank://activate?c=" + code.String()}},
		"first half":   {split, base, mobiletoken.Handout{Code: half.Human(), Part: 1, Link: base + "/app/bank%20app/#c=" + half.String() + "&part=1"}},
		"sent":         {sent, base, mobiletoken.Handout{}},
		"no face":      {none, "", mobiletoken.Handout{Code: code.Human()}},
	} {
		if d := cmp.Diff(c.want, c.in.Handout(c.base)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// TestHandoutIsRedeemed: what is handed over, typed as people type it, opens the token.
func TestHandoutIsRedeemed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.customer("10023")
		_, out := w.enroll(me, "bank")
		typed, err := dskpp.ParseHuman(strings.ToLower(out.Handout("").Code))
		if err != nil || typed.Password != out.Password {
			t.Fatal(err, typed)
		}
		if _, _, done := w.redeem(typed.ClientID); !done {
			t.Error("the code that was typed did not open the token")
		}
	})
}

// TestEnrollOnce: a request that comes twice makes one token.
func TestEnrollOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		in := mobiletoken.Enrollment{ID: ident.New(w.clock.Now(), rand.Reader), Customer: w.customer("10023"), Application: "bank"}
		x, _, err := w.desk.Enroll(t.Context(), system, in)
		if err != nil || x.ID != in.ID {
			t.Fatal(x, err)
		}
		_, _, err = w.desk.Enroll(t.Context(), system, in)
		want(t, err, "mobiletoken.made")
		if n := w.count("mobile_token"); n != 1 {
			t.Errorf("%d tokens", n)
		}
	})
}
