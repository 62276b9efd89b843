package apptest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/idserver"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/pki"
)

// TestGrantedByTheNode: a node judges what a person has signed for a service that never comes to look.
func TestGrantedByTheNode(t *testing.T) {
	t.Parallel()
	both(t, true, func(t *testing.T, in *apptest.Installation, _ *dbtest.Clock) {
		s := newSIMSigners(t, in, 1)
		number, shop := s.numbers[0], audit.System("shop")
		node := in.Run(t)
		in.Open(t, func(a *app.App) {
			_, err := a.Identity.Start(t.Context(), shop, idserver.Request{Provider: ap(1), User: mobileid.User{Number: number}, Kind: idserver.Signature, Text: "I accept the offer."})
			s.check(err)
			s.air.Sign(t, number, signingPIN)
			for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) { // until the node has judged it
				granted := 0
				s.check(a.DB.Read(t.Context(), func(tx *db.Tx) error {
					return tx.Row("SELECT COUNT(*) FROM journal WHERE kind = $1", idserver.AuditGranted).Scan(&granted)
				}))
				if granted == 1 {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("%d records of a grant", granted)
				}
			}
		})
		node.Stop(t)
	})
}

// TestRecoveredMobileIDs: after `countersign recover` mobile IDs are held, and their certificates, until they are
// released on the command line.
func TestRecoveredMobileIDs(t *testing.T) {
	t.Parallel()
	both(t, true, func(t *testing.T, in *apptest.Installation, _ *dbtest.Clock) {
		s := newSIMSigners(t, in, 1)
		number := s.numbers[0]
		in.Must(t, "recover", "--force")
		in.Open(t, func(a *app.App) {
			s.stand(a, number, pki.OnHold)
			if _, err := s.asks(a, 1, number, "I accept."); !fault.Is(err, "mobileid.suspended") {
				t.Errorf("it is asked: %v", err)
			}
		})
		if out := in.Must(t, "mobile-id", "show", number); !strings.Contains(out, "suspended") || !strings.Contains(out, "restored") {
			t.Errorf("it says %s", out)
		}
		if _, said, code := in.Command("mobile-id", "resume", number, "--hold", "staff", "--reason", "checked", "--right", "birth-date,address,document"); code == 0 {
			t.Errorf("a hold ends that there is not: %s", said)
		}
		held := filepath.Join(t.TempDir(), "held.txt")
		s.check(os.WriteFile(held, []byte(number[:6]+" "+number[6:]+"\n+4366499999999\n"), 0o600))
		for _, x := range []struct{ want, flags string }{
			{"0 would be released, 1 stay held. 1 numbers of the file", "--preview --except " + held},
			{"0 were released, 1 stay held. 1 numbers of the file", "--except " + held},
			{"1 would be released, 0 stay held. 0 numbers of the file", "--preview"},
		} {
			if out := in.Must(t, append([]string{"mobile-id", "release-restored", "--reason", "compared"}, strings.Fields(x.flags)...)...); !strings.Contains(out, x.want) {
				t.Errorf("%s: %s", x.flags, out)
			}
		}
		s.check(os.WriteFile(held, []byte("0664 1234567\n"), 0o600))
		if _, said, code := in.Command("mobile-id", "release-restored", "--reason", "compared", "--except", held); code == 0 || !strings.Contains(said, "Line 1") {
			t.Errorf("a number without a country: %d, %s", code, said)
		}
		in.Must(t, "mobile-id", "release-restored", "--reason", "compared")
		in.Open(t, func(a *app.App) {
			s.stand(a, number, pki.Good)
			_, err := s.asks(a, 1, number, "I accept.")
			s.check(err)
		})
	})
}
