package iso8583_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/iso8583"
)

// ISO-10: however a message is printed, no account number, track, PIN block, code or cryptogram key is in it.
func TestISO10NothingSecretIsPrinted(t *testing.T) {
	t.Parallel()
	m := payment(t)
	secrets := map[int]string{35: "4900000000000001=29121010000012345678", 45: "B4900000000000001^NAME^2912", 48: "cvv 123", 102: "4900000000000001", 34: "4900000000000001"}
	for n, v := range secrets {
		m.SetText(n, v)
	}
	m.Set(52, []byte("PINBLOCK"))
	m.Set(55, iso8583.AppendTag(m.Get(55), iso8583.TagPAN, unhex(t, "4900000000000001")))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
		got := fmt.Sprintf(verb, m)
		for _, bad := range []string{"4900000000000001", "000000000001=", "PINBLOCK", "cvv", "7A788EA6B8A3E733", "1F4302"} {
			if strings.Contains(got, bad) {
				t.Errorf("%s: %q is in %s", verb, bad, got)
			}
		}
		if !strings.Contains(got, "2=490000******0001") || !strings.Contains(got, "9F36=001C") || !strings.Contains(got, "9F26=[8]") || !strings.Contains(got, "4=000000004000") {
			t.Errorf("%s: %s", verb, got)
		}
	}
	m.Set(55, []byte{0x9F})
	if got := m.String(); !strings.Contains(got, "55=[1, not BER-TLV]") {
		t.Error(got)
	}
}

func TestMaskPAN(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"": "", "1234567": "*******", "12345678": "****5678", "123456789012": "********9012", "1234567890123": "123456***0123", "4900000000000001": "490000******0001"} {
		if got := iso8583.MaskPAN(in); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
}
