package countersign_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The closing line of "make check" is what people and machines believe, so the
// program that counts is itself tested, with events that go test wrote.
func TestTestsumCountsWhatHappened(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file, counts string
		status       int
		shows        []string
		hides        []string
	}{
		{"passing.json", "1 0 0", 0, []string{"ok  \texample.org/a\t0.002s"}, []string{"TestLiar", "PASS"}},
		{"mixed.json", "2 6 1", 1, []string{
			"undefined: undefined", "FAIL\texample.org/b [build failed]", // does not compile
			"a_test.go:4: tab\there \"quoted\" <b> é & \\n", // the output of a failing test, as written
			"panic: boom",
			"FAIL\texample.org/e\twithout a failing test", // TestMain exits
			"skipped: example.org/a TestSkip: a_test.go:5: no db",
		}, []string{"a_test.go:3: hi", "no test files", "=== RUN"}},
		{"timeout.json", "0 1 0", 1, []string{"waiting for a lock", "panic: test timed out after 1s"}, nil},
		{"none.json", "0 0 0", 1, nil, nil},
	} {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			counts := filepath.Join(t.TempDir(), "counts")
			cmd := exec.Command("awk", "-v", "counts="+counts, "-f", "scripts/testsum.awk", "testdata/testsum/"+c.file)
			out, _ := cmd.CombinedOutput()
			if got := cmd.ProcessState.ExitCode(); got != c.status {
				t.Errorf("exit code %d, want %d; output:\n%s", got, c.status, out)
			}
			data, err := os.ReadFile(counts)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimSpace(string(data)); got != c.counts {
				t.Errorf("counted %q, want %q (passed, failed, skipped)", got, c.counts)
			}
			for _, s := range c.shows {
				if !strings.Contains(string(out), s) {
					t.Errorf("does not show %q:\n%s", s, out)
				}
			}
			for _, s := range c.hides {
				if strings.Contains(string(out), s) {
					t.Errorf("shows %q:\n%s", s, out)
				}
			}
		})
	}
}

// A test that looks for a program finds it on a developer's machine by luck; CI
// has it because scripts/deps installs it.
func TestProgramsThatTestsLookForAreInstalled(t *testing.T) {
	t.Parallel()
	deps, err := os.ReadFile("scripts/deps")
	if err != nil {
		t.Fatal(err)
	}
	looked := regexp.MustCompile(`exec\.LookPath\("([^"]+)"\)`)
	for _, name := range files(t, "_test.go") {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range looked.FindAllStringSubmatch(string(data), -1) {
			if m[1] != "go" && !strings.Contains(string(deps), "command -v "+m[1]+"\n") {
				t.Errorf("%s looks for %s, which scripts/deps does not install", name, m[1])
			}
		}
	}
}
