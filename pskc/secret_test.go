package pskc_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/pskc"
)

// TestSecretRedactsItself prints a secret in every position, also as an
// unexported field of a foreign struct, where fmt calls no methods.
func TestSecretRedactsItself(t *testing.T) {
	t.Parallel()
	for _, n := range []int{7, 20, 64, 65} {
		raw := []byte(strings.Repeat("A", n))
		s := pskc.NewSecret(raw)
		type foreign struct {
			hidden pskc.Secret
			Shown  pskc.Secret
		}
		p := pskc.KeyPackage{Key: pskc.Key{Secret: s}}
		var out bytes.Buffer
		for _, v := range []any{s, &s, p, &p, foreign{s, s}, []pskc.Secret{s}, map[string]any{"k": s}} {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%08b"} {
				fmt.Fprintf(&out, verb+"\n", v)
			}
			b, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			out.Write(b)
			slog.New(slog.NewTextHandler(&out, nil)).Info("m", slog.Any("v", v))
			slog.New(slog.NewJSONHandler(&out, nil)).Info("m", slog.Any("v", v))
		}
		text := strings.ToLower(out.String())
		for _, leak := range []string{"aaaa", "41414141", "65 65 65", "65656565", "1000001 1000001", "01000001 01000001"} {
			if strings.Contains(text, leak) {
				i := strings.Index(text, leak)
				t.Errorf("%d octets: the output holds %q", n, text[max(0, i-300):min(len(text), i+50)])
			}
		}
		if !strings.Contains(text, "[redacted]") {
			t.Error("nothing was redacted: the test prints nothing")
		}
	}
}

func TestSecretIsACopy(t *testing.T) {
	t.Parallel()
	raw := []byte("12345678901234567890")
	s := pskc.NewSecret(raw)
	clear(raw)
	if string(s.Bytes()) != "12345678901234567890" || s.Len() != 20 {
		t.Error("the secret shares memory with its source")
	}
	if !s.Equal(pskc.NewSecret(s.Bytes())) || s.Equal(pskc.NewSecret(raw)) || s.Equal(pskc.Secret{}) {
		t.Error("Equal is wrong")
	}
	if (pskc.Secret{}).Len() != 0 || pskc.NewSecret(nil).Bytes() != nil {
		t.Error("the zero Secret is not empty")
	}
}

// TestP24_ComparePIN: octet comparison of equal lengths (section 5.1).
func TestP24_ComparePIN(t *testing.T) {
	t.Parallel()
	stored := pskc.NewSecret([]byte("1234"))
	for proposed, want := range map[string]bool{"1234": true, "1235": false, "123": false, "12345": false, "": false, "1234\x00": false} {
		if got := pskc.ComparePIN(stored, []byte(proposed)); got != want {
			t.Errorf("ComparePIN(%q) is %t", proposed, got)
		}
	}
	if pskc.ComparePIN(pskc.Secret{}, nil) {
		t.Error("an absent PIN must match nothing")
	}
}
