package oath

import (
	"fmt"
	"strings"
	"time"
)

// SuitePart names a part of an OCRASuite.
type SuitePart string

// The parts of a suite, in their order.
const (
	PartAlgorithm SuitePart = "algorithm"
	PartFunction  SuitePart = "crypto function"
	PartHash      SuitePart = "hash"
	PartDigits    SuitePart = "digits"
	PartInput     SuitePart = "data input"
	PartCounter   SuitePart = "counter"
	PartQuestion  SuitePart = "question"
	PartPIN       SuitePart = "PIN"
	PartSession   SuitePart = "session"
	PartTime      SuitePart = "time step"
)

// SuiteError says which part of a suite was refused, and why.
type SuiteError struct {
	Part   SuitePart
	At     int    // position of the part in the text in bytes, from 1
	Text   string // the part as it stands there, cut to 32 bytes
	Reason string // what would be right
}

// Error names the part, its position and what would be right.
func (e *SuiteError) Error() string {
	return fmt.Sprintf("oath: OCRA suite: %s %q at position %d: %s", e.Part, e.Text, e.At, e.Reason)
}

// maxSuite is longer than the longest suite, in bytes.
const maxSuite = 64

// ParseSuite reads an OCRASuite such as "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1"
// (RFC 6287, section 6). It is strict, because the text itself is hashed: upper
// case, the inputs in the order C, Q, P, S, T and each at most once, lengths
// with all their digits (QN08, S064), no leading zeros in the time step, no
// blanks. A time step of 0 hours, which table 3 allows, is refused, since it
// would divide by zero. The error is a *SuiteError.
func ParseSuite(text string) (Suite, error) {
	p := suiteParser{text: text}
	if len(text) > maxSuite {
		p.fail(PartAlgorithm, 0, text, fmt.Sprintf("no suite is longer than %d characters", maxSuite))
		return Suite{}, p.err
	}
	algorithm, rest, ok := strings.Cut(text, ":")
	if algorithm != "OCRA-1" {
		p.fail(PartAlgorithm, 0, algorithm, "must be OCRA-1, before the first colon")
		return Suite{}, p.err
	}
	function, input, ok2 := strings.Cut(rest, ":")
	at := len(algorithm) + 1
	switch {
	case !ok:
		p.fail(PartFunction, len(text), "", "is missing: write OCRA-1:HOTP-SHA1-6:QN08, for example")
	case !ok2:
		p.function(function, at)
		p.fail(PartInput, len(text), "", "is missing: a colon and at least a question must follow, for example :QN08")
	default:
		p.function(function, at)
		p.inputs(input, at+len(function)+1)
	}
	if p.err != nil {
		return Suite{}, p.err
	}
	return p.suite, nil
}

// suiteParser keeps the first error; everything after it is idle.
type suiteParser struct {
	text  string
	suite Suite
	err   error
}

func (p *suiteParser) fail(part SuitePart, at int, text, reason string) {
	if p.err == nil {
		p.err = &SuiteError{Part: part, At: at + 1, Text: text[:min(len(text), 32)], Reason: reason}
	}
}

// function reads HOTP-H-t (section 5.2).
func (p *suiteParser) function(text string, at int) {
	parts := strings.Split(text, "-")
	if len(parts) != 3 || parts[0] != "HOTP" {
		p.fail(PartFunction, at, text, "must be HOTP-hash-digits, for example HOTP-SHA1-6")
		return
	}
	at += len("HOTP-")
	h, ok := suiteHash(parts[1])
	if !ok {
		p.fail(PartHash, at, parts[1], "must be SHA1, SHA256 or SHA512")
	}
	p.suite.Hash = h
	n, ok := number(parts[2], 1, 2)
	if !ok || n != 0 && n < 4 || n > MaxDigits {
		p.fail(PartDigits, at+len(parts[1])+1, parts[2], "must be 0 (no truncation) or 4 to 10, without leading zero")
	}
	p.suite.Digits = n
}

// inputs reads [C-]Qfxx[-PH][-Snnn][-TG] (section 6.3).
func (p *suiteParser) inputs(text string, at int) {
	order := 0
	for part := range strings.SplitSeq(text, "-") {
		name, rank, read := p.input(part)
		switch {
		case rank == 0:
			p.fail(name, at, part, "must be one of C, Qfxx, Phash, Snnn, TG, separated by single hyphens")
		case rank == order:
			p.fail(name, at, part, "is given twice")
		case rank < order:
			p.fail(name, at, part, "stands in the wrong place: the order is C, Q, P, S, T")
		case order < 2 && rank > 2:
			p.fail(name, at, part, "needs a question before it, for example QN08")
		}
		if reason := read(part); reason != "" {
			p.fail(name, at, part, reason)
		}
		order = max(order, rank)
		at += len(part) + 1
	}
	if order < 2 {
		p.fail(PartQuestion, len(p.text), "", "is missing: every suite has one, for example QN08")
	}
}

// input tells from the first letter which input a part is, and its rank.
func (p *suiteParser) input(part string) (name SuitePart, rank int, read func(string) string) {
	switch part[:min(1, len(part))] {
	case "C":
		return PartCounter, 1, p.counter
	case "Q":
		return PartQuestion, 2, p.question
	case "P":
		return PartPIN, 3, p.pin
	case "S":
		return PartSession, 4, p.session
	case "T":
		return PartTime, 5, p.time
	}
	return PartInput, 0, func(string) string { return "" }
}

func (p *suiteParser) counter(part string) string {
	if part != "C" {
		return "must be the single letter C"
	}
	p.suite.Counter = true
	return ""
}

func (p *suiteParser) question(part string) string {
	if len(part) < 2 || !strings.Contains("ANH", part[1:2]) {
		return "must be QA, QN or QH with a length, for example QN08"
	}
	n, ok := number(part[2:], 2, 2)
	if !ok || n < 4 || n > 64 {
		return "must have a length of two digits, 04 to 64"
	}
	p.suite.Question, p.suite.QuestionMax = QuestionFormat(part[1]), n
	return ""
}

func (p *suiteParser) pin(part string) string {
	h, ok := suiteHash(part[1:])
	if !ok {
		return "must be PSHA1, PSHA256 or PSHA512"
	}
	p.suite.PIN = PINHash(h) + 1
	return ""
}

func (p *suiteParser) session(part string) string {
	n, ok := number(part[1:], 3, 3)
	if !ok || n < 1 || n > 512 {
		return "must have a length of three digits, 001 to 512, for example S064"
	}
	p.suite.Session = n
	return ""
}

func (p *suiteParser) time(part string) string {
	const reason = "must be T with 1-59 and S or M, or 1-48 and H, without leading zero"
	if len(part) < 3 {
		return reason
	}
	n, ok := number(part[1:len(part)-1], 1, 2)
	if !ok || n < 1 {
		return reason
	}
	switch unit := part[len(part)-1]; {
	case unit == 'S' && n <= 59:
		p.suite.Step = time.Duration(n) * time.Second
	case unit == 'M' && n <= 59:
		p.suite.Step = time.Duration(n) * time.Minute
	case unit == 'H' && n <= 48:
		p.suite.Step = time.Duration(n) * time.Hour
	default:
		return reason
	}
	return ""
}

// suiteHash reads the exact spelling of a hash in a suite.
func suiteHash(s string) (Hash, bool) {
	for _, h := range []Hash{SHA1, SHA256, SHA512} {
		if s == h.String() {
			return h, true
		}
	}
	return 0, false
}

// number reads shortest to longest decimal digits. A number of variable length
// has no leading zero, so that each has one spelling.
func number(s string, shortest, longest int) (n int, ok bool) {
	if len(s) < shortest || len(s) > longest || shortest < longest && len(s) > 1 && s[0] == '0' {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = 10*n + int(s[i]-'0')
	}
	return n, true
}
