package dskpp

import (
	"fmt"

	"github.com/countersign-auth/countersign/pskc"
)

// Message is a DSKPP message: [*Trigger], [*ClientHello], [*ServerHello],
// [*ClientNonce] or [*ServerFinished].
type Message interface {
	// Format writes the message in its one compact form.
	Format() []byte
	element() *pskc.Element
}

// Parse reads any message, strictly by the schema of RFC 6063, section 8.2. The
// error is ErrNotDSKPP for what is no XML or of another namespace, or a
// [*StatusError] with MalformedRequest, UnknownRequest or UnsupportedVersion.
func Parse(raw []byte) (Message, error) {
	root, err := parseRoot(raw)
	if err != nil {
		return nil, err
	}
	return parseMessage(root)
}

func parseRoot(raw []byte) (*pskc.Element, error) {
	root, err := pskc.ParseElement(raw, maxMessage)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotDSKPP, err)
	}
	if root.Space != Namespace {
		return nil, fmt.Errorf("%w: its root %s is of namespace %q", ErrNotDSKPP, clip(root.Name), clip(root.Space))
	}
	return root, nil
}

func parseMessage(root *pskc.Element) (Message, error) {
	read, known := map[string]func(*pskc.Element) (Message, error){
		"KeyProvTrigger":        readTrigger,
		"KeyProvClientHello":    readClientHello,
		"KeyProvServerHello":    readServerHello,
		"KeyProvClientNonce":    readClientNonce,
		"KeyProvServerFinished": readServerFinished,
	}[root.Name]
	if !known {
		return nil, fail(UnknownRequest, "there is no message %s", clip(root.Name))
	}
	if err := speaks(root); err != nil {
		return nil, err
	}
	return read(root)
}

// speaks refuses other major versions before their messages are read, which may
// look different.
func speaks(root *pskc.Element) error {
	text, ok := root.Attr("Version")
	if !ok && root.Name == "KeyProvTrigger" {
		return nil
	}
	if !ok {
		return malformed("a message without Version")
	}
	v, err := ParseVersion(text)
	if err != nil {
		return err
	}
	if v.Major != spoken().Major {
		return fail(UnsupportedVersion, "version %s", v)
	}
	return nil
}

// ParseTrigger reads a trigger and no other message.
func ParseTrigger(raw []byte) (*Trigger, error) {
	m, err := Parse(raw)
	if err != nil {
		return nil, err
	}
	t, ok := m.(*Trigger)
	if !ok {
		return nil, malformed("a KeyProvTrigger is expected")
	}
	return t, nil
}

// version reads the Version of a message that speaks let pass.
func (s *sequence) version() Version {
	text, ok := s.in.Attr("Version")
	if !ok {
		return Version{}
	}
	v, err := ParseVersion(text)
	if err != nil && s.err == nil {
		s.err = err
	}
	return v
}

func (s *sequence) session() string {
	id, _ := s.in.Attr("SessionID")
	return s.identifier("SessionID", id)
}

// status reads the Status of a response.
func (s *sequence) status() Status {
	text, _ := s.in.Attr("Status")
	if !Status(text).Known() {
		s.fail("the status %q", clip(text))
	}
	return Status(text)
}

// uris reads a list of one or more URIs.
func (s *sequence) uris(list *pskc.Element, each string) (all []string) {
	if list == nil {
		return nil
	}
	in := children(list)
	for in.is(Namespace, each) {
		all = append(all, in.uri(in.one(each)))
	}
	if len(all) == 0 || len(all) > maxList {
		in.fail("%s holds %d of %s", list.Name, len(all), each)
	}
	if err := in.end(); err != nil && s.err == nil {
		s.err = err
	}
	return all
}

// maxList bounds the lists of a hello.
const maxList = 64

func writeURIs(name, each string, all []string) *pskc.Element {
	if all == nil {
		return nil
	}
	e := element(name)
	for _, uri := range all {
		e.Children = append(e.Children, text(each, uri))
	}
	return e
}

// keep notes the error of a part.
func keep[T any](s *sequence, v T, err error) T {
	if err != nil && s.err == nil {
		s.err = err
	}
	return v
}
