package smpp

import (
	"fmt"
	"strconv"
	"time"
)

const (
	day   = 24 * time.Hour
	month = 30 * day // in relative times a center counts calendar months; we never send any
)

// Relative writes a span of time as a validity period (section 7.1.1.2), in whole
// seconds, rounded up, from one second to 30 days. A relative time does not depend
// on the two clocks.
func Relative(d time.Duration) string {
	s := int64((min(max(d, time.Second), month) + time.Second - 1) / time.Second)
	return fmt.Sprintf("0000%02d%02d%02d%02d000R", s/86400, s/3600%24, s/60%60, s%60)
}

// ParseTime reads a time of a PDU (section 7.1.1), relative ones from now; ok is
// false when it is none. Empty is the zero time: the center's own default.
func ParseTime(s string, now time.Time) (t time.Time, ok bool) {
	if s == "" {
		return time.Time{}, true
	}
	var f [7]int // years, months, days, hours, minutes, seconds, quarters of an hour
	if len(s) != 16 {
		return t, false
	}
	for i, at := range [...]int{0, 2, 4, 6, 8, 10, 13} {
		n, err := strconv.ParseUint(s[at:at+2], 10, 8)
		if err != nil {
			return t, false
		}
		f[i] = int(n)
	}
	if s[12] < '0' || s[12] > '9' || f[1] > 12 || f[3] > 23 || f[4] > 59 || f[5] > 59 || f[6] > 48 {
		return t, false
	}
	switch s[15] {
	case 'R':
		span := time.Duration(f[3])*time.Hour + time.Duration(f[4])*time.Minute + time.Duration(f[5])*time.Second
		return now.AddDate(f[0], f[1], f[2]).Add(span), f[2] <= 31
	case '+', '-':
		offset := f[6] * 15 * 60
		if s[15] == '-' {
			offset = -offset
		}
		tenth := int(s[12]-'0') * 100_000_000
		t = time.Date(2000+f[0], time.Month(f[1]), f[2], f[3], f[4], f[5], tenth, time.FixedZone("", offset))
		return t.UTC(), t.Day() == f[2] && t.Month() == time.Month(f[1])
	}
	return t, false
}
