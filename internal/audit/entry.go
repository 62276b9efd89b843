package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Entry is a record as it stands in the journal.
type Entry struct {
	ID       ID              `json:"id"`
	At       time.Time       `json:"at"` // when its transaction began; UTC, microseconds
	Kind     string          `json:"kind"`
	Actor    string          `json:"actor"` // see ParseActor
	Customer ident.ID        `json:"customer,omitzero"`
	Object   string          `json:"object,omitempty"`
	Salt     []byte          `json:"salt,omitempty"`    // nil once erased
	Details  json.RawMessage `json:"details,omitempty"` // nil when there are none, or once erased
	Digest   []byte          `json:"digest"`            // SHA-256(salt || details), kept when those are erased
}

// Erased reports whether the details were erased.
func (e *Entry) Erased() bool { return e.Salt == nil }

// Intact reports whether salt and details still give the digest; true for what
// was erased, of which only the digest is left.
func (e *Entry) Intact() bool {
	if e.Erased() {
		return e.Details == nil
	}
	d := db.Digest(e.Salt, e.Details)
	return string(d[:]) == string(e.Digest)
}

// leafVersion begins every leaf, so that another encoding can follow one day.
const leafVersion = 1

// AppendLeaf appends the canonical encoding of the record, which is what a leaf
// of the tree hashes (RFC 6962, section 2.1). All integers are big endian:
//
//	1 byte    version, 1
//	16 bytes  boot
//	4 bytes   slot
//	8 bytes   seq
//	8 bytes   at, microseconds since 1970
//	4 bytes   length of kind, then kind
//	4 bytes   length of actor, then actor
//	16 bytes  customer, zero for none
//	4 bytes   length of object, then object
//	32 bytes  digest of salt and details
func (e *Entry) AppendLeaf(b []byte) []byte {
	b = append(b, leafVersion)
	b = append(b, e.ID.Boot[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(e.ID.Slot)) //nolint:gosec // slots are small
	b = binary.BigEndian.AppendUint64(b, uint64(e.ID.Seq))  //nolint:gosec // positive
	b = binary.BigEndian.AppendUint64(b, uint64(e.At.UnixMicro()))
	b = appendText(b, e.Kind)
	b = appendText(b, e.Actor)
	b = append(b, e.Customer[:]...)
	b = appendText(b, e.Object)
	return append(b, e.Digest...)
}

func appendText(b []byte, s string) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(s))) //nolint:gosec // texts are far shorter than 4 GiB
	return append(b, s...)
}

// LeafHash is the hash of the record's leaf. It does not depend on salt and
// details, so erasing them changes no proof.
func (e *Entry) LeafHash() tlog.Hash {
	var buf [512]byte
	b := append(buf[:0], 0) // the prefix of a leaf, RFC 6962, section 2.1
	return sha256.Sum256(e.AppendLeaf(b))
}

// columns of the journal in the order that scan wants. The sealer needs no salt
// and no details.
const (
	leafColumns = `boot, slot, seq, at, kind, actor, customer, object, digest`
	allColumns  = leafColumns + `, salt, details`
)

func (e *Entry) scanLeaf(r db.Row) error {
	return r.Scan(&e.ID.Boot, &e.ID.Slot, &e.ID.Seq, &e.At, &e.Kind, &e.Actor, &e.Customer, &e.Object, &e.Digest)
}

func (e *Entry) scan(r db.Row) error {
	var details []byte
	err := r.Scan(&e.ID.Boot, &e.ID.Slot, &e.ID.Seq, &e.At, &e.Kind, &e.Actor, &e.Customer, &e.Object, &e.Digest, &e.Salt, &details)
	e.Details = details
	return err
}
