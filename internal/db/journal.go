package db

import (
	"crypto/sha256"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/internal/ident"
)

// saltSize is the length of the salt that hides the details of a record.
const saltSize = 16

// journal numbers audit records. Every open write transaction borrows a stream
// (boot, slot); its records get the numbers after the stream's last one, and
// only a successful commit moves the stream on. So within a stream the numbers
// 1, 2, 3, … are committed in that order and without a gap, and no sequence in
// the database is needed.
type journal struct {
	boot ident.ID
	rand io.Reader

	mu    sync.Mutex
	free  []*stream
	slots int
}

// stream is a slot and the number of its last committed record.
type stream struct {
	slot int
	last int64
}

func (j *journal) borrow() *stream {
	j.mu.Lock()
	defer j.mu.Unlock()
	if n := len(j.free); n > 0 {
		s := j.free[n-1]
		j.free = j.free[:n-1]
		return s
	}
	j.slots++
	return &stream{slot: j.slots}
}

// giveBack returns a stream after a transaction whose end is known: committed
// with n records, or rolled back (n = 0). A stream whose transaction has an
// unknown end is never given back: its next number may or may not be taken.
func (j *journal) giveBack(s *stream, n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	s.last += int64(n)
	j.free = append(j.free, s)
}

// entry is a record with all that the table wants to know.
type entry struct {
	seq    int64
	at     time.Time
	salt   []byte
	digest [sha256.Size]byte
	Record
}

// entries numbers the records of the transactions that are about to commit
// together.
func (j *journal) entries(s *stream, txs []*Tx) ([]entry, error) {
	n := 0
	for _, tx := range txs {
		n += len(tx.records)
	}
	if n == 0 {
		return nil, nil
	}
	salts := make([]byte, n*saltSize)
	if _, err := io.ReadFull(j.rand, salts); err != nil {
		return nil, fmt.Errorf("db: no randomness for the salt of an audit record: %w", err)
	}
	es := make([]entry, 0, n)
	for _, tx := range txs {
		for _, r := range tx.records {
			i := len(es)
			e := entry{seq: s.last + int64(i) + 1, at: tx.Now, salt: salts[i*saltSize : (i+1)*saltSize], Record: r}
			e.digest = Digest(e.salt, r.Details)
			es = append(es, e)
		}
	}
	return es, nil
}

// Digest is the commitment to the details of a record: SHA-256(salt ‖ details).
// The column digest of the journal holds it, and keeps it when salt and details
// are erased.
func Digest(salt, details []byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write(salt)
	h.Write(details)
	var d [sha256.Size]byte
	h.Sum(d[:0])
	return d
}

const insertJournal = `INSERT INTO journal (boot, slot, seq, at, kind, actor, customer, object, salt, details, digest)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`

// insert is the call that stores the entries.
func (j *journal) insert(s *stream, es []entry) *call {
	c := &call{sql: insertJournal, args: make([][]value, len(es))}
	for i := range es {
		e := &es[i]
		c.args[i] = []value{
			idValue(j.boot), intValue(int64(s.slot)), intValue(e.seq), timeValue(e.at), textValue(e.Kind), textValue(e.Actor),
			idValue(e.Customer), textValue(e.Object), blobValue(e.salt), blobValue(e.Details), blobValue(e.digest[:]),
		}
	}
	return c
}
