package httpapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"
)

// lexer takes tokens off a JSON text (RFC 8259). It reads what requests consist
// of, objects, lists, texts, whole numbers and flags, and refuses everything else.
type lexer struct {
	b []byte
	i int
}

// next skips white space and returns the byte that follows; 0 at the end.
func (l *lexer) next() byte {
	for l.i < len(l.b) {
		switch c := l.b[l.i]; c {
		case ' ', '\t', '\n', '\r':
			l.i++
		default:
			return c
		}
	}
	return 0
}

// take takes the byte c if it is next.
func (l *lexer) take(c byte) bool {
	if l.next() != c || l.i >= len(l.b) {
		return false
	}
	l.i++
	return true
}

// broken is the refusal of a text that is not JSON.
func (l *lexer) broken() error {
	return refuse(http.StatusBadRequest, "request.json", "", "The body is not one JSON object: see byte %d.", l.i+1)
}

// text takes a string. What has been checked to be one is next.
func (l *lexer) text() (string, error) {
	start := l.i
	plain := true
	for i := start + 1; i < len(l.b); i++ {
		switch c := l.b[i]; {
		case c == '"':
			l.i = i + 1
			if plain {
				return string(l.b[start+1 : i]), nil
			}
			return l.unquote(l.b[start:l.i])
		case c == '\\':
			plain = false
			i++
		case c < ' ':
			l.i = i
			return "", l.broken()
		case c >= utf8.RuneSelf:
			plain = false
		}
	}
	return "", l.broken()
}

// unquote reads a string with escapes or characters beyond ASCII. The standard
// decoder mends broken ones with U+FFFD; here they are refused.
func (l *lexer) unquote(quoted []byte) (string, error) {
	var s string
	if !utf8.Valid(quoted) || json.Unmarshal(quoted, &s) != nil {
		return "", l.broken()
	}
	if strings.ContainsRune(s, utf8.RuneError) && !bytes.ContainsRune(quoted, utf8.RuneError) && !bytes.Contains(bytes.ToLower(quoted), []byte(`\ufffd`)) {
		return "", l.broken()
	}
	return s, nil
}

// word takes letters: true, false or null.
func (l *lexer) word() string {
	start := l.i
	for l.i < len(l.b) && 'a' <= l.b[l.i] && l.b[l.i] <= 'z' {
		l.i++
	}
	return string(l.b[start:l.i])
}

// whole takes a whole number; ok is false when it is not one, or has more than 18
// digits. A fraction or an exponent is no whole number, whatever its value.
func (l *lexer) whole() (n int64, ok bool) {
	start := l.i
	if l.i < len(l.b) && l.b[l.i] == '-' {
		l.i++
	}
	first := l.i
	for l.i < len(l.b) && '0' <= l.b[l.i] && l.b[l.i] <= '9' {
		if l.i-first >= 18 {
			return 0, false
		}
		n = n*10 + int64(l.b[l.i]-'0')
		l.i++
	}
	digits := l.i - first
	if digits == 0 || digits > 1 && l.b[first] == '0' {
		return 0, false
	}
	if l.i < len(l.b) && strings.IndexByte(",]} \t\r\n", l.b[l.i]) < 0 {
		return 0, false
	}
	if first > start {
		n = -n
	}
	return n, true
}
