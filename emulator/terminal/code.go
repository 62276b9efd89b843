package terminal

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"

	"github.com/countersign-auth/countersign/cryptogram"
)

// codeMark begins a code that is shown as a picture.
const codeMark = "CSP1."

// Code is what a wallet shows as a QR code (DI-221): the mark, and in base64 (RFC 4648, section 5) the issuer's application data (32 octets), the
// transaction counter (2), the cryptogram (8) and the digits of the token. It is good once, as its counter is.
func (w Shown) Code() string {
	b := append([]byte{}, w.Application.Bytes()...)
	b = binary.BigEndian.AppendUint16(b, uint16(w.Counter)) //nolint:gosec // at most 65,535
	b = append(b, w.Cryptogram[:min(cryptogram.Short, len(w.Cryptogram))]...)
	return codeMark + base64.RawURLEncoding.EncodeToString(append(b, w.Number...))
}

// ReadCode reads what a till's camera saw.
func ReadCode(code string) (w Shown, err error) {
	wrong := errors.New("terminal: this is no code of a payment")
	text, ok := strings.CutPrefix(code, codeMark)
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if !ok || err != nil || len(b) < 32+2+cryptogram.Short+13 || len(b) > 32+2+cryptogram.Short+19 {
		return w, wrong
	}
	if w.Application, err = cryptogram.ParseApplicationData(b[:32]); err != nil {
		return w, wrong
	}
	w.Counter, w.Cryptogram, w.Number = int(binary.BigEndian.Uint16(b[32:34])), b[34:42], string(b[42:])
	for _, r := range w.Number {
		if r < '0' || r > '9' {
			return Shown{}, wrong
		}
	}
	return w, nil
}
