package judge

import (
	"encoding/binary"
	"errors"
	"math"
	"time"

	"github.com/golang/geo/s2"

	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// errDamaged says that stored bytes are no window.
var errDamaged = errors.New("judge: stored bytes are damaged")

// noTime stands for a time that is not set.
const noTime = math.MinInt64

// Append writes the window behind dst.
func (w *Window) Append(dst []byte) []byte {
	dst = appendTime(appendTime(dst, w.polled), w.told)
	dst = binary.BigEndian.AppendUint16(dst, uint16(int16(w.offset))) //nolint:gosec // and back; a day has 1440 minutes
	dst = append(dst, byte(len(w.seen)))                              //nolint:gosec // bounded
	for i := range w.seen {
		dst = append(dst, byte(w.seen[i].number))
		for _, t := range w.seen[i].times() {
			dst = appendTime(dst, *t)
		}
	}
	dst = append(dst, byte(len(w.fixes))) //nolint:gosec // bounded
	for _, f := range w.fixes {
		dst = appendTime(binary.BigEndian.AppendUint64(dst, uint64(f.cell)), f.at)
	}
	dst = append(dst, byte(len(w.values))) //nolint:gosec // bounded
	for _, v := range w.values {
		dst = append(dst, byte(v.Device), byte(v.Name), v.Category)
		dst = appendTime(binary.BigEndian.AppendUint64(dst, math.Float64bits(v.Number)), v.at)
	}
	return dst
}

// times are all the times of a sighting.
func (s *sight) times() []*time.Time {
	return []*time.Time{&s.by[pattern.Identifier], &s.by[pattern.Signed], &s.by[pattern.Challenged], &s.by[pattern.Contributed], &s.worn, &s.off}
}

// ReadWindow reads what Append wrote; nothing is an empty window.
func ReadWindow(b []byte) (*Window, error) {
	w, r := &Window{}, &reader{b: b}
	if len(b) == 0 {
		return w, nil
	}
	w.polled, w.told = r.time(), r.time()
	w.offset = int(int16(binary.BigEndian.Uint16(r.take(2)))) //nolint:gosec // and back
	for range r.length(pattern.MaxDevices) {
		s := sight{number: pattern.Number(r.take(1)[0])}
		for _, t := range s.times() {
			*t = r.time()
		}
		w.seen = append(w.seen, s)
	}
	for range r.length(maxFixes) {
		w.fixes = append(w.fixes, fix{s2.CellID(r.word()), r.time()})
	}
	for range r.length(maxValues) {
		b := r.take(3)
		v := pattern.Value{Device: pattern.Number(b[0]), Name: pattern.Name(b[1]), Category: b[2], Number: math.Float64frombits(r.word())}
		w.values = append(w.values, value{v, r.time()})
	}
	if r.bad || len(r.b) > 0 {
		return nil, errDamaged
	}
	return w, nil
}

func appendTime(dst []byte, t time.Time) []byte {
	at := int64(noTime)
	if !t.IsZero() {
		at = t.UnixMicro()
	}
	return binary.BigEndian.AppendUint64(dst, uint64(at)) //nolint:gosec // and back
}

// reader is what is left of stored bytes. Once they ended too soon it gives zeros.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if n > len(r.b) {
		r.bad, r.b = true, nil
		return make([]byte, n)
	}
	got := r.b[:n]
	r.b = r.b[n:]
	return got
}

func (r *reader) word() uint64 { return binary.BigEndian.Uint64(r.take(8)) }

func (r *reader) length(most int) int {
	n := int(r.take(1)[0])
	if n > most {
		r.bad = true
		return 0
	}
	return n
}

func (r *reader) time() time.Time {
	if at := int64(r.word()); at != noTime { //nolint:gosec // and back
		return time.UnixMicro(at).UTC()
	}
	return time.Time{}
}
