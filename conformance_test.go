package countersign_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/device"
)

// The tables of docs/conformance are what an auditor reads, so each row must be
// true in all that a machine can see: it names a test, and what it names is there.
// The tables of the RFCs are checked further by packages oath and pskc.

// row is a row of a table, its cells without blanks.
type row struct {
	line  string
	cells []string
}

// tables reads all tables of a document.
func tables(t *testing.T, name string) (rows []row) {
	t.Helper()
	head := true
	for line := range strings.Lines(prose(t, name)) {
		line = strings.TrimSpace(line)
		switch {
		case !strings.HasPrefix(line, "|"):
			head = true
		case strings.HasPrefix(line, "|-"):
			head = false
		case !head:
			r := row{line: line}
			for c := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
				r.cells = append(r.cells, strings.TrimSpace(c))
			}
			rows = append(rows, r)
		}
	}
	return rows
}

const conformance = "docs/conformance/"

func TestEveryRowOfConformanceNamesItsTest(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile("`Test[A-Z]\\w*")
	for name, table := range map[string]struct{ columns, least int }{
		"flows.md": {5, 30}, "sca.md": {6, 40}, "invariants.md": {3, 9},
		"rfc4226.md": {5, 15}, "rfc6238.md": {5, 15}, "rfc6287.md": {5, 30}, "rfc6030.md": {6, 40}, "rfc6063.md": {6, 90}, "smpp.md": {5, 15}, "ts102204.md": {5, 50}, "ota.md": {5, 18}, "webpush.md": {5, 20}, "passwords.md": {5, 9}, "phones.md": {5, 8}, "device-interaction.md": {5, 40},
	} {
		rows := slices.DeleteFunc(tables(t, conformance+name), func(r row) bool { return len(r.cells) != table.columns })
		if len(rows) < table.least {
			t.Errorf("%s has %d rows of %d columns: is it still the table?", name, len(rows), table.columns)
		}
		for _, r := range rows {
			if !named.MatchString(r.line) {
				t.Errorf("%s names no test: %s", name, r.line)
			}
		}
	}
}

// steps are those of the flows of hardware tokens: how many each has.
var steps = map[string]int{"F-4.1": 11, "F-4.2": 6, "F-4.3": 7, "F-4.4": 8, "F-4.5": 7, "F-4.6": 0}

func TestEveryStepOfAFlowHasARow(t *testing.T) {
	t.Parallel()
	have := map[string]bool{}
	id := regexp.MustCompile(`F-4\.\d(?:\.(\d+)(?:–(\d+))?)?`)
	for _, r := range tables(t, conformance+"flows.md") {
		for _, m := range id.FindAllStringSubmatch(r.cells[0], -1) {
			if m[1] == "" {
				have[m[0]] = true
				continue
			}
			from, _ := strconv.Atoi(m[1])
			to := from
			if m[2] != "" {
				to, _ = strconv.Atoi(m[2])
			}
			for n := from; n <= to; n++ {
				have[fmt.Sprintf("%s.%d", m[0][:5], n)] = true
			}
		}
	}
	for flow, n := range steps {
		if n == 0 && !have[flow] {
			t.Errorf("flows.md has no row for %s", flow)
		}
		for s := 1; s <= n; s++ {
			if step := fmt.Sprintf("%s.%d", flow, s); !have[step] {
				t.Errorf("flows.md has no row for %s", step)
			}
		}
	}
}

// Every requirement of the list is met by a row, or is said to be missing; not both.
func TestEveryRequirementOfSCAIsAnswered(t *testing.T) {
	t.Parallel()
	const all = 80
	met, missing := map[int]bool{}, map[int]bool{}
	id := regexp.MustCompile(`SCA-(\d+)(?: to (?:SCA-)?(\d+))?`)
	for _, r := range tables(t, conformance+"sca.md") {
		into := met
		if len(r.cells) == 2 {
			into = missing
		}
		for _, m := range id.FindAllStringSubmatch(r.cells[0], -1) {
			from, _ := strconv.Atoi(m[1])
			to := from
			if m[2] != "" {
				to, _ = strconv.Atoi(m[2])
			}
			for n := from; n <= to; n++ {
				into[n] = true
			}
		}
	}
	for n := 1; n <= all; n++ {
		if met[n] == missing[n] {
			t.Errorf("sca.md: SCA-%02d is met: %t, and said to be missing: %t", n, met[n], missing[n])
		}
	}
}

// Every item of the list that does not belong to payment tokens is met by a row, or is
// said to be missing; not both.
func TestEveryInteractionItemIsAnswered(t *testing.T) {
	t.Parallel()
	met, missing := map[int]bool{}, map[int]bool{}
	id := regexp.MustCompile(`DI-(\d+)(?: to DI-(\d+))?`)
	for _, r := range tables(t, conformance+"device-interaction.md") {
		into := met
		if len(r.cells) == 2 {
			into = missing
		}
		for _, m := range id.FindAllStringSubmatch(r.cells[0], -1) {
			from, _ := strconv.Atoi(m[1])
			to := from
			if m[2] != "" {
				to, _ = strconv.Atoi(m[2])
			}
			for n := from; n <= to; n++ {
				into[n] = true
			}
		}
	}
	for _, span := range [][2]int{{1, 4}, {32, 76}, {79, 79}, {83, 106}, {229, 231}} {
		for n := span[0]; n <= span[1]; n++ {
			if met[n] == missing[n] {
				t.Errorf("device-interaction.md: DI-%d is met: %t, and said to be missing: %t", n, met[n], missing[n])
			}
		}
	}
}

// The table of acts and states is that of package device, which its tests try cell
// by cell on the databases.
func TestLifeCycleInDocumentsIsThatOfTheCode(t *testing.T) {
	t.Parallel()
	states := []device.Status{device.Stock, device.Assigned, device.Active, device.Suspended, device.Lost, device.Retired, device.Blocked}
	named := map[device.Act]bool{}
	for _, r := range tables(t, conformance+"lifecycle.md") {
		if len(r.cells) != len(states)+1 {
			continue
		}
		act := device.Act(strings.Trim(strings.Fields(r.cells[0])[0], ","))
		if !slices.Contains(device.Acts(), act) {
			continue // registration and import, which are no acts of staff
		}
		named[act] = true
		for i, from := range states {
			says := strings.Trim(strings.Fields(r.cells[i+1])[0], ",")
			want := "–"
			if to, allowed := act.To(from); allowed {
				want = string(to)
			}
			if says != want {
				t.Errorf("%s from %s: the table says %q, and the code %q", act, from, says, want)
			}
		}
	}
	for _, a := range device.Acts() {
		if !named[a] {
			t.Errorf("the table has no row for %s", a)
		}
	}
}

// What a table says where something is must be there: a symbol of a package, or an
// operation of the API.
func TestSymbolsNamedInConformanceExist(t *testing.T) {
	t.Parallel()
	have, packages := symbols(t)
	operations := operationIDs(t)
	symbol := regexp.MustCompile("`([a-z][a-z0-9]*)\\.([A-Z]\\w*(?:\\.[A-Z]\\w*)?)`")
	listed := regexp.MustCompile("API ((?:`[a-z]\\w*`(?:, )?)+)")
	checked := 0
	for _, name := range []string{"flows.md", "sca.md", "lifecycle.md", "counters.md", "invariants.md", "phones.md", "webpush.md", "ts102204.md"} {
		text := prose(t, conformance+name)
		for _, m := range symbol.FindAllStringSubmatch(text, -1) {
			checked++
			if !packages[m[1]] || !have[m[1]+"."+m[2]] {
				t.Errorf("%s names %s.%s, which does not exist", name, m[1], m[2])
			}
		}
		for _, m := range listed.FindAllStringSubmatch(text, -1) {
			for id := range strings.SplitSeq(m[1], ",") {
				if id = strings.Trim(id, " `"); id != "" && !operations[id] {
					t.Errorf("%s names the operation %s, which the API does not have", name, id)
				}
			}
		}
	}
	if checked < 50 {
		t.Errorf("only %d symbols were found: does the pattern still fit?", checked)
	}
}

// symbols lists what our packages declare, as "package.Name" and
// "package.Type.Name", and the packages.
func symbols(t *testing.T) (have, packages map[string]bool) {
	t.Helper()
	have, packages = map[string]bool{}, map[string]bool{}
	for _, name := range messages(t) {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		pkg := path.Base(path.Dir(name))
		packages[pkg] = true
		for _, d := range f.Decls {
			for _, symbol := range declared(d) {
				have[pkg+"."+symbol] = true
			}
		}
	}
	return have, packages
}

func declared(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return []string{d.Name.Name}
		}
		recv := d.Recv.List[0].Type
		if star, ok := recv.(*ast.StarExpr); ok {
			recv = star.X
		}
		if id, ok := recv.(*ast.Ident); ok {
			return []string{id.Name + "." + d.Name.Name}
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			names = append(names, specified(s)...)
		}
	}
	return names
}

func specified(s ast.Spec) (names []string) {
	switch s := s.(type) {
	case *ast.ValueSpec:
		for _, id := range s.Names {
			names = append(names, id.Name)
		}
	case *ast.TypeSpec:
		names = append(names, s.Name.Name)
		if fields, ok := s.Type.(*ast.StructType); ok {
			for _, f := range fields.Fields.List {
				for _, id := range f.Names {
					names = append(names, s.Name.Name+"."+id.Name)
				}
			}
		}
	}
	return names
}

func operationIDs(t *testing.T) map[string]bool {
	t.Helper()
	data, err := os.ReadFile("docs/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, methods := range doc.Paths {
		for _, raw := range methods {
			var op struct {
				ID string `json:"operationId"`
			}
			if json.Unmarshal(raw, &op) == nil {
				ids[op.ID] = true
			}
		}
	}
	return ids
}
