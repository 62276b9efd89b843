package pskc

import "strings"

// parseSuite returns the hash function of an OCRA suite.
func parseSuite(suite string) (Hash, error) {
	if suite == "" {
		return "", invalid("the OCRA key has no suite")
	}
	parts := strings.Split(suite, ":")
	if len(parts) != 3 || parts[0] != "OCRA-1" {
		return "", invalid("the OCRA suite %q is not of the form OCRA-1:function:input", clipText(suite))
	}
	fn := strings.Split(parts[1], "-")
	if len(fn) != 3 || fn[0] != "HOTP" {
		return "", invalid("the function %q of the OCRA suite is unknown", clipText(parts[1]))
	}
	return ParseHash(fn[1])
}
