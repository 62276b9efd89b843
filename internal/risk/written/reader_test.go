package written_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk/score"
	"github.com/countersign-auth/countersign/internal/risk/written"
)

// odd has what readers know and what they leave to encoding/json.
type odd struct {
	Name   string `json:"name"`
	Plain  int64
	Flag   bool               `json:"flag,omitempty"`
	Share  float64            `json:"share"`
	At     time.Time          `json:"at,omitzero"`
	Pair   [2]string          `json:"pair"`
	Inner  []score.Item       `json:"inner,omitempty"`
	ID     ident.ID           `json:"id,omitzero"`
	Map    map[string]float64 `json:"map,omitempty"`
	Hidden string             `json:"-"`
	Quoted int                `json:"quoted,omitempty,string"`
}

// tester is a test, or a property under test.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
}

// same reads a document both ways and compares value and error.
func same[T any](t tester, r *written.Reader[T], doc string) {
	t.Helper()
	var want T
	wantErr := json.Unmarshal([]byte(doc), &want)
	got, err := r.Read(doc)
	if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
		t.Errorf("%q: %v, want %v", doc, err, wantErr)
	}
	if err == nil && !reflect.DeepEqual(got, want) {
		t.Errorf("%q: %s", doc, cmp.Diff(want, got))
	}
}

func TestReadsWhatEncodingJSONReads(t *testing.T) {
	t.Parallel()
	r := written.New[odd]()
	for _, doc := range []string{
		`{}`, `{"name":"Zürich","Plain":-7,"flag":true,"share":1e-7,"at":"2026-11-22T12:00:00.5Z","pair":["a","b"],"inner":[{"payee":"x","amount":1.5,"currency":"EUR","score":3}]}`,
		`{"inner":[]}`, `{"inner":null}`, `{"inner":[{},{},{},{},{},{"score":9}]}`, `{"name":"a\u00e9\n"}`, "{\"name\":\"\xff\"}", "{\"name\":\"\x01\"}", `{"pair":["a"]}`, `{"pair":["a","b","c"]}`,
		`{"at":"2026-11-22T12:00:00+01:00"}`, `{"at":"yesterday"}`, `{"at":""}`, `{"id":"` + ident.Derive("x").String() + `"}`, `{"map":{"a":1}}`, `{"quoted":"3"}`, `{"Hidden":"x"}`,
		`{"NAME":"other case"}`, `{"name":"one","name":"two"}`, `{"inner":[{"score":1}],"inner":[{"payee":"x"}]}`, `{"new":1}`, `{ "name" : "spaces" }`, `{"name":"end"} `, `{"name":"end"}x`,
		`{"Plain":1.0}`, `{"Plain":1e3}`, `{"Plain":9223372036854775808}`, `{"Plain":01}`, `{"Plain":+1}`, `{"Plain":-}`, `{"share":1.}`, `{"share":.5}`, `{"share":1.e5}`, `{"share":-0.0}`, `{"share":1e999}`, `{"share":1-2}`,
		`{"flag":1}`, `{"flag":truefalse}`, `{"name":}`, `{"name"}`, `{"name":"x",}`, `{,}`, `{`, `{"name`, `{"inner":[,]}`, `{"inner":[{}`, `[]`, `null`, `"x"`, ``,
	} {
		same(t, r, doc)
	}
}

// TestFacts has every field of the facts of an event in some document.
func TestFacts(t *testing.T) {
	t.Parallel()
	facts, terms := written.New[score.Facts](), written.New[[]score.Term]()
	rapid.Check(t, func(t *rapid.T) {
		for _, v := range []struct {
			of   reflect.Type
			read func(doc string)
		}{
			{reflect.TypeFor[score.Facts](), func(doc string) { same(t, facts, doc) }},
			{reflect.TypeFor[[]score.Term](), func(doc string) { same(t, terms, doc) }},
		} {
			x := reflect.New(v.of).Elem()
			fill(t, x)
			doc, err := json.Marshal(x.Interface())
			if err != nil {
				t.Fatal(err)
			}
			v.read(string(doc))
			v.read(string(doc[:rapid.IntRange(0, len(doc)).Draw(t, "cut")]))
		}
	})
}

// fill draws a value.
func fill(t *rapid.T, v reflect.Value) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, "time")).UTC()))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.SampledFrom([]string{"", "plain", "Zürich", `"quoted" <b>`, strings.Repeat("x", 40)}).Draw(t, "string"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "int"))
	case reflect.Float64:
		v.SetFloat(rapid.Float64().Draw(t, "float"))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), rapid.IntRange(0, 6).Draw(t, "length"), 6))
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			fill(t, v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	default:
		t.Fatalf("a %v in the facts: teach it to the reader and to this test", v.Type())
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"name":"a","Plain":1,"flag":true,"share":0.5,"at":"2026-11-22T12:00:00Z","pair":["a","b"],"inner":[{"payee":"x"}]}`)
	r := written.New[odd]()
	f.Fuzz(func(t *testing.T, doc string) { same(t, r, doc) })
}

// BenchmarkRead compares with encoding/json in one run.
func BenchmarkRead(b *testing.B) {
	doc, err := json.Marshal(score.Facts{
		At: time.Date(2026, 11, 22, 12, 0, 0, 123000, time.UTC), Kind: score.KindPayment, Channel: "web", Type: "domestic", Hour: 12, Row: [7]string{"dGhpcyBpcyBhIG1hYw", "AS64500", "NO", "dGhpcyBpcyBhIG1hYw", "Firefox 140", "Linux", "desktop"},
		Known: true, Logins: 90, Ratio: 0.34, Parts: [3]float64{0.5, 0.6, 0.7}, Amount: 99.5, Currency: "EUR", Payee: "dGhpcyBpcyBhIG1hYw", DayCount: 1.25, Items: []score.Item{{Payee: "dGhpcyBpcyBhIG1hYw", Amount: 99.5, Currency: "EUR"}},
	})
	if err != nil {
		b.Fatal(err)
	}
	r := written.New[score.Facts]()
	b.Run("reader", func(b *testing.B) {
		for b.Loop() {
			if _, err := r.Read(string(doc)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding", func(b *testing.B) {
		for b.Loop() {
			var f score.Facts
			if err := json.Unmarshal(doc, &f); err != nil {
				b.Fatal(err)
			}
		}
	})
}
