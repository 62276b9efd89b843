package httpapi_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/httpapi"
)

var update = flag.Bool("update", false, "write docs/openapi.json anew")

// bare is an API for its document only: no operation is called.
func bare(url string) *httpapi.API { return httpapi.New(httpapi.Config{URL: url}) }

const committed = "../../docs/openapi.json"

func TestCommittedDocumentIsUpToDate(t *testing.T) {
	t.Parallel()
	got := bare("").Document()
	if *update {
		if err := os.WriteFile(committed, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(committed)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("docs/openapi.json is not what the code says; run go test ./internal/httpapi -run CommittedDocument -update\n%s", diff)
	}
	if !bytes.Equal(got, bare("").Document()) {
		t.Error("the document is not the same twice")
	}
}

// each operation of the document, in a fixed order.
func (d document) each(f func(method, path string, op object)) {
	paths := d.object.object("paths")
	var names []string
	for p := range paths {
		names = append(names, p)
	}
	slices.Sort(names)
	for _, p := range names {
		for _, m := range []string{"get", "post", "patch", "delete", "put", "head", "options", "trace"} {
			if op := paths.object(p).object(m); op != nil {
				f(strings.ToUpper(m), p, op)
			}
		}
	}
}

// What OpenAPI 3.1 demands of a document, as far as ours uses it.
func TestDocumentIsValid(t *testing.T) {
	t.Parallel()
	d := parseDocument(bare("https://auth.bank.example").Document())
	if d.text("openapi") != "3.1.0" || d.object.object("info").text("title") == "" || d.object.object("info").text("version") == "" {
		t.Errorf("openapi %q, info %v", d.text("openapi"), d.object["info"])
	}
	flow := d.object.object("components").object("securitySchemes").object("client").object("flows").object("clientCredentials")
	if flow.text("tokenUrl") != "https://auth.bank.example/oauth/token" || len(flow.object("scopes")) != client.AllScopes.Len() {
		t.Errorf("the security scheme is %v", flow)
	}
	seen := map[string]bool{}
	placeholder := regexp.MustCompile(`\{([a-z_]+)\}`)
	var tags []string
	for _, tag := range d.list("tags") {
		tags = append(tags, tag.(map[string]any)["name"].(string))
	}
	operations := 0
	d.each(func(method, path string, op object) {
		operations++
		id := op.text("operationId")
		if id == "" || seen[id] || op.text("summary") == "" || len(op.list("tags")) != 1 || !slices.Contains(tags, op.list("tags")[0].(string)) {
			t.Errorf("%s %s: operationId %q, summary %q, tags %v", method, path, id, op.text("summary"), op["tags"])
		}
		seen[id] = true
		var want, have []string
		for _, m := range placeholder.FindAllStringSubmatch(path, -1) {
			want = append(want, m[1])
		}
		for _, p := range op.list("parameters") {
			p := object(p.(map[string]any))
			if p.text("in") == "path" {
				have = append(have, p.text("name"))
			}
			if p.text("description") == "" || p.object("schema") == nil || p.text("in") == "path" && p["required"] != true {
				t.Errorf("%s: parameter %v", id, p)
			}
		}
		if !slices.Equal(want, have) {
			t.Errorf("%s: the path has %v, the parameters are %v", id, want, have)
		}
		scopes, ok := securityOf(op)
		for _, s := range scopes {
			if flow.object("scopes")[s] == nil {
				t.Errorf("%s needs the unknown scope %s", id, s)
			}
		}
		if strings.HasPrefix(path, "/v1/") && (!ok || len(scopes) == 0) {
			t.Errorf("%s needs no scope", id)
		}
		d.examples(t, id, op)
	})
	if operations < 25 {
		t.Errorf("only %d operations", operations)
	}
	for name := range d.object.object("components").object("schemas") {
		d.described(t, name, d.object.object("components").object("schemas").object(name))
	}
}

func securityOf(op object) (scopes []string, ok bool) {
	for _, s := range op.list("security") {
		for _, name := range object(s.(map[string]any)).list("client") {
			scopes = append(scopes, name.(string))
		}
		ok = true
	}
	return scopes, ok
}

// examples checks that there is one for every request and answer in JSON, and that
// it fits its schema.
func (d document) examples(t *testing.T, id string, op object) {
	check := func(where string, content object) {
		for kind := range content {
			m := content.object(kind)
			if strings.Contains(kind, "problem") || m.object("schema").text("type") == "string" || m.object("schema").text("$ref") == "#/components/schemas/OAuthError" || id == "getDocument" {
				continue
			}
			if m["example"] == nil && kind != "application/json" {
				continue
			}
			if err := d.validate(m.object("schema"), m["example"], where); err != nil {
				t.Errorf("%s: example: %v", id, err)
			}
		}
	}
	if body := op.object("requestBody"); body != nil {
		check("request", body.object("content"))
	}
	answers := 0
	for status := range op.object("responses") {
		r := op.object("responses").object(status)
		if r.text("description") == "" {
			t.Errorf("%s: the status %s is not described", id, status)
		}
		if status < "300" {
			answers++
		}
		check(status, r.object("content"))
	}
	if answers == 0 {
		t.Errorf("%s documents no success", id)
	}
}

// described checks that every field says what it is, and that all references lead
// somewhere.
func (d document) described(t *testing.T, name string, s object) {
	for field := range s.object("properties") {
		p := s.object("properties").object(field)
		if p.text("description") == "" {
			t.Errorf("%s.%s is not described", name, field)
		}
		if d.follow(p) == nil || p.object("items") != nil && d.follow(p.object("items")) == nil {
			t.Errorf("%s.%s leads nowhere", name, field)
		}
		if types, many := p["type"].([]any); many {
			t.Errorf("%s.%s may be %v; nothing is null", name, field, types)
		}
	}
	if strict := fmt.Sprint(s["additionalProperties"]); strict != "false" && strict != "<nil>" {
		t.Errorf("%s: additionalProperties is %s", name, strict)
	}
}
