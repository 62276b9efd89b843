package applet

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
)

// The parts of the signed attributes (RFC 5652, section 5.4) in DER, which sorts them by their
// octets: content type (id-data), random nonce (RFC 2985, section 5.3.4), message digest.
const (
	attributeHead   = "\x31\x6D\x30\x18\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x09\x03\x31\x0B\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01"
	attributeNonce  = "\x30\x20\x06\x0A\x2A\x86\x48\x86\xF7\x0D\x01\x09\x19\x03\x31\x12\x04\x10"
	attributeDigest = "\x30\x2F\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x09\x04\x31\x22\x04\x20"
)

// Attributes are the signed attributes of a CMS signature in DER, as SET OF: that is what the
// card hashes and signs. Digest is the content's.
func Attributes(digest [32]byte, nonce Nonce) []byte {
	b := append([]byte(attributeHead), attributeNonce...)
	b = append(b, nonce[:]...)
	b = append(b, attributeDigest...)
	return append(b, digest[:]...)
}

// Octets is the content of a Sign as it is signed: UTF-8; nil of a document, which is not
// in the command.
func (c *Command) Octets() []byte {
	switch c.Content.Kind {
	case ShownText:
		return []byte(c.Text)
	case OwnText:
		return []byte(c.Content.Text)
	case Document:
	}
	return nil
}

// Digest is SHA-256 of the content. Of a Generate it is that of the request without its key.
func (c *Command) Digest() [32]byte {
	switch {
	case c.Kind == Generate:
		return sha256.Sum256(append(append([]byte{}, c.Head...), c.Tail...))
	case c.Content.Kind == Document:
		return c.Content.Digest
	}
	return sha256.Sum256(c.Octets())
}

// Signed is the hash that a Sign has the card sign.
func (c *Command) Signed() [32]byte {
	if c.Form == Attributed {
		return sha256.Sum256(Attributes(c.Digest(), c.Nonce))
	}
	return c.Digest()
}

// ControlCode is the code of the command, four digits; empty when it has none.
func (c *Command) ControlCode() string {
	if c.Control == NoControl {
		return ""
	}
	return Control(c.Nonce, c.Signed())
}

// Control is the code that stands on both screens: the first six and the last seven bits
// of SHA-256(nonce ‖ hash), in four digits, 0000 to 8191.
func Control(nonce Nonce, hash [32]byte) string {
	return controlDigits(sha256.Sum256(append(nonce[:], hash[:]...)))
}

func controlDigits(k [32]byte) string {
	return fmt.Sprintf("%04d", int(k[0]&0xFC)<<5|int(k[31]&0x7F))
}

// Shown is the text on the screen, without the control code, which stands apart: the
// service, the event, the text, and, behind a line of the card's own, what is signed if that is something else.
// No text of the server has such a line, so one screen means one thing.
func (c *Command) Shown() string {
	lines := []string{c.Service, c.Event, c.Text}
	switch c.Content.Kind {
	case OwnText:
		lines = append(lines, signLine(c.Language), c.Content.Text)
	case Document:
		lines = append(lines, signLine(c.Language), DocumentLine(c.Language, c.Content.Digest))
	case ShownText:
	}
	var b strings.Builder
	for _, l := range lines {
		if l != "" && b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(l)
	}
	return b.String()
}

// signLines are the card's lines in front of what is signed beside the text.
func signLines() map[string]string {
	return map[string]string{"en": "You sign:", "de": "Sie unterschreiben:"}
}

func signLine(language string) string {
	if l, ok := signLines()[language]; ok {
		return l
	}
	return signLines()["en"]
}

// pretends reports whether a text has a line that people take for one of the signLines.
func pretends(text string) bool {
	for line := range strings.SplitSeq(text, "\n") {
		for _, own := range signLines() {
			if strings.EqualFold(letters(line), letters(own)) {
				return true
			}
		}
	}
	return false
}

// letters is a line without all that is no letter.
func letters(line string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, line)
}

// DocumentLine is what the card shows for a document: the word, and the first eight hexadecimal
// digits of its hash in two groups.
func DocumentLine(language string, digest [32]byte) string {
	word := "Document"
	if language == "de" {
		word = "Dokument"
	}
	h := strings.ToUpper(hex.EncodeToString(digest[:4]))
	return word + " " + h[:4] + " " + h[4:]
}
