package oath

// maxCodes is the number of consecutive codes that can be asked for
// (RFC 4226, section 7.4: "a sequence of (say, 2, 3) HOTP values").
const maxCodes = 3

// sequence looks for codes that match one after another as a search steps
// through its window. run[k] is 1 when codes 0…k matched the last k+1 steps.
type sequence struct {
	n    int
	want [maxCodes]target
	run  [maxCodes]uint64
}

// newSequence prepares one to three codes; any other number is not valid.
func newSequence(codes []string, f format, size int) (s sequence, valid bool) {
	if len(codes) == 0 || len(codes) > maxCodes {
		return s, false
	}
	s.n = len(codes)
	for i, c := range codes {
		s.want[i] = f.target(c, size)
	}
	return s, true
}

// step takes the next value of the window and returns 1 if it completes the
// sequence. It looks at every code whatever matched before.
func (s *sequence) step(sum []byte) uint64 {
	for k := s.n - 1; k > 0; k-- {
		s.run[k] = s.run[k-1] & s.want[k].match(sum)
	}
	s.run[0] = s.want[0].match(sum)
	return s.run[s.n-1]
}
