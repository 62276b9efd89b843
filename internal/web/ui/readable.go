package ui

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// Readable reports whether all values are text: PostgreSQL stores neither broken
// UTF-8 nor NUL, and no page can show them.
func Readable(values url.Values) bool {
	for _, all := range values {
		for _, s := range all {
			if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
				return false
			}
		}
	}
	return true
}
