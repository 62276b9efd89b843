package pskc

import (
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"strconv"
	"strings"
)

// Reader reads the key packages of a container one after another. Its memory
// does not grow with the file.
//
// A Reader is not safe for concurrent use.
type Reader struct {
	s    *scanner
	opts Options
	head Container
	sum  hash.Hash // of the whole input, with SignatureRequire

	crypt   *protection
	pending bool // the scanner stands at the start of a key package
	row     int
	failed  error
	ended   bool

	strings map[string]string // bounded: values that repeat from row to row
	textBuf []byte
	b64     []byte
	plain   []byte
	// wasPlain says that the last value was not encrypted.
	wasPlain bool
	pins     pinLinks
	legacy   legacyState
}

// Container is what a file says about all its key packages.
type Container struct {
	Version      string // as written
	ID           string
	Protection   Protection
	KeyName      string // of the pre-shared key, or MasterKeyName of the password
	MACAlgorithm string // URI; empty if the file names none
	Signed       bool   // a Signature was seen so far
	Warnings     []string
}

// Protection is how the values of a container are encrypted.
type Protection string

// The ways of RFC 6030, section 6.
const (
	Plain     Protection = "plain"
	PreShared Protection = "pre-shared key"
	Password  Protection = "password"
	X509      Protection = "certificate"
	// PublicKey is RSA without certificate: by KeyName or KeyValue (RFC 6063, section 5.2.2).
	PublicKey Protection = "public key"
)

// NewReader reads the head of a container, up to its first key package. It
// returns a [*FileError] for a file that cannot be read at all: malformed XML, an
// unknown major version, an unknown MAC method, a missing or wrong key.
func NewReader(r io.Reader, opts Options) (*Reader, error) {
	rd := &Reader{opts: opts, strings: map[string]string{}}
	if opts.Signature == SignatureRequire {
		if opts.Verified == nil {
			return nil, &FileError{Err: because(ErrSignature, "a signed file is required: verify its signature first")}
		}
		rd.sum = sha256.New()
		r = io.TeeReader(r, rd.sum)
	}
	limit := opts.MaxBytes
	if limit == 0 {
		limit = defaultMaxBytes
	}
	rd.s = newScanner(r, limit)
	rd.crypt = newProtection(&rd.opts)
	rd.head.Protection = Plain
	if err := rd.readHead(); err != nil {
		return nil, rd.fatal(err)
	}
	return rd, nil
}

// Container returns the head of the file. Signed and Warnings are complete
// after Next returned io.EOF.
func (r *Reader) Container() Container { return r.head }

// Offset returns how many octets were read so far, for progress bars.
func (r *Reader) Offset() int64 { return r.s.base + int64(r.s.pos) }

// Next returns the next key package. See [Source] for its errors.
func (r *Reader) Next() (*KeyPackage, error) {
	if r.failed != nil {
		return nil, r.failed
	}
	p, err := r.next()
	var row *RowError
	if err != nil && !errors.As(err, &row) {
		r.failed = r.fatal(err)
		return nil, r.failed
	}
	return p, err
}

func (r *Reader) next() (*KeyPackage, error) {
	if len(r.legacy.queue) > 0 {
		r.row++
		p := r.dequeue()
		p.Row = r.row
		return p, nil
	}
	if !r.pending {
		if err := r.toPackage(); err != nil {
			return nil, err
		}
	}
	r.pending = false
	return r.readPackage()
}

// toPackage goes to the next key package, or to the end of the file.
func (r *Reader) toPackage() error {
	if r.ended {
		return io.EOF
	}
	for {
		more, err := r.child()
		switch {
		case err != nil:
			return err
		case !more:
			return r.finish()
		case r.isPackage():
			r.pending = true
			return nil
		case r.s.local == "Signature" && (r.s.space == spaceDS || r.pskc()):
			r.head.Signed = true
			if r.opts.Signature == SignatureRefuse {
				return because(ErrSignature, "the file is signed, and signed files are refused here")
			}
		case r.pskc() && r.s.local == "Extensions", !r.pskc():
		case r.s.local == "EncryptionKey" || r.s.local == "MACMethod":
			return invalid("the element %s stands behind a key package", r.s.local)
		default:
			r.warnHead("the element %s was skipped", r.s.local)
		}
		if err := r.skip(); err != nil {
			return err
		}
	}
}

// finish reads to the very end and checks what only then can be checked.
func (r *Reader) finish() error {
	if _, err := r.s.next(); err != nil {
		return err
	}
	r.ended = true
	if r.row == 0 {
		return ErrEmpty
	}
	if r.opts.Signature == SignatureRequire {
		if !r.head.Signed {
			return because(ErrSignature, "the file is not signed")
		}
		if [32]byte(r.sum.Sum(nil)) != r.opts.Verified.Digest {
			return because(ErrSignature, "the file is not the one whose signature was verified")
		}
	}
	return io.EOF
}

// fatal makes a FileError of any error but io.EOF.
func (r *Reader) fatal(err error) error {
	var f *FileError
	if errors.Is(err, io.EOF) || errors.As(err, &f) {
		return err
	}
	return &FileError{Line: r.s.line, Offset: r.Offset(), Err: err}
}

func (r *Reader) warnHead(format string, args ...any) {
	if len(r.head.Warnings) < maxWarnings {
		r.head.Warnings = append(r.head.Warnings, warning(format, args...))
	}
}

// parseVersion reads "major.minor" as two integers (RFC 6030, section 1.2).
func parseVersion(text string) (major, minor int, err error) {
	a, b, ok := strings.Cut(strings.TrimSpace(text), ".")
	major, err1 := strconv.Atoi(a)
	minor, err2 := strconv.Atoi(b)
	if !ok || err1 != nil || err2 != nil || !digits(a) || !digits(b) {
		return 0, 0, because(ErrVersion, "the version %q is not of the form major.minor", clipText(text))
	}
	return major, minor, nil
}

func digits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}
