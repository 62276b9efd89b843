package countersign_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/app/apptest"
)

// Walkthroughs are pages with commands and what they print: each block of sh is
// run, in one shell, and the block of text that follows it, if one does, is all
// that it prints, with "…" for what is different each time. Nothing is replaced
// but the ports.
func TestWalkthroughs(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("curl is not installed")
		}
		t.Skip("curl is not installed")
	}
	bin := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", bin, "./cmd/countersign").CombinedOutput(); err != nil {
		t.Fatalf("the program does not build: %v\n%s", err, out)
	}
	pages, err := filepath.Glob("docs/walkthroughs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		t.Run(filepath.Base(page), func(t *testing.T) {
			t.Parallel()
			blocks := blocksOf(t, page)
			if len(blocks) > 0 {
				walk(t, page, blocks, bin)
			} else if name := filepath.Base(page); name != "README.md" && !clicked(t, name) {
				t.Error("there is nothing to run, and no test clicks it")
			}
		})
	}
	if len(pages) < 3 {
		t.Errorf("only %d pages were found", len(pages))
	}
}

// clicked reports whether a test of the demo names a page: it clicks what stands there.
func clicked(t *testing.T, page string) bool {
	t.Helper()
	tests, err := filepath.Glob("internal/app/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(tests, func(name string) bool {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(text), page)
	})
}

// block is some commands and what they print; "" when the page does not say.
type block struct{ commands, prints string }

func blocksOf(t *testing.T, page string) (all []block) {
	t.Helper()
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	last := ""
	for _, m := range regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$").FindAllStringSubmatch(string(data), -1) {
		switch {
		case m[1] == "sh":
			all = append(all, block{commands: m[2]})
		case m[1] == "text" && last == "sh":
			all[len(all)-1].prints = m[2]
		default:
			t.Errorf("a block of %q after one of %q: only sh, and text after it, are run", m[1], last)
		}
		last = m[1]
	}
	return all
}

// walk runs the blocks of a page. A command that fails ends it, so a refusal is
// shown with "!" in front or "|| true" behind.
func walk(t *testing.T, page string, blocks []block, bin string) {
	t.Helper()
	const mark = "------ block "
	var script strings.Builder
	script.WriteString("set -eu -o pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\ncd \"$(mktemp -d)\"\nexec 2>&1\n")
	for i, b := range blocks {
		fmt.Fprintf(&script, "echo '%s%d'\n%s", mark, i, b.commands)
	}
	const api = "127.0.0.1:8081"
	own := map[string]string{api: apptest.FreeAddress(t)}
	for _, named := range regexp.MustCompile(`127\.0\.0\.1:[1-9]\d*`).FindAllString(script.String(), -1) {
		if own[named] == "" {
			own[named] = apptest.FreeAddress(t)
		}
	}
	var to, from []string
	for named, free := range own {
		to, from = append(to, named, free), append(from, free, named)
	}
	cmd := exec.Command("bash", "-c", strings.NewReplacer(to...).Replace(script.String()))
	cmd.Env = append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "TMPDIR="+t.TempDir(),
		"COUNTERSIGN_API_ADDRESS="+own[api], "COUNTERSIGN_CONSOLE_ADDRESS=127.0.0.1:0", "COUNTERSIGN_METRICS_ADDRESS=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", page, err, out)
	}
	told := strings.NewReplacer(from...).Replace(string(out))
	printed := regexp.MustCompile(`(?m)^`+mark+`\d+\n`).Split(told, -1)[1:]
	if len(printed) != len(blocks) {
		t.Fatalf("%s: %d of %d blocks were run\n%s", page, len(printed), len(blocks), out)
	}
	for i, b := range blocks {
		if b.prints != "" && !like(b.prints).MatchString(printed[i]) {
			t.Errorf("%s: the commands\n%s\nprint\n%s\nand the page says\n%s", page, b.commands, printed[i], b.prints)
		}
	}
}

// like matches a text in which "…" stands for anything, on a line of its own for
// any lines.
func like(text string) *regexp.Regexp {
	parts := strings.Split(strings.TrimSpace(text), "…")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile(`(?s)^\s*` + strings.Join(parts, ".*?") + `\s*$`)
}
