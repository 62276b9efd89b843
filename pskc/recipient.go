package pskc

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"io"
)

// recipient opens values that were encrypted with an RSA certificate
// (RFC 6030, section 6.3).
type recipient struct {
	key  crypto.Decrypter
	mask []byte // hides padding errors
	rand io.Reader
}

func (r *recipient) init(o *Options, cert []byte, public *rsa.PublicKey) error {
	if o.Recipient == nil {
		return because(ErrNoKey, "the file is encrypted for a certificate%s; its private key was not given", subject(cert))
	}
	pub, ok := o.Recipient.Public().(*rsa.PublicKey)
	if !ok {
		return because(ErrNoKey, "the private key for this file must be an RSA key")
	}
	if c, err := x509.ParseCertificate(cert); err == nil && !pub.Equal(c.PublicKey) {
		return because(ErrNoKey, "the file is encrypted for another certificate%s", subject(cert))
	}
	if public != nil && !pub.Equal(public) {
		return because(ErrNoKey, "the file is encrypted for another public key")
	}
	r.key, r.rand = o.Recipient, o.Rand
	if r.rand == nil {
		r.rand = rand.Reader
	}
	r.mask = make([]byte, 32)
	_, err := io.ReadFull(r.rand, r.mask)
	return err
}

func subject(cert []byte) string {
	c, err := x509.ParseCertificate(cert)
	if err != nil {
		return ""
	}
	return " (" + clipText(c.Subject.String()) + ", serial " + c.SerialNumber.String() + ")"
}

func (r *recipient) decrypt(mode cipherMode, e *encrypted) ([]byte, error) {
	if mode == modeRSA15 {
		return r.implicit(e.cipher), nil
	}
	opts := &rsa.OAEPOptions{Hash: crypto.SHA1, MGFHash: crypto.SHA1} // rsa-oaep-mgf1p fixes MGF1 with SHA-1
	switch e.digest {
	case "", uriDS + "sha1":
	case uriXenc + "sha256":
		opts.Hash = crypto.SHA256
	case uriXenc + "sha512":
		opts.Hash = crypto.SHA512
	default:
		return nil, because(ErrAlgorithm, "the digest %q of RSA-OAEP is not supported", clipText(e.digest))
	}
	out, err := r.key.Decrypt(r.rand, e.cipher, opts)
	if err != nil {
		return nil, ErrDecrypt
	}
	return out, nil
}

// implicit decrypts PKCS #1 v1.5 with implicit rejection: a value whose padding
// is wrong decrypts to 20 pseudo-random octets in place of an error, so that
// nobody who may send files learns whether a padding was right (Bleichenbacher).
// Such a seed produces codes that no device has; RFC 6030 has no integrity
// check here, which is why the Writer writes rsa-1_5 only if WriterOptions say so.
func (r *recipient) implicit(in []byte) []byte {
	m := hmac.New(sha256.New, r.mask)
	m.Write(in)
	fake := m.Sum(nil)[:20]
	//nolint:staticcheck // RFC 6030, section 6.3, recommends it; files exist
	out, err := r.key.Decrypt(r.rand, in, &rsa.PKCS1v15DecryptOptions{})
	if err != nil {
		return fake
	}
	return out
}
