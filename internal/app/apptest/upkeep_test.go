package apptest_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

const right = "birth-date,address,document"

// TestUnlockByCommand: an operator gets the unlock code, alone on standard output,
// once, after an identification; and it is in no log.
func TestUnlockByCommand(t *testing.T) {
	t.Parallel()
	in := apptest.Install(t, dbtest.DSN(t, db.SQLite), dbtest.NewClock())
	h := in.Stock(t, 1)[0]
	key := []byte("12345678901234567890123456789012")
	locks := apptest.Holder{Number: h.Number, Serial: "LOCKS1", Seed: h.Seed}
	in.Must(t, "token", "import", lockable(t, locks, key))
	node := in.Run(t)
	bank := node.Bank()
	bank.Register(t, locks)
	bank.Close()
	node.Stop(t)

	// The vector of docs: a challenge with its check digit, and the code.
	out := in.Must(t, "token", "unlock", "locks-1", "1234 5674", "--right", right)
	if out != "61461836\n" {
		t.Errorf("the code is %q", out)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"again":                {[]string{"LOCKS1", "12345674", "--right", right}, "new challenge"},
		"a wrong digit":        {[]string{"LOCKS1", "12345675", "--right", right}, "digit by digit"},
		"not identified":       {[]string{"LOCKS1", "00000018"}, "birth-date, address"},
		"badly identified":     {[]string{"LOCKS1", "00000018", "--right", "birth-date"}, "ask another question"},
		"identified as nobody": {[]string{"LOCKS1", "00000018", "--identification", "zen999bvmy4en6rxh86c970hfc"}, "Identify the customer first"},
		"a token in stock":     {[]string{h.Serial, "00000018"}, "in stock"},
		"no such token":        {[]string{"NOWHERE", "00000018"}, "no token"},
	} {
		out, said, code := in.Command(append([]string{"token", "unlock"}, c.args...)...)
		if code != 1 || out != "" || !strings.Contains(said, c.want) {
			t.Errorf("%s: %d, %q, %s", name, code, out, said)
		}
	}
	if strings.Contains(string(in.Log.Bytes()), "61461836") {
		t.Error("the code is in the log")
	}
	if out := in.Must(t, "audit", "tail", "-n", "100", "--json"); strings.Contains(out, "61461836") || !strings.Contains(out, "token.unlock_code_given") {
		t.Errorf("the audit log: %s", out)
	}
}

// lockable writes a file with a token that can be unlocked.
func lockable(t *testing.T, h apptest.Holder, unlock []byte) string {
	t.Helper()
	var file bytes.Buffer
	w, err := pskc.NewWriter(&file, pskc.WriterOptions{InsecurePlain: true})
	dev := pskc.Device{Manufacturer: "oath.TEST", SerialNo: h.Serial}
	for _, k := range []pskc.Key{
		{ID: "code", Algorithm: pskc.AlgorithmHOTP, Profile: pskc.ProfileHOTP, Hash: pskc.SHA1, Secret: pskc.NewSecret(h.Seed), Counter: pskc.Some(0), Response: &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: 6}},
		{ID: "unlock", Algorithm: pskc.AlgorithmOCRA, Profile: pskc.ProfileOCRA, Suite: "OCRA-1:HOTP-SHA256-8:QN08", Secret: pskc.NewSecret(unlock), Policy: pskc.Policy{Usage: pskc.UseUnlock}},
	} {
		if err == nil {
			err = w.WritePackage(&pskc.KeyPackage{Device: dev, Key: k})
		}
	}
	if err == nil {
		err = w.Close()
	}
	name := filepath.Join(t.TempDir(), "box.xml")
	if err == nil {
		err = os.WriteFile(name, file.Bytes(), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// TestResyncByCommand: by codes and by the clock that the token shows.
func TestResyncByCommand(t *testing.T) {
	t.Parallel()
	in := apptest.Install(t, dbtest.DSN(t, db.SQLite), nil) // commands know the machine's clock only
	clock := in.Clock
	h := in.Stock(t, 1)[0]
	node := in.Run(t)
	bank := node.Bank()
	defer bank.Close()
	bank.Register(t, h)
	resync := func(args ...string) (out, said string, code int) {
		return in.Command(append([]string{"token", "resync", h.Serial, "--right", right}, args...)...)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"wrong codes":             {[]string{"123456", "654321"}, "do not follow one another"},
		"no codes":                {nil, "1 to 3 codes"},
		"codes and a counter":     {[]string{"123456", "--counter", "7"}, "not both"},
		"a counter":               {[]string{"--counter", "7"}, "takes no counters"},
		"a clock":                 {[]string{"--clock", "2026-11-02T09:00:00Z"}, "has no clock"},
		"challenges":              {[]string{"--ask"}, "takes no challenges"},
		"another policy":          {[]string{"123456", "--policy", "telepathy"}, "no policy of this name"},
		"a challenge of no token": {[]string{"123456", "--challenges", "zen999bvmy4en6rxh86c970hfc"}, "takes no challenges"},
	} {
		if out, said, code := resync(c.args...); code != 1 || out != "" || !strings.Contains(said, c.want) {
			t.Errorf("%s: %d, %q, %s", name, code, out, said)
		}
	}
	if out, said, code := resync(h.Code(300), h.Code(301)); code != 0 || !strings.Contains(out, "synchronized") {
		t.Fatalf("two codes: %d, %s %s", code, out, said)
	}
	if got := bank.MustLogin(t, h.Number, h.Code(302)); got.State != "granted" {
		t.Errorf("afterwards: %+v", got)
	}

	in.Must(t, "token", "import", timed(t, h))
	clocked := apptest.Holder{Number: h.Number, Serial: "CLOCK1", Seed: h.Seed}
	otp, err := oath.NewTOTP(h.Seed, oath.TOTPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	code := func(ahead time.Duration) string {
		s, err := otp.Code(clock.Now().Add(ahead))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	bank.Identified(t, h.Number)
	r := bank.Begin(t, h.Number, bank.ActivationCode(t, h.Number))
	bank.Token(t, r.Handle, clocked.Serial)
	bank.Confirm(t, r.Handle, code(0))
	out := in.Must(t, "token", "resync", clocked.Serial, "--clock", clock.Now().Add(8*time.Minute).Format(time.RFC3339), "--right", right)
	if !strings.Contains(out, "next good code") {
		t.Errorf("a clock: %s", out)
	}
	if got := bank.MustLogin(t, h.Number, code(8*time.Minute)); got.State != "granted" {
		t.Errorf("after its clock was read: %+v", got)
	}
}

// timed writes a file with a token that has a clock.
func timed(t *testing.T, h apptest.Holder) string {
	t.Helper()
	var file bytes.Buffer
	w, err := pskc.NewWriter(&file, pskc.WriterOptions{InsecurePlain: true})
	if err == nil {
		err = w.WritePackage(&pskc.KeyPackage{Device: pskc.Device{Manufacturer: "oath.TEST", SerialNo: "CLOCK1"}, Key: pskc.Key{
			ID: "code", Algorithm: pskc.AlgorithmTOTP, Profile: pskc.ProfileTOTP, Hash: pskc.SHA1, Secret: pskc.NewSecret(h.Seed), Interval: pskc.Some(30),
			Response: &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: 6},
		}})
	}
	if err == nil {
		err = w.Close()
	}
	name := filepath.Join(t.TempDir(), "clock.xml")
	if err == nil {
		err = os.WriteFile(name, file.Bytes(), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return name
}
