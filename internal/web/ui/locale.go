package ui

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"golang.org/x/text/language"
)

// Locale speaks one language: texts, times and numbers. It is immutable.
type Locale struct {
	lang  string
	texts map[string]string
	zone  *time.Location
}

func newLocale(lang string, texts map[string]string, zone *time.Location) *Locale {
	return &Locale{lang: lang, texts: texts, zone: zone}
}

// Lang is the language as HTML names it: "en" or "de".
func (l *Locale) Lang() string { return l.lang }

// T returns the text of a key with its {placeholders} filled from pairs of name
// and value. An unknown key comes back in brackets, for tests to find.
func (l *Locale) T(key string, pairs ...any) string {
	if s, ok := l.texts[key]; ok {
		return fill(s, pairs)
	}
	return "⟦" + key + "⟧"
}

// N returns the form of a text for n things: key.one or key.other, with {n}
// filled in.
func (l *Locale) N(key string, n int, pairs ...any) string {
	form := ".other"
	if n == 1 {
		form = ".one"
	}
	return l.T(key+form, append(pairs, "n", l.Number(int64(n)))...)
}

// Has reports whether there is a text for the key.
func (l *Locale) Has(key string) bool {
	_, ok := l.texts[key]
	return ok
}

func (l *Locale) mustT(key string, pairs ...any) (string, error) {
	if !l.Has(key) {
		return "", fmt.Errorf("no text has the key %q", key)
	}
	return l.T(key, pairs...), nil
}

func (l *Locale) mustN(key string, n int, pairs ...any) (string, error) {
	if !l.Has(key + ".other") {
		return "", fmt.Errorf("no text has the key %q", key+".other")
	}
	return l.N(key, n, pairs...), nil
}

// Locale picks the language of a request: what the reader chose here, else
// what the browser asks for, else English.
func (k *Kit) Locale(r *http.Request) *Locale {
	if c, err := r.Cookie(k.prefCookie("lang")); err == nil && k.locales[c.Value] != nil {
		return k.locales[c.Value]
	}
	return k.locales[negotiate(r.Header.Get("Accept-Language"))]
}

// negotiate reads Accept-Language (RFC 9110, section 12.5.4).
func negotiate(accept string) string {
	const long = 256 // no honest browser sends more
	if len(accept) > long {
		return languages[0]
	}
	tags, weights, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return languages[0]
	}
	for i, tag := range tags { // sorted by weight
		base, _ := tag.Base()
		for _, lang := range languages {
			if weights[i] > 0 && strings.EqualFold(base.String(), lang) {
				return lang
			}
		}
	}
	return languages[0]
}
