package httpapi_test

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/httpapi"
)

func TestDecodeSaysWhere(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][2]string{
		`{"customer_number":"1","purpose":"login","channel":"web","proof":{"code":"1","x":1}}`:     {"request.unknown_field", "/proof/x"},
		`{"customer_number":"1","purpose":"login","channel":"web","proof":{"code":"1","a/b~c":1}}`: {"request.unknown_field", "/proof/a~1b~0c"},
		`{"customer_number":"1","purpose":"login","channel":"web","proof":{}}`:                     {"request.required", "/proof/code"},
		`{"customer_number":"1","purpose":"login","channel":"web","proof":null}`:                   {"request.type", "/proof"},
		`{"customer_number":1,"purpose":"login","channel":"web"}`:                                  {"request.type", "/customer_number"},
		`{"customer_number":"","purpose":"login","channel":"web"}`:                                 {"request.too_short", "/customer_number"},
		`{"customer_number":"1","purpose":"` + strings.Repeat("é", 41) + `","channel":"web"}`:      {"request.too_long", "/purpose"},
		`{"customer_number":"1\u0000","purpose":"login","channel":"web"}`:                          {"request.characters", "/customer_number"},
		`{"customer_number":"1","CUSTOMER_NUMBER":"1","purpose":"login","channel":"web"}`:          {"request.unknown_field", "/CUSTOMER_NUMBER"},
		`{"customer_number":"1","customer_number":"2","purpose":"login","channel":"web"}`:          {"request.duplicate_field", "/customer_number"},
		`{"customer_number":"1","purpose":"login","channel":"web"} {}`:                             {"request.json", ""},
		`{"customer_number":"\ud800","purpose":"login","channel":"web"}`:                           {"request.json", ""},
		"{\"customer_number\":\"1\n\",\"purpose\":\"login\",\"channel\":\"web\"}":                  {"request.json", ""},
		`{"customer_number":"1","purpose":"login","channel":"web",}`:                               {"request.json", ""},
		`{"customer_number":"1" "purpose":"login","channel":"web"}`:                                {"request.json", ""},
		`{"customer_number":tru,"purpose":"login","channel":"web"}`:                                {"request.type", "/customer_number"},
		strings.Repeat("[", 10_000):                       {"request.json", ""},
		`{"proof":` + strings.Repeat(`{"proof":`, 10_000): {"request.unknown_field", "/proof/proof"},
	} {
		err := httpapi.Decode([]byte(body), &httpapi.StartAuthentication{})
		if f := fault.From(err); err == nil || f.Code != want[0] || f.Field != want[1] {
			t.Errorf("%.90s: %v; want %q", body, err, want)
		}
	}
}

func TestDecodeNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"60": "", "7776000": "", "59": "request.range", "7776001": "request.range", "-60": "request.range", "6e1": "request.type", "60.0": "request.type",
		"060": "request.type", "1000000000000000000000": "request.type", "-": "request.type", "true": "request.type", `"60"`: "request.type", "+60": "request.json", "0x60": "request.type",
	} {
		var in httpapi.IssueActivationCode
		err := httpapi.Decode([]byte(`{"valid_seconds":`+text+`}`), &in)
		code := ""
		if err != nil {
			code = fault.From(err).Code
		}
		if code != want && (want != "request.type" || code != "request.json") {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}

// Whatever is written is read back, however it is laid out.
func TestDecodeReadsWhatIsWritten(t *testing.T) {
	t.Parallel()
	word := rapid.StringMatching(`[ -~é０-９]{1,40}`)
	rapid.Check(t, func(t *rapid.T) {
		in := httpapi.CreateCustomer{CustomerNumber: word.Draw(t, "number"), Name: word.Draw(t, "name"), Locale: rapid.StringMatching(`[a-z]{0,5}`).Draw(t, "locale")}
		for range rapid.IntRange(0, 20).Draw(t, "contacts") {
			in.Contacts = append(in.Contacts, httpapi.NewContact{Kind: rapid.SampledFrom([]string{"phone", "email", "post"}).Draw(t, "kind"), Value: word.Draw(t, "value"), Verified: rapid.Bool().Draw(t, "verified")})
		}
		body, err := json.MarshalIndent(in, "\t", rapid.SampledFrom([]string{"", "  ", "\r\n"}).Draw(t, "indent"))
		if err != nil {
			t.Fatal(err)
		}
		var got httpapi.CreateCustomer
		if err := httpapi.Decode(body, &got); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		if diff := cmp.Diff(in, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// What the strict decoder takes, the standard one takes, with the same result.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"customer_number":"10023","purpose":"login","channel":"web","proof":{"code":"755224","policy":"x","challenge":"y"}}`,
		`{"customer_number":"\u0031\"\\","purpose":"\ud83d\ude00","channel":"web"}`, `{"proof":{"code":""}}`, "{}", `{"a":[1,2,{"b":null}]}`, "\xff",
		`{"customer_number":"a","contacts":[{"kind":"phone","value":"1","verified":true}]}`, `{"valid_seconds":60,"split":false}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		compare[httpapi.StartAuthentication](t, body)
		compare[httpapi.CreateCustomer](t, body)
		compare[httpapi.IssueActivationCode](t, body)
		compare[httpapi.ChangeCustomer](t, body)
	})
}

func compare[T any](t *testing.T, body []byte) {
	var ours, theirs T
	if err := httpapi.Decode(body, &ours); err != nil {
		return
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&theirs); err != nil {
		t.Fatalf("%q: taken, but %v", body, err)
	}
	if _, err := d.Token(); err != io.EOF {
		t.Fatalf("%q: taken with more behind it", body)
	}
	if diff := cmp.Diff(theirs, ours); diff != "" {
		t.Fatalf("%q: %s", body, diff)
	}
}
