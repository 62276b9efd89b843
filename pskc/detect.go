package pskc

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
)

// Format is what a file seems to be.
type Format string

// The formats that Detect tells apart.
const (
	FormatPSKC    Format = "PSKC"
	FormatCSV     Format = "OATH CSV"
	FormatXML     Format = "XML of another kind"
	FormatPGP     Format = "OpenPGP message"
	FormatCMS     Format = "CMS or PEM message"
	FormatZIP     Format = "ZIP archive"
	FormatUTF16   Format = "UTF-16 text"
	FormatURI     Format = "otpauth URI"
	FormatEmpty   Format = "empty file"
	FormatUnknown Format = "unknown format"
)

// Detect tells the format of a file by its first octets; 4 KiB are plenty.
func Detect(prefix []byte) Format {
	b := bytes.TrimPrefix(prefix, []byte("\xef\xbb\xbf"))
	text := trimSpace(b)
	has := func(s string) bool { return bytes.HasPrefix(text, []byte(s)) }
	switch {
	case len(text) == 0:
		return FormatEmpty
	case bytes.HasPrefix(b, []byte("\xff\xfe")), bytes.HasPrefix(b, []byte("\xfe\xff")):
		return FormatUTF16
	case has("-----BEGIN PGP"), isPGP(b):
		return FormatPGP
	case has("-----BEGIN "):
		return FormatCMS
	case has("PK\x03\x04"):
		return FormatZIP
	case has("otpauth://"), has("otpauth-migration://"):
		return FormatURI
	case has("<"):
		if bytes.Contains(text, []byte("KeyContainer")) || bytes.Contains(text, []byte("SecretContainer")) {
			return FormatPSKC
		}
		return FormatXML
	}
	line, _, _ := strings.Cut(string(text), "\n")
	if strings.HasPrefix(line, "#") || strings.ContainsAny(line, ",;") {
		return FormatCSV
	}
	return FormatUnknown
}

// isPGP recognizes a binary OpenPGP message by its first packet: a session key
// (tags 1 and 3), encrypted (9, 18) or compressed data (8), RFC 9580, section 4.2.
func isPGP(b []byte) bool {
	if len(b) == 0 || b[0]&0x80 == 0 {
		return false
	}
	tag := b[0] & 0x3F
	if b[0]&0x40 == 0 {
		tag >>= 2
	}
	return tag == 1 || tag == 3 || tag == 8 || tag == 9 || tag == 18
}

// readable returns nil if f is what a reader of want can read.
func (f Format) readable(want Format) error {
	switch f {
	case want, FormatUnknown:
		return nil
	case FormatPSKC, FormatXML:
		return because(ErrInvalid, "the file is XML, not OATH CSV")
	case FormatCSV:
		return because(ErrInvalid, "the file is CSV, not PSKC")
	case FormatPGP:
		return because(ErrInvalid, "the file is wrapped with OpenPGP: decrypt it first, for instance with gpg --decrypt FILE")
	case FormatCMS:
		return because(ErrInvalid, "the file is a CMS or PEM message: decrypt it first, for instance with openssl cms -decrypt")
	case FormatZIP:
		return because(ErrInvalid, "the file is a ZIP archive: unpack it first")
	case FormatUTF16:
		return because(ErrInvalid, "the file is in UTF-16: convert it to UTF-8 first")
	case FormatURI:
		return because(ErrInvalid, "the file holds otpauth URIs, not token rows")
	case FormatEmpty:
		return ErrEmpty
	}
	return nil
}

// Open detects the format of r and returns a reader for it. A file that is
// neither PSKC nor OATH CSV is refused with a hint.
func Open(r io.Reader, opts Options) (Source, Format, error) {
	b := bufio.NewReaderSize(r, windowLen)
	head, err := b.Peek(4 << 10)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, FormatUnknown, &FileError{Err: err}
	}
	f := Detect(head)
	switch f { //nolint:exhaustive // the others are refused below
	case FormatPSKC, FormatXML:
		s, err := NewReader(b, opts)
		if err != nil {
			return nil, f, err
		}
		return s, f, nil
	case FormatCSV:
		s, err := NewCSVReader(b, opts)
		if err != nil {
			return nil, f, err
		}
		return s, f, nil
	}
	if err := f.readable(""); err != nil {
		return nil, f, &FileError{Err: err}
	}
	return nil, f, &FileError{Err: invalid("the file is neither PSKC (XML) nor OATH CSV")}
}
