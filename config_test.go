package countersign_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"reflect"
	"testing"

	"github.com/countersign-auth/countersign/internal/config"
)

// A key that nothing reads is a promise that nobody keeps: every field of the
// configuration must be selected somewhere in the program that wires it.
func TestEveryConfigurationKeyIsUsed(t *testing.T) {
	t.Parallel()
	selected := map[string]bool{}
	for _, name := range messages(t) {
		if path.Dir(name) != "internal/app" {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				selected[s.Sel.Name] = true
			}
			return true
		})
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[config.Config]()) {
		unused(t, field, field.Name, selected)
	}
}

func unused(t *testing.T, field reflect.StructField, full string, selected map[string]bool) {
	t.Helper()
	// plain_http is a promise to the checks of the configuration itself.
	if !selected[field.Name] && field.Name != "PlainHTTP" {
		t.Errorf("nothing in internal/app uses Config.%s", full)
	}
	if field.Type.Kind() != reflect.Struct {
		return
	}
	for _, f := range reflect.VisibleFields(field.Type) {
		unused(t, f, full+"."+f.Name, selected)
	}
}
