package pskc

import "strings"

// check applies the rules that concern the package as a whole.
func (r *Reader) check(p *KeyPackage) error {
	k := &p.Key
	if r.opts.Legacy {
		p.legacySerial()
	}
	m := p.Device.Manufacturer
	if m != "" && !strings.HasPrefix(m, "oath.") && !strings.HasPrefix(m, "iana.") {
		if r.opts.StrictManufacturer {
			return invalid("the manufacturer %q begins neither with oath. nor with iana.", clipText(m))
		}
		p.warn("the manufacturer %q begins neither with oath. nor with iana.", clipText(m))
	}
	if p.Device.SerialNo != "" && m == "" {
		p.warn("the device has a serial number but no manufacturer, so it is not named uniquely")
	}
	if r.opts.NoSecrets && (k.Secret.Len() > 0 || k.Reference != "") {
		return invalid("the key has a Secret or a KeyReference where none may be")
	}
	if k.Secret.Len() == 0 && k.Reference == "" && !r.opts.NoSecrets {
		return invalid("the key has neither a Secret nor a KeyReference")
	}
	if k.Reference != "" && k.Secret.Len() > 0 {
		return invalid("the key has both a Secret and a KeyReference")
	}
	if err := r.checkProfile(p); err != nil {
		return err
	}
	r.pins.add(k)
	return nil
}

// checkProfile applies the algorithm profiles of RFC 6030, section 10.
func (r *Reader) checkProfile(p *KeyPackage) error {
	k := &p.Key
	if k.Profile != ProfilePIN && k.Secret.Len() > 0 && k.Secret.Len() < 16 && (k.Profile != ProfileHOTP || !r.opts.Legacy) {
		return invalid("the key has %d octets; at least 16 are needed", k.Secret.Len())
	}
	if k.Profile != ProfileHOTP {
		if k.Profile == ProfileTOTP && k.Interval.Set && k.Interval.Value == 0 {
			return invalid("the time interval is 0")
		}
		return nil
	}
	if k.Policy.PIN != nil && k.Policy.PIN.Mode == PINAlgorithmic {
		return invalid("the PIN of a HOTP key cannot enter the computation (PINUsageMode Algorithmic)")
	}
	if f := k.Response; f != nil && (f.Encoding != Decimal || f.Length < 6 || f.Length > 9) {
		return invalid("the ResponseFormat of a HOTP key must be DECIMAL with 6 to 9 digits, not %s with %d", f.Encoding, f.Length)
	}
	return r.profileGap(p)
}

// profileGap treats what section 10.1 demands and files often lack.
func (r *Reader) profileGap(p *KeyPackage) error {
	for _, gap := range []struct {
		missing bool
		what    string
	}{{p.Key.Response == nil, "ResponseFormat"}, {!p.Key.Counter.Set, "Counter"}} {
		switch {
		case gap.missing && r.opts.StrictProfile:
			return invalid("the HOTP key has no %s", gap.what)
		case gap.missing:
			p.warn("the HOTP key has no %s", gap.what)
		}
	}
	return nil
}
