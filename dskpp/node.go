package dskpp

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/countersign-auth/countersign/pskc"
)

// maxMessage bounds a message; a hello with an RSA certificate has 8 KiB.
const maxMessage = 128 << 10

// sequence reads the children of an element in the order of the schema
// (xs:sequence). The first error is kept; all later reads return nothing.
type sequence struct {
	in   *pskc.Element
	next int
	err  error
}

// children begins the sequence of an element that has children only, and these
// attributes at most.
func children(e *pskc.Element, attrs ...string) *sequence {
	s := &sequence{in: e}
	if len(e.Children) == 0 && strings.Trim(e.Text, " \t\r\n") != "" {
		s.fail("text in %s", e.Name)
	}
	if err := onlyAttrs(e, attrs...); err != nil {
		s.err = err
	}
	return s
}

func onlyAttrs(e *pskc.Element, known ...string) error {
	for _, a := range e.Attrs {
		switch {
		case a.Space == "http://www.w3.org/2001/XMLSchema-instance" && (a.Name == "schemaLocation" || a.Name == "noNamespaceSchemaLocation"):
		case a.Space == "" && contains(known, a.Name):
		default:
			return malformed("the attribute %s in %s", clip(a.Name), e.Name)
		}
	}
	if e.TypeName != "" && !contains(known, "xsi:type") {
		return malformed("xsi:type in %s", e.Name)
	}
	return nil
}

func contains(list []string, s string) bool { return slices.Contains(list, s) }

func (s *sequence) fail(format string, args ...any) {
	if s.err == nil {
		s.err = malformed(format, args...)
	}
}

// is tells whether the next child has this name.
func (s *sequence) is(space, name string) bool {
	if s.err != nil || s.next >= len(s.in.Children) {
		return false
	}
	c := s.in.Children[s.next]
	return c.Space == space && c.Name == name
}

// maybe returns the next child if it is the DSKPP element of this name.
func (s *sequence) maybe(name string) *pskc.Element { return s.maybeOf(Namespace, name) }

func (s *sequence) maybeOf(space, name string) *pskc.Element {
	if !s.is(space, name) {
		return nil
	}
	s.next++
	return s.in.Children[s.next-1]
}

// one returns the next child, which must be the DSKPP element of this name.
func (s *sequence) one(name string) *pskc.Element {
	e := s.maybe(name)
	if e == nil {
		s.fail("%s lacks %s, or it stands in another place", s.in.Name, name)
	}
	return e
}

// other returns the next child if it is of another namespace (xs:any ##other).
func (s *sequence) other() *pskc.Element {
	if s.err != nil || s.next >= len(s.in.Children) {
		return nil
	}
	c := s.in.Children[s.next]
	if c.Space == Namespace || c.Space == "" {
		return nil
	}
	s.next++
	return c
}

// end says that nothing may follow.
func (s *sequence) end() error {
	if s.err == nil && s.next < len(s.in.Children) {
		s.fail("%s may not hold %s here", s.in.Name, clip(s.in.Children[s.next].Name))
	}
	return s.err
}

// leaf returns the text of an element without children.
func (s *sequence) leaf(e *pskc.Element, attrs ...string) string {
	if e == nil {
		return ""
	}
	if len(e.Children) > 0 {
		s.fail("an element in %s", e.Name)
	}
	if err := onlyAttrs(e, attrs...); err != nil && s.err == nil {
		s.err = err
	}
	return e.Text
}

// uri reads xs:anyURI, whose white space collapses (IP-13).
func (s *sequence) uri(e *pskc.Element) string { return collapse(s.leaf(e)) }

func (s *sequence) bytes(e *pskc.Element, attrs ...string) []byte {
	if e == nil {
		return nil
	}
	b, err := decodeBase64(s.leaf(e, attrs...))
	if err != nil {
		s.fail("%s is not base64", e.Name)
	}
	return b
}

// nonce reads dskpp:NonceType: 16 octets at least.
func (s *sequence) nonce(e *pskc.Element) []byte {
	b := s.bytes(e)
	if e != nil && (len(b) < minNonce || len(b) > maxNonce) {
		s.fail("a nonce of %d octets; it has %d to %d", len(b), minNonce, maxNonce)
	}
	return b
}

// Lengths of nonces in octets: the least is the schema's, the most is ours.
const (
	minNonce = 16
	maxNonce = 256
)

// identifier reads dskpp:IdentifierType, of 128 characters at most.
func (s *sequence) identifier(what, v string) string {
	if utf8.RuneCountInString(v) > maxIdentifier {
		s.fail("%s has more than %d characters", what, maxIdentifier)
	}
	return v
}

const maxIdentifier = 128

func collapse(s string) string { return strings.Join(strings.Fields(s), " ") }

func decodeBase64(s string) ([]byte, error) {
	return base64.StdEncoding.Strict().DecodeString(strings.Map(func(r rune) rune {
		if r == ' ' || r == '\t' || r == '\n' || r == '\r' {
			return -1
		}
		return r
	}, s))
}

func parseBool(s string) (value, ok bool) {
	switch strings.Trim(s, " \t\r\n") {
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	}
	return false, false
}

// parseInt reads xs:int.
func parseInt(s string) (int, bool) {
	v, err := strconv.ParseInt(strings.TrimPrefix(strings.Trim(s, " \t\r\n"), "+"), 10, 32)
	return int(v), err == nil
}

func parseDate(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339Nano, strings.Trim(s, " \t\r\n"))
	return t.UTC(), err == nil
}

// The rest builds elements.

func element(name string, kids ...*pskc.Element) *pskc.Element {
	e := &pskc.Element{Space: Namespace, Name: name}
	for _, k := range kids {
		if k != nil {
			e.Children = append(e.Children, k)
		}
	}
	return e
}

func text(name, value string) *pskc.Element {
	return &pskc.Element{Space: Namespace, Name: name, Text: value}
}

func maybeText(name, value string) *pskc.Element {
	if value == "" {
		return nil
	}
	return text(name, value)
}

func octets(name string, b []byte) *pskc.Element {
	if b == nil {
		return nil
	}
	return text(name, base64.StdEncoding.EncodeToString(b))
}

func attrs(e *pskc.Element, pairs ...string) *pskc.Element {
	for p := range slices.Chunk(pairs, 2) {
		if p[1] != "" {
			e.Attrs = append(e.Attrs, pskc.Attr{Name: p[0], Value: p[1]})
		}
	}
	return e
}
