package pskc

import (
	"bytes"
	"crypto/rsa"
	"math/big"
)

// readHead reads the KeyContainer up to the first key package: EncryptionKey and
// MACMethod apply to all packages, so they come first (RFC 6030, section 11).
func (r *Reader) readHead() error {
	if _, err := r.s.next(); err != nil {
		return err
	}
	if err := r.root(); err != nil {
		return err
	}
	for {
		more, err := r.child()
		switch {
		case err != nil:
			return err
		case !more:
			return r.noPackage()
		case r.isPackage():
			r.pending = true
			err := r.crypt.ready()
			r.head.Protection = r.crypt.protection()
			return err
		}
		if err := r.headElement(); err != nil {
			return err
		}
	}
}

func (r *Reader) noPackage() error {
	return because(ErrEmpty, "the container holds no KeyPackage")
}

// root checks the KeyContainer element and its version.
func (r *Reader) root() error {
	named := r.s.local == "KeyContainer" || r.opts.Legacy && r.s.local == "SecretContainer"
	if !named || !r.pskc() {
		hint := ""
		if r.s.space == spaceDraft {
			hint = "; it is of a draft of RFC 6030, which the legacy option reads"
		}
		return because(ErrXML, "the root element %s of namespace %q is not a KeyContainer%s", r.s.local, clipText(r.s.uri), hint)
	}
	if id, ok := r.s.attr("Id"); ok {
		r.head.ID = string(id)
	}
	version, ok := r.s.attr("Version")
	if !ok && r.opts.Legacy {
		version, ok = r.legacyVersion()
	}
	if !ok {
		return because(ErrVersion, "the container has no Version")
	}
	major, minor, err := parseVersion(string(version))
	if err != nil {
		return err
	}
	if major != 1 {
		return because(ErrVersion, "version %q of the container is not supported; 1 is", clip(version))
	}
	if minor > 0 {
		r.warnHead("version %s of the container is newer than 1.0; what it adds was ignored", clip(version))
	}
	r.head.Version = string(version)
	return nil
}

func (r *Reader) headElement() error {
	switch {
	case !r.pskc():
		return r.skip()
	case r.s.local == "EncryptionKey":
		return r.encryptionKey()
	case r.s.local == "MACMethod":
		return r.macMethod()
	case r.s.local == "Extensions":
		return r.skip()
	case r.opts.Legacy:
		return r.legacyHead()
	}
	r.warnHead("the element %s was skipped", r.s.local)
	return r.skip()
}

// encryptionKey reads how the values are protected (RFC 6030, section 6).
func (r *Reader) encryptionKey() error {
	if r.crypt.kind != "" {
		return invalid("the container has two EncryptionKey elements")
	}
	for {
		more, err := r.child()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if err := r.keyInfo(); err != nil {
			return err
		}
	}
	if r.crypt.kind == "" {
		return because(ErrNoKey, "the EncryptionKey names neither a key nor a password nor a certificate")
	}
	r.head.Protection, r.head.KeyName = r.crypt.kind, r.crypt.name
	return nil
}

func (r *Reader) keyInfo() error {
	set := func(k Protection) error {
		if r.crypt.kind != "" && r.crypt.kind != k {
			return invalid("the EncryptionKey names both a %s and a %s", r.crypt.kind, k)
		}
		r.crypt.kind = k
		return nil
	}
	switch {
	case r.s.space == spaceDS && r.s.local == "KeyName":
		name, err := r.text()
		if err != nil {
			return err
		}
		if r.crypt.kind == "" { // beside X509Data or DerivedKey it is only a label
			r.crypt.kind = PreShared
		}
		r.crypt.name = name
		return nil
	case r.s.local == "DerivedKey" && (r.s.space == spaceXenc11 || r.opts.Legacy):
		if r.crypt.kind == PreShared {
			r.crypt.kind = ""
		}
		if err := set(Password); err != nil {
			return err
		}
		return r.derivedKey()
	case r.s.space == spaceDS && r.s.local == "X509Data":
		if r.crypt.kind == PreShared {
			r.crypt.kind = ""
		}
		if err := set(X509); err != nil {
			return err
		}
		return r.x509Data()
	}
	if r.s.space == spaceDS && r.s.local == "KeyValue" {
		if r.crypt.kind == PreShared {
			r.crypt.kind = ""
		}
		if err := set(PublicKey); err != nil {
			return err
		}
		return r.keyValue()
	}
	return because(ErrAlgorithm, "the EncryptionKey uses %s, which is not supported", r.s.local)
}

// keyValue reads the RSA public key of the recipient (XML Signature, section 4.4.2).
func (r *Reader) keyValue() error {
	var key rsa.PublicKey
	for {
		more, err := r.child()
		switch {
		case err != nil:
			return err
		case !more && key.N == nil:
			return because(ErrAlgorithm, "the KeyValue holds no RSA key")
		case !more:
			r.crypt.public = &key
			return nil
		case r.s.space != spaceDS || r.s.local != "RSAKeyValue" || key.N != nil:
			return because(ErrAlgorithm, "the KeyValue holds %s, which is not supported", r.s.local)
		}
		if err := r.rsaKeyValue(&key); err != nil {
			return err
		}
	}
}

func (r *Reader) rsaKeyValue(key *rsa.PublicKey) error {
	parts := map[string][]byte{}
	for {
		more, err := r.child()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		name := r.s.local
		if parts[name], err = r.base64(); err != nil {
			return err
		}
	}
	key.N = new(big.Int).SetBytes(parts["Modulus"])
	e := new(big.Int).SetBytes(parts["Exponent"])
	if len(parts) != 2 || key.N.BitLen() < 512 || e.BitLen() > 31 || e.BitLen() < 2 {
		return invalid("the RSAKeyValue is not an RSA key")
	}
	key.E = int(e.Int64())
	return nil
}

// x509Data reads the certificate of the recipient (RFC 6030, section 6.3).
func (r *Reader) x509Data() error {
	for {
		more, err := r.child()
		if err != nil || !more {
			return err
		}
		if r.s.local == "X509Certificate" && r.s.space == spaceDS {
			if r.crypt.cert, err = r.base64(); err != nil {
				return err
			}
			continue
		}
		if err := r.skip(); err != nil {
			return err
		}
	}
}

// macMethod reads how values are authenticated (RFC 6030, section 6.1.1).
func (r *Reader) macMethod() error {
	uri, _ := r.s.attr("Algorithm")
	if r.crypt.macURI != "" {
		return invalid("the container has two MACMethod elements")
	}
	if err := r.crypt.setMAC(string(uri)); err != nil {
		return err
	}
	r.head.MACAlgorithm = r.crypt.macURI
	for {
		more, err := r.child()
		if err != nil || !more {
			return err
		}
		switch {
		case r.pskc() && r.s.local == "MACKey":
			var v encrypted
			if err := r.encryptedData(&v); err != nil {
				return err
			}
			r.crypt.wrappedMAC = &encrypted{v.algorithm, v.digest, bytes.Clone(v.cipher)}
		case r.pskc() && r.s.local == "MACKeyReference":
			if r.crypt.macRef, err = r.text(); err != nil {
				return err
			}
		case r.pskc():
			return because(ErrMACMethod, "the MACMethod holds %s, which is not supported", r.s.local)
		default:
			if err := r.skip(); err != nil {
				return err
			}
		}
	}
}
