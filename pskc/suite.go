package pskc

import (
	"github.com/countersign-auth/countersign/oath"
)

// parseSuite checks an OCRA suite strictly (RFC 6287, section 6) and returns its
// hash function.
func parseSuite(suite string) (Hash, error) {
	if suite == "" {
		return "", invalid("the OCRA key has no suite")
	}
	s, err := oath.ParseSuite(suite)
	if err != nil {
		return "", because(ErrInvalid, "the OCRA suite %q: %s", clipText(suite), err)
	}
	return ParseHash(s.Hash.String())
}
