package webapp_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// material is what the tests in token/test work on: files of other packages' testdata.
type material struct {
	OATH     map[string][]map[string]string `json:"oath"`
	Examples map[string]string              `json:"examples"`
	Vectors  json.RawMessage                `json:"vectors"`
	Client   string                         `json:"client"`
	Scenes   []scene                        `json:"scenes,omitempty"`
}

// result is what one of those tests came to.
type result struct{ Name, Detail string }

// tests is the bundle of token/test, which go generate writes.
const tests = "testdata/token.js"

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func load(t *testing.T) material {
	t.Helper()
	m := material{OATH: map[string][]map[string]string{}, Examples: map[string]string{}, Vectors: read(t, "../dskpp/testdata/vectors.json")}
	for _, name := range []string{"rfc4226-appendix-d.txt", "rfc6238-appendix-b.txt", "rfc6287-c1-one-way.txt", "rfc6287-c2-mutual.txt", "rfc6287-c3-signature.txt", "suites.txt", "questions.txt"} {
		m.OATH[name] = stanzas(t, filepath.Join("../oath/testdata", name))
	}
	examples, err := filepath.Glob("../dskpp/testdata/rfc6063-*.xml")
	if err != nil || len(examples) == 0 {
		t.Fatalf("no examples of RFC 6063: %v", err)
	}
	for _, name := range examples {
		m.Examples[filepath.Base(name)] = string(read(t, name))
	}
	block, _ := pem.Decode(read(t, "../dskpp/testdata/client.pem"))
	m.Client = base64.StdEncoding.EncodeToString(block.Bytes)
	return m
}

// stanzas reads the vectors of package oath: records of "name: value", of which some values
// are in Go quotes.
func stanzas(t *testing.T, name string) (out []map[string]string) {
	t.Helper()
	for text := range strings.SplitSeq(string(read(t, name)), "\n\n") {
		record := map[string]string{}
		for line := range strings.Lines(text) {
			name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
			if !ok || strings.HasPrefix(line, "#") {
				continue
			}
			if plain, err := strconv.Unquote(value); err == nil {
				value = plain
			}
			record[name] = value
		}
		if len(record) > 0 {
			out = append(out, record)
		}
	}
	return out
}

// check fails for every result with a detail, and if there are too few of them.
func check(t *testing.T, answer []byte, least int) {
	t.Helper()
	var results []result
	if err := json.Unmarshal(answer, &results); err != nil {
		t.Fatalf("no results: %v: %.500s", err, answer)
	}
	for _, r := range results {
		if r.Detail != "" {
			t.Errorf("%s: %s", r.Name, r.Detail)
		}
	}
	if len(results) < least {
		t.Errorf("%d tests ran, at least %d were expected", len(results), least)
	}
}

// TestTokenUnderNode runs the known answers without a browser, as far as they need no parser
// of XML. Without Node it is skipped, unless the environment has CI set.
func TestTokenUnderNode(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("node is not installed")
	}
	in, err := json.Marshal(load(t))
	if err != nil {
		t.Fatal(err)
	}
	const run = `import("node:fs").then(async (fs) => {
		(0, eval)(fs.readFileSync(process.argv[1], "utf8"));
		console.log(JSON.stringify(await tokenTests(JSON.parse(fs.readFileSync(0, "utf8")))));
	})`
	cmd := exec.CommandContext(t.Context(), node, "-e", run, tests)
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v", err)
	}
	check(t, out, 360)
}

// scene is one run of token/test/interop.ts.
type scene struct {
	Name       string `json:"name"`
	URL        string `json:"url"`
	Code       string `json:"code"`
	KeyType    string `json:"keyType"`
	PRF        string `json:"prf"`
	Method     string `json:"method"`
	SharedName string `json:"sharedName"`
	Shared     string `json:"shared"`
	Passphrase string `json:"passphrase"`
	OldID      string `json:"oldID,omitempty"`
	OldToken   string `json:"oldToken,omitempty"`
	Check      string `json:"check"`
	Trouble    string `json:"trouble,omitempty"`
	Refusal    string `json:"refusal,omitempty"`
}
