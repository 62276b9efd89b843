package applet

import (
	"encoding/binary"
	"errors"
)

// Transaction is what the server calls a request; the answer repeats it.
type Transaction [8]byte

// Nonce makes what is signed, and its control code, new each time.
type Nonce [16]byte

// Content is what is to be signed.
type Content struct {
	Kind   ContentKind
	Text   string   // of OwnText
	Digest [32]byte // SHA-256, of Document
}

// Command is a message to the card. Which fields a command has:
//
//	Generate   Transaction Role Algorithm Service Head Tail Nonce; Text Control Event Seconds Language
//	Sign       Transaction Role Service Content Form Nonce; Text Control Event Seconds Language
//	Show       Transaction Service Text; Event Seconds Acknowledge Language
//	Unblock    Transaction Role Service; Text Seconds Language
//	Status     Transaction
//	Cancel     Transaction (the one to be canceled)
//	Erase      Transaction Role
//
// Those before the semicolon are needed; no other may be set.
type Command struct {
	Kind        Kind
	Transaction Transaction
	Role        Role
	Algorithm   Algorithm
	Text        string
	Content     Content
	Service     string // who asks; the server sets it, not the service
	Form        Form
	Head, Tail  []byte // of a certification request: see RequestParts
	Nonce       Nonce
	Control     ControlMode
	Event       string // 4 to 8 of A–Z, a–z, 0–9, which the service shows, too
	Seconds     uint16 // that the person has; 0 for as long as the card waits by itself
	Acknowledge bool   // the person is to confirm that a message was read
	Language    string // of the card's own words: two small letters; empty for English
}

// Error says why a message was refused. Of a command that a card refuses, Result is its
// answer, Kind and Transaction what could be read.
type Error struct {
	Result      Result
	Kind        Kind
	Transaction Transaction
	Why         string
}

// Error implements error.
func (e *Error) Error() string { return "applet: " + e.Why }

// MaxPart is the most octets that Head and Tail may have each.
const MaxPart = 512

// Append writes the command at the end of dst. It is an *Error when the card would refuse
// it: a field missing or too many, a text that cannot be shown, too long a text.
func (c *Command) Append(dst []byte) ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	dst = append(dst, Version, byte(c.Kind))
	dst = put(dst, tagTransaction, c.Transaction[:])
	dst = put(dst, tagRole, octet(byte(c.Role)))
	dst = put(dst, tagAlgorithm, octet(byte(c.Algorithm)))
	dst = put(dst, tagText, encodeText(c.Text))
	dst = put(dst, tagContent, c.Content.octets())
	dst = put(dst, tagService, encodeText(c.Service))
	dst = put(dst, tagForm, octet(byte(c.Form)))
	dst = put(dst, tagHead, c.Head)
	dst = put(dst, tagTail, c.Tail)
	if c.Nonce != (Nonce{}) {
		dst = put(dst, tagNonce, c.Nonce[:])
	}
	dst = put(dst, tagControl, octet(byte(c.Control)))
	dst = put(dst, tagEvent, []byte(c.Event))
	if c.Seconds > 0 {
		dst = put(dst, tagSeconds, binary.BigEndian.AppendUint16(nil, c.Seconds))
	}
	if c.Acknowledge {
		dst = put(dst, tagFlags, []byte{flagAcknowledge})
	}
	return put(dst, tagLanguage, []byte(c.Language)), nil
}

func (c *Content) octets() []byte {
	switch c.Kind {
	case ShownText:
		return []byte{byte(ShownText)}
	case OwnText:
		return append([]byte{byte(OwnText)}, encodeText(c.Text)...)
	case Document:
		return append([]byte{byte(Document)}, c.Digest[:]...)
	}
	return nil
}

// ParseCommand reads a command as a card does. The error is an *Error with what to answer.
func ParseCommand(data []byte) (Command, error) {
	c := Command{}
	bad := func(why string) (Command, error) {
		return c, &Error{Unsupported, c.Kind, c.Transaction, why}
	}
	if len(data) > 1 {
		c.Kind = Kind(data[1])
	}
	if len(data) < 2 || data[0] != Version {
		return bad("the message is of another version")
	}
	all, whole := fields(data[2:])
	for _, f := range all {
		if !c.set(f) {
			return bad("a field is unknown or has a wrong value")
		}
	}
	if !whole {
		return bad("the fields are damaged")
	}
	return c, c.check()
}

// set takes a field; false when it is unknown or has no such value.
func (c *Command) set(f field) (ok bool) {
	v := f.value
	one := len(v) == 1 && v[0] != 0
	switch f.tag {
	case tagTransaction:
		return copy(c.Transaction[:], v) == len(v) && len(v) == len(c.Transaction)
	case tagRole:
		c.Role = Role(v[0])
		return one
	case tagAlgorithm:
		c.Algorithm = Algorithm(v[0])
		return one
	case tagText:
		c.Text, ok = decodeText(v)
		return ok
	case tagContent:
		return c.Content.set(v)
	case tagService:
		c.Service, ok = decodeText(v)
		return ok
	case tagForm:
		c.Form = Form(v[0])
		return one
	case tagHead:
		c.Head = v
		return true
	case tagTail:
		c.Tail = v
		return true
	default:
		return c.setMore(f.tag, v, one)
	}
}

func (c *Command) setMore(tag byte, v []byte, one bool) bool {
	switch tag {
	case tagNonce:
		return copy(c.Nonce[:], v) == len(v) && len(v) == len(c.Nonce) && c.Nonce != Nonce{}
	case tagControl:
		c.Control = ControlMode(v[0])
		return one
	case tagEvent:
		c.Event = string(v)
		return true
	case tagSeconds:
		if len(v) == 2 {
			c.Seconds = binary.BigEndian.Uint16(v)
		}
		return c.Seconds > 0
	case tagFlags:
		c.Acknowledge = one && v[0] == flagAcknowledge
		return c.Acknowledge
	case tagLanguage:
		c.Language = string(v)
		return true
	}
	return false
}

func (c *Content) set(v []byte) (ok bool) {
	switch c.Kind = ContentKind(v[0]); c.Kind {
	case ShownText:
		return len(v) == 1
	case OwnText:
		c.Text, ok = decodeText(v[1:])
		return ok
	case Document:
		return copy(c.Digest[:], v[1:]) == len(v)-1 && len(v) == 1+len(c.Digest)
	}
	return false
}

// IsTooLong reports whether a message was refused because the card cannot show that much.
func IsTooLong(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Result == TooLong
}
