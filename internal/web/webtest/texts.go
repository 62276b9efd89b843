package webtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Texts is what CheckTexts asks a catalog.
type Texts interface {
	Has(key string) bool
	Keys() []string
}

var quoted = regexp.MustCompile(`"([a-z][a-z0-9_]*(?:\.[A-Za-z0-9_]+)*\.?)"`)

// CheckTexts reads the Go and template files below dir and compares the texts
// they name with the catalog. Every key given literally to a method T, N or
// Flash must exist. Every key that begins with the prefix must be named by some
// file, literally or by a literal beginning such as "lab.say." that a value is
// joined to.
func CheckTexts(t testing.TB, dir, prefix string, texts Texts) {
	t.Helper()
	named := map[string]bool{}
	for _, name := range sources(t, dir) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range quoted.FindAllStringSubmatch(string(b), -1) {
			named[m[1]] = true
		}
		if strings.HasSuffix(name, ".go") {
			checkCalls(t, name, b, texts)
		}
	}
	for _, key := range texts.Keys() {
		if strings.HasPrefix(key, prefix) && !isNamed(named, key) {
			t.Errorf("no file in %s uses the text %q", dir, key)
		}
	}
}

// isNamed reports whether a key or its stem is named. A literal that ends with
// a dot names everything below it; so does one that is the parent of a key, for
// code that joins the last part ("front.place" + "." + place).
func isNamed(named map[string]bool, key string) bool {
	for k := key; k != ""; {
		if named[k] || named[k+"."] {
			return true
		}
		i := strings.LastIndexByte(k, '.')
		if i < 0 {
			return false
		}
		k = k[:i]
	}
	return false
}

func sources(t testing.TB, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		ext := filepath.Ext(name)
		if err == nil && !d.IsDir() && (ext == ".html" || ext == ".go" && !strings.HasSuffix(name, "_test.go")) {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// checkCalls looks at x.T("key", …), x.N("key", …) and x.Flash(…, "key", …).
func checkCalls(t testing.TB, name string, src []byte, texts Texts) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, src, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if key, ok := textKey(call); ok && !texts.Has(key) {
			t.Errorf("%v: no text has the key %q", set.Position(call.Pos()), key)
		}
		return true
	})
}

func textKey(call *ast.CallExpr) (string, bool) {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	at := map[string]int{"T": 0, "N": 0, "Flash": 2}
	i, ok := at[f.Sel.Name]
	if !ok || len(call.Args) <= i {
		return "", false
	}
	lit, ok := call.Args[i].(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	key, err := strconv.Unquote(lit.Value)
	return key, err == nil
}
