package ui

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// noBreak is a space at which no line is broken.
const noBreak = "\u00a0"

// Date writes a day: "22 November 2026", "22. November 2026".
func (l *Locale) Date(t time.Time) string {
	t = t.In(l.zone)
	day := strconv.Itoa(t.Day())
	if l.lang == "de" {
		day += "."
	}
	return day + noBreak + l.T("ui.month."+strconv.Itoa(int(t.Month()))) + noBreak + strconv.Itoa(t.Year())
}

// Time writes a moment to the minute with its zone's name: "22 November 2026,
// 14:05 UTC". Both languages count hours from 0 to 23.
func (l *Locale) Time(t time.Time) string {
	return l.Date(t) + ", " + t.In(l.zone).Format("15:04") + noBreak + t.In(l.zone).Format("MST")
}

// Stamp writes a moment to the second for tables and logs: "2026-11-22
// 14:05:09". It is the same in all languages and sorts.
func (l *Locale) Stamp(t time.Time) string {
	return t.In(l.zone).Format("2006-01-02" + noBreak + "15:04:05")
}

// Number writes a whole number with its thousands grouped.
func (l *Locale) Number(n int64) string {
	return l.group(strconv.FormatInt(n, 10))
}

// Money writes an amount given in minor units, which has so many decimal
// digits, with the ISO 4217 code of its currency: "1,234.56 EUR".
func (l *Locale) Money(minor int64, digits int, currency string) string {
	sign, abs := "", uint64(minor) //nolint:gosec // two's complement is meant
	if minor < 0 {
		sign, abs = "\u2212", -abs
	}
	s := strconv.FormatUint(abs, 10)
	if missing := digits + 1 - len(s); missing > 0 {
		s = strings.Repeat("0", missing) + s
	}
	whole, part := s[:len(s)-digits], s[len(s)-digits:]
	out := sign + l.group(whole)
	if digits > 0 {
		out += l.T("ui.number.decimal") + part
	}
	return out + noBreak + currency
}

func (l *Locale) group(s string) string {
	const three = 3
	digits := strings.TrimPrefix(s, "-")
	var b strings.Builder
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%three == 0 {
			b.WriteString(l.T("ui.number.group"))
		}
		b.WriteByte(digits[i])
	}
	if len(digits) < len(s) {
		return "\u2212" + b.String()
	}
	return b.String()
}

// Span writes a length of time in its largest whole unit, rounded up, so that
// nobody comes back too early: "5 minutes".
func (l *Locale) Span(d time.Duration) string {
	up := func(unit time.Duration) int { return int(math.Ceil(float64(d) / float64(unit))) }
	const day = 24 * time.Hour
	switch {
	case d <= time.Minute:
		return l.N("ui.span.second", max(up(time.Second), 0))
	case d < 2*time.Hour:
		return l.N("ui.span.minute", up(time.Minute))
	case d < 2*day:
		return l.N("ui.span.hour", up(time.Hour))
	default:
		return l.N("ui.span.day", up(day))
	}
}

// number is Number for any integer that a template has.
func (l *Locale) number(n any) string {
	switch n := n.(type) {
	case int:
		return l.Number(int64(n))
	case int64:
		return l.Number(n)
	case uint64:
		return l.group(strconv.FormatUint(n, 10))
	}
	return fmt.Sprint(n)
}
