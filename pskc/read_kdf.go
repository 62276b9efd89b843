package pskc

// derivedKey reads xenc11:DerivedKey (RFC 6030, section 6.2).
func (r *Reader) derivedKey() error {
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
		case "KeyDerivationMethod":
			found = true
			err = r.derivationMethod()
		case "MasterKeyName", "DerivedKeyName", "CarriedKeyName":
			var name string
			if name, err = r.text(); name != "" && r.crypt.name == "" {
				r.crypt.name = name
			}
		default: // ReferenceList and the like
			err = r.skip()
		}
		if err != nil {
			return err
		}
	}
	if !found {
		return because(ErrAlgorithm, "the DerivedKey has no KeyDerivationMethod")
	}
	return nil
}

func (r *Reader) derivationMethod() error {
	uri, _ := r.s.attr("Algorithm")
	switch string(uri) {
	case algPBKDF2, algPBKDF2v2, "http://www.w3.org/2009/xmlenc11#pbkdf2":
	default:
		return because(ErrAlgorithm, "the key derivation %q is not supported; PBKDF2 is", clipText(string(uri)))
	}
	for {
		more, err := r.child()
		if err != nil {
			return err
		}
		if !more {
			return r.crypt.kdf.check(r.opts.MaxIterations)
		}
		known := r.s.local == "PBKDF2-params" || r.opts.Legacy && r.s.local == "PBKDF2-Params"
		if !known {
			return because(ErrAlgorithm, "the key derivation holds %s, which is not supported", r.s.local)
		}
		if err := r.pbkdf2Params(); err != nil {
			return err
		}
	}
}

// pbkdf2Params reads PBKDF2-params. Its children are found in the namespace of
// PKCS #5 and in none, and both are taken.
func (r *Reader) pbkdf2Params() error {
	k := &r.crypt.kdf
	for {
		more, err := r.child()
		if err != nil || !more {
			return err
		}
		switch r.s.local {
		case "Salt":
			k.salt, err = r.salt()
		case "IterationCount":
			k.iterations, err = r.number("the iteration count")
		case "KeyLength":
			k.length, err = r.number("the key length")
		case "PRF":
			uri, ok := r.s.attr("Algorithm")
			if ok {
				k.prf = string(uri)
			}
			err = r.skip()
		default:
			err = because(ErrAlgorithm, "PBKDF2-params holds %s, which is not supported", r.s.local)
		}
		if err != nil {
			return err
		}
	}
}

func (r *Reader) salt() (salt []byte, err error) {
	for {
		more, err := r.child()
		if err != nil || !more {
			return salt, err
		}
		if r.s.local != "Specified" {
			return nil, because(ErrAlgorithm, "the salt is given by %s, which is not supported", r.s.local)
		}
		if salt, err = r.base64(); err != nil {
			return nil, err
		}
	}
}

func (r *Reader) number(what string) (int, error) {
	b, err := r.leaf()
	if err != nil {
		return 0, err
	}
	i, err := parseUnsigned(what, b, 1<<31-1)
	return int(i.Value), err
}
