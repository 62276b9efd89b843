package dskpp

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Version is a protocol version (RFC 6063, section 1.2). The parts are integers
// of their own: 1.10 is higher than 1.9.
type Version struct {
	Major int // 0 to 99
	Minor int // 0 to 999
}

// ParseVersion reads the form of the schema, one or two digits, a point and one
// to three digits (section 8.2). Leading zeros are ignored.
func ParseVersion(s string) (Version, error) {
	a, b, ok := strings.Cut(s, ".")
	if !ok || !digits(a, 2) || !digits(b, 3) {
		return Version{}, malformed("the version %q is not of the form 1.0", clip(s))
	}
	major, _ := strconv.Atoi(a)
	minor, _ := strconv.Atoi(b)
	return Version{major, minor}, nil
}

func digits(s string, most int) bool {
	return s != "" && len(s) <= most && strings.Trim(s, "0123456789") == ""
}

// String writes the version without leading zeros.
func (v Version) String() string { return fmt.Sprintf("%d.%d", v.Major, v.Minor) }

// Compare returns -1, 0 or 1 for a lower, equal or higher version.
func (v Version) Compare(w Version) int {
	return cmp.Or(cmp.Compare(v.Major, w.Major), cmp.Compare(v.Minor, w.Minor))
}

// spoken is the version of this package.
func spoken() Version { return Version{1, 0} }
