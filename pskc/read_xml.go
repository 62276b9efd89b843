package pskc

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"time"
)

const (
	maxWarnings = 16
	maxLeaf     = 64 << 10 // characters of one value
	maxStrings  = 512      // interned values
)

func warning(format string, args ...any) string { return fmt.Sprintf(format, args...) }

// child goes to the next child element; false means that the element ends.
func (r *Reader) child() (bool, error) {
	for {
		kind, err := r.s.next()
		switch {
		case err != nil:
			return false, err
		case kind == tokStart:
			return true, nil
		case kind == tokEnd:
			return false, nil
		case kind == tokText && len(trimSpace(r.s.data)) > 0:
			return false, r.s.malformed("text where only elements may stand")
		case kind == tokEOF:
			return false, r.s.malformed("the file ends early")
		}
	}
}

// skip reads to the end of the element whose start was just read.
func (r *Reader) skip() error { return r.unwind(len(r.s.stack) - 1) }

// unwind reads until only depth elements are open.
func (r *Reader) unwind(depth int) error {
	for len(r.s.stack) > depth || r.s.empty {
		if _, err := r.s.next(); err != nil {
			return err
		}
	}
	return nil
}

// pskc tells whether the current element is of RFC 6030 (or of a draft of it).
func (r *Reader) pskc() bool {
	return r.s.space == spacePSKC || r.opts.Legacy && r.s.space == spaceDraft
}

// leaf returns the text of the current element, which must have no children.
// The result is valid until the next leaf.
func (r *Reader) leaf() ([]byte, error) {
	name := r.s.local
	r.textBuf = r.textBuf[:0]
	for {
		kind, err := r.s.next()
		switch {
		case err != nil:
			return nil, err
		case kind == tokEnd:
			return r.textBuf, nil
		case kind == tokStart:
			return nil, invalid("the element %s holds an element where a value is expected", name)
		case len(r.textBuf)+len(r.s.data) > maxLeaf:
			return nil, because(ErrLimit, "the value of %s is longer than %d octets", name, maxLeaf)
		}
		r.textBuf = append(r.textBuf, r.s.data...)
	}
}

// text returns the text of the current element without surrounding blanks.
func (r *Reader) text() (string, error) {
	b, err := r.leaf()
	return string(trim(b)), err
}

// shared is text for values that repeat from row to row.
func (r *Reader) shared() (string, error) {
	b, err := r.leaf()
	return r.intern(trim(b)), err
}

func (r *Reader) intern(b []byte) string {
	if v, ok := r.strings[string(b)]; ok {
		return v
	}
	v := string(b)
	if len(r.strings) < maxStrings && len(b) <= 256 {
		r.strings[v] = v
	}
	return v
}

// trim removes white space from both ends.
func trim(b []byte) []byte {
	b = trimSpace(b)
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// appendBase64 decodes xs:base64Binary, in which white space may stand
// anywhere. Only the canonical form is accepted otherwise.
func appendBase64(dst, text []byte) ([]byte, error) {
	n := 0
	for _, c := range text { // in place: text is our own copy
		if !isSpace(c) {
			text[n] = c
			n++
		}
	}
	out, err := base64.StdEncoding.Strict().AppendDecode(dst, text[:n])
	if err != nil {
		return dst, invalid("a value is not base64")
	}
	return out, nil
}

// base64 returns the decoded text of the current element, in fresh memory.
func (r *Reader) base64() ([]byte, error) {
	b, err := r.leaf()
	if err != nil {
		return nil, err
	}
	return appendBase64(nil, b)
}

// parseInt reads a decimal integer, exactly; never by way of a float.
func parseInt(what string, b []byte) (Int, error) {
	v, err := strconv.ParseInt(string(trim(b)), 10, 64)
	if err != nil {
		return Int{}, invalid("%s is not an integer of 64 bits", what)
	}
	return Some(v), nil
}

// parseUnsigned reads a value between 0 and most.
func parseUnsigned(what string, b []byte, most int64) (Int, error) {
	i, err := parseInt(what, b)
	if err == nil && (i.Value < 0 || i.Value > most) {
		return Int{}, invalid("%s is not between 0 and %d", what, most)
	}
	return i, err
}

// parseTime reads xs:dateTime. The canonical form is UTC with "Z"; another
// offset is converted, none at all is refused, and so is a leap second.
func parseTime(what string, b []byte) (t time.Time, canonical bool, err error) {
	text := string(trim(b))
	t, err = time.Parse(time.RFC3339Nano, text)
	if err != nil || t.Year() < 1 {
		return time.Time{}, false, invalid("%s is not a date and time with zone such as 2026-05-01T00:00:00Z", what)
	}
	return t.UTC(), len(text) > 0 && text[len(text)-1] == 'Z', nil
}

func parseBool(what string, b []byte) (bool, error) {
	switch string(trim(b)) {
	case "true", "1", "TRUE":
		return true, nil
	case "false", "0", "FALSE":
		return false, nil
	}
	return false, invalid("%s is neither true nor false", what)
}
