package pskc

import (
	"errors"
	"fmt"
	"strings"
)

// Reasons that a caller may want to tell apart with [errors.Is]. They occur
// inside a [*RowError] or a [*FileError].
var (
	// ErrDecrypt is the one answer for every failure to decrypt: wrong key,
	// wrong padding, missing IV or truncated value (RFC 6030, section 6.4).
	ErrDecrypt = errors.New("the value cannot be decrypted")
	// ErrMACMissing says that a value under an algorithm without integrity check
	// has no ValueMAC (RFC 6030, section 6.1.1).
	ErrMACMissing = errors.New("the encrypted value has no ValueMAC, which its cipher needs; it may have been stripped")
	// ErrMACMismatch says that a ValueMAC is wrong: the value or its MAC was
	// changed, or the key is another.
	ErrMACMismatch = errors.New("the ValueMAC does not match the encrypted value")
	// ErrMACMethod says that the MAC method is missing or unknown.
	ErrMACMethod = errors.New("MAC method")
	// ErrMACKeyMissing says that the file names a MAC method but no MAC key.
	ErrMACKeyMissing = errors.New("the file has no MAC key; if the sender used the encryption key for the MAC, allow that with EncryptionKeyAsMACKey")
	// ErrNoKey says that the file is encrypted and no suitable key was given.
	ErrNoKey = errors.New("no key for this file")
	// ErrWrongKey says that the given key or password does not open the file.
	ErrWrongKey = errors.New("the key or password does not open this file")
	// ErrAlgorithm says that a cipher, key or MAC algorithm is not supported.
	ErrAlgorithm = errors.New("unsupported algorithm")
	// ErrXML says that the file is not well-formed XML of the allowed kind.
	ErrXML = errors.New("malformed XML")
	// ErrDTD says that the file holds a document type declaration. Entities and
	// external subsets come by that way; it is never read.
	ErrDTD = errors.New("a document type declaration (DTD) is not accepted")
	// ErrLimit says that the file exceeds a size, depth or count limit.
	ErrLimit = errors.New("limit exceeded")
	// ErrVersion says that the container has an unknown major version.
	ErrVersion = errors.New("unsupported version")
	// ErrEmpty says that the file holds no key at all.
	ErrEmpty = errors.New("the file holds no key")
	// ErrHashUnknown says that a CSV file does not tell the hash algorithm, which
	// must then be asked for: see Options.Hash.
	ErrHashUnknown = errors.New("the file has no hash column: say which hash these tokens use (sha1, sha256 or sha512)")
	// ErrSignature says that a signature is missing, unwanted or wrong.
	ErrSignature = errors.New("signature")
	// ErrInvalid says that a row breaks a rule of its format.
	ErrInvalid = errors.New("invalid")
)

// RowError reports one key package (or CSV row) that cannot be used. The
// reader stays usable: the next call of Next returns the next row.
type RowError struct {
	Row          int    // 1 for the first key package or data row of the file
	Line         int    // line where the row begins, from 1
	Offset       int64  // octet where the row begins, from 0
	Manufacturer string // as far as it was read
	Serial       string // as far as it was read
	KeyID        string // as far as it was read
	Algorithm    string // as far as it was read
	Err          error  // the reason
}

// Error names the row and the reason.
func (e *RowError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "line %d", e.Line)
	if e.Serial != "" {
		fmt.Fprintf(&b, ", serial %q", e.Serial)
	} else if e.KeyID != "" {
		fmt.Fprintf(&b, ", key %q", e.KeyID)
	}
	return b.String() + ": " + e.Err.Error()
}

// Unwrap returns the reason.
func (e *RowError) Unwrap() error { return e.Err }

// Reason returns the reason without the place.
func (e *RowError) Reason() string { return e.Err.Error() }

// FileError reports that the rest of the file cannot be read. Every later call
// of Next returns it again.
type FileError struct {
	Line   int   // line where reading stopped, from 1; 0 if unknown
	Offset int64 // octet where reading stopped, from 0
	Err    error // the reason
}

// Error names the place and the reason.
func (e *FileError) Error() string {
	if e.Line == 0 {
		return e.Err.Error()
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Err)
}

// Unwrap returns the reason.
func (e *FileError) Unwrap() error { return e.Err }

// reason is an error with a text of its own that still is a sentinel.
type reason struct {
	is   error
	text string
}

func (r *reason) Error() string { return r.text }
func (r *reason) Unwrap() error { return r.is }

// because returns an error that is the sentinel is and reads as the format says.
func because(is error, format string, args ...any) error {
	return &reason{is, fmt.Sprintf(format, args...)}
}

// invalid returns an error that is ErrInvalid.
func invalid(format string, args ...any) error { return because(ErrInvalid, format, args...) }
