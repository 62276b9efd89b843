package lab

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/countersign-auth/countersign/emulator/hardtoken"
)

// The display has cells of fourteen segments ("starburst"), so that it can show
// letters. Each segment is a shape in a cell of 24 by 40 units.
//
//	 ─a─
//	|\|/|      f h i j b
//	 ─ ─        g1 g2
//	|/|\|      e k l m c
//	 ─d─
const segmentNames = "abcdefGHhijklm" // G, H: left and right half of the middle bar

var segmentPaths = [...]string{
	'a' - 'A': "M4.2 2h15.600l1 1-2.8 2.800H6L3.2 3z",
	'b' - 'A': "M21.4 3.6 22 4.200v14l-1.2 1.2-1.8-1.600V6z",
	'c' - 'A': "M20.8 20.6 22 21.800v14l-.6.6-2.4-2.400V22.200z",
	'd' - 'A': "M6 34.200h12l2.8 2.8-1 1H4.200l-1-1z",
	'e' - 'A': "M3.2 20.6 5 22.200V34l-2.4 2.4-.6-.6v-14z",
	'f' - 'A': "M2.6 3.6 5 6v11.800l-1.8 1.600L2 18.200v-14z",
	'G' - 'A': "M5.8 18.300h4l1.4 1.7-1.4 1.700h-4L4 20z",
	'H' - 'A': "M14.2 18.300h4L20 20l-1.8 1.700h-4L12.8 20z",
	'h' - 'A': "M5.8 6.800h1.700l3 7.400v3.200H9.400L5.8 9.600z",
	'i' - 'A': "M10.9 6.800h2.200v9.800L12 18l-1.1-1.400z",
	'j' - 'A': "M18.2 6.800h-1.700l-3 7.400v3.200h1.100l3.6-7.800z",
	'k' - 'A': "M5.8 33.200h1.700l3-7.400v-3.200H9.400l-3.6 7.800z",
	'l' - 'A': "M10.9 33.200h2.200v-9.800L12 22l-1.1 1.400z",
	'm' - 'A': "M18.2 33.200h-1.700l-3-7.400v-3.200h1.100l3.6 7.800z",
}

// glyph says which segments a character lights.
func glyph(c byte) string {
	switch {
	case '0' <= c && c <= '9':
		return [...]string{"abcdef", "bc", "abGHed", "abHcd", "fGHbc", "afGHcd", "afGHecd", "abc", "abcdefGH", "abcdfGH"}[c-'0']
	case 'A' <= c && c <= 'Z':
		return [...]string{
			"abcefGH", "abcdHil", "adef", "abcdil", "adefGH", "aefG", "acdefH", "bcefGH", "adil", "bcde", "efGjm", "def", "bcefhj",
			"bcefhm", "abcdef", "abefGH", "abcdefm", "abefGHm", "afGHcd", "ail", "bcdef", "efjk", "bcefkm", "hjkm", "hjl", "adjk",
		}[c-'A']
	case c == '-':
		return "GH"
	}
	return ""
}

// segments draws the display. The picture is for the eye; the page says the same
// in words beside it.
func segments(text string) template.HTML {
	const cell, height = 27, 40
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="segments" viewBox="-4 0 %d %d" aria-hidden="true" focusable="false">`, hardtoken.Width*cell+6, height)
	pad := (hardtoken.Width - len(text)) / 2 // words and short codes stand in the middle
	for i := range hardtoken.Width {
		lit := ""
		if j := i - pad; j >= 0 && j < len(text) {
			lit = glyph(text[j])
		}
		fmt.Fprintf(&b, `<g transform="translate(%d 0) skewX(-5)">`, i*cell+2)
		writeSegments(&b, "ghost", segmentNames)
		if lit != "" {
			writeSegments(&b, "lit", lit)
		}
		b.WriteString(`</g>`)
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) //nolint:gosec // made of the constants above
}

func writeSegments(b *strings.Builder, class, names string) {
	b.WriteString(`<path class="` + class + `" d="`)
	for i := range len(names) {
		b.WriteString(segmentPaths[names[i]-'A'])
	}
	b.WriteString(`"/>`)
}
