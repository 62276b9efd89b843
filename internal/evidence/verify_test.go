package evidence_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/evidence"
	"github.com/countersign-auth/countersign/internal/fault"
)

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// forge signs by hand with a key of the test's.
func forge(t testing.TB, k *ecdsa.PrivateKey, header, payload string) string {
	t.Helper()
	text := b64(header) + "." + b64(payload)
	digest := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, k, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	var sig [64]byte
	r.FillBytes(sig[:32])
	s.FillBytes(sig[32:])
	return text + "." + base64.RawURLEncoding.EncodeToString(sig[:])
}

// trusted is a key of the test's and the set that publishes it under the kid "k".
func trusted(t testing.TB) (*ecdsa.PrivateKey, jose.JSONWebKeySet) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &k.PublicKey, KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
	if err != nil {
		t.Fatal(err)
	}
	set, err := evidence.ParseKeySet(text)
	if err != nil {
		t.Fatal(err)
	}
	return k, set
}

const (
	goodHeader  = `{"alg":"ES256","kid":"k","typ":"countersign-assertion+jwt"}`
	goodPayload = `{"iss":"i","aud":"a","sub":"s","jti":"j","iat":1,"auth_time":1,"txn":"t","record":"r","client_id":"c","purpose":"login","channel":"web","acr":"x","amr":["otp"],"methods":[{"policy":"p","method":"token","factors":["possession"]}],"policy_version":1}`
	paid        = `{"amount":"90.00","currency":"EUR","count":1,"orders":[{"amount":"90.00","currency":"EUR","payee":{"name":"Kari"}}]}`
)

// with adds claims to the good payload.
func with(claims string) string { return strings.TrimSuffix(goodPayload, "}") + "," + claims + "}" }

func TestVerify(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a := w.issue(w.issuer, facts(t), "")
		set, err := evidence.ParseKeySet([]byte(w.keySet(w.issuer)))
		if err != nil {
			t.Fatal(err)
		}
		c, kid, err := evidence.Verify(a.Text, set)
		if err != nil || kid != a.KID {
			t.Fatalf("%q, %v", kid, err)
		}
		if diff := cmp.Diff(a.Claims, c); diff != "" {
			t.Error(diff)
		}
	})
}

// TestVerifyRefuses says for each forgery what is told about it. The first cases show that
// the forger's tools make what is accepted when nothing is forged.
func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	k, set := trusted(t)
	good := forge(t, k, goodHeader, goodPayload)
	parts := strings.Split(good, ".")
	pub := k.PublicKey
	mac := hmac.New(sha256.New, append(pub.X.Bytes(), pub.Y.Bytes()...)) //nolint:staticcheck // what a confused verifier would take for a secret
	hs := b64(`{"alg":"HS256","kid":"k","typ":"countersign-assertion+jwt"}`) + "." + parts[1]
	mac.Write([]byte(hs))
	stranger, _ := trusted(t)
	for name, c := range map[string]struct{ text, code string }{
		"good":                       {good, ""},
		"a claim of the future":      {forge(t, k, goodHeader, with(`"new":1`)), ""},
		"a payment without its list": {forge(t, k, goodHeader, with(`"payment_hash":"00","payment":{"amount":"101.00","currency":"EUR","count":101}`)), ""},

		"none":                  {b64(`{"alg":"none","kid":"k","typ":"countersign-assertion+jwt"}`) + "." + parts[1] + ".", "evidence.algorithm"},
		"None":                  {b64(`{"alg":"None","kid":"k","typ":"countersign-assertion+jwt"}`) + "." + parts[1] + "." + parts[2], "evidence.algorithm"},
		"a shared secret":       {hs + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), "evidence.algorithm"},
		"no algorithm":          {forge(t, k, `{"kid":"k","typ":"countersign-assertion+jwt"}`, goodPayload), "evidence.algorithm"},
		"another typ":           {forge(t, k, `{"alg":"ES256","kid":"k","typ":"at+jwt"}`, goodPayload), "evidence.type"},
		"no typ":                {forge(t, k, `{"alg":"ES256","kid":"k"}`, goodPayload), "evidence.type"},
		"a key of its own":      {forge(t, stranger, `{"alg":"ES256","kid":"k","typ":"countersign-assertion+jwt","jwk":{"kty":"EC"}}`, goodPayload), "evidence.malformed"},
		"critical":              {forge(t, k, `{"alg":"ES256","kid":"k","typ":"countersign-assertion+jwt","crit":["b64"],"b64":false}`, goodPayload), "evidence.malformed"},
		"unknown kid":           {forge(t, k, `{"alg":"ES256","kid":"x","typ":"countersign-assertion+jwt"}`, goodPayload), "evidence.key"},
		"no kid":                {forge(t, k, `{"alg":"ES256","typ":"countersign-assertion+jwt"}`, goodPayload), "evidence.key"},
		"wrong key":             {forge(t, stranger, goodHeader, goodPayload), "evidence.signature"},
		"changed claim":         {parts[0] + "." + b64(strings.Replace(goodPayload, `"sub":"s"`, `"sub":"x"`, 1)) + "." + parts[2], "evidence.signature"},
		"no signature":          {parts[0] + "." + parts[1] + ".", "evidence.signature"},
		"zero signature":        {parts[0] + "." + parts[1] + "." + b64(strings.Repeat("\x00", 64)), "evidence.signature"},
		"short":                 {parts[0] + "." + parts[1] + "." + parts[2][:80], "evidence.signature"},
		"two texts":             {good[:len(good)-1] + next(good[len(good)-1]), "evidence.malformed"},
		"padded":                {good + "==", "evidence.malformed"},
		"line break":            {good[:9] + "\n" + good[9:], "evidence.malformed"},
		"two parts":             {parts[0] + "." + parts[1], "evidence.malformed"},
		"five parts":            {good + "..", "evidence.malformed"},
		"empty":                 {"", "evidence.malformed"},
		"JSON":                  {goodPayload, "evidence.malformed"},
		"huge":                  {strings.Repeat("a", 1<<20+1), "evidence.malformed"},
		"no claims":             {forge(t, k, goodHeader, "text"), "evidence.claims"},
		"missing claims":        {forge(t, k, goodHeader, `{"iss":"i"}`), "evidence.claims"},
		"claim of another form": {forge(t, k, goodHeader, strings.Replace(goodPayload, `"iat":1`, `"iat":"1"`, 1)), "evidence.claims"},
		"hash alone":            {forge(t, k, goodHeader, with(`"payment_hash":"00"`)), "evidence.payment"},
		"payment alone":         {forge(t, k, goodHeader, with(`"payment":`+paid)), "evidence.payment"},
		"another hash":          {forge(t, k, goodHeader, with(`"payment_hash":"00","payment":`+paid)), "evidence.payment"},
	} {
		got, kid, err := evidence.Verify(c.text, set)
		switch {
		case c.code == "":
			if err != nil || kid != "k" || got.Subject != "s" {
				t.Errorf("%s: %v, %q, %+v", name, err, kid, got)
			}
		case !fault.Is(err, c.code) || fault.KindOf(err) != fault.Invalid:
			t.Errorf("%s: %v, want %s", name, err, c.code)
		case kid != "" || got.Subject != "" || got.Methods != nil:
			t.Errorf("%s: refused, but says %+v", name, got)
		}
	}
}

// next changes the unused bits of the last character.
func next(c byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, c)+1])
}

func TestParseKeySet(t *testing.T) {
	t.Parallel()
	good := `{"kty":"EC","crv":"P-256","kid":"k","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"` // RFC 7517, appendix A.1 has it so
	for name, c := range map[string]struct {
		text string
		keys int
	}{
		"good":           {`{"keys":[` + good + `}]}`, 1},
		"for signatures": {`{"keys":[` + good + `,"use":"sig","alg":"ES256"}]}`, 1},
		"mixed":          {`{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"e","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},` + good + `}]}`, 1},
		"for encryption": {`{"keys":[` + good + `,"use":"enc"}]}`, 0},
		"other use":      {`{"keys":[` + good + `,"alg":"ECDH-ES"}]}`, 0},
		"empty":          {`{"keys":[]}`, 0},
		"no set":         {`[]`, 0},
		"not on curve":   {`{"keys":[` + strings.Replace(good, "f83O", "f83P", 1) + `}]}`, 0},
		"text":           {"keys", 0},
		"huge":           {strings.Repeat(" ", 1<<20+1), 0},
	} {
		set, err := evidence.ParseKeySet([]byte(c.text))
		if len(set.Keys) != c.keys || (c.keys == 0) != fault.Is(err, "evidence.key_set") {
			t.Errorf("%s: %d keys, %v", name, len(set.Keys), err)
		}
	}
}

// FuzzVerify: nothing makes Verify panic, and what it takes is what was signed.
func FuzzVerify(f *testing.F) {
	k, set := trusted(f)
	good := forge(f, k, goodHeader, goodPayload)
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add("..")
	f.Add(b64(`{"alg":"none"}`) + "." + b64("{}") + ".")
	f.Fuzz(func(t *testing.T, text string) {
		if c, _, err := evidence.Verify(text, set); err == nil && (text != good || c.Subject != "s") {
			t.Errorf("accepted %q", text)
		}
	})
}
