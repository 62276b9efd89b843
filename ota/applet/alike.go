package applet

import (
	"errors"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
)

// ErrAlike is the error of a text that people may take for another one.
var ErrAlike = errors.New("applet: people may take this text for another one")

// Unmistakable says whether people read in a text what is in it, where CheckText says whether phones
// show it. It is ErrAlike for
//
//   - a word with letters of two scripts, such as a Latin word with one Cyrillic letter;
//   - a line with letters that are written from the left and from the right, which phones put
//     in another order than they were sent in;
//   - decimal digits of two kinds;
//   - a mark on anything but a letter, such as a stroke through a digit, and two on a Latin, Greek or
//     Cyrillic letter;
//   - a line as the card writes it in front of what is signed ("You sign:");
//   - a text that is not in normal form C, of which another one looks exactly the same.
//
// Servers ask it of what strangers have shown; a card does not. A whole word in the letters of
// another script is let be: the names of services are what the server's operator has approved.
func Unmistakable(text string) error {
	if !norm.NFC.IsNormalString(text) || pretends(text) || marked(text) || digits(text) > 1 {
		return ErrAlike
	}
	for line := range strings.SplitSeq(text, "\n") {
		if mixed(line) {
			return ErrAlike
		}
	}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) }) {
		if scripts(word) > 1 {
			return ErrAlike
		}
	}
	return nil
}

// marked reports whether a mark stands on something that is no letter, or more of them on a letter
// than its script writes.
func marked(text string) bool {
	room := 0
	for _, r := range text {
		switch {
		case unicode.IsMark(r):
			if room--; room < 0 {
				return true
			}
		case unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic):
			room = 1
		case unicode.IsLetter(r):
			room = 4
		default:
			room = 0
		}
	}
	return false
}

// mixed reports whether a line has letters of both directions.
func mixed(line string) bool {
	left, right := false, false
	for _, r := range line {
		switch p, _ := bidi.LookupRune(r); p.Class() { // what is no letter takes the direction of its neighbors
		case bidi.L:
			left = true
		case bidi.R, bidi.AL:
			right = true
		default:
		}
	}
	return left && right
}

// digits counts the kinds of decimal digits in a text.
func digits(text string) int {
	kinds := map[rune]bool{}
	for _, r := range text {
		if unicode.Is(unicode.Nd, r) {
			zero := r
			for unicode.Is(unicode.Nd, zero-1) && r-zero < 9 {
				zero--
			}
			kinds[zero] = true
		}
	}
	return len(kinds)
}

// scripts counts the scripts in a word; those that Japanese and Korean are written in are one.
func scripts(word string) int {
	found := map[string]bool{}
	for _, r := range word {
		if !unicode.IsLetter(r) || unicode.In(r, unicode.Common, unicode.Inherited) {
			continue
		}
		found[script(r)] = true
	}
	return len(found)
}

func script(r rune) string {
	if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo) {
		return "Han"
	}
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return name
		}
	}
	return ""
}
