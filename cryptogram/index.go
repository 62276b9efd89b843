package cryptogram

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Index tells limited-use keys of an account apart: YHHHHCC, the last digit of the year, the hour of the year (UTC, 0001 to
// 8784) and a counter of 00 to 99 within the hour. An index goes with every payment, so the key is derived again and never stored.
type Index uint32

// PerHour is how many indexes an hour has.
const PerHour = 100

// ErrIndexesSpent says that an hour has no index left: whoever asks again in the next hour gets one.
var ErrIndexesSpent = errors.New("cryptogram: a hundred keys were made in this hour; the next one begins a new count")

// NewIndex is the index of a moment and a counter, 0 to 99; beyond it the error is [ErrIndexesSpent].
func NewIndex(at time.Time, counter int) (Index, error) {
	if counter < 0 {
		return 0, fmt.Errorf("cryptogram: the counter of an index is %d", counter)
	}
	if counter >= PerHour {
		return 0, ErrIndexesSpent
	}
	at = at.UTC()
	hour := (at.YearDay()-1)*24 + at.Hour() + 1
	return Index(at.Year()%10*1_000_000 + hour*PerHour + counter), nil //nolint:gosec // at most 9,878,499
}

// ParseIndex reads seven digits.
func ParseIndex(s string) (Index, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || len(s) != 7 {
		return 0, fmt.Errorf("cryptogram: %.10q is no index of a key: it has seven digits, YHHHHCC", s)
	}
	x := Index(n)
	return x, x.check()
}

// String returns seven digits.
func (x Index) String() string { return fmt.Sprintf("%07d", uint32(x)) }

// Counter is the count within the hour.
func (x Index) Counter() int { return int(x % PerHour) }

// hour is the hour of the year, from 1.
func (x Index) hour() int { return int(x / PerHour % 10_000) }

const hoursOfYear = 366 * 24

func (x Index) check() error {
	if h := x.hour(); x >= 10_000_000 || h < 1 || h > hoursOfYear {
		return fmt.Errorf("cryptogram: %s is no index of a key: its hour is none of 0001 to 8784", x)
	}
	return nil
}

// Hour is when the index' hour began: in the last year that ends in its digit and whose hour is not more than a day after now, because
// clocks differ. The error is for an index that cannot be.
func (x Index) Hour(now time.Time) (time.Time, error) {
	if err := x.check(); err != nil {
		return time.Time{}, err
	}
	limit := now.UTC().Add(24 * time.Hour)
	year := limit.Year() - (limit.Year()%10-int(x/1_000_000)+10)%10
	at := time.Date(year, time.January, 1, x.hour()-1, 0, 0, 0, time.UTC)
	if at.After(limit) {
		at = time.Date(year-10, time.January, 1, x.hour()-1, 0, 0, 0, time.UTC)
	}
	return at, nil
}
