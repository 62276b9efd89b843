package keyring

import (
	"encoding/binary"
	"io"
	"sync"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// The form of a sealed value; see the package comment.
const (
	sealVersion = 1
	keyPrefix   = 1 + 4 // version and key number: what tells an old value from a new one
	sealHeader  = keyPrefix + nonceSize

	// Overhead is how many bytes longer a sealed value is than its plain value.
	Overhead = sealHeader + tagSize

	maxLabel = 255
)

// scratch lends buffers for associated data, which would else be allocated for
// every value because they pass through an interface.
var scratch = sync.Pool{New: func() any { return new([1 + maxLabel + len(ident.ID{})]byte) }}

// Seal encrypts plain for one column of one row: label names the column for ever
// ("token.seed", at most 255 bytes), id the row. It panics when the label is too
// long or there is no randomness.
func (r *Ring) Seal(label string, id ident.ID, plain []byte) []byte {
	return r.AppendSeal(make([]byte, 0, Overhead+len(plain)), label, id, plain)
}

// AppendSeal is Seal that appends to dst. Plain must not overlap dst.
func (r *Ring) AppendSeal(dst []byte, label string, id ident.ID, plain []byte) []byte {
	k := r.keys.Load().active
	k.sealed.Add(1)
	n := len(dst)
	dst = append(dst, make([]byte, sealHeader)...)
	head := dst[n:]
	head[0] = sealVersion
	binary.BigEndian.PutUint32(head[1:], k.number)
	if _, err := io.ReadFull(r.opts.Rand, head[keyPrefix:]); err != nil {
		panic("keyring: no randomness: " + err.Error())
	}
	buf := scratch.Get().(*[1 + maxLabel + len(ident.ID{})]byte)
	dst = k.aead.Seal(dst, head[keyPrefix:], plain, associated(buf, label, id))
	scratch.Put(buf)
	return dst
}

// Open decrypts what Seal made for the same label and row. A value that was
// changed, moved or sealed elsewhere is the fault "keyring.unsealable".
func (r *Ring) Open(label string, id ident.ID, sealed []byte) ([]byte, error) {
	return r.AppendOpen(make([]byte, 0, max(0, len(sealed)-Overhead)), label, id, sealed)
}

// AppendOpen is Open that appends to dst and allocates nothing when dst has the
// capacity. On failure it returns dst as it was.
func (r *Ring) AppendOpen(dst []byte, label string, id ident.ID, sealed []byte) ([]byte, error) {
	if len(sealed) < Overhead || sealed[0] != sealVersion {
		return dst, unsealable(label, id, "it is not in the form of a sealed value")
	}
	number := binary.BigEndian.Uint32(sealed[1:])
	k := r.find(number)
	if k == nil {
		return dst, unsealable(label, id, "its data key is not in the table data_key")
	}
	buf := scratch.Get().(*[1 + maxLabel + len(ident.ID{})]byte)
	out, err := k.aead.Open(dst, sealed[keyPrefix:sealHeader], sealed[sealHeader:], associated(buf, label, id))
	scratch.Put(buf)
	if err != nil {
		return dst, unsealable(label, id, "it was changed, or belongs to another row, column or installation").WithCause(err)
	}
	return out, nil
}

// associated writes the associated data of a value into buf.
func associated(buf *[1 + maxLabel + len(ident.ID{})]byte, label string, id ident.ID) []byte {
	if len(label) > maxLabel {
		panic("keyring: a label has at most 255 bytes")
	}
	b := append(buf[:0], byte(len(label))) //nolint:gosec // checked above
	b = append(b, label...)
	return append(b, id[:]...)
}

func unsealable(label string, id ident.ID, why string) *fault.Error {
	return fault.New(fault.Internal, "keyring.unsealable", "The sealed value %q of row %s cannot be opened: %s. Restore the row from a backup, or issue the secret anew.", label, id, why)
}
