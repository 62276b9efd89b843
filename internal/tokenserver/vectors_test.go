package tokenserver_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/dskpp"
	emulator "github.com/countersign-auth/countersign/emulator/mobiletoken"
	domain "github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/prompt"
	"github.com/countersign-auth/countersign/internal/tokenserver"
	"github.com/countersign-auth/countersign/oath"
)

var update = flag.Bool("update", false, "write docs/mobile/vectors.json anew")

const vectorFile = "../../docs/mobile/vectors.json"

// vectors are what another implementation can run. Signatures with ES256 are another one each
// time, so they are kept and verified, and all else is computed anew.
type vectors struct {
	Note     string         `json:"note"`
	Secrets  []secretVector `json:"secrets"`
	Codes    []codeVector   `json:"secure_codes"`
	Typed    []typedVector  `json:"activation_codes"`
	Contents []answerVector `json:"contents"`
	Bad      []badContent   `json:"bad_contents"`
	Key      keyVector      `json:"device_key"`
	Proofs   []proofVector  `json:"proofs"`
	Pictures []pictureEntry `json:"pictures"`
	Keys     any            `json:"picture_keys"`
}

type secretVector struct {
	Provisioned string `json:"provisioned"` // K_TOKEN, hexadecimal
	Code        string `json:"code_key"`
	Sign        string `json:"sign_key"`
	Comparison  string `json:"comparison"`
}

type codeVector struct {
	Key    string `json:"code_key"`
	Type   string `json:"type"`
	Digits int    `json:"digits"`
	Step   int    `json:"step,omitempty"`
	At     int64  `json:"at"` // seconds since 1970, or the counter
	Code   string `json:"code"`
}

type typedVector struct {
	Typed    string `json:"typed"`
	ClientID string `json:"client_id,omitempty"`
	Password string `json:"password,omitempty"`
	Error    string `json:"error,omitempty"` // "checksum" or "form"
}

type answerVector struct {
	Content  string `json:"content"`
	Control  string `json:"control"`
	Question string `json:"question"`
	Key      string `json:"sign_key"`
	Suite    string `json:"suite"`
	At       int64  `json:"at"`
	Answer   string `json:"answer"`
}

type badContent struct {
	Why     string `json:"why"`
	Content string `json:"content"`
}

type keyVector struct {
	Private string            `json:"private"` // the number, hexadecimal
	Public  map[string]string `json:"public"`  // JWK
}

type proofVector struct {
	Name    string `json:"name"`
	Method  string `json:"method"`
	Address string `json:"address"`
	Body    string `json:"body"`
	Header  string `json:"token_proof"`
	Valid   bool   `json:"valid"`
}

type pictureEntry struct {
	Name    string `json:"name"`
	Picture string `json:"picture"`
	Content string `json:"content,omitempty"` // "" when it must not be shown
}

const (
	vectorSuite = "OCRA-1:HOTP-SHA256-8:QH64-T1M"
	vectorAt    = 1_793_000_000
	vectorKeyID = "5C5520BA8FF127FB709901DE57EEE709"
	login       = `{"v":1,"id":"zen999bvmy4en6rxh86c970hfc","bank":"Alder Bank","kind":"login","at":"2026-10-26T09:33:20.000Z","lines":[["Log in to","Alder Bank"]]}`
	payment     = `{"v":1,"id":"zen999bvmy4en6rxh86c970hfd","bank":"Alder Bank","kind":"payment","at":"2026-10-26T09:33:20.000Z","lines":[["Amount","EUR 12.00"],["To","Zoë Müller, DE02120300000000202051"]],"control":"47"}`
)

// vectorKey is a private key in PKCS #8 that everybody knows.
func vectorKey(t *testing.T, n byte) []byte {
	t.Helper()
	b := make([]byte, 32)
	b[31] = n
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), b)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func publicOf(t *testing.T, der []byte, kid string) map[string]string {
	t.Helper()
	k, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		t.Fatal(err)
	}
	p, err := k.(*ecdsa.PrivateKey).PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	out := map[string]string{"kty": "EC", "crv": "P-256", "x": b64(p[1:33]), "y": b64(p[33:])}
	if kid != "" {
		out["kid"] = kid
	}
	return out
}

// generate computes all vectors.
func generate(t *testing.T) *vectors {
	t.Helper()
	v := &vectors{Note: "See docs/mobile. Keys in hexadecimal, times in seconds since 1970. The runs of DSKPP itself are in dskpp/testdata/vectors.json."}
	for _, k := range []string{"3132333435363738393031323334353637383930", "000102030405060708090a0b0c0d0e0f10111213141516171819"} {
		v.secrets(t, k)
	}
	v.typed(t)
	v.contents(t)
	der := vectorKey(t, 7)
	v.Key = keyVector{"0000000000000000000000000000000000000000000000000000000000000007", publicOf(t, der, "")}
	v.proofs(t, der)
	v.pictures(t)
	return v
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (v *vectors) secrets(t *testing.T, provisioned string) {
	t.Helper()
	key := unhex(t, provisioned)
	sign, err := domain.Secret(key, domain.UseSign)
	if err != nil {
		t.Fatal(err)
	}
	comparison, err := domain.ComparisonCode(key)
	if err != nil {
		t.Fatal(err)
	}
	v.Secrets = append(v.Secrets, secretVector{provisioned, provisioned, hex.EncodeToString(sign), comparison})
	totp, err := oath.NewTOTP(key, oath.TOTPOptions{Digits: 8})
	if err != nil {
		t.Fatal(err)
	}
	code, err := totp.Code(time.Unix(vectorAt, 0))
	if err != nil {
		t.Fatal(err)
	}
	hotp, err := oath.NewHOTP(key, oath.HOTPOptions{Digits: 6})
	if err != nil {
		t.Fatal(err)
	}
	v.Codes = append(v.Codes, codeVector{provisioned, "totp", 8, 30, vectorAt, code}, codeVector{provisioned, "hotp", 6, 0, 5, hotp.Code(5)})
}

func (v *vectors) typed(t *testing.T) {
	t.Helper()
	code := dskpp.Code{ClientID: "7C2A09F41B", Password: "5C0FF1A72B9044D63E81"}
	human := code.Human()
	for _, s := range []string{human, strings.ToLower(human), strings.ReplaceAll(human, "-", " "), strings.ReplaceAll(human, "0", "O"), strings.Replace(human, "7", "8", 1), "hello", ""} {
		x := typedVector{Typed: s}
		switch got, err := dskpp.ParseHuman(s); {
		case err == nil:
			x.ClientID, x.Password = got.ClientID, got.Password
		case strings.Contains(err.Error(), "check digits"):
			x.Error = "checksum"
		default:
			x.Error = "form"
		}
		v.Typed = append(v.Typed, x)
	}
}

func (v *vectors) contents(t *testing.T) {
	t.Helper()
	suite, err := oath.ParseSuite(vectorSuite)
	if err != nil {
		t.Fatal(err)
	}
	key := v.Secrets[0].Sign
	o, err := oath.NewOCRA(suite, unhex(t, key))
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range [][2]string{{login, "12"}, {login, ""}, {payment, "47"}} {
		q := prompt.Question(x[0], x[1])
		answer, err := o.Code(oath.Input{Question: q, Time: time.Unix(vectorAt, 0)})
		if err != nil {
			t.Fatal(err)
		}
		v.Contents = append(v.Contents, answerVector{x[0], x[1], q, key, vectorSuite, vectorAt, answer})
	}
	v.Bad = []badContent{
		{"another version", strings.Replace(login, `"v":1`, `"v":2`, 1)},
		{"an unknown member", strings.Replace(login, `"v":1`, `"v":1,"hidden":"x"`, 1)},
		{"no bank", strings.Replace(login, `"bank":"Alder Bank",`, "", 1)},
		{"nothing to show", strings.Replace(login, `[["Log in to","Alder Bank"]]`, "[]", 1)},
		{"more than one text", login + login},
		{"no JSON", "pay"},
	}
}

func (v *vectors) proofs(t *testing.T, der []byte) {
	t.Helper()
	const path = address + "/token/v1/prompts/zen999bvmy4en6rxh86c970hfc/approval"
	body := `{"answer":"12345678","control":"12"}`
	sign := func(header map[string]any, claims map[string]any) string {
		s, err := emulator.Sign(der, header, claims)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	claims := func(method, address, body string) map[string]any {
		sum := sha256.Sum256([]byte(body))
		return map[string]any{"htm": method, "htu": address, "iat": vectorAt, "jti": "AAECAwQFBgcICQoLDA0ODw", "bh": base64.RawURLEncoding.EncodeToString(sum[:])}
	}
	header := map[string]any{"typ": "token-proof+jwt", "alg": "ES256", "kid": vectorKeyID}
	approve := sign(header, claims("POST", path, body))
	v.Proofs = []proofVector{
		{"with a body", "POST", path, body, approve, true},
		{"without a body", "GET", address + "/token/v1/inbox", "", sign(header, claims("GET", address+"/token/v1/inbox", "")), true},
		{"another body", "POST", path, `{"answer":"12345679","control":"12"}`, approve, false},
		{"another method", "PUT", path, body, approve, false},
		{"with a query in it", "POST", path, body, sign(header, claims("POST", path+"?x=1", body)), false},
		{"another type", "POST", path, body, sign(map[string]any{"typ": "JWT", "alg": "ES256", "kid": vectorKeyID}, claims("POST", path, body)), false},
		{"a claim more", "POST", path, body, sign(header, with(claims("POST", path, body), "admin", true)), false},
		{"a changed signature", "POST", path, body, approve[:len(approve)-4] + "AAAA", false},
	}
}

func with(m map[string]any, name string, value any) map[string]any {
	m[name] = value
	return m
}

func (v *vectors) pictures(t *testing.T) {
	t.Helper()
	der, other := vectorKey(t, 9), vectorKey(t, 10)
	v.Keys = map[string]any{"keys": []any{publicOf(t, der, "p1")}}
	sign := func(der []byte, typ, kid string) string {
		s, err := emulator.Sign(der, map[string]string{"typ": typ, "alg": "ES256", "kid": kid}, json.RawMessage(payment))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	good := sign(der, "token-picture+jwt", "p1")
	v.Pictures = []pictureEntry{
		{"signed by the bank", good, payment},
		{"signed by somebody else", sign(other, "token-picture+jwt", "p1"), ""},
		{"by a key that is not published", sign(der, "token-picture+jwt", "p2"), ""},
		{"an assertion", sign(der, "countersign-assertion+jwt", "p1"), ""},
		{"a changed signature", good[:len(good)-4] + "AAAA", ""},
	}
}

// TestVectors: docs/mobile/vectors.json is what the code computes, and both sides take from it what
// they should: the server the proofs, the emulated phone contents and pictures.
func TestVectors(t *testing.T) {
	t.Parallel()
	fresh := generate(t)
	if *update {
		data, err := json.MarshalIndent(fresh, "", " ")
		if err == nil {
			err = os.WriteFile(vectorFile, append(data, '\n'), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	var stored vectors
	if err := json.Unmarshal(data, &stored); err != nil {
		t.Fatal(err)
	}
	if len(stored.Proofs) != len(fresh.Proofs) || len(stored.Pictures) != len(fresh.Pictures) {
		t.Fatal("docs/mobile/vectors.json is not in step with the code: run go test ./internal/tokenserver -run Vectors -update")
	}
	for i, p := range stored.Proofs { // signatures differ, and what they are over does not
		if p.Valid {
			fresh.Proofs[i].Header = sameSigned(t, p.Header, fresh.Proofs[i].Header)
		} else {
			fresh.Proofs[i].Header = p.Header
		}
	}
	for i, p := range stored.Pictures {
		fresh.Pictures[i].Picture = p.Picture
	}
	fresh.Keys, stored.Keys = nil, nil
	if d := cmp.Diff(*fresh, stored); d != "" {
		t.Errorf("docs/mobile/vectors.json is not in step with the code: run go test ./internal/tokenserver -run Vectors -update\n%s", d)
	}
	var raw struct {
		Keys json.RawMessage `json:"picture_keys"`
		Key  struct {
			Public json.RawMessage `json:"public"`
		} `json:"device_key"`
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		t.Fatal(err)
	}
	stored.take(t, raw.Key.Public, raw.Keys)
}

// sameSigned returns the stored one of two JWS that say the same.
func sameSigned(t *testing.T, stored, fresh string) string {
	t.Helper()
	i, j := strings.LastIndex(stored, "."), strings.LastIndex(fresh, ".")
	if stored[:i] != fresh[:j] {
		t.Errorf("signed is %s, which should be %s", stored[:i], fresh[:j])
	}
	return stored
}

// take lets both sides take the vectors.
func (v *vectors) take(t *testing.T, device, pictures json.RawMessage) {
	t.Helper()
	point, err := tokenserver.PublicKey(device)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range v.Proofs {
		if kid, ok := tokenserver.VerifyProof(point, p.Header, p.Method, p.Address, p.Body); ok != p.Valid || ok && kid != vectorKeyID {
			t.Errorf("proof %s: %v", p.Name, ok)
		}
	}
	phone := &emulator.Token{Pictures: pictures}
	for _, p := range v.Pictures {
		if got, err := phone.ReadPicture(p.Picture); got != p.Content || (err == nil) != (p.Content != "") {
			t.Errorf("picture %s: %q, %v", p.Name, got, err)
		}
	}
	for _, c := range v.Contents {
		if _, err := emulator.ParseContent(c.Content); err != nil || emulator.Question(c.Content, c.Control) != c.Question {
			t.Errorf("%s: %v", c.Content, err)
		}
	}
	for _, c := range v.Bad {
		if _, err := emulator.ParseContent(c.Content); err == nil {
			t.Errorf("shown: %s", c.Why)
		}
	}
}
