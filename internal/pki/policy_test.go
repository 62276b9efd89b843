package pki_test

import (
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"testing"

	"github.com/countersign-auth/countersign/internal/pki"
)

// TestPoliciesAreReadByEveryTool: the identifiers that certificates and time-stamps state have no arc that is too
// large for readers that hold one in 31 bits, such as encoding/asn1. TestOpenSSLVerifiesCertificates
// and TestOpenSSLVerifiesStamps have openssl read them.
func TestPoliciesAreReadByEveryTool(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, made := w.issue(pki.Signing, "ecdsa", "one")
		at := slices.IndexFunc(made.Certificate.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 32}) })
		if at < 0 {
			t.Fatal("the certificate states no policy")
		}
		var policies []struct{ ID asn1.ObjectIdentifier }
		if rest, err := asn1.Unmarshal(made.Certificate.Extensions[at].Value, &policies); err != nil || len(rest) > 0 || len(policies) != 1 || policies[0].ID.String() != pki.SoftwareKey {
			t.Errorf("%v, %v", policies, err)
		}
		if p := made.Certificate.PolicyIdentifiers; len(p) != 1 || p[0].String() != pki.SoftwareKey {
			t.Errorf("PolicyIdentifiers %v", p)
		}
		token, err := w.desk.Stamp(t.Context(), sha256.Sum256([]byte("x")))
		w.must(err)
		if p := stampPolicy(t, token); p.String() != pki.OwnStampPolicy {
			t.Errorf("the policy of a time-stamp is %s", p)
		}
	})
}

// stampPolicy reads the policy of a time-stamp by encoding/asn1 alone (RFC 3161, section 2.4.2).
func stampPolicy(t *testing.T, token []byte) asn1.ObjectIdentifier {
	t.Helper()
	var outer struct {
		Type    asn1.ObjectIdentifier
		Content struct {
			Version  int
			Digests  asn1.RawValue
			Enclosed struct {
				Type    asn1.ObjectIdentifier
				Content []byte `asn1:"explicit,tag:0"`
			}
			Certificates asn1.RawValue `asn1:"optional,tag:0"`
			Signers      asn1.RawValue
		} `asn1:"explicit,tag:0"`
	}
	if _, err := asn1.Unmarshal(token, &outer); err != nil {
		t.Fatal(err)
	}
	var info struct {
		Version  int
		Policy   asn1.ObjectIdentifier
		Imprint  asn1.RawValue
		Serial   asn1.RawValue
		At       asn1.RawValue
		Accuracy asn1.RawValue
		Nonce    asn1.RawValue `asn1:"optional"`
	}
	if _, err := asn1.Unmarshal(outer.Content.Enclosed.Content, &info); err != nil {
		t.Fatal(err)
	}
	return info.Policy
}
