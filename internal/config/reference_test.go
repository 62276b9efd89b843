package config_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/config"
)

func TestReferenceIsAFileToStartFrom(t *testing.T) {
	t.Parallel()
	c, err := load(config.Reference(), nil)
	if err != nil {
		t.Fatal(problems(t, err))
	}
	want := config.Default()
	want.Origin, want.Database.DSN, want.Keys.File = c.Origin, c.Database.DSN, c.Keys.File
	if d := cmp.Diff(want, c, cmp.Comparer(func(a, b config.Secret) bool { return string(a) == string(b) })); d != "" {
		t.Errorf("the reference sets more than what is needed (-want +got)\n%s", d)
	}
}

// Every commented key of the reference is put in force, one by one: its shown
// default or example must be accepted.
func TestEveryExampleIsAccepted(t *testing.T) {
	t.Parallel()
	lines := strings.Split(config.Reference(), "\n")
	tried := 0
	for i, line := range lines {
		commented, ok := strings.CutPrefix(strings.TrimLeft(line, " "), "#")
		if !ok || strings.HasPrefix(commented, " ") || strings.Contains(commented, ":   #") || strings.HasSuffix(commented, ":") {
			continue
		}
		tried++
		indent := line[:len(line)-len(commented)-1]
		text := strings.Join(lines[:i], "\n") + "\n" + indent + commented + "\n" + strings.Join(lines[i+1:], "\n")
		if _, err := load(text, nil); err != nil {
			t.Errorf("%s: %s", line, problems(t, err))
		}
	}
	if tried < 15 {
		t.Errorf("only %d keys were tried", tried)
	}
}

var update = flag.Bool("update", false, "write the reference into docs/operating/configuration.md")

func TestDocumentationShowsTheReference(t *testing.T) {
	const name, begin, end = "../../docs/operating/configuration.md", "```yaml\n# Countersign's configuration.", "```\n"
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	i := strings.Index(text, begin)
	if i < 0 {
		t.Fatalf("%s has no block that begins %q", name, begin)
	}
	i += len("```yaml\n")
	n := strings.Index(text[i:], end)
	if text[i:i+n] == config.Reference() {
		return
	}
	if !*update {
		t.Fatalf("%s is not in step with the code: run go test ./internal/config -run Documentation -update", name)
	}
	if err := os.WriteFile(name, []byte(text[:i]+config.Reference()+text[i+n:]), 0o644); err != nil {
		t.Fatal(err)
	}
}
