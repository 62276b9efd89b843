package pskc

import (
	"crypto"
	"io"
)

// Options says how a file is read. The zero value reads plain files and refuses
// everything that needs a key or a decision.
type Options struct {
	// Key is the pre-shared key of the file: 16, 24 or 32 octets for AES, 24 for
	// Triple-DES, as its ciphers demand.
	Key []byte
	// KeyFor, if set, finds the pre-shared key by the KeyName of the file, in
	// place of Key. It returns nil for a name that it does not know.
	KeyFor func(name string) []byte
	// Password opens a file protected with PBKDF2.
	Password []byte
	// Recipient is the RSA private key of a file encrypted for a certificate or a
	// bare public key. A file that gives only a name is opened with it too, if
	// neither Key nor KeyFor is set.
	Recipient crypto.Decrypter
	// MACKey is the pre-agreed MAC key of a file that names one
	// (MACKeyReference), or that has none.
	MACKey []byte
	// MaxIterations bounds the PBKDF2 iterations that a file may demand; 0 means
	// 5,000,000 (a few seconds).
	MaxIterations int
	// MaxBytes bounds the file; 0 means 16 GiB.
	MaxBytes int64
	// Rand is the source of the key that hides RSA padding errors; nil means
	// crypto/rand. It is read only for files encrypted with rsa-1_5.
	Rand io.Reader

	// InsecureNoMAC accepts encrypted values without ValueMAC under CBC ciphers.
	// Whoever can change the file can then change seeds.
	InsecureNoMAC bool
	// EncryptionKeyAsMACKey takes the encryption key for the MAC key when the
	// file has none. RFC 6030 does not provide for it; some vendors do it.
	EncryptionKeyAsMACKey bool
	// StrictManufacturer refuses a manufacturer without the prefix "oath." or
	// "iana." (RFC 6030, section 4.3.1) in place of a warning.
	StrictManufacturer bool
	// StrictProfile refuses HOTP keys that break RFC 6030, section 10.1, in ways
	// that are common and harmless (no ResponseFormat, no Counter), in place of a
	// warning.
	StrictProfile bool
	// Legacy also accepts drafts of RFC 6030 and vendors' variants; see the
	// package comment. Only with it are MACs over the plaintext recognized.
	Legacy bool

	// NoSecrets reads a container whose keys have neither Secret nor KeyReference,
	// because both sides computed them (RFC 6063, section 4.2.4); a key that has
	// one is refused.
	NoSecrets bool

	// Signature says what to do about an XML signature.
	Signature SignaturePolicy
	// Verified is the result of [VerifySignature] over the same file, needed with
	// SignatureRequire.
	Verified *Verified

	// Hash is the hash algorithm of the HOTP and TOTP rows of a CSV file that has
	// no column for it. It is never guessed.
	Hash Hash
	// Manufacturer is the manufacturer of the rows of a CSV file, which has no
	// column for it either.
	Manufacturer string
}

// SignaturePolicy says what a Reader does about the Signature of a container
// (RFC 6030, section 7). The signature covers the whole document, so it cannot
// be verified while streaming: run [VerifySignature] over the file first.
type SignaturePolicy int

const (
	// SignatureReport reads on; Reader.Signed tells whether one was there.
	SignatureReport SignaturePolicy = iota
	// SignatureRefuse refuses a file with a signature.
	SignatureRefuse
	// SignatureRequire refuses a file without one, and a file that differs by one
	// octet from the one that Options.Verified stands for. As both show only at
	// the end, nothing may be committed before Next returned io.EOF.
	SignatureRequire
)

// MediaType and Extension are those of RFC 6030, section 12.1.
const (
	MediaType = "application/pskc+xml"
	Extension = ".pskcxml"
)

const (
	defaultMaxIterations = 5_000_000
	defaultMaxBytes      = 16 << 30
)
