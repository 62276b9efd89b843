package prompt

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Question is what a phone signs when it approves a content: the SHA-256 of the UTF-8 text, a
// line feed and the control digits ("" for none), as 64 hexadecimal digits in capitals. With number
// matching the digits are those that the person has typed.
func Question(content, control string) string {
	sum := sha256.Sum256([]byte(content + "\n" + control))
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// Digest is the SHA-256 of a content, in hexadecimal digits.
func Digest(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}
