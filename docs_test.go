package countersign_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"

	"github.com/countersign-auth/countersign/internal/config"
)

// Documentation is believed like code, so what a machine can check in it is
// checked: links, names of files and tests, and the list of dependencies.

// files lists the files with the extension below the root, without the trees
// that are not ours to check.
func files(t *testing.T, ext string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && slices.Contains([]string{".git", "artifacts", "bin", "node_modules", "testdata"}, d.Name()):
			return fs.SkipDir
		case strings.HasSuffix(name, ext) && !d.IsDir():
			names = append(names, filepath.ToSlash(name))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// prose reads a Markdown file without its code blocks.
func prose(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile("(?ms)^[ \t]*```.*?^[ \t]*```").ReplaceAllString(string(data), "")
}

func TestLinksInDocumentsLeadSomewhere(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	checked := 0
	for _, name := range files(t, ".md") {
		for _, m := range link.FindAllStringSubmatch(prose(t, name), -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			checked++
			file := name
			if target != "" {
				file = path.Join(path.Dir(name), target)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s links to %s, which does not exist", name, m[1])
			} else if anchor != "" && !slices.Contains(anchors(t, file), anchor) {
				t.Errorf("%s links to %s, but no heading there has that name", name, m[1])
			}
		}
	}
	if checked < 20 {
		t.Errorf("only %d links were found: does the pattern still fit?", checked)
	}
}

// Whoever starts at the README must be able to find every document.
func TestEveryDocumentCanBeReached(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)#\s]+)`)
	seen := map[string]bool{"README.md": true}
	for queue := []string{"README.md"}; len(queue) > 0; queue = queue[1:] {
		for _, m := range link.FindAllStringSubmatch(prose(t, queue[0]), -1) {
			next := path.Join(path.Dir(queue[0]), m[1])
			if _, err := os.Stat(next); err == nil && strings.HasSuffix(next, ".md") && !seen[next] {
				seen[next] = true
				queue = append(queue, next)
			}
		}
	}
	for _, name := range files(t, ".md") {
		if !seen[name] {
			t.Errorf("no path of links leads from README.md to %s", name)
		}
	}
}

// anchors returns the names that the headings of a Markdown file get: small
// letters, spaces as dashes, other signs dropped.
func anchors(t *testing.T, name string) (names []string) {
	t.Helper()
	dropped := regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
	for line := range strings.Lines(prose(t, name)) {
		if title := strings.TrimLeft(line, "#"); title != line && strings.HasPrefix(title, " ") {
			title = dropped.ReplaceAllString(strings.ToLower(strings.TrimSpace(title)), "")
			names = append(names, strings.ReplaceAll(title, " ", "-"))
		}
	}
	return names
}

// A document that names a test as its proof must name one that exists.
func TestTestsNamedInDocumentsExist(t *testing.T) {
	t.Parallel()
	have := testFunctions(t)
	named := regexp.MustCompile("`((?:Test|Fuzz|Example|Benchmark)[A-Z0-9_]\\w*)(?:/[^`]*)?`")
	for _, name := range files(t, ".md") {
		for _, m := range named.FindAllStringSubmatch(prose(t, name), -1) {
			if !have[m[1]] {
				t.Errorf("%s names the test %s, which does not exist", name, m[1])
			}
		}
	}
}

func testFunctions(t *testing.T) map[string]bool {
	t.Helper()
	have := map[string]bool{}
	for _, name := range files(t, "_test.go") {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				have[fn.Name.Name] = true
			}
		}
	}
	return have
}

// A path in backquotes that begins like one of ours must exist, unless it is one
// that a run leaves and git ignores.
func TestPathsNamedInDocumentsExist(t *testing.T) {
	t.Parallel()
	ignored, err := os.ReadFile(".gitignore")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:internal|cmd|emulator|scripts|docs|bench|tools)/[\\w./-]+)`")
	for _, name := range files(t, ".md") {
		for _, m := range named.FindAllStringSubmatch(prose(t, name), -1) {
			if strings.Contains(string(ignored), "/"+strings.TrimSuffix(m[1], "/")+"/\n") {
				continue
			}
			if _, err := os.Stat(strings.TrimSuffix(m[1], "/...")); err != nil {
				t.Errorf("%s names %s, which does not exist", name, m[1])
			}
		}
	}
}

// A document that names a configuration key or the code of a fault names one that
// exists: operators search for them.
func TestKeysAndCodesNamedInDocumentsExist(t *testing.T) {
	t.Parallel()
	keys := configurationKeys("", reflect.TypeFor[config.Config]())
	var known strings.Builder
	for _, name := range messages(t) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		known.Write(data)
	}
	named := regexp.MustCompile("`((?:app|audit|api|client|config|console|customer|database|db|keyring|keys|limits|log|metrics|policy|registration|token)(?:\\.[a-z_]+)+)(?:: [^`]*)?`")
	checked := 0
	for _, name := range files(t, ".md") {
		for _, m := range named.FindAllStringSubmatch(prose(t, name), -1) {
			checked++
			if !slices.Contains(keys, m[1]) && !strings.Contains(known.String(), strconv.Quote(m[1])) && !strings.HasSuffix(m[1], ".go") {
				t.Errorf("%s names %s, which is neither a configuration key nor a code in the program", name, m[1])
			}
		}
	}
	metric := regexp.MustCompile("`countersign_([a-z_]+)`")
	for _, m := range metric.FindAllStringSubmatch(prose(t, "docs/operating/monitoring.md"), -1) {
		if text := known.String(); !strings.Contains(text, `"countersign_`+m[1]+`"`) && !strings.Contains(text, `prefix+"`+m[1]+`"`) {
			t.Errorf("docs/operating/monitoring.md names the metric countersign_%s, which nothing counts", m[1])
		}
	}
	if checked < 10 {
		t.Errorf("only %d were found: does the pattern still fit?", checked)
	}
}

func configurationKeys(prefix string, section reflect.Type) (keys []string) {
	for _, f := range reflect.VisibleFields(section) {
		key := prefix + f.Tag.Get("key")
		if keys = append(keys, key); f.Type.Kind() == reflect.Struct {
			keys = append(keys, configurationKeys(key+".", f.Type)...)
		}
	}
	return keys
}

func TestChangelogIsKept(t *testing.T) {
	t.Parallel()
	text := prose(t, "CHANGELOG.md")
	i := strings.Index(text, "\n## [Unreleased]\n")
	if i < 0 {
		t.Fatal("CHANGELOG.md has no section [Unreleased]")
	}
	if entry := regexp.MustCompile(`(?m)^### (Added|Changed|Deprecated|Removed|Fixed|Security)$`); !entry.MatchString(text) {
		t.Error("CHANGELOG.md has no entry under the headings of Keep a Changelog")
	}
	if other := regexp.MustCompile(`(?m)^## .*`).FindString(text[:i]); other != "" {
		t.Errorf("%q stands above [Unreleased]", other)
	}
}

// Every direct dependency has a line that says why it is there and how to leave
// it, and no line outlives its dependency.
func TestDependenciesAreExplained(t *testing.T) {
	t.Parallel()
	explained := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(prose(t, "docs/dependencies.md"), -1) {
		explained[m[1]] = true
	}
	for _, name := range []string{"go.mod", "tools/go.mod"} {
		for _, module := range direct(t, name) {
			if !explained[module] {
				t.Errorf("%s requires %s, which has no line in docs/dependencies.md", name, module)
			}
			delete(explained, module)
		}
	}
	for module := range explained {
		t.Errorf("docs/dependencies.md explains %s, which nothing requires directly", module)
	}
}

// direct lists the modules that a go.mod requires directly, and those of its
// tools, which go mod tidy marks as indirect.
func direct(t *testing.T, name string) (modules []string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := modfile.Parse(name, data, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range f.Require {
		tool := slices.ContainsFunc(f.Tool, func(tool *modfile.Tool) bool { return strings.HasPrefix(tool.Path+"/", r.Mod.Path+"/") })
		if !r.Indirect || tool {
			modules = append(modules, r.Mod.Path)
		}
	}
	return modules
}
