package password

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Codes of the mistakes in a new secret.
const (
	TooShort   = "too_short"   // fewer characters than the policy wants
	TooLong    = "too_long"    // more than it takes: nothing is ever cut off
	Characters = "characters"  // not text, or with control characters or unassigned ones
	DigitsOnly = "digits_only" // a PIN with something else than 0 to 9
	Common     = "common"      // many people have chosen it, or it is known to have leaked
	Context    = "context"     // made of the customer's own data or the bank's name
	Pattern    = "pattern"     // repetition or sequence
	Weak       = "weak"        // guessed in too few tries
	UsedBefore = "used_before" // it is one of the customer's former ones
	Unchanged  = "unchanged"   // it is the present one
)

// Judgement is what is thought of a new secret.
type Judgement struct { //nolint:recvcheck // add fills it, the rest only look
	Score    int                     // 0–4 as zxcvbn counts; 0 for a PIN, which is never strong
	Mistakes []authenticator.Mistake // why it is not taken, all of them; none when it is
}

// Fit reports whether the secret is taken.
func (j Judgement) Fit() bool { return len(j.Mistakes) == 0 }

func (j *Judgement) add(code, text string, args ...any) {
	j.Mistakes = append(j.Mistakes, authenticator.Mistake{Code: code, Text: fmt.Sprintf(text, args...)})
}

// Judge says all that is wrong with a new secret under the rules. Least is how long
// it must be (policy.Set.Least). Words are what it may not be made of: what is known
// of the customer; those of the bank are in the rules. It computes some milliseconds at most.
func (p *Passwords) Judge(rules policy.Secret, least int, secret string, words []string) (j Judgement) {
	p.worked("judge")
	switch {
	case len(secret) > maxBytes*4:
		j.add(TooLong, "Take at most %d characters. Nothing is cut off.", rules.Length.Max)
		return j
	case !utf8.ValidString(secret):
		j.add(Characters, "Type text: this is none.")
		return j
	}
	normal := norm.NFKC.String(secret)
	switch n := utf8.RuneCountInString(normal); {
	case n < least:
		j.add(TooShort, "Take %d characters or more. Several words are easy to remember.", least)
	case n > rules.Length.Max || len(normal) > maxBytes:
		j.add(TooLong, "Take at most %d characters. Nothing is cut off.", rules.Length.Max)
		return j
	}
	folded := strings.ToLower(normal)
	words = fold(slices.Concat(words, rules.Context))
	if rules.Kind == policy.KindPIN {
		p.judgePIN(&j, rules, folded, words)
		return j
	}
	p.judgePassword(&j, rules, folded, words)
	return j
}

func (p *Passwords) judgePassword(j *Judgement, rules policy.Secret, folded string, words []string) {
	if strings.ContainsFunc(folded, strange) {
		j.add(Characters, "Leave out control characters and ones that Unicode does not know.")
	}
	if !rules.Common && p.common.like(folded) {
		j.add(Common, "Many people use this one, and whoever guesses begins with it. Take another one.")
	}
	if made(folded, words) {
		j.add(Context, "Do not make it of your name, your numbers or the name of the bank.")
	}
	if unit := repeated(folded); unit != "" && len(unit) <= 3 || runs(folded) {
		j.add(Pattern, "Do not repeat characters or count them up and down.")
	}
	if j.Score = p.strength(folded, words); j.Score < rules.Strength {
		j.add(Weak, "It is guessed too quickly. Add a word or two that do not belong together.")
	}
}

func (p *Passwords) judgePIN(j *Judgement, rules policy.Secret, pin string, words []string) {
	if strings.Trim(pin, "0123456789") != "" || pin == "" {
		j.add(DigitsOnly, "A PIN has digits only.")
		return
	}
	if !rules.Common && p.common.has(pin) {
		j.add(Common, "Many people use this one, and whoever guesses begins with it. Take another one.")
	}
	if slices.ContainsFunc(words, func(w string) bool { return strings.Contains(digits(w), pin) }) {
		j.add(Context, "Do not take it from your customer number, phone number or date of birth.")
	}
	if unit := repeated(pin); unit != "" && len(unit) <= 2 || runs(pin) {
		j.add(Pattern, "Do not repeat digits or count them up and down.")
	}
}

// strange reports characters that no keyboard gives: their normal form may change with
// the next version of Unicode.
func strange(r rune) bool {
	return !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.Cf)
}

// runs reports whether every character is the one after, or before, the last one.
func runs(s string) bool {
	r := []rune(s)
	if len(r) < 2 {
		return false
	}
	step := r[1] - r[0]
	for i := 1; i < len(r); i++ {
		if r[i]-r[i-1] != step {
			return false
		}
	}
	return step >= -1 && step <= 1
}

// left is how many characters of a password must belong to nothing that is known
// of the customer.
const left = 6

// made reports whether words of the context are in a password, and too little besides.
func made(folded string, words []string) bool {
	for _, s := range []string{folded, unleet(folded)} {
		rest := s
		for _, w := range words {
			rest = strings.ReplaceAll(rest, w, "")
		}
		if len(rest) < len(s) && utf8.RuneCountInString(rest) < left {
			return true
		}
	}
	return false
}

// fold brings words to the form of a folded secret, longest first; too short ones
// are in everything.
func fold(words []string) (all []string) {
	for _, w := range words {
		w = strings.ToLower(norm.NFKC.String(w))
		for _, part := range append(strings.FieldsFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), w) {
			if utf8.RuneCountInString(part) >= 3 && !slices.Contains(all, part) {
				all = append(all, part)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b string) int { return len(b) - len(a) })
	return all
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
