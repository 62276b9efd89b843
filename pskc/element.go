package pskc

import (
	"bytes"
	"slices"
	"strings"
)

// Element is an element of a small XML document that is held in memory: a
// protocol message around a container, where a [Reader] is for files of any
// size. Names are resolved; which prefixes a document used is not kept.
type Element struct {
	Space string // namespace URI; empty if none
	Name  string // local name
	Attrs []Attr // namespace declarations and xsi:type left out
	// TypeSpace and TypeName are the value of xsi:type, resolved; TypeName is
	// empty if there is none.
	TypeSpace, TypeName string
	Text                string     // character data, of an element without children
	Children            []*Element // blanks between them are not kept
}

// Attr is an attribute.
type Attr struct {
	Space string // namespace URI; empty if none
	Name  string // local name
	Value string
}

const uriXSI = "http://www.w3.org/2001/XMLSchema-instance"

// ParseElement reads a document as strictly as a [Reader] does: UTF-8, no
// document type, no processing instruction, no undeclared prefix, depth and
// counts bounded, maxBytes octets at most. Text beside elements is refused. It
// returns a [*FileError] with ErrXML, ErrDTD, ErrLimit or ErrEmpty.
func ParseElement(document []byte, maxBytes int) (*Element, error) {
	s := newScanner(bytes.NewReader(document), int64(maxBytes))
	s.buf = make([]byte, min(len(document), maxBytes, windowLen)+64)
	if _, err := s.next(); err != nil {
		return nil, err
	}
	root, err := s.element()
	if err != nil {
		return nil, err
	}
	if _, err := s.next(); err != nil { // what stands behind the root
		return nil, err
	}
	return root, nil
}

// element reads the element whose start tag was just read.
func (s *scanner) element() (*Element, error) {
	e := &Element{Space: s.uri, Name: s.local}
	if err := s.keepAttrs(e); err != nil {
		return nil, err
	}
	var text []byte
	for {
		kind, err := s.next()
		switch {
		case err != nil:
			return nil, err
		case kind == tokText:
			text = append(text, s.data...)
		case kind == tokStart:
			c, err := s.element()
			if err != nil {
				return nil, err
			}
			e.Children = append(e.Children, c)
		case kind == tokEnd && len(e.Children) > 0 && len(trimSpace(text)) > 0:
			return nil, s.malformed("text beside elements in %s", e.Name)
		case kind == tokEnd:
			if len(e.Children) == 0 {
				e.Text = string(text)
			}
			return e, nil
		}
	}
}

func (s *scanner) keepAttrs(e *Element) error {
	for i := range s.attrs {
		a := &s.attrs[i]
		if a.uri != uriXSI || a.local != "type" {
			e.Attrs = append(e.Attrs, Attr{a.uri, a.local, string(a.value)})
			continue
		}
		prefix, local, ok := strings.Cut(string(trim(a.value)), ":")
		if !ok {
			prefix, local = "", prefix
		}
		b, err := s.lookup(prefix)
		if err != nil {
			return err
		}
		if !isNCName(local) {
			return s.malformed("the value of xsi:type is not a name")
		}
		e.TypeSpace, e.TypeName = b.uri, local
	}
	return nil
}

// Attr returns the value of an attribute without namespace.
func (e *Element) Attr(name string) (string, bool) {
	for i := range e.Attrs {
		if a := &e.Attrs[i]; a.Space == "" && a.Name == name {
			return a.Value, true
		}
	}
	return "", false
}

// Renamed returns the element with another name; the rest is shared.
func (e *Element) Renamed(space, name string) *Element {
	c := *e
	c.Space, c.Name = space, name
	return &c
}

// Namespaces returns those of the element and all below it, sorted.
func (e *Element) Namespaces() []string {
	seen := map[string]bool{}
	e.namespaces(seen)
	var all []string
	for uri := range seen {
		all = append(all, uri)
	}
	slices.Sort(all)
	return all
}

func (e *Element) namespaces(seen map[string]bool) {
	if e.Space != "" {
		seen[e.Space] = true
	}
	if e.TypeName != "" {
		seen[uriXSI] = true
		if e.TypeSpace != "" {
			seen[e.TypeSpace] = true
		}
	}
	for _, a := range e.Attrs {
		if a.Space != "" && a.Space != uriXML {
			seen[a.Space] = true
		}
	}
	for _, c := range e.Children {
		c.namespaces(seen)
	}
}
