package pskc

import (
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // HMAC-SHA1 is the default PRF of PBKDF2
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"strings"
)

// URIs of PBKDF2: RFC 6030, section 6.2, has the first in its text and the
// second in its example.
const (
	algPBKDF2   = "http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5#pbkdf2"
	algPBKDF2v2 = "http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2"
)

// kdf holds the parameters of PBKDF2 (RFC 8018, section 5.2).
type kdf struct {
	salt       []byte
	iterations int
	length     int    // octets; 0: as the cipher needs
	prf        string // URI; empty: HMAC-SHA1
}

func defaultKDF() kdf { return kdf{} }

// check refuses parameters that are missing or would keep us busy for hours.
func (k *kdf) check(maxIterations int) error {
	if maxIterations == 0 {
		maxIterations = defaultMaxIterations
	}
	switch {
	case len(k.salt) == 0 || len(k.salt) > 1024:
		return invalid("the PBKDF2 salt is missing or too long")
	case k.iterations < 1:
		return invalid("the PBKDF2 iteration count is missing or zero")
	case k.iterations > maxIterations:
		return because(ErrLimit, "the file demands %d PBKDF2 iterations; at most %d are allowed here", k.iterations, maxIterations)
	case k.length > 64:
		return because(ErrLimit, "the file demands a PBKDF2 key of %d octets", k.length)
	}
	_, err := prfOf(k.prf)
	return err
}

// derive returns the key for a cipher that needs n octets.
func (k *kdf) derive(password []byte, n int) ([]byte, error) {
	if len(password) == 0 {
		return nil, because(ErrNoKey, "the file needs a password, which was not given")
	}
	if k.length != 0 && k.length != n {
		return nil, invalid("the PBKDF2 key has %d octets, its cipher needs %d", k.length, n)
	}
	prf, err := prfOf(k.prf)
	if err != nil {
		return nil, err
	}
	key, err := pbkdf2.Key(prf, string(password), k.salt, k.iterations, n)
	if err != nil {
		return nil, because(ErrAlgorithm, "PBKDF2: %s", err)
	}
	return key, nil
}

// prfOf finds the pseudo-random function. Its URI stands in the namespace of
// XML Signature, of its extension or of PKCS #5.
func prfOf(uri string) (func() hash.Hash, error) {
	name := strings.ToLower(uri[strings.LastIndexByte(uri, '#')+1:])
	switch strings.ReplaceAll(strings.TrimPrefix(name, "hmac"), "-", "") {
	case "", "sha1":
		return sha1.New, nil
	case "sha224":
		return sha256.New224, nil
	case "sha256":
		return sha256.New, nil
	case "sha384":
		return sha512.New384, nil
	case "sha512":
		return sha512.New, nil
	}
	return nil, because(ErrAlgorithm, "the PBKDF2 function %q is not supported", clipText(uri))
}
