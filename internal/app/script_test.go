package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/db"
)

// TestMain lets the scripts run the program: this test program is it, when it is
// called so.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"countersign": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		code := app.Main(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ())
		stop()
		os.Exit(code)
	}})
}

// TestScripts runs the command line as a person meets it. Each script has an
// installation to make in its own directory (SQLite), and free ports.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Files: scripts(t), RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			api := apptest.FreeAddress(t)
			metrics := apptest.FreeAddress(t)
			smsc := apptest.FreeAddress(t)
			e.Vars = append(e.Vars, "SMSC="+smsc, "MSS="+apptest.FreeAddress(t), "PKI="+apptest.FreeAddress(t),
				"COUNTERSIGN_ORIGIN=auth.test.example", "COUNTERSIGN_DATABASE_DSN=sqlite:"+filepath.Join(e.WorkDir, "countersign.db"),
				"COUNTERSIGN_KEYS_FILE="+filepath.Join(e.WorkDir, "countersign.key"), "COUNTERSIGN_AUDIT_ANCHOR="+filepath.Join(e.WorkDir, "countersign.anchor"),
				"COUNTERSIGN_CONSOLE_ADDRESS=", "COUNTERSIGN_API_ADDRESS="+api, "COUNTERSIGN_METRICS_ADDRESS="+metrics, "METRICS=http://"+metrics,
				"TOMORROW="+time.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly), "NEXTWEEK="+time.Now().UTC().AddDate(0, 0, 7).Format(time.DateOnly),
			)
			return os.WriteFile(filepath.Join(e.WorkDir, "box.xml"), apptest.Box(t, "S1", "S2", "S3"), 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"answers": answers, "json": jsonHas, "sql": runSQL, "code": setCode, "field": setField, "nosidecars": noSidecars, "firstline": firstLine,
			"enroll": enroll, "showcode": showCode, "lived": lived, "pays": pays, "until": until, "signature": signature, "octet": octet,
		},
	})
}

// scripts lists what is run: all, but under the race detector those alone that start a node, because a
// command on its own shares no memory with anybody.
func scripts(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(all) < 20 {
		t.Fatalf("%d scripts, %v", len(all), err)
	}
	if !underRace {
		return all
	}
	return slices.DeleteFunc(all, func(name string) bool {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return !regexp.MustCompile(`(?m)^exec countersign .*&`).Match(text)
	})
}

// answers waits until a URL is answered with a status: answers 200 URL.
func answers(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: answers STATUS URL")
	}
	last := ""
	for range 3000 {
		r, err := http.Get(args[1])
		if err == nil {
			body, _ := io.ReadAll(r.Body)
			_ = r.Body.Close()
			if strconv.Itoa(r.StatusCode) == args[0] {
				return
			}
			last = fmt.Sprint(r.StatusCode, " ", string(body))
		} else {
			last = err.Error()
		}
		time.Sleep(10 * time.Millisecond) // look again
	}
	ts.Fatalf("%s was not answered with %s: %s", args[1], args[0], last)
}

// at walks into JSON along names and numbers separated by dots.
func at(ts *testscript.TestScript, file, path string) any {
	content := ts.ReadFile(file)
	if line, _, more := strings.Cut(content, "\n"); more && json.Valid([]byte(line)) {
		content = line // the first of several objects
	}
	var v any
	if err := json.Unmarshal([]byte(content), &v); err != nil {
		ts.Fatalf("%s is not JSON: %v\n%s", file, err, content)
	}
	for name := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(x) {
				ts.Fatalf("%s has no %s in\n%s", file, path, content)
			}
			v = x[i]
		default:
			v = nil
		}
	}
	return v
}

// jsonHas compares values: json FILE path=JSON… ; path=* asks for presence.
func jsonHas(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: json FILE path=value…")
	}
	for _, a := range args[1:] {
		path, text, _ := strings.Cut(a, "=")
		got := at(ts, args[0], path)
		var want any
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			want = text
		}
		if text == "*" && got != nil {
			continue
		}
		if !reflect.DeepEqual(got, want) {
			ts.Fatalf("%s is %v, want %v in\n%s", path, got, want, ts.ReadFile(args[0]))
		}
	}
}

// setField puts a value from JSON into a variable: field FILE path NAME.
func setField(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: field FILE path NAME")
	}
	ts.Setenv(args[2], fmt.Sprint(at(ts, args[0], args[1])))
}

// runSQL changes the database behind the program's back: sql STATEMENT.
func runSQL(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: sql STATEMENT")
	}
	ctx := context.Background()
	d, err := db.Open(ctx, db.Config{DSN: ts.Getenv("COUNTERSIGN_DATABASE_DSN"), Now: time.Now})
	ts.Check(err)
	err = d.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(args[0])
		if err == nil && n == 0 {
			err = fmt.Errorf("nothing was changed by %s", args[0])
		}
		return err
	})
	ts.Check(err)
	ts.Check(d.Close())
}

// setCode puts a token's code into a variable: code SERIAL COUNTER NAME.
func setCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: code SERIAL COUNTER NAME")
	}
	counter, err := strconv.ParseUint(args[1], 10, 64)
	ts.Check(err)
	ts.Setenv(args[2], apptest.CodeOf(args[0], counter))
}

// noSidecars removes what SQLite keeps beside the file, as a restore does.
func noSidecars(ts *testscript.TestScript, _ bool, _ []string) {
	for _, side := range []string{"-wal", "-shm"} {
		_ = os.Remove(strings.TrimPrefix(ts.Getenv("COUNTERSIGN_DATABASE_DSN"), "sqlite:") + side)
	}
}

// firstLine waits for a line in a file that a program writes, and keeps it alone:
// firstline FILE.
func firstLine(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: firstline FILE")
	}
	name := ts.MkAbs(args[0])
	for range 3000 {
		content, _ := os.ReadFile(name)
		if line, _, whole := strings.Cut(string(content), "\n"); whole {
			ts.Check(os.WriteFile(name+".line", []byte(line), 0o600))
			return
		}
		time.Sleep(10 * time.Millisecond) // look again
	}
	ts.Fatalf("%s has no line", name)
}
