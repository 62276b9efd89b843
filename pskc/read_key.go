package pskc

// key reads the Key element (RFC 6030, section 4.1).
func (r *Reader) key(p *KeyPackage) error {
	k := &p.Key
	inURI, err := r.keyAttributes(k)
	if err != nil {
		return err
	}
	for {
		more, err := r.child()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if !r.pskc() {
			err = r.skip()
		} else {
			err = r.keyChild(p)
		}
		if err != nil {
			return err
		}
	}
	return k.suiteHash(inURI)
}

func (r *Reader) keyAttributes(k *Key) (inURI string, err error) {
	id, _ := r.s.attr("Id")
	alg, _ := r.s.attr("Algorithm")
	if r.opts.Legacy {
		id, alg = r.legacyKeyAttributes(id, alg)
	}
	k.ID, k.Algorithm = string(id), r.intern(alg)
	if k.ID == "" {
		return "", invalid("the key has no Id")
	}
	k.Profile, inURI, err = profileOf(k.Algorithm, r.opts.Legacy)
	return inURI, err
}

func (r *Reader) keyChild(p *KeyPackage) (err error) {
	k := &p.Key
	switch r.s.local {
	case "Issuer":
		k.Issuer, err = r.shared()
	case "FriendlyName":
		k.FriendlyNameLang = "en" // the default of section 4.1
		for _, a := range r.s.attrs {
			if a.space == spaceXML && a.local == "lang" {
				k.FriendlyNameLang = r.intern(a.value)
			}
		}
		k.FriendlyName, err = r.text()
	case "AlgorithmParameters":
		err = r.parameters(p)
	case "KeyProfileId":
		k.ProfileID, err = r.shared()
	case "KeyReference":
		k.Reference, err = r.shared()
	case "UserId":
		k.UserID, err = r.text()
	case "Data":
		err = r.keyData(p)
	case "Policy":
		err = r.policy(p)
	default:
		if r.opts.Legacy {
			return r.legacyKeyChild(p)
		}
		err = r.skipWarn(p)
	}
	return err
}

// parameters reads AlgorithmParameters (RFC 6030, section 4.3.4). The schema
// makes its children alternatives, the examples use two; any number is taken.
func (r *Reader) parameters(p *KeyPackage) error {
	k := &p.Key
	for {
		more, err := r.child()
		if err != nil || !more {
			return err
		}
		switch {
		case !r.pskc():
			err = r.skip()
		case r.s.local == "Suite":
			k.Suite, err = r.shared()
		case r.s.local == "ChallengeFormat":
			err = r.challengeFormat(k)
		case r.s.local == "ResponseFormat":
			err = r.responseFormat(k)
		default:
			err = r.skipWarn(p)
		}
		if err != nil {
			return err
		}
	}
}

const maxLength = 4096 // of challenges, responses and PINs

func (r *Reader) challengeFormat(k *Key) error {
	f := &ChallengeFormat{}
	var err error
	if f.Encoding, f.CheckDigit, err = r.format("ChallengeFormat"); err != nil {
		return err
	}
	if f.Min, err = r.size("Min", "ChallengeFormat"); err != nil {
		return err
	}
	if f.Max, err = r.size("Max", "ChallengeFormat"); err != nil {
		return err
	}
	if f.Min > f.Max {
		return invalid("the ChallengeFormat has a Min above its Max")
	}
	k.Challenge = f
	return r.skip()
}

func (r *Reader) responseFormat(k *Key) error {
	f := &ResponseFormat{}
	var err error
	if f.Encoding, f.CheckDigit, err = r.format("ResponseFormat"); err != nil {
		return err
	}
	if f.Length, err = r.size("Length", "ResponseFormat"); err != nil {
		return err
	}
	k.Response = f
	return r.skip()
}

// format reads Encoding and the check digit, which the text of section 4.3.4
// calls CheckDigit and the schema CheckDigits.
func (r *Reader) format(what string) (e Encoding, check bool, err error) {
	text, ok := r.s.attr("Encoding")
	if !ok {
		text, ok = r.s.attr("Format") // so called in section 10.1
	}
	if !ok && r.opts.Legacy {
		text, ok = r.s.attr("format")
	}
	if e = Encoding(r.intern(text)); !ok || !e.Known() {
		return "", false, invalid("the Encoding of the %s is missing or unknown: %q", what, clip(text))
	}
	for _, name := range []string{"CheckDigit", "CheckDigits"} {
		if v, ok := r.s.attr(name); ok {
			if check, err = parseBool(name, v); err != nil {
				return "", false, err
			}
		}
	}
	if check && e != Decimal {
		return "", false, invalid("the %s has a check digit, which only DECIMAL can have", what)
	}
	return e, check, nil
}

// size reads a mandatory length attribute of the current element.
func (r *Reader) size(name, what string) (int, error) {
	b, ok := r.s.attr(name)
	if !ok && r.opts.Legacy {
		b, ok = r.s.attr(lowerFirst(name))
	}
	if !ok {
		return 0, invalid("the %s has no %s", what, name)
	}
	i, err := parseUnsigned("the "+name+" of the "+what, b, maxLength)
	return int(i.Value), err
}
