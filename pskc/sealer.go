package pskc

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // rsa-oaep-mgf1p is defined with SHA-1
	"crypto/sha256"
	"errors"
	"hash"
	"io"
)

// sealer encrypts the values of a container that is written.
type sealer struct {
	rand      io.Reader
	algorithm string
	wrap      bool
	block     cipher.Block
	rsa       *rsa.PublicKey
	rsa15     bool
	kdf       kdf

	mac        hash.Hash
	wrappedMAC []byte
	lastIV     []byte
	sum        []byte
}

const defaultIterations = 600_000 // OWASP's recommendation for PBKDF2 with HMAC-SHA256 (2023)

func newSealer(o *WriterOptions) (*sealer, error) {
	s := &sealer{rand: o.Rand, wrap: o.KeyWrap}
	if err := s.setKey(o); err != nil {
		return nil, err
	}
	macKey := make([]byte, 32)
	if _, err := io.ReadFull(s.rand, macKey); err != nil {
		return nil, err
	}
	s.mac = hmac.New(sha256.New, macKey)
	var err error
	s.wrappedMAC, err = s.encrypt(macKey)
	clear(macKey)
	return s, err
}

func (s *sealer) setKey(o *WriterOptions) (err error) {
	key := o.Key
	switch {
	case o.Certificate != nil:
		pub, ok := o.Certificate.PublicKey.(*rsa.PublicKey)
		if !ok {
			return errors.New("the certificate of the recipient must have an RSA key")
		}
		s.toPublicKey(pub, o.LegacyRSA15)
		return nil
	case o.PublicKey != nil:
		s.toPublicKey(o.PublicKey, o.LegacyRSA15)
		return nil
	case len(o.Password) > 0:
		if key, err = s.deriveKey(o); err != nil {
			return err
		}
	}
	cbc, kw := algAES128, algKW128
	switch len(key) {
	case 24:
		cbc, kw = algAES192, algKW192
	case 32:
		cbc, kw = algAES256, algKW256
	}
	if s.algorithm = cbc; s.wrap {
		s.algorithm = kw
	}
	s.block, err = aes.NewCipher(key)
	return err
}

func (s *sealer) toPublicKey(key *rsa.PublicKey, legacy bool) {
	s.rsa, s.rsa15, s.algorithm = key, legacy, algRSAOAEP
	if legacy {
		s.algorithm = algRSA15
	}
}

func (s *sealer) deriveKey(o *WriterOptions) ([]byte, error) {
	s.kdf = kdf{salt: make([]byte, 16), iterations: o.Iterations, length: o.PasswordKeyLen, prf: macSHA256}
	if s.kdf.iterations == 0 {
		s.kdf.iterations = defaultIterations
	}
	if s.kdf.length == 0 {
		s.kdf.length = 32
	}
	if s.kdf.iterations < 1000 {
		return nil, errors.New("fewer than 1,000 PBKDF2 iterations protect nothing")
	}
	if _, err := io.ReadFull(s.rand, s.kdf.salt); err != nil {
		return nil, err
	}
	return s.kdf.derive(o.Password, s.kdf.length)
}

// seal encrypts a value and computes its MAC over the cipher value with its IV.
// The MAC is valid until the next call.
func (s *sealer) seal(b []byte) (out, mac []byte, err error) {
	if out, err = s.encrypt(b); err != nil {
		return nil, nil, err
	}
	s.mac.Reset()
	s.mac.Write(out)
	s.sum = s.mac.Sum(s.sum[:0])
	return out, s.sum, nil
}

func (s *sealer) encrypt(b []byte) ([]byte, error) {
	switch {
	case s.rsa != nil && s.rsa15:
		return rsa.EncryptPKCS1v15(s.rand, s.rsa, b) //nolint:staticcheck // RFC 6063, section 5.1.1, demands it
	case s.rsa != nil:
		return rsa.EncryptOAEP(sha1.New(), s.rand, s.rsa, b, nil) //nolint:gosec // see the import
	case s.wrap:
		return wrap(s.block, b), nil
	}
	return s.cbc(b)
}

// cbc encrypts with a random IV in front and PKCS #5 padding (RFC 6030,
// sections 6 and 6.4).
func (s *sealer) cbc(b []byte) ([]byte, error) {
	n := s.block.BlockSize()
	pad := n - len(b)%n
	out := make([]byte, n, n+len(b)+pad)
	if _, err := io.ReadFull(s.rand, out); err != nil {
		return nil, err
	}
	if bytes.Equal(out, s.lastIV) {
		return nil, errors.New("the random source gave the same IV twice")
	}
	s.lastIV = append(s.lastIV[:0], out...)
	out = append(append(out, b...), bytes.Repeat([]byte{byte(pad)}, pad)...) //nolint:gosec // pad is a block at most
	cipher.NewCBCEncrypter(s.block, out[:n]).CryptBlocks(out[n:], out[n:])
	return out, nil
}
