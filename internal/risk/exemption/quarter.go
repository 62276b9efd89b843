package exemption

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
)

// Day counts days since 1970-01-01 in UTC, as they are stored.
type Day int64

// DayOf returns the day of a moment.
func DayOf(t time.Time) Day {
	const seconds = 24 * 60 * 60
	n := t.Unix()
	if n < 0 {
		n -= seconds - 1
	}
	return Day(n / seconds)
}

// String returns the day as YYYY-MM-DD.
func (d Day) String() string { return time.Unix(int64(d)*24*60*60, 0).UTC().Format(time.DateOnly) }

// Quarter is a quarter of a calendar year, in UTC.
type Quarter struct {
	Year   int // 1970–9999
	Number int // 1–4
}

var quarterForm = regexp.MustCompile(`^([1-9]\d{3})Q([1-4])$`)

// ParseQuarter reads "2026Q4"; the fault "exemption.quarter" (Invalid) for all else.
func ParseQuarter(s string) (Quarter, error) {
	part := quarterForm.FindStringSubmatch(s)
	if part == nil || s < "1970" {
		return Quarter{}, fault.Invalidf("exemption.quarter", "Name a quarter as in 2026Q4.").WithField("quarter")
	}
	year, _ := strconv.Atoi(part[1])
	number, _ := strconv.Atoi(part[2])
	return Quarter{year, number}, nil
}

// QuarterOf returns the quarter of a day.
func QuarterOf(d Day) Quarter {
	t := time.Unix(int64(d)*24*60*60, 0).UTC()
	return Quarter{t.Year(), (int(t.Month())-1)/3 + 1}
}

// String returns the quarter as ParseQuarter reads it.
func (q Quarter) String() string { return fmt.Sprintf("%04dQ%d", q.Year, q.Number) }

// First returns the first day.
func (q Quarter) First() Day {
	return DayOf(time.Date(q.Year, time.Month(q.Number*3-2), 1, 0, 0, 0, 0, time.UTC))
}

// Last returns the last day.
func (q Quarter) Last() Day { return q.Next().First() - 1 }

// Next returns the quarter after it.
func (q Quarter) Next() Quarter {
	if q.Number == 4 {
		return Quarter{q.Year + 1, 1}
	}
	return Quarter{q.Year, q.Number + 1}
}
