package dskpp

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // the default of RFC 4226
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"errors"
	"io"
	"strings"

	"github.com/countersign-auth/countersign/pskc"
)

// tokenLen is how many octets the key of a token has: those of its hash function,
// or 16 where there is none (RFC 6063, section 5.2.2; RFC 4226, section 4).
func tokenLen(k *pskc.Key) int {
	switch k.Hash {
	case pskc.SHA256:
		return sha256.Size
	case pskc.SHA512:
		return sha512.Size
	case pskc.SHA1:
		return sha1.Size
	}
	return prfKey
}

// halfLen is the length of K_MAC and of K_TOKEN in K_PROV: the greater of what the
// key and the MAC algorithm need (section 5.2.2).
func halfLen(k *pskc.Key, prf string) int { return max(tokenLen(k), macKeyLen(prf)) }

// tokenKey truncates K_TOKEN to what the key type takes, from the beginning. A
// server that sent less than it should is not corrected (two examples of RFC 6063
// send 40 octets of K_PROV).
func tokenKey(k *pskc.Key, ktoken []byte) pskc.Secret {
	return pskc.NewSecret(ktoken[:min(len(ktoken), tokenLen(k))])
}

// fits tells whether a key is of a key type: the same URI, or the same profile,
// since an OCRA suite may stand in the URI of the one and not of the other.
func fits(k *pskc.Key, keyType string) bool {
	if k.Algorithm == keyType {
		return true
	}
	base := func(uri string) string {
		if strings.HasPrefix(uri, namespacePSKC+":OCRA-1:") {
			return pskc.AlgorithmOCRA
		}
		return uri
	}
	inURI, suited := strings.CutPrefix(keyType, namespacePSKC+":OCRA-1:")
	return base(k.Algorithm) == base(keyType) && (!suited || k.Suite == "OCRA-1:"+inURI)
}

// protection is how the K_PROV of a two-pass run is encrypted.
type protection struct {
	method     string
	encryption string
	name       string // of the wrapping key or of the public key
	wrapping   []byte
	passphrase string
	iterations int
	public     *rsa.PublicKey
	cert       *x509.Certificate
}

func (p *protection) options(rand io.Reader) pskc.WriterOptions {
	o := pskc.WriterOptions{Rand: rand, KeyWrap: p.encryption == AESWrap}
	switch p.method {
	case Transport:
		o.LegacyRSA15 = sameAlgorithm(p.encryption, RSA15)
		if o.Certificate = p.cert; p.cert == nil {
			o.PublicKey, o.KeyName = p.public, p.name
		}
	case Wrap:
		o.Key, o.KeyName = p.wrapping, p.name
	case PassphraseWrap:
		o.Password, o.PasswordName, o.PasswordKeyLen, o.Iterations = []byte(p.passphrase), p.name, 16, p.iterations
	default:
		o.NoSecrets = true
	}
	return o
}

// seal writes a key into a dskpp:KeyContainer (D-08). Without a method the key must
// have no secret.
func (p *protection) seal(rand io.Reader, key *pskc.KeyPackage) (*pskc.Element, error) {
	var b bytes.Buffer
	w, err := pskc.NewWriter(&b, p.options(rand))
	if err != nil {
		return nil, err
	}
	if err := w.WritePackage(key); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	e, err := pskc.ParseElement(b.Bytes(), maxMessage)
	if err != nil {
		return nil, err
	}
	return e.Renamed(Namespace, "KeyContainer"), nil
}

// keys is what a client can open containers with.
type keys struct {
	wrapping   []byte
	name       string
	passphrase string
	private    crypto.Decrypter
	tolerant   bool
	maxIter    int
	rand       io.Reader
}

// open reads the one key of a container; without a method it must have no secret.
func (k *keys) open(method string, container *pskc.Element) (*pskc.KeyPackage, error) {
	o := pskc.Options{NoSecrets: method == "", MaxIterations: k.maxIter, MaxBytes: maxMessage, Signature: pskc.SignatureRefuse, Legacy: k.tolerant, Rand: k.rand}
	switch method {
	case Transport:
		o.Recipient = k.private
	case Wrap:
		o.KeyFor = func(name string) []byte {
			if name != k.name {
				return nil
			}
			return k.wrapping
		}
	case PassphraseWrap:
		o.Password = []byte(k.passphrase)
	}
	r, err := pskc.NewReader(bytes.NewReader(container.Renamed(namespacePSKC, "KeyContainer").Format(prefixes())), o)
	if err != nil {
		return nil, err
	}
	if got := r.Container().Protection; !protects(method, got) {
		return nil, errors.New("the key package is protected in another way than it says")
	}
	key, err := r.Next()
	if err != nil {
		return nil, err
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the key package holds more than one key")
	}
	if !key.Key.Policy.Usable() {
		return nil, errors.New("the key package holds a policy that is not understood")
	}
	return key, nil
}

// protects tells whether a container protected so is of the method.
func protects(method string, p pskc.Protection) bool {
	switch method {
	case Transport:
		return p == pskc.X509 || p == pskc.PublicKey
	case Wrap:
		return p == pskc.PreShared
	case PassphraseWrap:
		return p == pskc.Password
	}
	return p == pskc.Plain
}
