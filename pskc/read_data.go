package pskc

import "math"

// encrypted is one EncryptedValue (or MACKey) as read.
type encrypted struct {
	algorithm string
	digest    string // of RSA-OAEP
	cipher    []byte // valid until the next value is read
}

// value is one child of Data: a plain or encrypted value with its MAC.
type value struct {
	plain  []byte
	sealed encrypted
	mac    [64]byte
	macLen int

	hasPlain, hasSealed, hasMAC bool
}

// keyData reads Data (RFC 6030, section 4.1).
func (r *Reader) keyData(p *KeyPackage) error {
	if r.opts.Legacy {
		if name, ok := r.s.attr("Name"); ok {
			return r.legacyData(p, string(name))
		}
	}
	for {
		more, err := r.child()
		if err != nil || !more {
			return err
		}
		if !r.pskc() {
			err = r.skip()
		} else {
			err = r.datum(p)
		}
		if err != nil {
			return err
		}
	}
}

func (r *Reader) datum(p *KeyPackage) error {
	k := &p.Key
	switch r.s.local {
	case "Secret":
		if k.Secret.Len() > 0 {
			return invalid("the key has two secrets")
		}
		b, err := r.value("Secret", true)
		if err == nil {
			k.Secret = NewSecret(b)
		}
		if err == nil && r.wasPlain && r.crypt.kind != "" {
			p.warn("the secret is plain, though the file names a key to encrypt with: someone may have exchanged it")
		}
		clear(b)
		return err
	case "Counter":
		return r.integer(&k.Counter, "Counter", 0, math.MaxInt64)
	case "Time":
		return r.integer(&k.Time, "Time", 0, math.MaxInt64)
	case "TimeInterval":
		return r.integer(&k.Interval, "TimeInterval", 1, math.MaxInt32)
	case "TimeDrift":
		return r.integer(&k.Drift, "TimeDrift", math.MinInt32, math.MaxInt32)
	}
	return r.skipWarn(p)
}

func (r *Reader) integer(to *Int, what string, least, most int64) error {
	if to.Set {
		return invalid("the key has two values of %s", what)
	}
	b, err := r.value(what, false)
	if err != nil {
		return err
	}
	i, err := parseInt(what, b)
	if err != nil && r.opts.Legacy {
		i, err = legacyInt(b)
	}
	if err != nil {
		return err
	}
	if i.Value < least || i.Value > most {
		return invalid("%s is not between %d and %d", what, least, most)
	}
	*to = i
	return nil
}

// value returns a plain or decrypted value, valid until the next one is read.
// Both forms at once are refused: an attacker who adds a PlainValue beside the
// EncryptedValue must not win (RFC 6030 has a choice there).
func (r *Reader) value(what string, binary bool) ([]byte, error) {
	var v value
	for {
		more, err := r.child()
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		if !r.pskc() {
			err = r.skip()
		} else {
			err = r.valueChild(&v, what, binary)
		}
		if err != nil {
			return nil, err
		}
	}
	r.wasPlain = v.hasPlain
	switch {
	case v.hasPlain && v.hasSealed:
		return nil, invalid("%s has both a PlainValue and an EncryptedValue", what)
	case v.hasPlain:
		return v.plain, nil
	case v.hasSealed:
		return r.open(&v)
	}
	return nil, invalid("%s has neither a PlainValue nor an EncryptedValue", what)
}

func (r *Reader) valueChild(v *value, what string, binary bool) error {
	switch r.s.local {
	case "PlainValue":
		if v.hasPlain {
			return invalid("%s has two PlainValue elements", what)
		}
		v.hasPlain = true
		b, err := r.leaf()
		if err != nil {
			return err
		}
		if !binary {
			r.plain = append(r.plain[:0], trim(b)...)
		} else if r.plain, err = appendBase64(r.plain[:0], b); err != nil {
			return err
		}
		v.plain = r.plain
		return nil
	case "EncryptedValue":
		if v.hasSealed {
			return invalid("%s has two EncryptedValue elements", what)
		}
		v.hasSealed = true
		return r.encryptedData(&v.sealed)
	case "ValueMAC":
		return r.valueMAC(v, what)
	}
	if r.opts.Legacy {
		if known, err := r.legacyValue(v, what, binary); known {
			return err
		}
	}
	return invalid("%s holds %s, which is not known", what, r.s.local)
}

func (r *Reader) valueMAC(v *value, what string) error {
	if v.hasMAC {
		return invalid("%s has two ValueMAC elements", what)
	}
	v.hasMAC = true
	b, err := r.leaf()
	if err != nil {
		return err
	}
	mac, err := appendBase64(v.mac[:0], b)
	if err != nil {
		return err
	}
	if len(mac) > len(v.mac) {
		return ErrMACMismatch
	}
	v.macLen = len(mac)
	return nil
}
