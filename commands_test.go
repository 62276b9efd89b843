package countersign_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A command that a document or a message tells somebody to type must exist, with
// the flags that are given there: the program is asked for the help of each. (The
// test cache does not see the program's sources; make check does without it.)
func TestCommandsNamedInDocumentsExist(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "countersign")
	if out, err := exec.Command("go", "build", "-o", program, "./cmd/countersign").CombinedOutput(); err != nil {
		t.Fatalf("the program does not build: %v\n%s", err, out)
	}
	commands := commandsInDocuments(t)
	if len(commands) < 10 {
		t.Errorf("only %d commands were found: does the pattern still fit?", len(commands))
	}
	for _, words := range slices.Sorted(maps.Keys(commands)) {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			use := commands[words]
			help, err := exec.Command(program, append(strings.Fields(words), "--help")...).CombinedOutput()
			if err != nil {
				t.Fatalf("%s names it, but: %v\n%s", use.document, err, help)
			}
			for _, flag := range use.flags {
				if !strings.Contains(strings.ReplaceAll(string(help), "--[no-]", "--"), flag) {
					t.Errorf("%s gives it the flag %s, which its help does not name", use.document, flag)
				}
			}
		})
	}
}

// messages lists the Go files whose texts reach people.
func messages(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(files(t, ".go"), func(name string) bool { return strings.HasSuffix(name, "_test.go") })
}

type use struct {
	document string
	flags    []string
}

// commandsInDocuments finds "countersign word word … --flag" in code of either
// form. Arguments are written in capitals, with a sign or as a path, so that the
// small words in front are the command.
func commandsInDocuments(t *testing.T) map[string]use {
	t.Helper()
	code := regexp.MustCompile("(?ms)^```.*?^```|`[^`\n]+`")
	command := regexp.MustCompile(`\bcountersign((?: [a-z][a-z0-9-]+)+)(?:[ ]|$|\x60)([^\n|>#\x60]*)`)
	flag := regexp.MustCompile(`--[a-z][a-z-]*`)
	found := map[string]use{}
	for _, name := range append(files(t, ".md"), messages(t)...) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range code.FindAllString(string(data), -1) {
			for _, m := range command.FindAllStringSubmatch(strings.ReplaceAll(block, "\\\n", ""), -1) {
				words := strings.TrimSpace(m[1])
				u := found[words]
				u.document = name
				u.flags = append(u.flags, flag.FindAllString(m[2], -1)...)
				found[words] = u
			}
		}
	}
	return found
}
