package countersign

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/countersign-auth/countersign"

// layers is a statement of policy, lowest first: a package may import packages
// of a lower layer. Do not relax it to fix a build; see docs/adr/0002-layers.md.
//
// A pattern is a path below the module root; "*" matches one path element.
// peers lists the imports allowed inside the layer, as "importer < imported".
// ext, where set, lists the only external imports allowed ("x/..." is x and all
// below it); noStd forbids standard ones. only names the sole layers that may be
// imported, not names packages of lower layers that may not be, and base lists
// packages that belong to the layer and may be imported by all of it.
var layers = []layer{
	{
		name:  "protocol",
		match: []string{"oath", "pskc", "dskpp", "cmac", "ota", "ota/applet", "smpp", "webpush", "mss", "cryptogram", "envelope", "envelope/report", "iso8583"},
		peers: []string{"dskpp < cmac", "ota < cmac", "cryptogram < cmac", "dskpp < pskc", "pskc < oath", "ota < smpp", "ota/applet < ota", "ota/applet < smpp"},
		noStd: []string{"os", "net", "net/http", "database/sql", "log", "log/slog", "flag"},
		ext: []string{
			"golang.org/x/crypto/...",
			// XML signatures over a whole container (RFC 6030, section 7).
			"github.com/beevik/etree", "github.com/russellhaering/goxmldsig",
			// What people read in a text that a card shows: tables of directions and normal forms.
			"golang.org/x/text/unicode/...",
		},
	},
	{
		name:  "base",
		match: []string{"internal/fault", "internal/db", "internal/db/dbtest", "internal/keyring", "internal/keyring/keyringtest", "internal/argon", "internal/ident", "internal/config", "internal/telemetry", "internal/intake", "internal/reach", "internal/held", "internal/watch", "internal/speech"},
		peers: []string{
			"internal/watch < internal/ident",
			"internal/db < internal/fault", "internal/db < internal/ident",
			"internal/db/dbtest < internal/db", "internal/db/dbtest < internal/fault", "internal/db/dbtest < internal/ident",
			"internal/keyring < internal/db", "internal/keyring < internal/fault", "internal/keyring < internal/ident",
			"internal/keyring/keyringtest < internal/db", "internal/keyring/keyringtest < internal/fault", "internal/keyring/keyringtest < internal/keyring",
			"internal/held < internal/db", "internal/held < internal/ident", "internal/held < internal/keyring",
			"internal/intake < internal/db", "internal/argon < internal/fault", "internal/config < internal/fault", "internal/telemetry < internal/fault",
		},
		noStd: []string{"net/http"},
	},
	{
		name:  "record",
		match: []string{"internal/audit", "internal/outbox"},
		peers: []string{"internal/outbox < internal/audit"},
		noStd: domainStd,
	},
	{
		name:  "shared",
		match: []string{"internal/payment", "internal/limit", "internal/policy", "internal/foureyes", "internal/device"},
		peers: []string{"internal/policy < internal/limit", "internal/policy < internal/payment", "internal/foureyes < internal/policy"},
		noStd: domainStd,
	},
	{
		name:  "people",
		match: []string{"internal/customer", "internal/staff", "internal/client", "internal/identification", "internal/provider"},
		peers: []string{"internal/identification < internal/customer"},
		noStd: domainStd,
	},
	{
		name:  "authenticator",
		match: []string{"internal/authenticator"},
		noStd: domainStd,
	},
	{
		name:  "proof",
		match: []string{"internal/registration", "internal/token", "internal/mobiletoken", "internal/password", "internal/passcode", "internal/mobileid", "internal/prompt", "internal/push", "internal/pki", "internal/sim", "internal/idserver", "internal/companion", "internal/sms", "internal/notify"},
		peers: []string{
			"internal/registration < internal/token", "internal/passcode < internal/sms", "internal/prompt < internal/mobiletoken",
			"internal/mobileid < internal/sim", "internal/mobileid < internal/pki", "internal/idserver < internal/mobileid", "internal/idserver < internal/pki",
		},
		noStd: domainStd,
	},
	{
		name:  "judgement",
		match: []string{"internal/risk", "internal/risk/*", "internal/interaction", "internal/interaction/pattern", "internal/interaction/judge"},
		// The engine is pure; internal/risk keeps its state, and evaluation replays people. Pattern and
		// judge are pure as well; internal/interaction keeps their state.
		peers: []string{
			"internal/risk < internal/risk/likelihood", "internal/risk < internal/risk/spending", "internal/risk < internal/risk/place", "internal/risk < internal/risk/probe",
			"internal/risk < internal/risk/agent", "internal/risk < internal/risk/rule", "internal/risk < internal/risk/score", "internal/risk < internal/risk/engine", "internal/risk < internal/risk/written",
			"internal/risk/rule < internal/risk/score", "internal/risk/score < internal/risk/likelihood",
			"internal/risk/engine < internal/risk/likelihood", "internal/risk/engine < internal/risk/spending", "internal/risk/engine < internal/risk/place",
			"internal/risk/engine < internal/risk/rule", "internal/risk/engine < internal/risk/score",
			"internal/risk/population < internal/risk/likelihood", "internal/risk/evaluation < internal/risk/engine", "internal/risk/evaluation < internal/risk/likelihood", "internal/risk/evaluation < internal/risk/population",
			"internal/risk/evaluation < internal/risk/rule", "internal/risk/evaluation < internal/risk/score",
			"internal/interaction/judge < internal/interaction/pattern", "internal/interaction/judge < internal/risk/score",
			"internal/interaction < internal/interaction/pattern", "internal/interaction < internal/interaction/judge", "internal/interaction < internal/risk/score",
		},
		noStd: domainStd,
	},
	{
		// The hub decides what is needed; it never imports a method (proof).
		name:  "hub",
		match: []string{"internal/hub", "internal/evidence"},
		peers: []string{"internal/hub < internal/evidence"},
		not:   []string{"internal/token", "internal/password", "internal/passcode", "internal/mobiletoken", "internal/mobileid", "internal/sim", "internal/idserver"},
		noStd: domainStd,
	},
	{
		// Taking customers over from another server opens transactions over people,
		// devices and proofs, and lets nobody log in.
		name:  "moving in",
		match: []string{"internal/movein"},
		noStd: domainStd,
	},
	{
		name:  "payments",
		match: []string{"internal/vault", "internal/issuing", "internal/wallet"},
		peers: []string{"internal/issuing < internal/vault", "internal/wallet < internal/vault"},
		noStd: domainStd,
	},
	{
		// The other side of every protocol: it knows the protocols and nothing else.
		name:  "emulator",
		match: []string{"emulator/*"},
		peers: []string{"emulator/wallet < emulator/companion"},
		only:  []string{"protocol", "emulator"},
	},
	{
		// What measures a judgement with made-up people stands above both, so that
		// neither knows the other: an emulator that saw the model could please it.
		name:  "evaluation",
		match: []string{"internal/interaction/evaluation"},
		not:   []string{"internal/db", "internal/interaction"},
		noStd: domainStd,
	},
	{
		name: "adapter",
		match: []string{
			"internal/httpapi", "internal/dskppserver", "internal/tokenserver", "internal/mssserver", "internal/iso8583server", "internal/deviceserver", "internal/pkiserver",
			"internal/smppclient", "internal/smsgateway", "internal/pushclient", "internal/estclient", "internal/webhook",
			"internal/web/bank", "internal/web/console", "internal/web/lab", "internal/web/mobileapp", "internal/web/self",
		},
		base:  []string{"internal/web/ui", "internal/web/webtest", "webapp"},
		noStd: []string{"database/sql"},
	},
	{name: "program", match: []string{"cmd/*", "internal/app", "internal/app/*", "internal/demo", "bench", "bench/*", "."}},
}

// domainStd are the packages that no domain code may import: it is told the
// time, speaks SQL through db and knows no outward protocol.
var domainStd = []string{"net/http", "html/template", "encoding/xml", "os", "flag", "database/sql", "log"}

type layer struct {
	name         string
	match, peers []string
	base         []string
	only, not    []string
	noStd        []string
	ext          []string
}

func TestLayers(t *testing.T) {
	pkgs := list(t)
	level := map[string]int{} // relative path -> index in layers
	for _, p := range pkgs {
		i := find(p.rel)
		if i < 0 {
			t.Errorf("%s belongs to no layer: add it to layers in arch_test.go", p.rel)
		}
		level[p.rel] = i
	}
	for _, p := range pkgs {
		l := layers[max(level[p.rel], 0)]
		for _, imp := range p.imports {
			rel, ours := strings.CutPrefix(imp, module+"/")
			switch std := !strings.Contains(strings.Split(imp, "/")[0], "."); {
			case ours && (matchAny(l.not, rel) || l.only != nil && !slices.Contains(l.only, layers[max(level[rel], 0)].name)):
				t.Errorf("%s (%s) must not import %s", p.rel, l.name, rel)
			case ours && level[rel] < level[p.rel]:
			case ours && level[rel] == level[p.rel] && (l.peer(p.rel, rel) || slices.Contains(l.base, rel)):
			case ours && level[rel] == level[p.rel] && l.name == "program":
			case ours:
				t.Errorf("%s (%s) must not import %s (%s)", p.rel, l.name, rel, layers[level[rel]].name)
			case std && matchAny(l.noStd, imp):
				t.Errorf("%s (%s) must not import %s", p.rel, l.name, imp)
			case !std && l.ext != nil && !matchAny(l.ext, imp):
				t.Errorf("%s (%s) must not import %s", p.rel, l.name, imp)
			}
		}
	}
}

func (l layer) peer(from, to string) bool {
	for _, p := range l.peers {
		if p == from+" < "+to {
			return true
		}
	}
	return false
}

func find(rel string) int {
	for i, l := range layers {
		for _, m := range slices.Concat(l.match, l.base) {
			if ok, _ := path.Match(m, rel); ok {
				return i
			}
		}
	}
	return -1
}

func matchAny(patterns []string, imp string) bool {
	for _, p := range patterns {
		if prefix, ok := strings.CutSuffix(p, "/..."); p == imp || ok && (imp == prefix || strings.HasPrefix(imp, prefix+"/")) {
			return true
		}
	}
	return false
}

type pkg struct {
	rel     string   // path below the module root, "." for the root
	imports []string // full import paths, tests left out
}

// list parses the imports of every package of the module. It reads the files
// itself rather than running go list, because the test cache watches the files
// that a test opens, but not those that its child processes open.
func list(t *testing.T) (pkgs []pkg) {
	t.Helper()
	byDir := map[string]map[string]bool{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if b := d.Name(); name != "." && (b[0] == '.' || b[0] == '_' || b == "testdata" || b == "node_modules") {
				return fs.SkipDir
			}
			return nil
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(name))
		if byDir[dir] == nil {
			byDir[dir] = map[string]bool{}
		}
		for _, s := range f.Imports {
			p, _ := strconv.Unquote(s.Path.Value)
			byDir[dir][p] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range slices.Sorted(maps.Keys(byDir)) {
		pkgs = append(pkgs, pkg{dir, slices.Sorted(maps.Keys(byDir[dir]))})
	}
	return pkgs
}
