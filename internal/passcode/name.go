package passcode

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// plainName makes the name of a payee fit to stand in quotation marks in a text: one
// line, no characters that are not seen or that change the direction of others, nothing
// that could end the quotation, open the last line of the text or look like a code. A
// letter that a word borrows from another script becomes a question mark: "Раypal" with
// a Cyrillic P and a is shown as "??ypal".
func plainName(s string) string {
	s = strings.Map(seen, norm.NFKC.String(s))
	words := strings.Fields(s)
	for i, w := range words {
		words[i] = breakDigits(oneScript(w))
	}
	s = strings.Join(words, " ")
	for strings.Contains(s, "..") { // what is left out is marked by points, and by nothing else
		s = strings.ReplaceAll(s, "..", ".")
	}
	return s
}

// seen drops or replaces single characters.
func seen(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Mc, r), unicode.IsLetter(r), unicode.IsDigit(r):
		return r
	case strings.ContainsRune("\"“”„«»‹›`´", r):
		return '\''
	case strings.ContainsRune("@#", r):
		return ' '
	case r == '‘' || r == '’' || r == '‚':
		return '\''
	case '\u2010' <= r && r <= '\u2015':
		return '-'
	case r == unicode.ReplacementChar, unicode.Is(unicode.C, r), unicode.Is(unicode.Z, r), unicode.Is(unicode.Me, r):
		return -1
	case r > unicode.MaxASCII && (unicode.IsSymbol(r) || unicode.IsPunct(r)) && septets(r) == 0:
		return '?'
	case unicode.IsGraphic(r):
		return r
	}
	return -1
}

// lookAlikes are the scripts that have letters like each other's.
var lookAlikes = [...]*unicode.RangeTable{unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Armenian, unicode.Cherokee, unicode.Lisu, unicode.Coptic}

// oneScript replaces the letters of a word that are of another script than most of
// them, where scripts are concerned that look like each other.
func oneScript(word string) string {
	count := [len(lookAlikes)]int{}
	for _, r := range word {
		if i := scriptOf(r); i >= 0 {
			count[i]++
		}
	}
	most := 0
	for i, n := range count {
		if n > count[most] {
			most = i
		}
	}
	return strings.Map(func(r rune) rune {
		if i := scriptOf(r); i >= 0 && i != most {
			return '?'
		}
		return r
	}, word)
}

func scriptOf(r rune) int {
	for i, t := range lookAlikes {
		if unicode.Is(t, r) {
			return i
		}
	}
	return -1
}

// maxDigits is the longest run of digits in a name: shorter than any code.
const maxDigits = 4

// breakDigits puts a point after every few digits of a run that could pass for a code.
// Digits of other scripts count: people read them as digits.
func breakDigits(s string) string {
	var b strings.Builder
	run := 0
	for _, r := range s {
		if !unicode.IsDigit(r) {
			run = 0
		} else if run++; run > maxDigits {
			b.WriteByte('.')
			run = 1
		}
		b.WriteRune(r)
	}
	return b.String()
}
