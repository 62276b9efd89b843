package apptest_test

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/ota/applet"
)

// TestSignatureIsProven: what a person has signed on the phone is exported by the command line as one
// file, and verified with kept files after the installation is gone; a changed octet is found.
func TestSignatureIsProven(t *testing.T) {
	t.Parallel()
	both(t, true, func(t *testing.T, in *apptest.Installation, clock *dbtest.Clock) {
		s := newSIMSigners(t, in, 1)
		number := s.numbers[0]
		node := in.Run(t)
		var all []mobileid.Transaction
		in.Open(t, func(a *app.App) {
			for _, x := range []mobileid.Request{
				{Text: "Pay 12.00 EUR to Kari", Form: applet.Attributed},
				{Text: "The terms of 2026", Content: mobileid.Content{Text: "I agree to them."}, Form: applet.Attributed},
				{Text: "The contract", Content: mobileid.Content{Document: true, Digest: [32]byte{1, 2, 3}, MIME: "application/pdf"}, Form: applet.Attributed},
				{Text: "Pay 13.00 EUR to Kari", Form: applet.Plain},
			} {
				clock.Advance(time.Second)
				x.Provider, x.User, x.Role, x.Control, x.Purpose = ap(1), mobileid.User{Number: number}, applet.Signing, applet.ShownControl, "signature"
				asked, err := a.MobileIDs.Sign(t.Context(), setUp, x)
				s.check(err)
				s.air.Sign(t, number, signingPIN)
				all = append(all, s.becomes(a, asked, mobileid.Valid))
			}
			for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) { // until the node has had them time-stamped
				stamped := 0
				for _, x := range all {
					got, err := a.MobileIDs.Get(t.Context(), x.Provider, x.Handle)
					s.check(err)
					if len(got.Stamp) > 0 {
						stamped++
					}
				}
				if stamped == len(all) {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("%d of %d are time-stamped", stamped, len(all))
				}
			}
			anchors, err := a.PKI.Anchors(t.Context())
			s.check(err)
			s.check(os.WriteFile(filepath.Join(in.Dir, "root.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: anchors[0].Raw}), 0o600))
		})
		node.Stop(t)
		kept := func(name, content string) string {
			path := filepath.Join(in.Dir, name)
			s.check(os.WriteFile(path, []byte(content), 0o600))
			return path
		}
		var files []string
		for i, x := range all {
			file := filepath.Join(in.Dir, string(rune('a'+i))+".zip")
			in.Must(t, "evidence", "signature", x.Handle, "--out", file)
			if out := in.Must(t, "evidence", "verify", file); !strings.Contains(out, strings.Split(x.Shown, "\n")[1]) {
				t.Errorf("the installation says of its own evidence: %s", out)
			}
			files = append(files, file)
		}
		keys, log := kept("keys.json", in.Must(t, "evidence", "keys", "--jwks")), kept("log.key", in.Must(t, "audit", "key"))
		if _, said, code := in.Command("evidence", "signature", "mNobody"); code == 0 || !strings.Contains(said, "no such transaction") {
			t.Errorf("a signature that does not exist: %d, %s", code, said)
		}
		clock.Advance(20 * 365 * 24 * time.Hour)
		gone := *in
		gone.DSN = "sqlite:" + filepath.Join(t.TempDir(), "nothing", "here.db")
		for i, file := range files {
			args := []string{"evidence", "verify", file, "--jwks", keys, "--ca", filepath.Join(in.Dir, "root.pem"), "--log-key", log}
			out := gone.Must(t, args...)
			for _, want := range []string{"Lena Test", "Shop 1", all[i].Control, all[i].Handle, "good"} {
				if !strings.Contains(out, want) {
					t.Errorf("verify does not say %q: %s", want, out)
				}
			}
			b, err := os.ReadFile(file)
			s.check(err)
			b[100] ^= 1 // in the content of the first file
			s.check(os.WriteFile(file, b, 0o600))
			if out, _, code := gone.Command(args...); code == 0 {
				t.Errorf("a changed file: %s", out)
			}
		}
	})
}
