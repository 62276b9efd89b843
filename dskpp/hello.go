package dskpp

import "github.com/countersign-auth/countersign/pskc"

// ClientHello begins a run (KeyProvClientHello, RFC 6063, sections 4.2.2 and
// 5.2.2). The lists are in the order of the client's preference.
type ClientHello struct {
	Version        Version
	Device         *DeviceIdentifier
	KeyID          []byte // of the key to be replaced; nil if none
	Nonce          []byte // R, or R_C in the two-pass variant; nil if none
	KeyTypes       []string
	Encryption     []string
	MACs           []string
	Variants       *Variants // nil if left out: four-pass (IP-17)
	Packages       []string  // nil if left out: PSKC (IP-17)
	Authentication *AuthenticationData
	Extensions     []Extension
}

// Variants are the protocol variants of a client (dskpp:ProtocolVariantsType).
type Variants struct {
	FourPass bool
	TwoPass  []Method // nil if not supported
}

// Method is a key protection method with the key that it is to use.
type Method struct {
	URI     string
	Payload *Payload // may be nil
}

// Payload is a nonce or the name of a key (dskpp:PayloadType). Exactly one field
// is set.
type Payload struct {
	Nonce []byte
	Key   *KeyInfo
	Other *pskc.Element
}

func readClientHello(root *pskc.Element) (Message, error) {
	s := children(root, "Version")
	h := &ClientHello{Version: s.version()}
	d, err := readDevice(s.maybe("DeviceIdentifierData"))
	h.Device = keep(s, d, err)
	h.KeyID = s.bytes(s.maybe("KeyID"))
	h.Nonce = s.nonce(s.maybe("ClientNonce"))
	h.KeyTypes = s.uris(s.one("SupportedKeyTypes"), "Algorithm")
	h.Encryption = s.uris(s.one("SupportedEncryptionAlgorithms"), "Algorithm")
	h.MACs = s.uris(s.one("SupportedMacAlgorithms"), "Algorithm")
	v, err := readVariants(s.maybe("SupportedProtocolVariants"))
	h.Variants = keep(s, v, err)
	h.Packages = s.uris(s.maybe("SupportedKeyPackages"), "KeyPackageFormat")
	a, err := readAuthenticationData(s.maybe("AuthenticationData"))
	h.Authentication = keep(s, a, err)
	x, err := readExtensions(s.maybe("Extensions"))
	h.Extensions = keep(s, x, err)
	if len(h.KeyID) > maxIdentifier {
		s.fail("a KeyID of %d octets", len(h.KeyID))
	}
	return h, s.end()
}

func readVariants(e *pskc.Element) (*Variants, error) {
	if e == nil {
		return nil, nil //nolint:nilnil // it is optional
	}
	s := children(e)
	v := &Variants{}
	if f := s.maybe("FourPass"); f != nil { // of type xs:anyType
		v.FourPass = true
	}
	if t := s.maybe("TwoPass"); t != nil {
		in := children(t)
		for in.is(Namespace, "SupportedKeyProtectionMethod") {
			m := Method{URI: in.uri(in.one("SupportedKeyProtectionMethod"))}
			p, err := readPayload(in.maybe("Payload"))
			m.Payload = keep(in, p, err)
			v.TwoPass = append(v.TwoPass, m)
		}
		if len(v.TwoPass) == 0 || len(v.TwoPass) > maxList {
			in.fail("TwoPass holds %d methods", len(v.TwoPass))
		}
		keep(s, v, in.end())
	}
	return v, s.end()
}

func readPayload(e *pskc.Element) (*Payload, error) {
	if e == nil {
		return nil, nil //nolint:nilnil // it is optional
	}
	s := children(e)
	p := &Payload{}
	switch n := s.maybe("Nonce"); {
	case n != nil:
		p.Nonce = s.nonce(n)
	case s.is(namespaceDS, "KeyInfo"):
		k, err := readKeyInfo(s.maybeOf(namespaceDS, "KeyInfo"))
		p.Key = keep(s, &k, err)
	default:
		if p.Other = s.other(); p.Other == nil {
			s.fail("an empty Payload")
		}
	}
	return p, s.end()
}

func (p *Payload) element() *pskc.Element {
	switch {
	case p == nil:
		return nil
	case p.Key != nil:
		return element("Payload", p.Key.into(ds("KeyInfo", "")))
	case p.Nonce != nil:
		return element("Payload", octets("Nonce", p.Nonce))
	}
	return element("Payload", p.Other)
}

func (v *Variants) element() *pskc.Element {
	if v == nil {
		return nil
	}
	all := element("SupportedProtocolVariants")
	if v.FourPass {
		all.Children = append(all.Children, element("FourPass"))
	}
	if v.TwoPass != nil {
		two := element("TwoPass")
		for _, m := range v.TwoPass {
			two.Children = append(two.Children, text("SupportedKeyProtectionMethod", m.URI))
			if m.Payload != nil {
				two.Children = append(two.Children, m.Payload.element())
			}
		}
		all.Children = append(all.Children, two)
	}
	return all
}

// Format writes the hello.
func (h *ClientHello) Format() []byte { return h.element().Format(prefixes()) }

func (h *ClientHello) element() *pskc.Element {
	return attrs(element("KeyProvClientHello",
		h.Device.element(), octets("KeyID", h.KeyID), octets("ClientNonce", h.Nonce),
		writeURIs("SupportedKeyTypes", "Algorithm", h.KeyTypes),
		writeURIs("SupportedEncryptionAlgorithms", "Algorithm", h.Encryption),
		writeURIs("SupportedMacAlgorithms", "Algorithm", h.MACs),
		h.Variants.element(), writeURIs("SupportedKeyPackages", "KeyPackageFormat", h.Packages),
		h.Authentication.element(), writeExtensions(h.Extensions),
	), "Version", h.Version.String())
}
