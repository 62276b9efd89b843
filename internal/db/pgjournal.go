package db

// insertEntries inserts the records of a whole group with one statement of
// constant text.
const insertEntries = `INSERT INTO journal (boot, slot, seq, at, kind, actor, customer, object, salt, details, digest)
	SELECT $1, $2, * FROM unnest($3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::bytea[], $8::text[], $9::bytea[], $10::bytea[], $11::bytea[])`

// insert is the statement that writes the entries.
func (j *journal) insert(s *stream, es []entry) *call {
	n := len(es)
	seq, at := newArray(oidInt8, n), newArray(oidInt8, n)
	kind, actor, object := newArray(oidText, n), newArray(oidText, n), newArray(oidText, n)
	customer, salt, details, digest := newArray(oidBytea, n), newArray(oidBytea, n), newArray(oidBytea, n), newArray(oidBytea, n)
	for i := range es {
		e := &es[i]
		seq.int(e.seq)
		at.int(e.at.UnixMicro())
		kind.text(e.Kind)
		actor.text(e.Actor)
		customer.bytes(idValue(e.Customer).b)
		object.text(e.Object)
		salt.bytes(e.salt)
		details.bytes(e.Details)
		digest.bytes(e.digest[:])
	}
	slot := be.AppendUint32(nil, uint32(s.slot)) //nolint:gosec // counts connections
	c := &call{sql: insertEntries, args: [][]value{nil}}
	c.params = [][]byte{
		j.boot[:], slot, seq.b, at.b, kind.b, actor.b, customer.b, object.b, salt.b, details.b, digest.b,
	}
	return c
}

// array is a one-dimensional array in PostgreSQL's binary form (array_recv):
// dimensions, whether there are NULLs, the element type, length, lower bound,
// and each element with its length, -1 for NULL.
type array struct{ b []byte }

func newArray(oid uint32, n int) *array {
	b := make([]byte, 0, 20+n*24)
	for _, w := range []uint32{1, 1, oid, uint32(n), 1} { //nolint:gosec // bounded by the group
		b = be.AppendUint32(b, w)
	}
	return &array{b}
}

func (a *array) int(n int64) {
	a.b = be.AppendUint32(a.b, 8)
	a.b = be.AppendUint64(a.b, uint64(n)) //nolint:gosec // two's complement
}

func (a *array) text(s string) {
	a.b = be.AppendUint32(a.b, uint32(len(s))) //nolint:gosec // bounded by memory
	a.b = append(a.b, s...)
}

func (a *array) bytes(p []byte) {
	if p == nil {
		a.b = be.AppendUint32(a.b, ^uint32(0))
		return
	}
	a.b = be.AppendUint32(a.b, uint32(len(p))) //nolint:gosec // bounded by memory
	a.b = append(a.b, p...)
}
