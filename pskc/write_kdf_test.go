package pskc_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"slices"
	"testing"

	"github.com/countersign-auth/countersign/pskc"
)

// P-34: what stands in PBKDF2-params is in no namespace (RFC 6030, figure 7).
func TestP34_ChildrenHaveNoNamespace(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w, err := pskc.NewWriter(&out, pskc.WriterOptions{Password: []byte("qwerty"), Iterations: 1000})
	if err != nil {
		t.Fatal(err)
	}
	err = w.WritePackage(&pskc.KeyPackage{
		Device: pskc.Device{Manufacturer: "oath.EX", SerialNo: "4711"},
		Key: pskc.Key{
			ID: "K4711", Algorithm: pskc.AlgorithmTOTP, Hash: pskc.SHA256,
			Response: &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: 6},
			Secret:   pskc.NewSecret([]byte("12345678901234567890")), Interval: pskc.Some(30),
		},
	})
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	var inside []string
	for d, open := xml.NewDecoder(&out), false; ; {
		token, err := d.Token()
		if err != nil {
			break
		}
		switch x := token.(type) {
		case xml.StartElement:
			if open {
				inside = append(inside, x.Name.Space+":"+x.Name.Local)
			}
			open = open || x.Name.Local == "PBKDF2-params"
		case xml.EndElement:
			open = open && x.Name.Local != "PBKDF2-params"
		}
	}
	if want := []string{":Salt", ":Specified", ":IterationCount", ":KeyLength", ":PRF"}; !slices.Equal(inside, want) {
		t.Errorf("PBKDF2-params has %q, want %q", inside, want)
	}
}
