package tokenserver_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/tokenserver"
)

const documents = "../../docs/mobile/"

func document(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(documents + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestProtocolDocument: docs/mobile/protocol.md has every operation, and its requests and answers have
// exactly the members that the code knows.
func TestProtocolDocument(t *testing.T) {
	t.Parallel()
	sections := map[string]string{}
	for s := range strings.SplitSeq(document(t, "protocol.md"), "\n### ") {
		head, rest, _ := strings.Cut(s, "\n")
		rest, _, _ = strings.Cut(rest, "\n## ")
		sections[strings.Replace(head, tokenserver.Path, "", 1)] = rest
	}
	shapes := tokenserver.Shapes()
	if len(shapes) != len(operations) {
		t.Errorf("%d shapes of %d operations", len(shapes), len(operations))
	}
	for _, op := range (&tokenserver.Server{}).Routes() {
		text, found := sections[op]
		shape, known := shapes[op]
		if !found || !known || !slices.Contains(operations, op) {
			t.Errorf("%s is not described, or not tested", op)
			continue
		}
		request, answer, _ := strings.Cut(text, "\nAnswer:")
		compare(t, op+", request", shape[0], block(request))
		compare(t, op+", answer", shape[1], block(answer))
	}
}

var fence = regexp.MustCompile("(?s)```json\n(.*?)\n```")

// block is the JSON example of a text; "" for none.
func block(text string) string {
	if m := fence.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// compare holds an example to the type that is sent or read.
func compare(t *testing.T, what string, shape reflect.Type, example string) {
	t.Helper()
	if shape == nil || example == "" {
		if shape != nil || example != "" {
			t.Errorf("%s: an example %q for %v", what, example, shape)
		}
		return
	}
	var value any
	if err := json.Unmarshal([]byte(example), &value); err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	compareValue(t, what, shape, value)
}

func compareValue(t *testing.T, what string, shape reflect.Type, value any) {
	t.Helper()
	for shape.Kind() == reflect.Pointer {
		shape = shape.Elem()
	}
	if list, ok := value.([]any); ok && shape.Kind() == reflect.Slice && len(list) > 0 {
		compareValue(t, what, shape.Elem(), list[0])
		return
	}
	object, ok := value.(map[string]any)
	if !ok || shape.Kind() != reflect.Struct {
		return
	}
	for i := range shape.NumField() {
		name, options, _ := strings.Cut(shape.Field(i).Tag.Get("json"), ",")
		inner, there := object[name]
		if !there && !strings.HasPrefix(options, "omit") {
			t.Errorf("%s lacks the member %q", what, name)
		}
		if there {
			compareValue(t, what+"/"+name, shape.Field(i).Type, inner)
		}
		delete(object, name)
	}
	for name := range object {
		t.Errorf("%s has the member %q, which the code does not know", what, name)
	}
}

// neverSeen are codes of the packages behind the protocol that no phone can get, and why.
var neverSeen = map[string]string{
	"mobiletoken.cursor":         "lists of the bank",
	"mobiletoken.unknown_serial": "lists of the bank",
	"mobiletoken.page_size":      "lists of the bank",
	"mobiletoken.status":         "lists of the bank",
	"mobiletoken.made":           "enrolment by the bank with an id of its own",
	"mobiletoken.until":          "blocks by the bank have an end",
	"mobiletoken.reason":         "staff and applications give reasons",
	"mobiletoken.no_challenge":   "the hub asks for challenges, not phones",
	"mobiletoken.session":        "provisioning looks again",
	"mobiletoken.disown_key":     "links of notices",
	"prompt.none":                "the hub asks, not phones",
	"prompt.pending":             "the hub asks, not phones",
	"prompt.no_code":             "the hub asks, not phones",
	"push.services":              "the configuration",
	"push.rotated_meanwhile":     "the command line",
	"push.key_spent":             "the sender of pushes",
}

// TestErrorCatalogue: docs/mobile/errors.md has every code that a phone can get, with its status, and
// none that is not in the code.
func TestErrorCatalogue(t *testing.T) {
	t.Parallel()
	row := regexp.MustCompile("(?m)^\\| `([a-z_.]+)` \\| (\\d+) \\|")
	listed := map[string]int{}
	for _, m := range row.FindAllStringSubmatch(document(t, "errors.md"), -1) {
		if _, twice := listed[m[1]]; twice {
			t.Errorf("%s is listed twice", m[1])
		}
		listed[m[1]], _ = strconv.Atoi(m[2])
	}
	if len(listed) < 50 {
		t.Fatalf("%d codes are listed: does the pattern still fit?", len(listed))
	}
	own := codes(t, "../tokenserver", "../mobiletoken", "../prompt", "../push")
	for _, code := range slices.Sorted(maps.Keys(own)) {
		status, there := listed[code]
		_, never := neverSeen[code]
		switch {
		case never && there:
			t.Errorf("%s is listed, and no phone gets it", code)
		case !never && !there:
			t.Errorf("%s is not in docs/mobile/errors.md", code)
		case there && own[code] != 0 && own[code] != status:
			t.Errorf("%s is listed with %d, the code says %d", code, status, own[code])
		}
	}
	all := literals(t)
	for code := range listed {
		if !all[code] {
			t.Errorf("%s is listed, and nothing has it", code)
		}
	}
	for code := range neverSeen {
		if _, there := own[code]; !there {
			t.Errorf("%s is nothing's code any more", code)
		}
	}
	for _, m := range regexp.MustCompile("`([a-z]+\\.[a-z_]+)`").FindAllStringSubmatch(document(t, "protocol.md"), -1) {
		if _, there := listed[m[1]]; !there && !strings.HasPrefix(m[1], "mobile_token.") {
			t.Errorf("protocol.md names %s, which errors.md does not have", m[1])
		}
	}
}

var byConstructor = map[string]int{"Invalidf": 422, "Deniedf": 403, "NotFoundf": 404, "Conflictf": 409, "Limitedf": 429, "Unavailablef": 503}

// codes finds the faults that packages make, with the status that follows from their kind; 0 for
// those whose status is given beside.
func codes(t *testing.T, dirs ...string) map[string]int {
	t.Helper()
	all := map[string]int{}
	for _, dir := range dirs {
		names, err := filepath.Glob(dir + "/*.go")
		if err != nil || len(names) == 0 {
			t.Fatal(dir, err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			ast.Inspect(parse(t, name), func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				constructor := ""
				switch f := call.Fun.(type) {
				case *ast.SelectorExpr:
					constructor = f.Sel.Name
				case *ast.Ident:
					constructor = f.Name
				}
				status, known := byConstructor[constructor]
				if !known && constructor != "status" {
					return true
				}
				for _, arg := range call.Args[:min(2, len(call.Args))] {
					if code, is := text(arg); is && !strings.Contains(code, " ") && strings.Contains(code, ".") {
						all[code] = status
					}
				}
				return true
			})
		}
	}
	for _, code := range []string{"token.unknown", "token.clock"} { // refusals with a status of their own
		all[code] = 401
	}
	return all
}

// literals are all texts in the code.
func literals(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	err := filepath.WalkDir("..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		ast.Inspect(parse(t, name), func(n ast.Node) bool {
			if e, ok := n.(ast.Expr); ok {
				if s, is := text(e); is {
					all[s] = true
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func parse(t *testing.T, name string) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func text(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(l.Value)
	return s, err == nil
}
