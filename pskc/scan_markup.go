package pskc

import (
	"bytes"
	"errors"
	"io"
)

// markup reads what begins with '<'. It returns tokEOF for a comment, which is
// no token.
func (s *scanner) markup() (tokenKind, error) {
	if ok, err := s.need(2); err != nil {
		return tokEOF, err
	} else if !ok {
		return tokEOF, s.malformed("the file ends inside a tag")
	}
	s.tagLine, s.tagOff = s.line, s.base+int64(s.pos)
	switch s.buf[s.pos+1] {
	case '/':
		return tokEnd, s.endTag()
	case '?':
		return tokEOF, s.instruction()
	case '!':
		return s.declared()
	}
	return tokStart, s.startTag()
}

func (s *scanner) instruction() error {
	if _, err := s.need(6); err != nil {
		return err
	}
	if w := s.buf[s.pos:s.end]; bytes.HasPrefix(w, []byte("<?xml")) && len(w) > 5 && isSpace(w[5]) {
		return s.malformed("the XML declaration must be the very first thing in the file; remove what stands before it")
	}
	return s.malformed("a processing instruction is not accepted")
}

// declared reads a comment or CDATA section and refuses everything else that
// begins with "<!".
func (s *scanner) declared() (tokenKind, error) {
	if _, err := s.need(9); err != nil {
		return tokEOF, err
	}
	w := s.buf[s.pos:s.end]
	switch {
	case bytes.HasPrefix(w, []byte("<!--")):
		n, err := s.until(4, "--", "a comment")
		if err != nil {
			return tokEOF, err
		}
		if ok, err := s.need(n + 3); err != nil {
			return tokEOF, err
		} else if !ok || s.buf[s.pos+n+2] != '>' {
			return tokEOF, s.malformed("a comment must not contain --")
		}
		if err := s.checkChars(s.buf[s.pos+4 : s.pos+n]); err != nil {
			return tokEOF, err
		}
		s.advance(n + 3)
		return tokEOF, nil
	case bytes.HasPrefix(w, []byte("<![CDATA[")):
		return tokText, s.cdata()
	case bytes.HasPrefix(w, []byte("<!DOCTYPE")):
		return tokEOF, s.fail(ErrDTD)
	}
	return tokEOF, s.malformed("unexpected <! in the text")
}

func (s *scanner) cdata() error {
	if len(s.stack) == 0 {
		return s.malformed("text outside the root element")
	}
	n, err := s.until(9, "]]>", "a CDATA section")
	if err != nil {
		return err
	}
	raw := s.buf[s.pos+9 : s.pos+n]
	if err := s.checkChars(raw); err != nil {
		return err
	}
	s.data = raw
	if bytes.IndexByte(raw, '\r') >= 0 {
		s.data = appendLines(s.scratch[:0], raw)
		s.scratch = s.data
	}
	s.advance(n + 3)
	return nil
}

// tagEnd returns the length of the tag at pos up to its '>', which may also
// stand inside an attribute value.
func (s *scanner) tagEnd() (int, error) {
	quote := byte(0)
	for i := 1; ; i++ {
		if s.pos+i == s.end {
			if err := s.fill(); errors.Is(err, io.EOF) {
				return 0, s.malformed("the file ends inside a tag")
			} else if err != nil {
				return 0, err
			}
		}
		switch c := s.buf[s.pos+i]; {
		case c == '<':
			return 0, s.malformed("unexpected < inside a tag")
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i, nil
		}
	}
}

func (s *scanner) endTag() error {
	n, err := s.tagEnd()
	if err != nil {
		return err
	}
	name := s.buf[s.pos+2 : s.pos+n]
	for len(name) > 0 && isSpace(name[len(name)-1]) {
		name = name[:len(name)-1]
	}
	if len(s.stack) == 0 {
		return s.malformed("the end tag %q has no start tag", clip(name))
	}
	if top := s.stack[len(s.stack)-1].raw; string(name) != top {
		return s.malformed("the end tag %q does not close the element %q", clip(name), top)
	}
	s.pop()
	s.advance(n + 1)
	return nil
}

// startTag reads a start tag with its attributes and namespace declarations.
func (s *scanner) startTag() error {
	n, err := s.tagEnd()
	if err != nil {
		return err
	}
	if len(s.stack) == 0 && s.root {
		return s.malformed("a second root element")
	}
	if len(s.stack) >= maxDepth {
		return s.fail(because(ErrLimit, "elements are nested more than %d deep", maxDepth))
	}
	tag := s.buf[s.pos+1 : s.pos+n]
	s.empty = len(tag) > 0 && tag[len(tag)-1] == '/'
	if s.empty {
		tag = tag[:len(tag)-1]
	}
	end := nameLen(tag)
	name, err := s.intern(tag[:end])
	if err != nil {
		return err
	}
	s.stack = append(s.stack, openElement{name.raw, len(s.ns)})
	s.root = true
	if err := s.attributes(tag[end:]); err != nil {
		return err
	}
	if err := s.resolve(name); err != nil {
		return err
	}
	s.advance(n + 1)
	return nil
}

func (s *scanner) attributes(rest []byte) error {
	s.attrs, s.scratch = s.attrs[:0], s.scratch[:0]
	for {
		trimmed := trimSpace(rest)
		if len(trimmed) == 0 {
			return nil
		}
		if len(trimmed) == len(rest) {
			return s.malformed("a blank is missing before an attribute")
		}
		n := nameLen(trimmed)
		name, err := s.intern(trimmed[:n])
		if err != nil {
			return err
		}
		value := trimSpace(trimmed[n:])
		if len(value) == 0 || value[0] != '=' {
			return s.malformed("the attribute %q has no value", name.raw)
		}
		value = trimSpace(value[1:])
		if len(value) == 0 || value[0] != '"' && value[0] != '\'' {
			return s.malformed("the value of attribute %q is not quoted", name.raw)
		}
		end := bytes.IndexByte(value[1:], value[0])
		if end < 0 {
			return s.malformed("the value of attribute %q is not closed", name.raw)
		}
		if err := s.attribute(name, value[1:1+end]); err != nil {
			return err
		}
		rest = value[end+2:]
	}
}

func (s *scanner) attribute(name rawName, raw []byte) error {
	value, err := s.unescape(raw, true)
	if err != nil {
		return err
	}
	switch {
	case name.raw == "xmlns":
		return s.bind("", value)
	case name.prefix == "xmlns":
		return s.bind(name.local, value)
	case len(s.attrs) >= maxAttrs:
		return s.fail(because(ErrLimit, "an element has more than %d attributes", maxAttrs))
	}
	s.attrs = append(s.attrs, attr{prefix: name.prefix, local: name.local, value: value})
	return nil
}
