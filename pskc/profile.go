package pskc

import "strings"

// Profile is what a key is for, as the algorithm URI of its file says
// (RFC 6030, section 10, and draft-hoyer-keyprov-pskc-algorithm-profiles-01).
type Profile string

// The profiles that are read and written.
const (
	ProfileHOTP Profile = "hotp"
	ProfileTOTP Profile = "totp"
	ProfileOCRA Profile = "ocra"
	ProfilePIN  Profile = "pin"
)

// Algorithm URIs. An OCRA key may also carry its suite in the URI:
// "urn:ietf:params:xml:ns:keyprov:pskc:OCRA-1:HOTP-SHA1-6:QN08".
const (
	AlgorithmHOTP = uriPSKC + ":hotp"
	AlgorithmTOTP = uriPSKC + ":totp"
	AlgorithmOCRA = uriPSKC + ":ocra"
	AlgorithmPIN  = uriPSKC + ":pin"
)

// Hash is the hash function of an HMAC-based algorithm.
type Hash string

// The hash functions of RFC 4226, RFC 6238 and RFC 6287.
const (
	SHA1   Hash = "SHA1"
	SHA256 Hash = "SHA256"
	SHA512 Hash = "SHA512"
)

// ParseHash reads the spellings that occur in files: "SHA1", "sha-256",
// "HMAC-SHA512", "HmacSHA1".
func ParseHash(text string) (Hash, error) {
	t := strings.ToUpper(strings.TrimSpace(text))
	t = strings.TrimPrefix(strings.TrimPrefix(t, "HMAC"), "-")
	switch strings.Replace(t, "SHA-", "SHA", 1) {
	case "SHA1":
		return SHA1, nil
	case "SHA256":
		return SHA256, nil
	case "SHA512":
		return SHA512, nil
	}
	return "", because(ErrAlgorithm, "unknown hash algorithm %q; known are SHA1, SHA256 and SHA512", clip([]byte(text)))
}

// profileOf recognizes an algorithm URI. suite is the OCRA suite if the URI
// holds it.
func profileOf(uri string, legacy bool) (p Profile, suite string, err error) {
	switch uri {
	case AlgorithmHOTP:
		return ProfileHOTP, "", nil
	case AlgorithmTOTP:
		return ProfileTOTP, "", nil
	case AlgorithmOCRA:
		return ProfileOCRA, "", nil
	case AlgorithmPIN:
		return ProfilePIN, "", nil
	case "":
		return "", "", invalid("the key has no Algorithm")
	}
	if rest, ok := strings.CutPrefix(uri, uriPSKC+":"); ok && strings.HasPrefix(rest, "OCRA-1:") {
		return ProfileOCRA, rest, nil
	}
	if legacy {
		if p, suite, ok := legacyProfile(uri); ok {
			return p, suite, nil
		}
	}
	return "", "", unknownProfile(uri)
}

// unknownProfile says why an algorithm is refused; some are known by name.
func unknownProfile(uri string) error {
	lower := strings.ToLower(uri)
	for _, known := range []struct{ part, name string }{
		{"securid", "RSA SecurID"},
		{"actividentity", "ActivIdentity"},
		{"yubi", "Yubico OTP"},
		{"vasco", "VASCO"},
		{"digipass", "VASCO"},
		{":cap", "CAP"},
	} {
		if strings.Contains(lower, known.part) {
			return because(ErrAlgorithm, "%s tokens (%s) use a proprietary algorithm that is not supported", known.name, clipText(uri))
		}
	}
	return because(ErrAlgorithm, "unknown algorithm %q", clipText(uri))
}

func clipText(s string) string {
	if len(s) > 100 {
		return s[:100] + "…"
	}
	return s
}

// suiteHash fills Suite and Hash of a key from what its file says.
func (k *Key) suiteHash(inURI string) error {
	switch k.Profile {
	case ProfileOCRA:
		if inURI != "" && k.Suite != "" && k.Suite != inURI {
			return invalid("the suite %q differs from the suite in the algorithm, %q", clipText(k.Suite), clipText(inURI))
		}
		if k.Suite == "" {
			k.Suite = inURI
		}
		return k.ocraHash()
	case ProfileHOTP, ProfileTOTP:
		k.Hash = SHA1 // the default of RFC 4226 and RFC 6238
		if k.Suite != "" {
			h, err := ParseHash(k.Suite)
			k.Hash = h
			return err
		}
	case ProfilePIN:
	}
	return nil
}

func (k *Key) ocraHash() error {
	suite, err := parseSuite(k.Suite)
	k.Hash = suite
	return err
}
