package pskc

import (
	"strings"
	"unicode/utf8"
)

// space is a namespace that the reader knows.
type space uint8

const (
	spaceNone space = iota
	spaceOther
	spacePSKC
	spaceDS
	spaceXenc
	spaceXenc11
	spacePKCS5
	spaceXML
	spaceDraft // drafts of RFC 6030 and vendors' variants
)

// Namespaces of RFC 6030, section 1.3.
const (
	uriPSKC   = "urn:ietf:params:xml:ns:keyprov:pskc"
	uriDS     = "http://www.w3.org/2000/09/xmldsig#"
	uriXenc   = "http://www.w3.org/2001/04/xmlenc#"
	uriXenc11 = "http://www.w3.org/2009/xmlenc11#"
	uriPKCS5  = "http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#"
	uriXML    = "http://www.w3.org/XML/1998/namespace"
	uriXMLNS  = "http://www.w3.org/2000/xmlns/"
)

func spaceOf(uri string) space {
	switch uri {
	case "":
		return spaceNone
	case uriPSKC:
		return spacePSKC
	case uriDS:
		return spaceDS
	case uriXenc:
		return spaceXenc
	case uriXenc11:
		return spaceXenc11
	case uriPKCS5, "http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5#":
		return spacePKCS5
	case uriXML:
		return spaceXML
	case "urn:ietf:params:xml:ns:keyprov:pskc:1.0", "urn:ietf:params:xml:ns:keyprov:pskc#",
		"urn:ietf:params:xml:ns:keyprov:container:1.0", "urn:ietf:params:xml:ns:keyprov:container",
		"http://www.openauthentication.org/OATH/2006/10/PSKC", "http://www.openauthentication.org/OATH/2006/08/PSKC":
		return spaceDraft
	}
	return spaceOther
}

type binding struct {
	prefix, uri string
	space       space
}

// rawName is a qualified name as written.
type rawName struct{ raw, prefix, local string }

// intern returns the parts of a name that was checked once.
func (s *scanner) intern(b []byte) (rawName, error) {
	if n, ok := s.names[string(b)]; ok {
		return n, nil
	}
	raw := string(b)
	prefix, local, colon := strings.Cut(raw, ":")
	if !colon {
		prefix, local = "", raw
	}
	if colon && !isNCName(prefix) || !isNCName(local) {
		return rawName{}, s.malformed("%q is not an XML name", clip(b))
	}
	if len(s.names) >= maxNames {
		return rawName{}, s.fail(because(ErrLimit, "the file uses more than %d different names", maxNames))
	}
	n := rawName{raw, prefix, local}
	s.names[raw] = n
	return n, nil
}

// bind declares a namespace for the element being read.
func (s *scanner) bind(prefix string, value []byte) error {
	uri := string(value)
	switch {
	case prefix == "xmlns", uri == uriXMLNS, (prefix == "xml") != (uri == uriXML):
		return s.malformed("the prefix %q may not be bound to %q", prefix, clip(value))
	case prefix != "" && uri == "":
		return s.malformed("the prefix %q is bound to nothing", prefix)
	}
	from := s.stack[len(s.stack)-1].ns
	for _, b := range s.ns[from:] {
		if b.prefix == prefix {
			return s.malformed("the namespace prefix %q is declared twice", prefix)
		}
	}
	if len(s.ns) >= maxAttrs {
		return s.fail(because(ErrLimit, "more than %d namespace declarations", maxAttrs))
	}
	s.ns = append(s.ns, binding{prefix, uri, spaceOf(uri)})
	return nil
}

func (s *scanner) lookup(prefix string) (binding, error) {
	for i := len(s.ns) - 1; i >= 0; i-- {
		if s.ns[i].prefix == prefix {
			return s.ns[i], nil
		}
	}
	switch prefix {
	case "":
		return binding{}, nil
	case "xml":
		return binding{"xml", uriXML, spaceXML}, nil
	}
	return binding{}, s.malformed("the namespace prefix %q is not declared", prefix)
}

// resolve finds the namespaces of the element and of its attributes, and
// refuses an attribute given twice.
func (s *scanner) resolve(name rawName) error {
	b, err := s.lookup(name.prefix)
	if err != nil {
		return err
	}
	s.space, s.uri, s.local = b.space, b.uri, name.local
	for i := range s.attrs {
		a := &s.attrs[i]
		if a.prefix != "" {
			b, err := s.lookup(a.prefix)
			if err != nil {
				return err
			}
			a.space, a.uri = b.space, b.uri
		}
		for j := range s.attrs[:i] {
			if o := &s.attrs[j]; o.local == a.local && o.uri == a.uri {
				return s.malformed("the attribute %q is given twice", a.local)
			}
		}
	}
	return nil
}

// attr returns the value of an attribute without namespace.
func (s *scanner) attr(local string) ([]byte, bool) {
	for i := range s.attrs {
		if a := &s.attrs[i]; a.prefix == "" && a.local == local {
			return a.value, true
		}
	}
	return nil, false
}

// nameLen returns the length of the name at the beginning of b.
func nameLen(b []byte) int {
	for i, c := range b {
		if isSpace(c) || c == '=' || c == '/' || c == '>' {
			return i
		}
	}
	return len(b)
}

// isNCName checks a name without colon (Namespaces in XML, section 3).
func isNCName(s string) bool {
	for i, r := range s {
		if r == utf8.RuneError || !nameStart(r) && (i == 0 || !nameRest(r)) {
			return false
		}
	}
	return s != ""
}

// nameStart and nameRest follow XML 1.0 (fifth edition), section 2.3.
func nameStart(r rune) bool {
	switch {
	case r < 0x80:
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_'
	case r >= 0xC0 && r <= 0x2FF:
		return r != 0xD7 && r != 0xF7
	case r >= 0x370 && r <= 0x1FFF:
		return r != 0x37E
	}
	return r >= 0x200C && r <= 0x200D || r >= 0x2070 && r <= 0x218F || r >= 0x2C00 && r <= 0x2FEF ||
		r >= 0x3001 && r <= 0xD7FF || r >= 0xF900 && r <= 0xFDCF || r >= 0xFDF0 && r <= 0xFFFD || r >= 0x10000 && r <= 0xEFFFF
}

func nameRest(r rune) bool {
	return r == '-' || r == '.' || r >= '0' && r <= '9' || r == 0xB7 || r >= 0x300 && r <= 0x36F || r >= 0x203F && r <= 0x2040
}
