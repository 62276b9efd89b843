package pskc_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/pskc"
)

const rfcSeed = "3132333435363738393031323334353637383930"

// TestFigures reads the examples of RFC 6030. Figure 2 holds a key that breaks
// the HOTP profile of the same document, and Figure 8 needs a private key that
// was not published.
func TestFigures(t *testing.T) {
	t.Parallel()
	type want struct {
		keys  []string // key Ids that are read
		bad   []string // rows that are refused, as they read
		fatal string
	}
	for n, w := range map[int]want{
		2:  {bad: []string{`line 5, key "12345678": the key has 4 octets; at least 16 are needed`}},
		3:  {keys: []string{"12345678"}},
		4:  {keys: []string{"12345678"}},
		5:  {keys: []string{"12345678", "123456781"}},
		6:  {keys: []string{"12345678"}},
		7:  {keys: []string{"123456"}},
		8:  {fatal: "line 23: the file is encrypted for a certificate (CN=PSKC Test,OU=KeyProv WG,O=IETF, serial 1234862012); its private key was not given"},
		9:  {keys: []string{"123"}},
		10: {keys: []string{"1", "2", "3", "4"}},
	} {
		t.Run(fmt.Sprintf("Figure%d", n), func(t *testing.T) {
			t.Parallel()
			b := readFile(t, "rfc6030", fmt.Sprintf("figure%02d.xml", n))
			r, err := pskc.NewReader(bytes.NewReader(b), pskc.Options{
				Key: unhex(t, "12345678901234567890123456789012"), Password: []byte("qwerty"),
			})
			if got := fmt.Sprint(err); err != nil && got != w.fatal || err == nil && w.fatal != "" {
				t.Fatalf("got %q, want %q", got, w.fatal)
			}
			if err != nil {
				return
			}
			ok, bad, err := drain(r)
			if err != nil {
				t.Fatal(err)
			}
			var got want
			for _, p := range ok {
				got.keys = append(got.keys, p.Key.ID)
				if p.Key.Profile == pskc.ProfileHOTP && p.Key.Reference == "" && hex.EncodeToString(p.Key.Secret.Bytes()) != rfcSeed {
					t.Errorf("key %s has another secret", p.Key.ID)
				}
			}
			for _, e := range bad {
				got.bad = append(got.bad, e.Error())
			}
			if d := cmp.Diff(want{keys: w.keys, bad: w.bad}, got, cmp.AllowUnexported(want{})); d != "" {
				t.Error(d)
			}
		})
	}
}
