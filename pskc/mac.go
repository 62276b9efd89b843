package pskc

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // HMAC-SHA1 is what RFC 6030, section 6.1.1, recommends
	"crypto/sha256"
	"crypto/sha512"
	"errors"
)

// MAC algorithm URIs of RFC 6030, section 6.1.1.
const (
	macSHA1   = "http://www.w3.org/2000/09/xmldsig#hmac-sha1"
	macSHA224 = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha224"
	macSHA256 = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"
	macSHA384 = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha384"
	macSHA512 = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha512"
)

// maxMissed is how many values may fail before the key itself is doubted,
// as long as none was opened.
const maxMissed = 16

// setMAC selects the MAC algorithm. An unknown one is an error, never SHA-1.
func (p *protection) setMAC(uri string) error {
	switch uri {
	case macSHA1:
		p.macHash = sha1.New
	case macSHA224:
		p.macHash = sha256.New224
	case macSHA256:
		p.macHash = sha256.New
	case macSHA384:
		p.macHash = sha512.New384
	case macSHA512:
		p.macHash = sha512.New
	default:
		return because(ErrMACMethod, "the MAC algorithm %q is not supported", clipText(uri))
	}
	p.macURI = uri
	return nil
}

// open verifies the MAC of a value and then decrypts it, in this order
// (RFC 6030, section 6.1.1).
func (r *Reader) open(v *value) ([]byte, error) {
	p := r.crypt
	plain, err := p.open(v)
	switch {
	case err == nil:
		p.opened++
	case errors.Is(err, ErrMACMismatch), isDecrypt(err):
		if p.missed++; p.opened == 0 && p.missed >= maxMissed {
			return nil, because(ErrWrongKey, "none of the first %d values can be opened: the key or password is wrong", p.missed)
		}
	}
	return plain, err
}

func (p *protection) open(v *value) ([]byte, error) {
	if err := p.use(v.sealed.algorithm); err != nil {
		return nil, err
	}
	err := p.verify(v)
	if errors.Is(err, ErrMACMismatch) && p.opts.Legacy {
		return p.legacyMAC(v)
	}
	if err != nil {
		return nil, err
	}
	return p.decrypt(&v.sealed)
}

// verify checks the MAC over the cipher value with its IV. Key wrap and RSA need
// none, but one that is there must be right.
func (p *protection) verify(v *value) error {
	if !v.hasMAC {
		if p.cipher.mode == modeCBC && !p.opts.InsecureNoMAC {
			return ErrMACMissing
		}
		return nil
	}
	if err := p.macReady(); err != nil {
		return err
	}
	if !p.macEqual(v.sealed.cipher, v) {
		return ErrMACMismatch
	}
	return nil
}

// macEqual compares the MAC over b with that of v in constant time.
func (p *protection) macEqual(b []byte, v *value) bool {
	p.mac.Reset()
	p.mac.Write(b)
	p.macSum = p.mac.Sum(p.macSum[:0])
	return hmac.Equal(p.macSum, v.mac[:v.macLen])
}

// macReady sets up the MAC key where the file itself does not bring one.
func (p *protection) macReady() error {
	switch {
	case p.mac != nil:
		return nil
	case p.macHash == nil:
		return because(ErrMACMethod, "the value has a ValueMAC but the file names no MAC method")
	case len(p.opts.MACKey) > 0:
		p.mac = hmac.New(p.macHash, p.opts.MACKey)
	case p.macRef != "":
		return because(ErrMACKeyMissing, "the file needs the pre-agreed MAC key %q, which was not given", clipText(p.macRef))
	case (p.opts.EncryptionKeyAsMACKey || p.opts.Legacy) && len(p.key) > 0:
		p.mac = hmac.New(p.macHash, p.key)
	default:
		return ErrMACKeyMissing
	}
	return nil
}

func isDecrypt(err error) bool { return errors.Is(err, ErrDecrypt) }
