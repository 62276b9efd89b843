package evidence_test

import (
	"slices"
	"testing"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/evidence"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
)

// TestPasswordsAreNamed: a password is "pwd" in the words of RFC 8176, and with a code
// of a token, or of a text message ("sms"), two factors.
func TestPasswordsAreNamed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f := facts(t)
		f.Payment = payment.Payment{}
		f.Proofs = []evidence.Proof{{Policy: "p", Method: policy.MethodPassword, Factors: authenticator.Knowledge}}
		if a := w.issue(w.issuer, f, ""); !slices.Equal(a.Claims.Means, []string{"pwd"}) || a.Claims.Class != evidence.ClassSingle {
			t.Errorf("%v, %v", a.Claims.Means, a.Claims.Class)
		}
		f.Proofs = append(f.Proofs, evidence.Proof{Policy: "q", Method: policy.MethodToken, Factors: authenticator.Possession})
		if a := w.issue(w.issuer, f, ""); !slices.Equal(a.Claims.Means, []string{"mfa", "otp", "pwd"}) || a.Claims.Class != evidence.ClassSCA {
			t.Errorf("%v, %v", a.Claims.Means, a.Claims.Class)
		}
		f.Proofs[1].Method = policy.MethodPasscode
		if a := w.issue(w.issuer, f, ""); !slices.Equal(a.Claims.Means, []string{"mfa", "otp", "pwd", "sms"}) || a.Claims.Class != evidence.ClassSCA {
			t.Errorf("by text message: %v, %v", a.Claims.Means, a.Claims.Class)
		}
	})
}
