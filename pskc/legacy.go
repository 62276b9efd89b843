package pskc

import (
	"strings"
	"time"
)

// This file reads what drafts of RFC 6030 and vendors' products wrote before and
// beside it, only with Options.Legacy. The forms come from files in the field;
// there is no one document that defines them.

// maxDeviceKeys bounds the keys that one Device of a draft may hold.
const maxDeviceKeys = 64

// legacyState is what drafts say once for a whole file.
type legacyState struct {
	algorithm string // of values that name none
	queue     []*KeyPackage
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// attrOr returns the first attribute that is present, or nil.
func (r *Reader) attrOr(names ...string) []byte {
	for _, n := range names {
		if v, ok := r.s.attr(n); ok {
			return v
		}
	}
	return nil
}

func (r *Reader) legacyVersion() ([]byte, bool) { return r.s.attr("version") }

// legacyHead reads EncryptionMethod, DigestMethod and MACAlgorithm, which stood
// directly in the container of drafts.
func (r *Reader) legacyHead() error {
	switch r.s.local {
	case "EncryptionMethod":
		return r.legacyMethod()
	case "DigestMethod":
		uri := r.attrOr("Algorithm", "algorithm")
		if err := r.crypt.setMAC(string(uri)); err != nil {
			return err
		}
		r.head.MACAlgorithm = r.crypt.macURI
		return r.skip()
	case "MACAlgorithm":
		uri, err := r.text()
		if err != nil {
			return err
		}
		r.head.MACAlgorithm = uri
		return r.crypt.setMAC(uri)
	}
	r.warnHead("the element %s was skipped", r.s.local)
	return r.skip()
}

// legacyMethod reads an EncryptionMethod with the key's name, or with the salt
// and iteration count of a password, and perhaps one IV for the whole file.
func (r *Reader) legacyMethod() error {
	uri := r.attrOr("Algorithm", "algorithm")
	r.legacy.algorithm = string(uri)
	for {
		more, err := r.child()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		switch r.s.local {
		case "KeyName", "MasterKeyName":
			r.crypt.name, err = r.text()
		case "PBESalt":
			r.crypt.kind = Password
			r.crypt.kdf.salt, err = r.base64()
		case "PBEIterationCount":
			r.crypt.kdf.iterations, err = r.number("the iteration count")
		case "IV":
			r.crypt.globalIV, err = r.base64()
		default:
			err = r.skip()
		}
		if err != nil {
			return err
		}
	}
	if strings.HasSuffix(r.legacy.algorithm, "#pbes2") {
		r.legacy.algorithm = algAES128 // the only scheme that was seen with it
	}
	if r.crypt.kind == Password {
		if err := r.crypt.kdf.check(r.opts.MaxIterations); err != nil {
			return err
		}
	} else {
		r.crypt.kind = PreShared
	}
	r.head.Protection, r.head.KeyName = r.crypt.kind, r.crypt.name
	return nil
}

func (r *Reader) legacyKeyAttributes(id, alg []byte) (newID, newAlg []byte) {
	if len(id) == 0 {
		id = r.attrOr("KeyId", "SecretId", "id")
	}
	if len(alg) == 0 {
		alg = r.attrOr("KeyAlgorithm", "SecretAlgorithm", "algorithm")
	}
	return id, alg
}

// legacySerial takes the serial number from an Id of the form
// "<serial>:<slot>", as Yubico writes it.
func (p *KeyPackage) legacySerial() {
	serial, slot, ok := strings.Cut(p.Key.ID, ":")
	if ok && p.Device.SerialNo == "" && digits(serial) && digits(slot) {
		p.Device.SerialNo = serial
	}
}

func (r *Reader) legacyKeyChild(p *KeyPackage) error {
	switch r.s.local {
	case "Usage":
		return r.legacyUsage(p)
	case "Expiry", "ExpiryDate":
		b, err := r.leaf()
		if err != nil {
			return err
		}
		t, err := time.Parse("01/02/2006", string(trim(b)))
		if err == nil {
			p.Key.Policy.ExpiryDate = t
			return nil
		}
		p.Key.Policy.date(p, &p.Key.Policy.ExpiryDate, "Expiry", b)
		return nil
	}
	return r.skipWarn(p)
}

// legacyUsage reads Usage: usages as attributes, formats as children.
func (r *Reader) legacyUsage(p *KeyPackage) error {
	k := &p.Key
	for i := range r.s.attrs {
		a := &r.s.attrs[i]
		u := parseUsage([]byte(a.local))
		on, err := parseBool(a.local, a.value)
		switch {
		case u == 0 || err != nil:
			k.Policy.unknown("Usage %s=%q", a.local, clip(a.value))
		case on:
			k.Policy.Usage |= u
		}
	}
	for {
		more, err := r.child()
		if err != nil || !more {
			return err
		}
		switch r.s.local {
		case "ResponseFormat":
			err = r.responseFormat(k)
		case "ChallengeFormat":
			err = r.challengeFormat(k)
		default:
			err = r.skipWarn(p)
		}
		if err != nil {
			return err
		}
	}
}

// legacyData reads <Data Name="SECRET">, whose value stands in PlainValue, Value
// or EncryptedValue and its MAC in ValueMAC or ValueDigest.
func (r *Reader) legacyData(p *KeyPackage, name string) error {
	k := &p.Key
	switch strings.ToUpper(name) {
	case "SECRET":
		b, err := r.value("Secret", true)
		if err == nil {
			k.Secret = NewSecret(b)
		}
		return err
	case "COUNTER":
		return r.integer(&k.Counter, "Counter", 0, 1<<63-1)
	case "TIME":
		return r.integer(&k.Time, "Time", 0, 1<<63-1)
	case "TIME_INTERVAL":
		return r.integer(&k.Interval, "TimeInterval", 1, 1<<31-1)
	case "TIME_DRIFT", "CLOCK_DRIFT":
		return r.integer(&k.Drift, "TimeDrift", -1<<31, 1<<31-1)
	}
	return r.skipWarn(p)
}

// legacyValue reads the children of a value that only drafts have.
func (r *Reader) legacyValue(v *value, what string, binary bool) (known bool, err error) {
	switch r.s.local {
	case "ValueDigest":
		return true, r.valueMAC(v, what)
	case "Value":
		if r.legacy.algorithm == "" {
			r.s.local = "PlainValue"
			return true, r.valueChild(v, what, binary)
		}
		if v.hasSealed {
			return true, invalid("%s has two values", what)
		}
		v.hasSealed = true
		b, err := r.leaf()
		if err != nil {
			return true, err
		}
		r.b64, err = appendBase64(r.b64[:0], b)
		v.sealed = encrypted{algorithm: r.legacy.algorithm, cipher: r.b64}
		return true, err
	}
	return false, nil
}

// legacyMAC verifies the MAC of older drafts: over the plain value. It is asked
// only after the MAC over the cipher value did not match.
func (p *protection) legacyMAC(v *value) ([]byte, error) {
	plain, err := p.decrypt(&v.sealed)
	if err != nil {
		return nil, ErrMACMismatch
	}
	if !p.macEqual(plain, v) {
		return nil, ErrMACMismatch
	}
	return plain, nil
}

// legacyProfile recognizes the algorithm URIs of drafts, in which the name stands
// behind "#", and the suite of OCRA too.
func legacyProfile(uri string) (p Profile, suite string, ok bool) {
	_, name, found := strings.Cut(uri, "#")
	if !found || !strings.Contains(strings.ToLower(uri), "pskc#") && !strings.Contains(strings.ToLower(uri), "keyprov") {
		return "", "", false
	}
	if strings.HasPrefix(name, "OCRA-1:") {
		return ProfileOCRA, name, true
	}
	switch strings.ToLower(name) {
	case "hotp":
		return ProfileHOTP, "", true
	case "totp":
		return ProfileTOTP, "", true
	case "ocra":
		return ProfileOCRA, "", true
	case "pin":
		return ProfilePIN, "", true
	}
	return "", "", false
}
