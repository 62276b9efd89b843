package pskc

import (
	"bufio"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"math/big"
)

// WriterOptions says how a container is protected. Exactly one of Key, Password,
// Certificate, PublicKey, NoSecrets and InsecurePlain must be given.
type WriterOptions struct {
	ID string // of the container; may be empty

	// Key is a pre-shared AES key of 16, 24 or 32 octets, KeyName the name by
	// which the recipient knows it (RFC 6030, section 6.1).
	Key     []byte
	KeyName string
	// Password protects the container with PBKDF2 and AES-256 (section 6.2).
	Password     []byte
	PasswordName string
	// PasswordKeyLen is 16, 24 or 32: the octets of the AES key derived from
	// Password. 0 means 32.
	PasswordKeyLen int
	// Iterations of PBKDF2 with HMAC-SHA256; 0 means 600,000.
	Iterations int
	// Certificate is that of the recipient, with an RSA key (section 6.3).
	Certificate *x509.Certificate
	// PublicKey is that of a recipient without certificate; with a KeyName the
	// container gives that, otherwise the key itself (RFC 6063, section 5.2.2).
	PublicKey *rsa.PublicKey
	// LegacyRSA15 encrypts with PKCS #1 v1.5 in place of OAEP, which RFC 6063
	// demands of those who speak it. Nobody may decrypt such a value and tell
	// whether its padding was right.
	LegacyRSA15 bool
	// NoSecrets writes keys without Secret, which both sides have computed; such a
	// container needs no protection (RFC 6063, section 4.2.4).
	NoSecrets bool
	// InsecurePlain writes seeds as they are. There is no MAC then.
	InsecurePlain bool

	// KeyWrap uses AES key wrap (RFC 3394, RFC 5649) in place of AES-CBC.
	KeyWrap bool
	// EncryptAll also encrypts counters, times and drifts.
	EncryptAll bool
	// Rand is the source of keys, salts and IVs; nil means crypto/rand.
	Rand io.Reader
}

// Writer writes key packages to a container. Every encrypted value has a
// ValueMAC (HMAC-SHA256 under a random key). Nothing of a package is kept in
// memory once it is written.
type Writer struct {
	w    *bufio.Writer
	opts WriterOptions
	seal *sealer // nil for a plain container
	buf  []byte
	rows int
	err  error
}

// NewWriter writes the head of a container to w.
func NewWriter(w io.Writer, opts WriterOptions) (*Writer, error) {
	if opts.Rand == nil {
		opts.Rand = rand.Reader
	}
	wr := &Writer{w: bufio.NewWriterSize(w, windowLen), opts: opts}
	if err := opts.check(); err != nil {
		return nil, err
	}
	if !opts.InsecurePlain && !opts.NoSecrets {
		s, err := newSealer(&wr.opts)
		if err != nil {
			return nil, err
		}
		wr.seal = s
	}
	wr.head()
	return wr, wr.flush()
}

func (o *WriterOptions) check() error {
	ways := 0
	for _, given := range []bool{len(o.Key) > 0, len(o.Password) > 0, o.Certificate != nil, o.PublicKey != nil, o.NoSecrets, o.InsecurePlain} {
		if given {
			ways++
		}
	}
	switch {
	case ways != 1:
		return errors.New("give exactly one of Key, Password, Certificate, PublicKey, NoSecrets and InsecurePlain")
	case len(o.Key) > 0 && o.KeyName == "":
		return errors.New("a pre-shared key needs a KeyName (RFC 6030, section 6.1)")
	case o.PasswordKeyLen != 0 && o.PasswordKeyLen != 16 && o.PasswordKeyLen != 24 && o.PasswordKeyLen != 32:
		return errors.New("PasswordKeyLen must be 16, 24 or 32")
	case o.KeyWrap && (o.Certificate != nil || o.PublicKey != nil):
		return errors.New("KeyWrap needs a symmetric key, not a certificate")
	}
	return nil
}

func (w *Writer) head() {
	w.raw(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<KeyContainer xmlns="` + uriPSKC + `"`)
	if w.seal != nil {
		w.raw(` xmlns:ds="` + uriDS + `" xmlns:xenc="` + uriXenc + `"`)
	}
	w.raw(` Version="1.0"`)
	w.attr("Id", w.opts.ID)
	w.raw(">\n")
	if w.seal == nil {
		return
	}
	w.raw("<EncryptionKey>")
	switch {
	case w.opts.Certificate != nil:
		w.raw("<ds:X509Data><ds:X509Certificate>")
		w.raw(base64.StdEncoding.EncodeToString(w.opts.Certificate.Raw))
		w.raw("</ds:X509Certificate></ds:X509Data>")
	case w.opts.PublicKey != nil && w.opts.KeyName == "":
		w.rsaKeyValue()
	case len(w.opts.Password) > 0:
		w.derived()
	default:
		w.leaf("ds:KeyName", w.opts.KeyName)
	}
	w.raw("</EncryptionKey>\n" + `<MACMethod Algorithm="` + macSHA256 + `"><MACKey>`)
	w.sealed(w.seal.wrappedMAC)
	w.raw("</MACKey></MACMethod>\n")
}

// rsaKeyValue writes a public key (XML Signature, section 4.4.2).
func (w *Writer) rsaKeyValue() {
	key := w.opts.PublicKey
	w.raw("<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>")
	w.base64(key.N.Bytes())
	w.raw("</ds:Modulus><ds:Exponent>")
	w.base64(big.NewInt(int64(key.E)).Bytes())
	w.raw("</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>")
}

// derived writes the PBKDF2 parameters in the order of the schema of PKCS #5. Its
// elements are in no namespace (RFC 6030, figure 7).
func (w *Writer) derived() {
	k := &w.seal.kdf
	w.raw(`<xenc11:DerivedKey xmlns:xenc11="` + uriXenc11 + `"><xenc11:KeyDerivationMethod Algorithm="` + algPBKDF2 + `">`)
	w.raw(`<pkcs5:PBKDF2-params xmlns:pkcs5="` + uriPKCS5 + `" xmlns=""><Salt><Specified>` + base64.StdEncoding.EncodeToString(k.salt) + `</Specified></Salt>`)
	w.integer("IterationCount", int64(k.iterations))
	w.integer("KeyLength", int64(k.length))
	w.raw(`<PRF Algorithm="` + k.prf + `"/></pkcs5:PBKDF2-params></xenc11:KeyDerivationMethod>`)
	if w.opts.PasswordName != "" {
		w.leaf("xenc11:MasterKeyName", w.opts.PasswordName)
	}
	w.raw("</xenc11:DerivedKey>")
}

// WritePackage writes one key package. A package that the reader would refuse is
// refused here and leaves the file as it was; any other error ends the writing.
func (w *Writer) WritePackage(p *KeyPackage) error {
	if w.err != nil {
		return w.err
	}
	if err := p.writable(w.opts.NoSecrets); err != nil {
		return err
	}
	w.pkg(p)
	if w.err == nil {
		w.rows++
	}
	return w.flush()
}

// Close writes the end of the container. It does not close the underlying
// writer. A container without a key is not valid (RFC 6030, section 3).
func (w *Writer) Close() error {
	if w.err == nil && w.rows == 0 {
		w.err = ErrEmpty
	}
	w.raw("</KeyContainer>\n")
	if err := w.flush(); err != nil {
		return err
	}
	w.err = errors.New("the container is closed")
	return w.w.Flush()
}

// flush hands the assembled text on; after an error it is dropped.
func (w *Writer) flush() error {
	if w.err == nil {
		_, w.err = w.w.Write(w.buf)
	}
	clear(w.buf)
	w.buf = w.buf[:0]
	return w.err
}
