package pskc

import "time"

// policy reads Policy (RFC 6030, section 5). Whatever is not understood here is
// noted in Policy.Unknown, which forbids the key's use; the row itself is read.
func (r *Reader) policy(p *KeyPackage) error {
	o := &p.Key.Policy
	for {
		more, err := r.child()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if !r.pskc() {
			o.unknown("element %s of namespace %s", r.s.local, clipText(r.s.uri))
			err = r.skip()
		} else {
			err = r.policyChild(p)
		}
		if err != nil {
			return err
		}
	}
	if !o.Usable() {
		p.warn("the policy was not understood, so the key must not be used: %s", o.Unknown[0])
	}
	return nil
}

func (r *Reader) policyChild(p *KeyPackage) error {
	o := &p.Key.Policy
	name := r.s.local
	if name == "PINPolicy" {
		return r.pinPolicy(o)
	}
	switch name {
	case "StartDate", "ExpiryDate", "KeyUsage", "NumberOfTransactions":
	default:
		o.unknown("element %s", name)
		return r.skip()
	}
	b, err := r.leaf()
	if err != nil {
		return err
	}
	switch name {
	case "StartDate":
		o.date(p, &o.StartDate, "the policy's StartDate", b)
	case "ExpiryDate":
		o.date(p, &o.ExpiryDate, "the policy's ExpiryDate", b)
	case "KeyUsage":
		u := parseUsage(trim(b))
		if o.Usage |= u; u == 0 {
			o.unknown("KeyUsage %q", clip(b))
		}
	case "NumberOfTransactions":
		i, err := parseUnsigned(name, b, 1<<62)
		if o.Transactions = i; err != nil {
			o.unknown("%s %q", name, clip(b))
		}
	}
	return nil
}

func (p *Policy) date(pkg *KeyPackage, to *time.Time, what string, b []byte) {
	t, canonical, err := parseTime(what, b)
	switch {
	case err != nil:
		p.unknown("%s %q", what, clip(b))
	case !canonical:
		pkg.warn("%s is not in UTC and was converted", what)
	}
	*to = t
}

// pinPolicy reads PINPolicy. An attribute that is not known counts as not
// understood, as an element does.
func (r *Reader) pinPolicy(o *Policy) error {
	if o.PIN != nil {
		o.unknown("a second PINPolicy")
	}
	pin := &PINPolicy{}
	o.PIN = pin
	for i := range r.s.attrs {
		a := &r.s.attrs[i]
		if a.prefix != "" || !pin.set(a.local, a.value) {
			o.unknown("PINPolicy %s=%q", a.local, clip(a.value))
		}
	}
	if pin.Mode == "" {
		o.unknown("PINPolicy without PINUsageMode")
	}
	for {
		more, err := r.child()
		if err != nil || !more {
			return err
		}
		o.unknown("element %s in PINPolicy", r.s.local)
		if err := r.skip(); err != nil {
			return err
		}
	}
}

// set takes one attribute; false means that it was not understood.
func (pin *PINPolicy) set(name string, v []byte) bool {
	var err error
	switch name {
	case "PINKeyId":
		pin.KeyID = string(v)
	case "PINUsageMode":
		switch m := PINMode(v); m {
		case PINLocal, PINPrepend, PINAppend, PINAlgorithmic:
			pin.Mode = m
		default:
			return false
		}
	case "MaxFailedAttempts":
		pin.MaxFailedAttempts, err = parseUnsigned(name, v, 1<<32-1)
	case "MinLength":
		pin.MinLength, err = parseUnsigned(name, v, maxLength)
	case "MaxLength":
		pin.MaxLength, err = parseUnsigned(name, v, maxLength)
	case "PINEncoding", "PINFormat": // both names stand in section 5
		pin.Encoding = Encoding(v)
		return pin.Encoding.Known()
	default:
		return false
	}
	return err == nil
}
