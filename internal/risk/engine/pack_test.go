package engine_test

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk/engine"
)

// lived is a profile after some events.
func lived(events int, payees int) *engine.Profile {
	p, at := &engine.Profile{}, epoch
	for i := range events {
		at = at.Add(5 * time.Hour)
		f := home(at)
		f.Tag, f.Row[0] = "tag"+strconv.Itoa(i%9), "address"+strconv.Itoa(i%30)
		if i%2 == 1 {
			f = pay(at, float64(i+1), "payee "+strconv.Itoa(i%max(payees, 1)))
			p.Note(&f)
		}
		p.Learn(ident.Derive(strconv.Itoa(i)), &f)
	}
	return p
}

// TestPackedIsTheSame: a profile is the same after both ways of storing it, and packed
// it is the smaller one.
func TestPackedIsTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := lived(rapid.IntRange(0, 300).Draw(t, "events"), rapid.IntRange(1, 250).Draw(t, "payees"))
		plain, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := p.Pack()
		if err != nil || len(doc) > len(plain)+2 {
			t.Fatalf("%d bytes, %d as JSON, %v", len(doc), len(plain), err)
		}
		var a, b engine.Profile
		if err := json.Unmarshal(plain, &a); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(doc, &b); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, b); diff != "" {
			t.Errorf("(-json +packed):\n%s", diff)
		}
	})
}

func TestDamagedProfilesAreRefused(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{`{"packed":{"rows":"AAAA"}}`, `{"packed":{"payees":"/w=="}}`, `{"packed":{"payees":"////////////AQ=="}}`, `{"packed":{"payees":"AWE="}}`, `{"packed":{"rows":"!"}}`} {
		var p engine.Profile
		if err := json.Unmarshal([]byte(doc), &p); err == nil {
			t.Errorf("%s is a profile: %+v", doc, p)
		}
	}
}

func FuzzProfile(f *testing.F) {
	for _, n := range []int{0, 3, 50} {
		doc, err := lived(n, 20).Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		var p engine.Profile
		if json.Unmarshal(doc, &p) != nil {
			return
		}
		if _, err := p.Pack(); err != nil {
			t.Error(err)
		}
	})
}

// BenchmarkStored reads and writes a small profile and a full one.
func BenchmarkStored(b *testing.B) {
	for _, events := range []int{10, 1000} {
		b.Run(strconv.Itoa(events), func(b *testing.B) {
			doc, err := lived(events, 100).Pack()
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(len(doc)), "bytes")
			for b.Loop() {
				var p engine.Profile
				if err := json.Unmarshal(doc, &p); err != nil {
					b.Fatal(err)
				}
				if _, err := p.Pack(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
