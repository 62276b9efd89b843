package pskc

import (
	"bytes"
	"io"
	"strings"
)

// ScanEvents runs the scanner over a document and writes what it saw, one event
// a line, with adjacent text merged.
func ScanEvents(r io.Reader) (string, error) {
	s := newScanner(r, 0)
	var out, text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			out.WriteString("text " + text.String() + "\n")
			text.Reset()
		}
	}
	for {
		kind, err := s.next()
		if err != nil || kind == tokEOF {
			flush()
			return out.String(), err
		}
		switch kind {
		case tokText:
			text.Write(s.data)
			continue
		case tokStart:
			flush()
			out.WriteString("start {" + BlankAttr(s.uri) + "}" + s.local)
			for _, a := range s.attrs {
				out.WriteString(" {" + BlankAttr(a.uri) + "}" + a.local + "=" + BlankAttr(string(bytes.Clone(a.value))))
			}
			out.WriteString("\n")
		case tokEnd, tokEOF:
			flush()
			out.WriteString("end\n")
		}
	}
}

// BlankAttr makes blanks alike: encoding/xml does not normalize them in
// attribute values.
func BlankAttr(s string) string {
	return strings.NewReplacer("\t", " ", "\n", " ", "\r", " ").Replace(s)
}
