package pskc

import (
	"encoding/base64"
	"strconv"
	"time"
	"unicode/utf8"
)

func (w *Writer) raw(s string) { w.buf = append(w.buf, s...) }

// escaped writes text so that it reads back as it is, line ends included.
func (w *Writer) escaped(s string) {
	for i := range len(s) {
		switch c := s[i]; c {
		case '&':
			w.raw("&amp;")
		case '<':
			w.raw("&lt;")
		case '>':
			w.raw("&gt;")
		case '"':
			w.raw("&quot;")
		case '\t', '\n', '\r':
			w.raw("&#" + strconv.Itoa(int(c)) + ";")
		default:
			w.buf = append(w.buf, c)
		}
	}
}

// attr writes an attribute unless it is empty.
func (w *Writer) attr(name, value string) {
	if value == "" {
		return
	}
	w.raw(" " + name + `="`)
	w.escaped(value)
	w.raw(`"`)
}

// leaf writes an element with text unless it is empty.
func (w *Writer) leaf(name, value string) {
	if value == "" {
		return
	}
	w.raw("<" + name + ">")
	w.escaped(value)
	w.raw("</" + name + ">")
}

func (w *Writer) integer(name string, v int64) { w.leaf(name, strconv.FormatInt(v, 10)) }

// date writes the canonical form of xs:dateTime, with milliseconds at most
// (RFC 6030, section 4.3.1).
func (w *Writer) date(name string, t time.Time) {
	if !t.IsZero() {
		w.leaf(name, t.UTC().Format("2006-01-02T15:04:05.999Z"))
	}
}

// intAttr writes an attribute unless the value is not set.
func (w *Writer) intAttr(name string, i Int) {
	if i.Set {
		w.attr(name, strconv.FormatInt(i.Value, 10))
	}
}

func (w *Writer) base64(b []byte) { w.buf = base64.StdEncoding.AppendEncode(w.buf, b) }

// sealed writes the content of an xenc:EncryptedDataType.
func (w *Writer) sealed(cipher []byte) {
	w.raw(`<xenc:EncryptionMethod Algorithm="` + w.seal.algorithm + `"/><xenc:CipherData><xenc:CipherValue>`)
	w.base64(cipher)
	w.raw("</xenc:CipherValue></xenc:CipherData>")
}

// xmlText tells whether a string can stand in XML and comes back unchanged.
func xmlText(s string) bool {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n <= 1 {
				return false
			}
		}
		if !isChar(r) {
			return false
		}
	}
	return s == string(trim([]byte(s)))
}
