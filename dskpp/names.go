package dskpp

// Namespaces (RFC 6063, section 1.3).
const (
	Namespace     = "urn:ietf:params:xml:ns:keyprov:dskpp"
	namespacePSKC = "urn:ietf:params:xml:ns:keyprov:pskc"
	namespaceDS   = "http://www.w3.org/2000/09/xmldsig#"
	namespaceXenc = "http://www.w3.org/2001/04/xmlenc#"
	// namespaceCode is that of the one element that a trigger of ours adds: the
	// activation code (IP-05).
	namespaceCode = "urn:countersign:dskpp"
)

// MediaType is that of all messages (section 7.2.1).
const MediaType = "application/dskpp+xml"

// Algorithm identifiers of the pseudo-random functions (appendix D). Each also
// names the encryption of R_C by exclusive or (appendices D.2.1 and D.3.1).
const (
	PRFAES    = "urn:ietf:params:xml:ns:keyprov:dskpp:prf-aes-128"
	PRFSHA256 = "urn:ietf:params:xml:ns:keyprov:dskpp:prf-sha256"
)

// Algorithm identifiers of encryption (sections 5.1.1 to 5.1.3).
const (
	RSA15    = namespaceXenc + "rsa-1_5"
	RSAOAEP  = namespaceXenc + "rsa-oaep-mgf1p"
	AESWrap  = namespaceXenc + "kw-aes128" // with padding (RFC 5649) where the length needs it
	AESCBC   = namespaceXenc + "aes128-cbc"
	rsa15RFC = namespaceXenc + "rsa_1_5" // as the examples spell it (IP-06)
)

// Key protection methods of the two-pass variant (section 5.1).
const (
	Transport      = "urn:ietf:params:xml:schema:keyprov:dskpp:transport"
	Wrap           = "urn:ietf:params:xml:schema:keyprov:dskpp:wrap"
	PassphraseWrap = "urn:ietf:params:xml:schema:keyprov:dskpp:passphrase-wrap" //nolint:gosec // a name
)

// Key package formats (section 5). Only PSKC is built; the others are known by
// name, so that a peer may list them.
const (
	FormatPSKC   = "urn:ietf:params:xml:ns:keyprov:dskpp:pskc-key-container"
	FormatSKPC   = "urn:ietf:params:xml:ns:keyprov:dskpp:skpc-key-container"
	FormatPKCS12 = "urn:ietf:params:xml:ns:keyprov:dskpp:pkcs12-key-container"
	FormatPKCS5  = "urn:ietf:params:xml:ns:keyprov:dskpp:pkcs5-xml-key-container"
)

// Variant is a variant of the protocol.
type Variant string

// The variants (sections 4 and 5).
const (
	FourPass Variant = "FourPass"
	TwoPass  Variant = "TwoPass"
)

// sameAlgorithm compares identifiers octet by octet (section 8.1), but for the
// two spellings of rsa-1_5 that RFC 6063 itself has (IP-06).
func sameAlgorithm(a, b string) bool { return canonicalAlgorithm(a) == canonicalAlgorithm(b) }

func canonicalAlgorithm(uri string) string {
	if uri == rsa15RFC {
		return RSA15
	}
	return uri
}

// prefixes are those that messages are written with; there are no others but for
// foreign elements.
func prefixes() map[string]string {
	return map[string]string{
		Namespace: "dskpp", namespacePSKC: "pskc", namespaceDS: "ds", namespaceXenc: "xenc",
		"http://www.w3.org/2009/xmlenc11#":                            "xenc11",
		"http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#": "pkcs5",
		"http://www.w3.org/2001/XMLSchema-instance":                   "xsi",
		namespaceCode: "cs",
	}
}
