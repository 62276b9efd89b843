package pskc

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" //nolint:gosec // Triple-DES containers exist and RFC 6030 names them
	"crypto/hmac"
	"crypto/rsa"
	"hash"
	"strings"
)

// Algorithm URIs of RFC 6030, sections 6.1 to 6.3.
const (
	algAES128   = uriXenc + "aes128-cbc"
	algAES192   = uriXenc + "aes192-cbc"
	algAES256   = uriXenc + "aes256-cbc"
	alg3DES     = uriXenc + "tripledes-cbc"
	algKW128    = uriXenc + "kw-aes128"
	algKW192    = uriXenc + "kw-aes192"
	algKW256    = uriXenc + "kw-aes256"
	algKWP128   = uriXenc11 + "kw-aes-128-pad"
	algKWP192   = uriXenc11 + "kw-aes-192-pad"
	algKWP256   = uriXenc11 + "kw-aes-256-pad"
	algRSA15    = uriXenc + "rsa-1_5"
	algRSA15RFC = uriXenc + "rsa_1_5" // as Figure 8 writes it
	algRSAOAEP  = uriXenc + "rsa-oaep-mgf1p"
)

// cipherKind is what the reader needs to know of an algorithm.
type cipherKind struct {
	mode   cipherMode
	keyLen int
}

type cipherMode uint8

const (
	modeCBC cipherMode = iota + 1
	modeWrap
	modeWrapPad
	modeRSA15
	modeOAEP
)

func cipherOf(uri string) (cipherKind, error) {
	switch uri {
	case algAES128:
		return cipherKind{modeCBC, 16}, nil
	case algAES192, alg3DES:
		return cipherKind{modeCBC, 24}, nil
	case algAES256:
		return cipherKind{modeCBC, 32}, nil
	case algKW128:
		return cipherKind{modeWrap, 16}, nil
	case algKW192:
		return cipherKind{modeWrap, 24}, nil
	case algKW256:
		return cipherKind{modeWrap, 32}, nil
	case algKWP128:
		return cipherKind{modeWrapPad, 16}, nil
	case algKWP192:
		return cipherKind{modeWrapPad, 24}, nil
	case algKWP256:
		return cipherKind{modeWrapPad, 32}, nil
	case algRSA15, algRSA15RFC:
		return cipherKind{mode: modeRSA15}, nil
	case algRSAOAEP:
		return cipherKind{mode: modeOAEP}, nil
	case "":
		return cipherKind{}, because(ErrAlgorithm, "the encrypted value names no algorithm")
	}
	name := uri[strings.LastIndexByte(uri, '#')+1:]
	return cipherKind{}, because(ErrAlgorithm, "the cipher %s is not supported", clipText(name))
}

// protection opens the encrypted values of one container. It keeps the expanded
// keys and its scratch space from value to value.
type protection struct {
	opts *Options
	kind Protection // empty: no EncryptionKey was read
	name string
	kdf  kdf
	cert []byte

	public *rsa.PublicKey // of a KeyValue

	algorithm string // of the whole container (RFC 6030, section 6)
	cipher    cipherKind
	key       []byte
	block     cipher.Block
	rsa       recipient

	globalIV   []byte // of legacy files
	macURI     string
	macHash    func() hash.Hash
	macRef     string
	wrappedMAC *encrypted
	mac        hash.Hash
	macSum     []byte
	out        []byte

	opened, missed int
}

func newProtection(o *Options) *protection { return &protection{opts: o, kdf: defaultKDF()} }

// ready finishes the head: it finds the key and opens the MAC key, so that a
// wrong password is told before the first row.
func (p *protection) ready() error {
	if p.kind == PreShared && p.opts.Recipient != nil && len(p.opts.Key) == 0 && p.opts.KeyFor == nil {
		p.kind = PublicKey // known by its name
	}
	if p.asymmetric() {
		if err := p.rsa.init(p.opts, p.cert, p.public); err != nil {
			return err
		}
	}
	if p.wrappedMAC == nil {
		return nil
	}
	if p.kind == "" {
		return because(ErrNoKey, "the file has an encrypted MAC key but no EncryptionKey")
	}
	key, err := p.decrypt(p.wrappedMAC)
	if err == nil {
		p.mac = hmac.New(p.macHash, key)
		return nil
	}
	if isDecrypt(err) {
		return because(ErrWrongKey, "the %s does not open this file: its MAC key cannot be decrypted", p.kind)
	}
	return err
}

// use selects the algorithm of the container, once, and sets up the key for it.
func (p *protection) use(uri string) error {
	if uri == p.algorithm && uri != "" {
		return nil
	}
	c, err := cipherOf(uri)
	if err != nil {
		return err
	}
	if p.algorithm != "" {
		return invalid("the container uses two encryption algorithms, %s and %s", p.algorithm, uri)
	}
	if (c.mode == modeRSA15 || c.mode == modeOAEP) != p.asymmetric() {
		return because(ErrAlgorithm, "the algorithm %s does not fit a container protected by a %s", uri, p.protectedBy())
	}
	if !p.asymmetric() {
		if err := p.setKey(uri, c); err != nil {
			return err
		}
	}
	p.algorithm, p.cipher = uri, c
	return nil
}

// protection is what the head of the file says of its values.
func (p *protection) protection() Protection {
	if p.kind == "" {
		return Plain
	}
	return p.kind
}

func (p *protection) asymmetric() bool { return p.kind == X509 || p.kind == PublicKey }

func (p *protection) protectedBy() string {
	if p.kind == "" {
		return "key that it does not name (no EncryptionKey)"
	}
	return string(p.kind)
}

// setKey finds the key and expands it.
func (p *protection) setKey(uri string, c cipherKind) (err error) {
	switch p.kind {
	case Password:
		if p.key, err = p.kdf.derive(p.opts.Password, c.keyLen); err != nil {
			return err
		}
	case PreShared:
		p.key = p.opts.Key
		if p.opts.KeyFor != nil {
			p.key = p.opts.KeyFor(p.name)
		}
		if len(p.key) == 0 {
			return because(ErrNoKey, "the file needs the pre-shared key %q, which was not given", clipText(p.name))
		}
	case Plain, X509, PublicKey, "":
		return invalid("a value is encrypted but the file does not say with which key (no EncryptionKey)")
	}
	if len(p.key) != c.keyLen {
		return because(ErrNoKey, "the cipher %s needs a key of %d octets; the given one has %d", uri[strings.LastIndexByte(uri, '#')+1:], c.keyLen, len(p.key))
	}
	if uri == alg3DES {
		p.block, err = des.NewTripleDESCipher(p.key) //nolint:gosec // see the import
	} else {
		p.block, err = aes.NewCipher(p.key)
	}
	return err
}

// decrypt opens a value. The result is valid until the next call.
func (p *protection) decrypt(e *encrypted) ([]byte, error) {
	if err := p.use(e.algorithm); err != nil {
		return nil, err
	}
	switch p.cipher.mode {
	case modeCBC:
		return p.cbc(e.cipher)
	case modeWrap:
		return p.unwrap(e.cipher)
	case modeWrapPad:
		return p.unwrapPad(e.cipher)
	case modeRSA15, modeOAEP:
		return p.rsa.decrypt(p.cipher.mode, e)
	}
	return nil, ErrDecrypt
}

// cbc decrypts a value with its IV in front and removes the padding of PKCS #5
// (RFC 6030, sections 6 and 6.4). All failures are one error.
func (p *protection) cbc(in []byte) ([]byte, error) {
	n := p.block.BlockSize()
	if len(p.globalIV) == n {
		in = append(p.globalIV[:n:n], in...)
	}
	if len(in) < 2*n || len(in)%n != 0 {
		return nil, ErrDecrypt
	}
	p.out = append(p.out[:0], in[n:]...)
	for i := 0; i < len(p.out); i += n {
		p.block.Decrypt(p.out[i:i+n], p.out[i:i+n])
		for j := range n {
			p.out[i+j] ^= in[i+j]
		}
	}
	return unpad(p.out, n, p.opts.Legacy)
}

// unpad removes PKCS #5 padding; it looks at every octet that may be padding,
// whatever it finds. XML Encryption, section 5.2, leaves all but the last octet
// arbitrary; that is taken with the legacy option only.
func unpad(b []byte, n int, arbitrary bool) ([]byte, error) {
	last := b[len(b)-1]
	bad := byte(0)
	if last == 0 || int(last) > n {
		bad = 1
	}
	for i := 1; i <= n; i++ {
		if i <= int(last) && !arbitrary {
			bad |= b[len(b)-i] ^ last
		}
	}
	if bad != 0 {
		return nil, ErrDecrypt
	}
	return b[:len(b)-int(last)], nil
}
