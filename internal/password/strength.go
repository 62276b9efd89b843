package password

import (
	"strings"

	zxcvbn "github.com/ccojocar/zxcvbn-go"
	"github.com/ccojocar/zxcvbn-go/matching"
)

const (
	// seen is how many bytes of a password are judged at a time: the effort of zxcvbn
	// grows faster than the length. It is some milliseconds then, whatever was typed.
	seen = 40
	// maxWords is how many context words zxcvbn is told.
	maxWords = 60
)

// strength is how hard a password is to guess, 0 to 4 as zxcvbn counts. It never
// says more of a longer password than its two ends are worth: at least 4 takes
// 10^10 guesses, which is enough.
//
// The matcher of zxcvbn for digits and signs that stand for letters tries all
// combinations, which takes many seconds for a password made for it; so it is left out,
// and one reading is judged besides what was typed.
func (p *Passwords) strength(folded string, words []string) int {
	if unit := repeated(folded); unit != "" {
		folded = unit + unit
	}
	if len(words) > maxWords {
		words = words[:maxWords]
	}
	return min(p.ends(folded, words), p.ends(unleet(folded), words))
}

// ends judges the stronger one of the two ends.
func (p *Passwords) ends(s string, words []string) int {
	if len(s) <= seen {
		return p.score(s, words)
	}
	return max(p.score(strings.ToValidUTF8(s[:seen], ""), words), p.score(strings.ToValidUTF8(s[len(s)-seen:], ""), words))
}

func (p *Passwords) score(s string, words []string) int {
	p.looked(len(s))
	return zxcvbn.PasswordStrength(s, words, matching.FilterL33tMatcher).Score
}

// repeated returns what a text is a repetition of; "" when it is none.
func repeated(s string) string {
	at := strings.Index((s + s)[min(1, len(s)):], s) + 1
	if at <= 0 || at >= len(s) {
		return ""
	}
	return s[:at]
}
