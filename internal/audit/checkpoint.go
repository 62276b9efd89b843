package audit

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/countersign-auth/countersign/internal/fault"
)

// Checkpoint is a signed statement of what the whole log was at one moment. Who
// keeps a checkpoint can later tell whether anything before it was changed.
type Checkpoint struct {
	Origin string    // the name of the log
	Size   int64     // number of records
	Root   tlog.Hash // hash of the tree
	Epoch  int64     // how often the database was recovered after a restore
	At     time.Time // when it was signed, UTC, whole seconds
	Note   []byte    // the signed form
}

// signer signs checkpoints with Ed25519 in the form of golang.org/x/mod/sumdb/note.
type signer struct {
	name string
	hash uint32
	key  ed25519.PrivateKey
}

// algEd25519 is the algorithm byte of note keys.
const algEd25519 = 1

// newSigner makes the signer of a log from its seed. The key hash is the one that
// package note defines.
func newSigner(name string, seed [32]byte) *signer {
	key := ed25519.NewKeyFromSeed(seed[:])
	h := sha256.New()
	h.Write([]byte(name + "\n"))
	h.Write([]byte{algEd25519})
	h.Write(key.Public().(ed25519.PublicKey))
	return &signer{name, binary.BigEndian.Uint32(h.Sum(nil)), key}
}

// Name is the origin of the log.
func (s *signer) Name() string { return s.name }

// KeyHash names the key within a note.
func (s *signer) KeyHash() uint32 { return s.hash }

// Sign signs the text of a note.
func (s *signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }

// verifierKey returns the public key in the text form of package note.
func (s *signer) verifierKey() string {
	key := append([]byte{algEd25519}, s.key.Public().(ed25519.PublicKey)...)
	return fmt.Sprintf("%s+%08x+%s", s.name, s.hash, base64.StdEncoding.EncodeToString(key))
}

// sign fills in the note.
func (c *Checkpoint) sign(s *signer) error {
	c.Origin = s.name
	c.At = c.At.UTC().Truncate(time.Second)
	text := fmt.Sprintf("%s\n%d\n%s\nepoch %d\ntime %s\n", c.Origin, c.Size, c.Root, c.Epoch, c.At.Format(time.RFC3339))
	msg, err := note.Sign(&note.Note{Text: text}, s)
	if err != nil {
		return fmt.Errorf("sign a checkpoint: %w", err)
	}
	c.Note = msg
	return nil
}

// OpenCheckpoint checks the signature of a checkpoint and reads it. The verifier
// key is what [Log.VerifierKey] returned, kept apart from the database.
func OpenCheckpoint(msg []byte, verifierKey string) (Checkpoint, error) {
	v, err := note.NewVerifier(verifierKey)
	if err != nil {
		return Checkpoint{}, fault.Invalidf("audit.verifier_key", "The verifier key of the log is damaged. It has the form name+hash+key.").WithCause(err)
	}
	n, err := note.Open(msg, note.VerifierList(v))
	if err != nil {
		return Checkpoint{}, fault.Conflictf("audit.checkpoint_unsigned", "The checkpoint is not signed by this log: it was changed, or it comes from another installation.").WithCause(err)
	}
	c, err := parseCheckpoint(n.Text)
	if err != nil || c.Origin != v.Name() {
		return Checkpoint{}, fault.Conflictf("audit.checkpoint_form", "The checkpoint is signed but not in a form that this version reads.").WithCause(err)
	}
	c.Note = bytes.Clone(msg)
	return c, nil
}

// parseCheckpoint reads the text: origin, size, root, then the lines "epoch" and
// "time" and, from later versions, others.
func parseCheckpoint(text string) (c Checkpoint, err error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) < 5 {
		return c, fmt.Errorf("it has %d lines", len(lines))
	}
	c.Origin = lines[0]
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Size < 0 {
		return c, fmt.Errorf("size: %q", lines[1])
	}
	if c.Root, err = tlog.ParseHash(lines[2]); err != nil {
		return c, err
	}
	epoch, ok1 := strings.CutPrefix(lines[3], "epoch ")
	at, ok2 := strings.CutPrefix(lines[4], "time ")
	if !ok1 || !ok2 {
		return c, fmt.Errorf("lines 4 and 5 are %q and %q", lines[3], lines[4])
	}
	if c.Epoch, err = strconv.ParseInt(epoch, 10, 64); err != nil {
		return c, err
	}
	c.At, err = time.Parse(time.RFC3339, at)
	return c, err
}
