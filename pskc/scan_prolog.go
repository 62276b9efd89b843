package pskc

import (
	"bytes"
	"strings"
)

// prolog handles what may stand before everything else: a byte order mark and
// the XML declaration. Blanks before the declaration are refused by name,
// because they are a common fault of concatenated files.
func (s *scanner) prolog() error {
	s.began = true
	if _, err := s.need(6); err != nil {
		return err
	}
	w := s.buf[s.pos:s.end]
	switch {
	case bytes.HasPrefix(w, []byte("\xef\xbb\xbf")):
		s.advance(3)
	case bytes.HasPrefix(w, []byte("\xff\xfe")), bytes.HasPrefix(w, []byte("\xfe\xff")):
		return s.malformed("the file is in UTF-16; only UTF-8 is accepted")
	}
	if ok, err := s.need(6); err != nil || !ok {
		return err
	}
	if w := s.buf[s.pos:s.end]; !bytes.HasPrefix(w, []byte("<?xml")) || !isSpace(w[5]) {
		return nil
	}
	n, err := s.until(5, "?>", "the XML declaration")
	if err != nil {
		return err
	}
	if err := s.declaration(string(s.buf[s.pos+5 : s.pos+n])); err != nil {
		return err
	}
	s.advance(n + 2)
	return nil
}

// declaration checks version, encoding and standalone, in that order.
func (s *scanner) declaration(text string) error {
	order := 0
	for rest := text; ; {
		trimmed := strings.TrimLeft(rest, " \t\r\n")
		if trimmed == "" {
			break
		}
		name, after, ok := strings.Cut(trimmed, "=")
		after = strings.TrimLeft(after, " \t\r\n")
		name = strings.TrimRight(name, " \t\r\n")
		if !ok || len(trimmed) == len(rest) || after == "" || after[0] != '"' && after[0] != '\'' {
			return s.malformed("the XML declaration is malformed")
		}
		value, tail, ok := strings.Cut(after[1:], after[:1])
		if !ok {
			return s.malformed("the XML declaration is malformed")
		}
		i := strings.Index("version encoding standalone", name)
		switch {
		case name == "version" && value != "1.0":
			return s.malformed("XML version %q is not accepted", value)
		case name == "encoding" && !strings.EqualFold(value, "UTF-8") && !strings.EqualFold(value, "US-ASCII"):
			return s.malformed("encoding %q is not accepted; only UTF-8 is", value)
		case name == "standalone" && value != "yes" && value != "no",
			name != "version" && name != "encoding" && name != "standalone",
			order == 0 && name != "version", i < order-1:
			return s.malformed("the XML declaration is malformed")
		}
		order = i + 2
		rest = tail
	}
	if order == 0 {
		return s.malformed("the XML declaration has no version")
	}
	return nil
}
