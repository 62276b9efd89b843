package bank

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// What an assertion about a payment must say (Countersign's page on evidence).
const (
	assertionType = "countersign-assertion+jwt"
	strongClass   = "urn:countersign:acr:sca"
	// assertionAge is how old a grant may be that is taken as a permission to pay: as
	// long as an authentication lives.
	assertionAge = 20 * time.Minute
	clockSkew    = time.Minute
)

// claims are what the bank reads in an assertion.
type claims struct {
	Issuer      string  `json:"iss"`
	Audience    string  `json:"aud"`
	Subject     string  `json:"sub"`
	AuthTime    int64   `json:"auth_time"`
	Txn         string  `json:"txn"`
	Purpose     string  `json:"purpose"`
	Class       string  `json:"acr"`
	PaymentHash string  `json:"payment_hash"`
	Methods     []means `json:"methods"`
}

// means is one proof that was shown.
type means struct {
	Use    string `json:"use"`
	Method string `json:"method"`
	Device string `json:"device"`
}

// permission is what an assertion must be for, so that the bank may pay.
type permission struct {
	Issuer, Audience, Customer, Txn, Hash string
	Now                                   time.Time
}

// allow reads an assertion with the published keys and compares it, claim by claim, with
// the payment that is about to be carried out. The state "granted" of an answer says
// that something was approved; this says that it was this payment, by this customer,
// for this bank, now. Who takes it for a payment must also take each txn once,
// which is the ledger's part.
func (p permission) allow(text string, keys []byte) (c claims, err error) {
	payload, err := verify(text, keys)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(payload, &c); err != nil {
		return c, fmt.Errorf("the claims cannot be read: %w", err)
	}
	age := p.Now.Sub(time.Unix(c.AuthTime, 0))
	for _, x := range []struct {
		wrong bool
		what  string
	}{
		{c.PaymentHash != p.Hash || p.Hash == "", "another payment was approved"},
		{c.Txn != p.Txn, "it is of another authentication"},
		{canonical(c.Subject) != canonical(p.Customer), "another customer approved it"},
		{c.Issuer != p.Issuer, "it was issued by somebody else"},
		{c.Audience != p.Audience, "it is for somebody else"},
		{c.Purpose != paymentPurpose, "it is not about a payment"},
		{c.Class != strongClass, "two independent factors were not shown"},
		{age > assertionAge || age < -clockSkew, "it is not of now"},
	} {
		if x.wrong {
			return c, errors.New(x.what)
		}
	}
	return c, nil
}

// device is the token that signed; "" when that is not said.
func (c claims) device() string {
	for _, m := range c.Methods {
		if m.Use == signUsage {
			return m.Device
		}
	}
	return ""
}

// text reports whether a code by text message approved the payment.
func (c claims) text() bool {
	return slices.ContainsFunc(c.Methods, func(m means) bool { return m.Use == signUsage && m.Method == passcodeMethod })
}

// verify checks the signature: ES256 alone, with a key of the set alone.
func verify(text string, keys []byte) ([]byte, error) {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(keys, &set); err != nil {
		return nil, fmt.Errorf("the key set cannot be read: %w", err)
	}
	jws, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return nil, fmt.Errorf("the assertion cannot be read: %w", err)
	}
	head := jws.Signatures[0].Protected
	if typ, _ := head.ExtraHeaders[jose.HeaderType].(string); typ != assertionType {
		return nil, fmt.Errorf("it is a token of the type %.60q", typ)
	}
	for _, k := range set.Key(head.KeyID) {
		if pub, ok := k.Key.(*ecdsa.PublicKey); ok && pub.Curve == elliptic.P256() {
			payload, err := jws.Verify(pub)
			if err != nil {
				return nil, errors.New("the signature does not fit")
			}
			return payload, nil
		}
	}
	return nil, errors.New("it was signed with no published key")
}
