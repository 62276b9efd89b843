package pskc

// encryptedData reads the content of an xenc:EncryptedDataType.
func (r *Reader) encryptedData(e *encrypted) error {
	found := false
	for {
		more, err := r.child()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		switch r.s.local {
		case "EncryptionMethod":
			err = r.encryptionMethod(e)
		case "CipherData":
			found = true
			err = r.cipherData(e)
		default: // KeyInfo, EncryptionProperties
			err = r.skip()
		}
		if err != nil {
			return err
		}
	}
	if !found {
		return invalid("an encrypted value has no CipherData")
	}
	if e.algorithm == "" {
		e.algorithm = r.legacy.algorithm
	}
	return nil
}

func (r *Reader) encryptionMethod(e *encrypted) error {
	uri, _ := r.s.attr("Algorithm")
	e.algorithm = r.intern(uri)
	for {
		more, err := r.child()
		if err != nil || !more {
			return err
		}
		switch r.s.local {
		case "DigestMethod":
			uri, _ := r.s.attr("Algorithm")
			e.digest = r.intern(uri)
			err = r.skip()
		case "KeySize":
			err = r.skip()
		default:
			err = because(ErrAlgorithm, "the EncryptionMethod holds %s, which is not supported", r.s.local)
		}
		if err != nil {
			return err
		}
	}
}

func (r *Reader) cipherData(e *encrypted) error {
	for {
		more, err := r.child()
		if err != nil || !more {
			return err
		}
		if r.s.local != "CipherValue" {
			return because(ErrAlgorithm, "the encrypted value stands outside the file (%s); that is not followed", r.s.local)
		}
		if e.cipher != nil {
			return invalid("an encrypted value has two CipherValue elements")
		}
		b, err := r.leaf()
		if err != nil {
			return err
		}
		if r.b64, err = appendBase64(r.b64[:0], b); err != nil {
			return err
		}
		e.cipher = r.b64
	}
}
