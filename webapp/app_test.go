package webapp_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/oath"
)

// appTests is the bundle of app/test, which go generate writes.
const appTests = "testdata/app.js"

// signed is what app/test/approvals.ts compares with: computed here by packages that the
// app has nothing of.
type signed struct {
	Key        string         `json:"key"`
	Suite      string         `json:"suite"`
	Content    string         `json:"content"`
	Control    string         `json:"control"`
	Question   string         `json:"question"`
	Unix       int64          `json:"unix"`
	Answer     string         `json:"answer"`
	Comparison string         `json:"comparison"`
	Picture    string         `json:"picture"`
	JWK        map[string]any `json:"jwk"`
	Stranger   map[string]any `json:"stranger"`
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newSigned(t *testing.T) signed {
	t.Helper()
	s := signed{
		Key: strings.Repeat("a7", 32), Suite: "OCRA-1:HOTP-SHA256-8:QH64-T1M", Control: "47", Unix: 1_795_370_400,
		Content: `{"v":1,"id":"7","bank":"Alder Bank","kind":"payment","at":"2026-11-22T18:00:00.000Z","lines":[["Amount","EUR 12.00"],["To","Zoë Bäcker"]]}`,
	}
	key := must(hex.DecodeString(s.Key))
	sum := sha256.Sum256([]byte(s.Content + "\n" + s.Control))
	s.Question = strings.ToUpper(hex.EncodeToString(sum[:]))
	signing := must(hkdf.Key(sha256.New, key, nil, "countersign mobile token sign", 32))
	ocra := must(oath.NewOCRA(must(oath.ParseSuite(s.Suite)), signing))
	s.Answer = must(ocra.Code(oath.Input{Question: s.Question, Time: time.Unix(s.Unix, 0)}))
	s.Comparison = must(mobiletoken.ComparisonCode(key))
	bank, other := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)), must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	s.JWK, s.Stranger = jwk(bank), jwk(other)
	s.Picture = picture(bank, s.Content)
	return s
}

var b64 = base64.RawURLEncoding

func jwk(k *ecdsa.PrivateKey) map[string]any {
	point := must(k.PublicKey.Bytes())
	return map[string]any{"kty": "EC", "crv": "P-256", "kid": "p1", "alg": "ES256", "use": "sig", "x": b64.EncodeToString(point[1:33]), "y": b64.EncodeToString(point[33:])}
}

// picture signs a content as the bank does.
func picture(k *ecdsa.PrivateKey, content string) string {
	text := b64.EncodeToString([]byte(`{"typ":"token-picture+jwt","alg":"ES256","kid":"p1"}`)) + "." + b64.EncodeToString([]byte(content))
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, k, sum[:])
	if err != nil {
		panic(err)
	}
	fixed := func(v *big.Int) []byte { return v.FillBytes(make([]byte, 32)) }
	return text + "." + b64.EncodeToString(append(fixed(r), fixed(s)...))
}

// TestAppUnderNode runs what the app computes without a page: codes, keys, what is shown
// and signed, and its side of the server's protocol. Without Node it is skipped, unless the environment has CI set.
func TestAppUnderNode(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("node is not installed")
	}
	code := must(dskpp.NewCode(rand.Reader, "4A6FC2D90B35E718", 10))
	in, err := json.Marshal(map[string]any{"activation": code.Human(), "signed": newSigned(t)})
	if err != nil {
		t.Fatal(err)
	}
	const run = `import("node:fs").then(async (fs) => {
		(0, eval)(fs.readFileSync(process.argv[1], "utf8"));
		console.log(JSON.stringify(await appTests(JSON.parse(fs.readFileSync(0, "utf8")))));
	})`
	cmd := exec.CommandContext(t.Context(), node, "-e", run, appTests)
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v", err)
	}
	check(t, out, 100)
}
