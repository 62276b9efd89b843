package app_test

import (
	"context"
	"encoding/base32"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/config"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/oath"
)

// staffPassword is what everybody chooses who enrolls in a script.
const staffPassword = "correct horse battery staple"

// enroll accepts the invitation in a file and keeps the key of the authenticator
// app in a variable: enroll FILE NAME.
func enroll(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: enroll FILE NAME")
	}
	code, _, _ := strings.Cut(ts.ReadFile(args[0]), "\n")
	withApp(ts, func(ctx context.Context, a *app.App) {
		e, err := a.Staff.Enrollment(ctx, code)
		ts.Check(err)
		_, ok, err := a.Staff.Enroll(ctx, staff.Setup{Invitation: code, Password: staffPassword, Code: totp(ts, e.Secret)})
		ts.Check(err)
		if !ok {
			ts.Fatalf("the invitation %q was refused", code)
		}
		ts.Setenv(args[1], e.Secret)
	})
}

// showCode puts what an authenticator app shows now into a variable: showcode
// SECRET NAME. Codes work once; the script sets totp_next back instead of waiting
// half a minute.
func showCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: showcode SECRET NAME")
	}
	runSQL(ts, false, []string{"UPDATE staff SET totp_next = 0"})
	ts.Setenv(args[1], totp(ts, args[0]))
}

func totp(ts *testscript.TestScript, secret string) string {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	ts.Check(err)
	o, err := oath.NewTOTP(key, oath.TOTPOptions{})
	ts.Check(err)
	code, err := o.Code(time.Now())
	ts.Check(err)
	return code
}

// withApp opens the script's installation in this process.
func withApp(ts *testscript.TestScript, f func(context.Context, *app.App)) {
	withAppAt(ts, time.Now, f)
}

// scriptConfig is the configuration of a script's installation.
func scriptConfig(ts *testscript.TestScript) config.Config {
	cfg, err := config.Load(config.Source{Environ: []string{
		"COUNTERSIGN_ORIGIN=" + ts.Getenv("COUNTERSIGN_ORIGIN"), "COUNTERSIGN_DATABASE_DSN=" + ts.Getenv("COUNTERSIGN_DATABASE_DSN"),
		"COUNTERSIGN_KEYS_FILE=" + ts.Getenv("COUNTERSIGN_KEYS_FILE"), "COUNTERSIGN_AUDIT_ANCHOR=" + ts.Getenv("COUNTERSIGN_AUDIT_ANCHOR"),
	}})
	ts.Check(err)
	return cfg
}
