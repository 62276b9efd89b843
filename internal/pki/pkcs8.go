package pki

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"io"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/countersign-auth/countersign/internal/fault"
)

// What keys in files are encrypted with (PBES2, RFC 8018): PBKDF2 with HMAC-SHA-256, so often as
// OWASP advises, and AES-256-CBC. OpenSSL reads and writes it.
const (
	keyRounds  = 600_000
	maxRounds  = 10_000_000
	keySalt    = 16
	keyLength  = 32
	shortest   = 12 // passphrase, in characters
	blockBytes = aes.BlockSize
)

// EncryptKey encrypts a private key under a passphrase: EncryptedPrivateKeyInfo (RFC 5208), DER.
// A passphrase of less than 12 characters is the fault "pki.passphrase".
func EncryptKey(key crypto.Signer, passphrase []byte, random io.Reader) ([]byte, error) {
	if len(passphrase) < shortest {
		return nil, fault.Invalidf("pki.passphrase", "The passphrase of the root's key needs at least %d characters.", shortest)
	}
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("pki: %w", err)
	}
	defer clear(plain)
	salted := make([]byte, keySalt+blockBytes)
	if _, err := io.ReadFull(random, salted); err != nil {
		return nil, fmt.Errorf("pki: %w", err)
	}
	salt, iv := salted[:keySalt], salted[keySalt:]
	block, err := keyCipher(passphrase, salt, keyRounds)
	if err != nil {
		return nil, err
	}
	pad := blockBytes - len(plain)%blockBytes
	for range pad {
		plain = append(plain, byte(pad))
	}
	sealed := make([]byte, len(plain))
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(sealed, plain)
	return encodeKey(salt, iv, sealed)
}

func keyCipher(passphrase, salt []byte, rounds int) (cipher.Block, error) {
	key, err := pbkdf2.Key(sha256.New, string(passphrase), salt, rounds, keyLength)
	if err != nil {
		return nil, fmt.Errorf("pki: %w", err)
	}
	return aes.NewCipher(key)
}

func encodeKey(salt, iv, sealed []byte) ([]byte, error) {
	o := oids()
	return build(func(b *cryptobyte.Builder) {
		sequence(b, func(b *cryptobyte.Builder) {
			sequence(b, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(o.pbes2)
				sequence(b, func(b *cryptobyte.Builder) {
					sequence(b, func(b *cryptobyte.Builder) {
						b.AddASN1ObjectIdentifier(o.pbkdf2)
						sequence(b, func(b *cryptobyte.Builder) {
							b.AddASN1OctetString(salt)
							b.AddASN1Int64(keyRounds)
							sequence(b, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(o.hmacSHA256); b.AddASN1NULL() })
						})
					})
					sequence(b, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(o.aes256CBC); b.AddASN1OctetString(iv) })
				})
			})
			b.AddASN1OctetString(sealed)
		})
	})
}

// DecryptKey reads what EncryptKey wrote. A wrong passphrase is the fault "pki.passphrase", other
// forms are "pki.key_form".
func DecryptKey(der, passphrase []byte) (crypto.Signer, error) {
	salt, iv, sealed, rounds, ok := decodeKey(der)
	if !ok {
		return nil, fault.Invalidf("pki.key_form", "This is no key that `countersign pki root init` wrote, nor one encrypted with PBKDF2, HMAC-SHA-256 and AES-256-CBC.")
	}
	block, err := keyCipher(passphrase, salt, rounds)
	if err != nil {
		return nil, err
	}
	plain := make([]byte, len(sealed))
	defer clear(plain)
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, sealed)
	pad := int(plain[len(plain)-1])
	if subtle.ConstantTimeLessOrEq(1, pad)&subtle.ConstantTimeLessOrEq(pad, blockBytes) == 1 {
		if parsed, err := x509.ParsePKCS8PrivateKey(plain[:len(plain)-pad]); err == nil {
			if key, ok := parsed.(crypto.Signer); ok {
				return key, nil
			}
		}
	}
	return nil, fault.Invalidf("pki.passphrase", "The passphrase does not open the key.")
}

func decodeKey(der []byte) (salt, iv, sealed []byte, rounds int, ok bool) {
	o, in := oids(), cryptobyte.String(der)
	var all, scheme, parts, kdf, kdfParts, prf, enc cryptobyte.String
	var s, k, p, e asn1.ObjectIdentifier
	ok = in.ReadASN1(&all, tag.SEQUENCE) && in.Empty() && all.ReadASN1(&scheme, tag.SEQUENCE) &&
		scheme.ReadASN1ObjectIdentifier(&s) && s.Equal(o.pbes2) && scheme.ReadASN1(&parts, tag.SEQUENCE) &&
		parts.ReadASN1(&kdf, tag.SEQUENCE) && kdf.ReadASN1ObjectIdentifier(&k) && k.Equal(o.pbkdf2) && kdf.ReadASN1(&kdfParts, tag.SEQUENCE) &&
		kdfParts.ReadASN1Bytes(&salt, tag.OCTET_STRING) && kdfParts.ReadASN1Integer(&rounds) && kdfParts.SkipOptionalASN1(tag.INTEGER) &&
		kdfParts.ReadASN1(&prf, tag.SEQUENCE) && prf.ReadASN1ObjectIdentifier(&p) && p.Equal(o.hmacSHA256) &&
		parts.ReadASN1(&enc, tag.SEQUENCE) && enc.ReadASN1ObjectIdentifier(&e) && e.Equal(o.aes256CBC) && enc.ReadASN1Bytes(&iv, tag.OCTET_STRING) &&
		all.ReadASN1Bytes(&sealed, tag.OCTET_STRING) && all.Empty()
	ok = ok && len(iv) == blockBytes && len(sealed) > 0 && len(sealed)%blockBytes == 0 && rounds >= 1 && rounds <= maxRounds
	return salt, iv, sealed, rounds, ok
}
