package pskc

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

// text reads the run of characters at pos. It reports false for the white
// space around the root element, which is no token.
func (s *scanner) text() (bool, error) {
	n := 0
	for {
		if i := bytes.IndexByte(s.buf[s.pos+n:s.end], '<'); i >= 0 {
			n += i
			break
		}
		n = s.end - s.pos
		if err := s.fill(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return false, err
		}
	}
	raw := s.buf[s.pos : s.pos+n]
	if len(s.stack) == 0 {
		if len(trimSpace(raw)) > 0 {
			return false, s.malformed("text outside the root element")
		}
		s.advance(n)
		return false, nil
	}
	s.scratch = s.scratch[:0]
	data, err := s.unescape(raw, false)
	if err != nil {
		return false, err
	}
	s.data = data
	s.advance(n)
	return true, nil
}

// class of an octet in text.
const (
	classOther = iota // needs a look
	classPlain        // stands for itself in text and attribute values
	classBlank        // stands for itself in text, becomes a space in attribute values
)

func classOf(c byte) int {
	switch {
	case c == '\n' || c == '\t':
		return classBlank
	case c < ' ' || c >= utf8.RuneSelf-1 || c == '&' || c == '<' || c == '>' || c == ']':
		return classOther
	}
	return classPlain
}

// unescape returns the characters that raw stands for: references resolved,
// line ends normalized (XML 1.0, section 2.11), and blanks in attribute values
// made spaces (section 3.3.3). It returns raw itself when there is nothing to do.
func (s *scanner) unescape(raw []byte, isAttr bool) ([]byte, error) {
	i := 0
	for i < len(raw) {
		if c := classOf(raw[i]); c == classOther || c == classBlank && isAttr {
			break
		}
		i++
	}
	if i == len(raw) {
		return raw, nil
	}
	from := len(s.scratch)
	out := append(s.scratch, raw[:i]...)
	for i < len(raw) {
		var n int
		var err error
		if out, n, err = s.character(out, raw, i, isAttr); err != nil {
			return nil, err
		}
		i += n
	}
	s.scratch = out
	return out[from:len(out):len(out)], nil
}

// character appends the character at raw[i] and returns how many octets it took.
func (s *scanner) character(out, raw []byte, i int, isAttr bool) ([]byte, int, error) {
	switch c := raw[i]; {
	case c == '&':
		r, n, err := s.reference(raw[i:])
		return utf8.AppendRune(out, r), n, err
	case c == '\r':
		n := 1
		if i+1 < len(raw) && raw[i+1] == '\n' {
			n = 2
		}
		if isAttr {
			return append(out, ' '), n, nil
		}
		return append(out, '\n'), n, nil
	case isAttr && isSpace(c):
		return append(out, ' '), 1, nil
	case c == '<':
		return out, 0, s.malformed("unexpected < in an attribute value")
	case !isAttr && c == ']' && bytes.HasPrefix(raw[i:], []byte("]]>")):
		return out, 0, s.malformed("]]> outside a CDATA section")
	}
	r, n := utf8.DecodeRune(raw[i:])
	if r == utf8.RuneError && n <= 1 {
		return out, 0, s.malformed("the text is not UTF-8")
	}
	if !isChar(r) {
		return out, 0, s.malformed("the character U+%04X is not allowed", r)
	}
	return append(out, raw[i:i+n]...), n, nil
}

// reference reads an entity or character reference. Only the five predefined
// entities exist, because document types are refused.
func (s *scanner) reference(b []byte) (r rune, n int, err error) {
	end := bytes.IndexByte(b[:min(len(b), 12)], ';')
	if end < 2 {
		return 0, 0, s.malformed("an & that begins no reference")
	}
	switch name := string(b[1:end]); name {
	case "amp":
		r = '&'
	case "lt":
		r = '<'
	case "gt":
		r = '>'
	case "quot":
		r = '"'
	case "apos":
		r = '\''
	default:
		if name[0] != '#' {
			return 0, 0, s.malformed("the entity &%s; is not defined", clip(b[1:end]))
		}
		if r, err = s.codePoint(name[1:]); err != nil {
			return 0, 0, err
		}
	}
	return r, end + 1, nil
}

func (s *scanner) codePoint(digits string) (rune, error) {
	base := 10
	if len(digits) > 0 && digits[0] == 'x' {
		base, digits = 16, digits[1:]
	}
	v, err := strconv.ParseUint(digits, base, 32)
	if err != nil || v > utf8.MaxRune || !isChar(rune(v)) {
		return 0, s.malformed("a character reference names no character")
	}
	return rune(v), nil
}

// checkChars refuses octets that are not UTF-8 and characters that XML excludes.
func (s *scanner) checkChars(b []byte) error {
	for i := 0; i < len(b); {
		if classOf(b[i]) != classOther {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			return s.malformed("the text is not UTF-8")
		}
		if !isChar(r) {
			return s.malformed("the character U+%04X is not allowed", r)
		}
		i += n
	}
	return nil
}

// appendLines appends b with its line ends normalized.
func appendLines(out, b []byte) []byte {
	for i, c := range b {
		switch {
		case c != '\r':
			out = append(out, c)
		case i+1 < len(b) && b[i+1] == '\n':
		default:
			out = append(out, '\n')
		}
	}
	return out
}

// isChar tells the characters of XML 1.0, section 2.2.
func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= utf8.MaxRune
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// trimSpace removes leading white space.
func trimSpace(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	return b
}

// clip shortens what a message quotes from the file.
func clip(b []byte) string {
	if len(b) > 40 {
		return string(b[:40]) + "…"
	}
	return string(b)
}
