package pskc

import (
	"bytes"
	"errors"
	"io"
)

// scanner is a strict streaming reader of the XML that a key container needs:
// elements, attributes, namespaces, the five predefined entities, character
// references, comments and CDATA, in UTF-8. It refuses document types,
// processing instructions, undeclared prefixes and everything not well-formed.
//
// It is some five times as fast as encoding/xml, because names are interned,
// nothing is copied that holds no reference, and memory is one window over the
// input. A fuzz test compares the two (FuzzScanner), a benchmark measures them.
type scanner struct {
	r    io.Reader
	buf  []byte // window: buf[pos:end] is not consumed
	pos  int
	end  int
	base int64 // offset of buf[0] in the input
	line int   // line of pos
	eof  bool
	max  int64 // octets of input allowed

	names map[string]rawName
	stack []openElement
	ns    []binding
	began bool // something other than the declaration was seen
	root  bool // the root element was seen
	empty bool // the last start tag was <a/>: its end comes next

	// The current token; slices are valid until the next call of next.
	space   space
	uri     string
	local   string
	attrs   []attr
	data    []byte
	scratch []byte
	tagLine int
	tagOff  int64
}

// limits of a document; a container needs a depth of about 12.
const (
	maxDepth  = 32
	maxAttrs  = 64
	maxNames  = 4096
	maxToken  = 1 << 20 // one tag, comment, CDATA section or run of text
	windowLen = 64 << 10
)

type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokStart
	tokEnd
	tokText
)

type openElement struct {
	raw string
	ns  int // len(scanner.ns) before the element
}

type attr struct {
	prefix, local string
	space         space
	uri           string
	value         []byte
}

func newScanner(r io.Reader, maxBytes int64) *scanner {
	return &scanner{r: r, buf: make([]byte, windowLen), line: 1, max: maxBytes, names: map[string]rawName{}}
}

// fail returns a FileError at the current position.
func (s *scanner) fail(err error) error {
	return &FileError{Line: s.line, Offset: s.base + int64(s.pos), Err: err}
}

func (s *scanner) malformed(format string, args ...any) error {
	return s.fail(because(ErrXML, format, args...))
}

// fill reads more input behind the window, moving and growing it as needed.
func (s *scanner) fill() error {
	if s.eof {
		return io.EOF
	}
	if s.pos > 0 {
		copy(s.buf, s.buf[s.pos:s.end])
		s.base += int64(s.pos)
		s.end -= s.pos
		s.pos = 0
	}
	if s.end == len(s.buf) {
		if len(s.buf) >= maxToken {
			return s.fail(because(ErrLimit, "a single element or text is longer than %d octets", maxToken))
		}
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	return s.read()
}

func (s *scanner) read() error {
	for range 100 {
		n, err := s.r.Read(s.buf[s.end:])
		s.end += n
		if s.max > 0 && s.base+int64(s.end) > s.max {
			return s.fail(because(ErrLimit, "the file is larger than %d octets", s.max))
		}
		switch {
		case errors.Is(err, io.EOF):
			s.eof = true
			if n > 0 {
				return nil
			}
			return io.EOF
		case err != nil:
			return s.fail(err)
		case n > 0:
			return nil
		}
	}
	return s.fail(io.ErrNoProgress)
}

// need makes at least n octets available; false means that the input ends first.
func (s *scanner) need(n int) (bool, error) {
	for s.end-s.pos < n {
		if err := s.fill(); errors.Is(err, io.EOF) {
			return false, nil
		} else if err != nil {
			return false, err
		}
	}
	return true, nil
}

// advance consumes n octets.
func (s *scanner) advance(n int) {
	s.line += bytes.Count(s.buf[s.pos:s.pos+n], newline)
	s.pos += n
}

var newline = []byte{'\n'}

// until returns the length of the input up to and without delim, reading more
// as needed.
func (s *scanner) until(from int, delim string, what string) (int, error) {
	for {
		if i := bytes.Index(s.buf[s.pos+from:s.end], []byte(delim)); i >= 0 {
			return from + i, nil
		}
		from = max(from, s.end-s.pos-len(delim)+1)
		if err := s.fill(); errors.Is(err, io.EOF) {
			return 0, s.malformed("the file ends inside %s", what)
		} else if err != nil {
			return 0, err
		}
	}
}

// next reads one token. Whitespace outside the root element is skipped.
func (s *scanner) next() (tokenKind, error) {
	if s.empty {
		s.empty = false
		s.pop()
		return tokEnd, nil
	}
	if !s.began {
		if err := s.prolog(); err != nil {
			return tokEOF, err
		}
	}
	for {
		ok, err := s.need(1)
		switch {
		case err != nil:
			return tokEOF, err
		case !ok:
			return tokEOF, s.atEOF()
		case s.buf[s.pos] != '<':
			text, err := s.text()
			if err != nil || text {
				return tokText, err
			}
		default:
			kind, err := s.markup()
			if err != nil || kind != tokEOF {
				return kind, err
			}
		}
	}
}

func (s *scanner) atEOF() error {
	switch {
	case len(s.stack) > 0:
		return s.malformed("the file ends before the end of element %q", s.stack[len(s.stack)-1].raw)
	case !s.root:
		return s.fail(because(ErrEmpty, "the file is empty or holds no XML element"))
	}
	return nil
}

// pop leaves the innermost element.
func (s *scanner) pop() {
	top := s.stack[len(s.stack)-1]
	s.stack = s.stack[:len(s.stack)-1]
	s.ns = s.ns[:top.ns]
}
