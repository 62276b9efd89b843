package oath_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestConformanceTables checks docs/conformance: every row of the tables of
// this package names at least one test, and every test and symbol that a row
// names exists.
func TestConformanceTables(t *testing.T) {
	t.Parallel()
	names := declared(t)
	name := regexp.MustCompile("`([A-Za-z]+)(?:\\.([A-Za-z]+))?`")
	for _, doc := range []string{"rfc4226.md", "rfc6238.md", "rfc6287.md"} {
		data, err := os.ReadFile(filepath.Join("..", "docs", "conformance", doc))
		if err != nil {
			t.Fatal(err)
		}
		rows := 0
		for _, line := range strings.Split(string(data), "\n") {
			cells := strings.Split(line, "|")
			if len(cells) != 7 || strings.HasPrefix(cells[1], " section") || strings.HasPrefix(cells[1], "-") {
				continue
			}
			rows++
			tests := name.FindAllStringSubmatch(cells[4], -1)
			if len(tests) == 0 {
				t.Errorf("%s names no test: %s", doc, line)
			}
			for _, m := range append(tests, name.FindAllStringSubmatch(cells[3], -1)...) {
				if full := strings.Trim(m[0], "`"); !names[full] {
					t.Errorf("%s names %s, which does not exist", doc, full)
				}
			}
		}
		if rows < 8 {
			t.Errorf("%s has %d rows: is it still a table of section, requirement, where, test, note?", doc, rows)
		}
	}
}

// declared lists what the package and its tests declare: names, and methods
// and fields as "Type.Name".
func declared(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		p, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(p, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				out[receiver(n)+n.Name.Name] = true
				return false
			case *ast.TypeSpec:
				out[n.Name.Name] = true
				if s, ok := n.Type.(*ast.StructType); ok {
					for _, f := range s.Fields.List {
						for _, id := range f.Names {
							out[n.Name.Name+"."+id.Name] = true
						}
					}
				}
			case *ast.ValueSpec:
				for _, id := range n.Names {
					out[id.Name] = true
				}
			}
			return true
		})
	}
	return out
}

func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	typ := f.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	id, ok := typ.(*ast.Ident)
	if !ok {
		return ""
	}
	return id.Name + "."
}
