package main_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// build makes the program: it starts itself as the nodes that it measures.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "bench")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("the program does not build: %v\n%s", err, out)
	}
	return program
}

// TestEveryScenarioRuns on few tokens and for a moment; figures do not matter.
func TestEveryScenarioRuns(t *testing.T) {
	t.Parallel()
	program, dir := build(t), t.TempDir()
	report := filepath.Join(dir, "report.json")
	var out []byte
	var err error
	for _, seconds := range []string{"0.1", "0.3", "1"} { // a machine that is busy with others does nothing in a short time
		cmd := exec.Command(program, "--tokens", "64", "--connections", "4", "--seconds", seconds, "--rounds", "1", "--json", report, "--dir", dir)
		cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return testing.Short() && strings.HasPrefix(v, "COUNTERSIGN_TEST_POSTGRES=") })
		if out, err = cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "measure longer") {
			break
		}
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, goals := range goalsOf(t, report) {
		if goals < 1 {
			t.Errorf("%s has no goal", name)
		}
		if !strings.Contains(string(out), "\n"+name+"\n") {
			t.Errorf("%s was not printed", name)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "countersign-bench-*")); len(left) > 0 {
		t.Errorf("%v was left behind", left)
	}
}

// goalsOf counts the goals of each scenario, and refuses figures that are none.
func goalsOf(t *testing.T, name string) map[string]int {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Scenarios []struct {
			Name  string
			Goals []struct {
				What  string
				Found struct{ Median float64 }
			}
		}
	}
	if err := json.Unmarshal(b, &report); err != nil {
		t.Fatal(err)
	}
	goals := map[string]int{}
	for _, s := range report.Scenarios {
		goals[s.Name] = len(s.Goals)
		for _, g := range s.Goals {
			if g.Found.Median <= 0 {
				t.Errorf("%s: %s is %v", s.Name, g.What, g.Found.Median)
			}
		}
	}
	if len(goals) != 16 {
		t.Errorf("%d scenarios: %v", len(goals), goals)
	}
	return goals
}

func TestMistakesAreTold(t *testing.T) {
	t.Parallel()
	program := build(t)
	for _, c := range []struct{ args, want string }{
		{"--only nonsense", `there is no scenario "nonsense"`},
		{"--tokens 10", "at least as many tokens as connections"},
		{"--seconds 0", "positive numbers"},
		{"--only verify --postgres postgres://127.0.0.1:1/none?connect_timeout=1", "refused"},
	} {
		out, err := exec.Command(program, strings.Fields(c.args)...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), c.want) {
			t.Errorf("%s: %v\n%s", c.args, err, out)
		}
	}
}
