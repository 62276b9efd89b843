package app_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/oath"
)

// guide is the page that this file proves, and samples are its files.
const (
	guide   = "../../docs/operating/moving-in.md"
	samples = "../../docs/operating/moving-in"
)

// after is what must be true when somebody has done what the guide says: the next
// code of a token works and the last one does not, nor one from stock; passwords open
// what they opened before, and their hashes are ours afterwards.
const after = `
json report.json created=3 refused=2 unchanged=0 duplicate=0 customers=2 contacts=3 tokens=3 tokens_missing=1 passwords.bcrypt=1 passwords.pbkdf2=1 dry_run=false report_sha256=*
json report.json 'rows.0.number="10001"' rows.0.result=created rows.3.code=contact rows.4.code=token_missing rows.4.missing.0=AB100009 rows.4.line=6
! grep 'kari@|922|Q7dKJ0|OAXyh' report.json
exec countersign token show AB100001
stdout 'active  owner 10001'
exec countersign token show AB100002
stdout 'active  owner 10002'

login denied 10001 web 338314
login granted 10001 web 254676
login denied 10001 web 254676
login denied 10003 web 254676
clock CODE 35
login granted 10002 web $CODE
login denied 10001 telephone 'correct hors' 
login granted 10001 telephone 'correct horse' 287922
login granted 10003 telephone password
sql 'UPDATE password SET used_at = 0 WHERE needs_rehash = 0 AND generation = 1 AND scheme = ''$2b$10'''
sql 'UPDATE password SET used_at = 0 WHERE needs_rehash = 1 AND scheme LIKE ''$pbkdf2%'''

# The whole file again changes nothing.
exec countersign customer import customers.csv --json
cp stdout again.json
json again.json created=0 unchanged=4 refused=1 rows.0.result=unchanged
exec countersign audit verify
`

// TestMovingInGuide does what docs/operating/moving-in.md says, command by command, and
// sees what it promises.
func TestMovingInGuide(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	script.WriteString("exec countersign migrate\nexec countersign keys init\n")
	fence := regexp.MustCompile("(?ms)^```(sh|text|[a-z]+ file=(\\S+))\n(.*?)^```$")
	steps, files := 0, ""
	for _, m := range fence.FindAllStringSubmatch(string(page), -1) {
		kind, name, text := m[1], m[2], m[3]
		switch kind {
		case "sh":
			steps++
			name := "step" + string(rune('a'+steps)) + ".sh"
			script.WriteString("exec bash -eu -o pipefail " + name + "\n")
			files += "-- " + name + " --\n" + text
		case "text":
			for line := range strings.Lines(text) {
				script.WriteString("stdout '^" + strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(line)), "'", "''") + "$'\n")
			}
		default:
			sample, err := os.ReadFile(filepath.Join(samples, name))
			if err != nil || string(sample) != text {
				t.Errorf("%s on the page is not the file (%v)", name, err)
			}
		}
	}
	if steps < 5 {
		t.Fatalf("the page has only %d steps: does the pattern still fit?", steps)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "guide.txtar"), []byte(script.String()+after+files), 0o600); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: dir, RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars,
				"COUNTERSIGN_ORIGIN=auth.test.example", "COUNTERSIGN_DATABASE_DSN=sqlite:"+filepath.Join(e.WorkDir, "countersign.db"),
				"COUNTERSIGN_KEYS_FILE="+filepath.Join(e.WorkDir, "countersign.key"), "COUNTERSIGN_AUDIT_ANCHOR="+filepath.Join(e.WorkDir, "countersign.anchor"),
			)
			return os.CopyFS(e.WorkDir, os.DirFS(samples))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"json": jsonHas, "sql": runSQL, "login": login, "clock": clockCode},
	})
}

// login asks the hub with one proof after another, as the bank's application does:
// login granted|denied NUMBER CHANNEL PROOF… Whatever is left open was not denied.
func login(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: login granted|denied NUMBER CHANNEL PROOF…")
	}
	withApp(ts, func(ctx context.Context, a *app.App) {
		by := audit.System("test")
		o, err := a.Hub.Start(ctx, by, hub.Start{CustomerNumber: args[1], Purpose: "login", Channel: args[2]})
		for _, proof := range args[3:] {
			if err == nil {
				o, err = a.Hub.Step(ctx, by, o.Handle, hub.Proof{Code: proof})
			}
		}
		ts.Check(err)
		if o.Accepted != (args[0] == "granted") {
			ts.Fatalf("%s: %+v", strings.Join(args, " "), o)
		}
	})
}

// clockCode puts what the guide's token with a clock shows into a variable: clock NAME
// SECONDS-AHEAD.
func clockCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: clock NAME SECONDS")
	}
	ahead, err := time.ParseDuration(args[1] + "s")
	ts.Check(err)
	o, err := oath.NewTOTP([]byte("abcdefghijklmnopqrst"), oath.TOTPOptions{})
	ts.Check(err)
	code, err := o.Code(time.Now().Add(ahead))
	ts.Check(err)
	ts.Setenv(args[0], code)
}
