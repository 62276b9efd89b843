package hardtoken

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Limits of what can be typed to be signed.
const (
	maxEntries = 9
	maxEntry   = 63 // digits
)

// question makes the OCRA question of what was typed: the number of entries in
// one digit; of each its length in two digits, then itself; zeros up to the
// length of the suite. OCRA reads a question as a number and fills it with zeros
// on the right, so only a constant length and a first digit that is not zero
// keep different entries apart. It reports false for what does not fit: nothing
// is ever cut off.
func question(entries []string, length int) (string, bool) {
	if len(entries) == 0 || len(entries) > maxEntries {
		return "", false
	}
	var q strings.Builder
	q.WriteString(strconv.Itoa(len(entries)))
	for _, e := range entries {
		if e == "" || len(e) > maxEntry {
			return "", false
		}
		fmt.Fprintf(&q, "%02d%s", len(e), e)
	}
	if q.Len() > length {
		return "", false
	}
	return q.String() + strings.Repeat("0", length-q.Len()), true
}

// fits reports whether one more entry can be signed together with those before.
func (t *Token) fits(entry string) bool {
	all := append(t.state.Entries[:len(t.state.Entries):len(t.state.Entries)], entry)
	_, ok := question(all, t.gens[t.state.Function].ocra.Suite().QuestionMax)
	return ok
}

// typeEntry takes a digit. One that does not fit refuses the whole entry, for a
// person who reads on would believe that it was taken.
func (t *Token) typeEntry(k Key) {
	s := &t.state
	if s.Typed += k.String(); !t.fits(s.Typed) {
		s.Typed, s.Said = "", SayTooLong
	}
}

// takeEntry takes an entry; without one, or after the last, it signs.
func (t *Token) takeEntry(now time.Time) {
	s := &t.state
	if s.Typed != "" {
		s.Entries, s.Typed = append(s.Entries[:len(s.Entries):len(s.Entries)], s.Typed), ""
		if len(s.Entries) < maxEntries {
			return
		}
	}
	q, ok := question(s.Entries, t.gens[s.Function].ocra.Suite().QuestionMax)
	if !ok {
		return // nothing was typed yet
	}
	s.Entries = nil
	t.compute(q, now)
}

// reopen gives the entry before back to be corrected.
func (s *State) reopen() {
	last := len(s.Entries) - 1
	s.Typed, s.Entries = s.Entries[last], s.Entries[:last]
}
