package sim

import (
	"encoding/csv"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/ota"
)

// defaultParts is how many short messages a command may have unless the file says otherwise.
const defaultParts = 6

// entry is a card on its way.
type entry struct {
	row    Row
	number string // E.164
	tar    ota.TAR
	parts  int
	sets   []entrySet

	card    []any   // its row, as it is stored
	keySets [][]any // and those of its key sets
}

type entrySet struct {
	number    int
	algorithm ota.Algorithm
	keys      ota.Keys
	counter   int64 // the last one that the card has seen
}

func (e *entry) refuse(reason string) {
	if e.row.Reason == "" {
		e.row.Reason = reason
	}
}

// rows reads the cards of a file.
type rows struct {
	in        *csv.Reader
	at        map[string]int // columns by name
	transport keyring.Secret
	ahead     *entry
	done      bool
}

func newRows(f io.Reader, transport keyring.Secret) (*rows, error) {
	r := &rows{in: csv.NewReader(f), at: map[string]int{}, transport: transport}
	r.in.ReuseRecord, r.in.TrimLeadingSpace, r.in.Comment = true, true, '#'
	head, err := r.in.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fileFault(err)
	}
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\uFEFF")))
		if _, twice := r.at[name]; twice || !slices.Contains([]string{"iccid", "msisdn", "set", "algorithm", "kic", "kid", "tar", "parts", "counter"}, name) {
			return nil, headFault()
		}
		r.at[name] = i
	}
	for _, name := range []string{"iccid", "set", "algorithm", "kic", "kid"} {
		if _, ok := r.at[name]; !ok {
			return nil, headFault()
		}
	}
	return r, nil
}

func headFault() error {
	return fault.Invalidf("sim.import_file", "The first line must name the columns iccid, set, algorithm, kic and kid, and may name msisdn, tar, parts and counter.")
}

// next returns the next card with all its key sets; io.EOF at the end.
func (r *rows) next() (*entry, error) {
	e := r.ahead
	r.ahead = nil
	for !r.done {
		line, err := r.in.Read()
		if errors.Is(err, io.EOF) {
			r.done = true
			break
		}
		if err != nil {
			return nil, err
		}
		one := r.entry(line)
		if e == nil {
			e = one
			continue
		}
		if one.row.ICCID == "" || one.row.ICCID != e.row.ICCID {
			r.ahead = one
			return e, nil
		}
		e.join(one)
	}
	if e == nil {
		return nil, io.EOF
	}
	return e, nil
}

// join adds the key set of a further line.
func (e *entry) join(one *entry) {
	e.refuse(one.row.Reason)
	switch {
	case one.number != e.number || one.tar != e.tar || one.parts != e.parts:
		e.refuse("its lines differ in more than the key set")
	case slices.ContainsFunc(e.sets, func(s entrySet) bool {
		return slices.ContainsFunc(one.sets, func(o entrySet) bool { return o.number == s.number })
	}):
		e.refuse("it has two key sets of one number")
	}
	e.sets = append(e.sets, one.sets...)
}

// entry reads one line.
func (r *rows) entry(line []string) *entry {
	n, _ := r.in.FieldPos(0)
	field := func(name string) string {
		i, ok := r.at[name]
		if !ok {
			return ""
		}
		return strings.TrimSpace(line[i])
	}
	e := &entry{row: Row{Line: n, ICCID: strings.Clone(strings.TrimRight(strings.ToUpper(field("iccid")), "F"))}, tar: ota.SignatureTAR, parts: defaultParts}
	if n := len(e.row.ICCID); n < 18 || n > 20 || strings.Trim(e.row.ICCID, "0123456789") != "" {
		e.refuse("the serial number (iccid) must have 18 to 20 digits")
		e.row.ICCID = ""
	}
	if text := field("msisdn"); text != "" {
		var err error
		if e.number, err = readNumber(text); err != nil {
			e.refuse("the phone number must have its country code")
		}
	}
	e.settings(field("tar"), field("parts"))
	s, err := r.set(field("set"), field("algorithm"), field("kic"), field("kid"))
	if err != nil {
		e.refuse(err.Error())
	}
	if text := field("counter"); text != "" {
		if s.counter, err = strconv.ParseInt(text, 10, 64); err != nil || s.counter < 0 || s.counter >= lastCounter {
			e.refuse("the counter must be a number from 0 to 2^40-3")
		}
	}
	e.sets = []entrySet{s}
	return e
}

func (e *entry) settings(tar, parts string) {
	if tar != "" {
		b, err := hex.DecodeString(tar)
		if err != nil || len(b) != len(e.tar) {
			e.refuse("the tar must have six hexadecimal digits")
			return
		}
		e.tar = ota.TAR(b)
	}
	if parts != "" {
		n, err := strconv.Atoi(parts)
		if err != nil || n < 1 || n > 20 {
			e.refuse("parts must be a number from 1 to 20")
			return
		}
		e.parts = n
	}
}

// set reads a key set. Its errors quote nothing.
func (r *rows) set(number, algorithm, kic, kid string) (s entrySet, err error) {
	if s.number, err = strconv.Atoi(number); err != nil || s.number < 1 || s.number > 15 {
		return s, errors.New("the number of the key set must be from 1 to 15")
	}
	if s.keys.KIc, err = r.key(kic); err != nil {
		return s, errors.New("kic: " + err.Error())
	}
	if s.keys.KID, err = r.key(kid); err != nil {
		return s, errors.New("kid: " + err.Error())
	}
	switch strings.ToLower(algorithm) {
	case "aes":
		s.algorithm = ota.AES
	case "3des":
		if s.algorithm = ota.TripleDES2; len(s.keys.KIc) == 24 {
			s.algorithm = ota.TripleDES3
		}
	default:
		return s, errors.New("the algorithm must be aes or 3des; nothing weaker is taken")
	}
	if sizes := ota.KeySizes(s.algorithm); !slices.Contains(sizes, len(s.keys.KIc)) || !slices.Contains(sizes, len(s.keys.KID)) {
		return s, errors.New("the keys do not have a length of the algorithm")
	}
	if s.algorithm.Weak(s.keys.KIc) || s.algorithm.Weak(s.keys.KID) {
		return s, errors.New("a key is one that anybody would try, or 3DES that is no more than DES")
	}
	if slices.Equal(s.keys.KIc, s.keys.KID) {
		return s, errors.New("kic and kid are the same key")
	}
	return s, nil
}

func (r *rows) key(text string) ([]byte, error) {
	b, err := hex.DecodeString(text)
	switch {
	case err != nil || len(b) == 0:
		return nil, errors.New("it must be hexadecimal")
	case r.transport == nil:
		return b, nil
	}
	return unwrap(r.transport, b)
}

// algorithmName is what files and people call an algorithm.
func algorithmName(a int) string {
	if ota.Algorithm(a) == ota.AES { //nolint:gosec // four bits
		return "aes"
	}
	return "3des"
}
