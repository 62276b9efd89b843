package pattern

import "time"

// Hour is a civil hour where the device is, counted from 1970-01-01 00:00 there. Two
// moments that a clock change puts into one civil hour are one Hour, and an hour that
// a clock change leaves out never occurs (decision DD-9).
type Hour int32

// DayHours is how many hours a civil day has, on paper; see [Hour] for those of a
// clock change.
const DayHours = 24

// HourOf returns the civil hour of a moment at an offset in minutes east of UTC.
func HourOf(at time.Time, offset int) Hour {
	seconds := at.Unix() + int64(offset)*60
	return Hour(floor(seconds, 3600)) //nolint:gosec // events are refused outside of 2000 to 2200
}

// Day returns the civil day, counted from 1970-01-01.
func (h Hour) Day() int { return int(floor(int64(h), DayHours)) }

// OfDay returns the hour of the day, 0–23.
func (h Hour) OfDay() int { return int(h) - h.Day()*DayHours }

// Weekday returns the day of the week.
func (h Hour) Weekday() time.Weekday { return weekday(h.Day()) }

// Date returns the civil date as a time at midnight in UTC, for calendars.
func (h Hour) Date() time.Time { return time.Unix(int64(h.Day())*86400, 0).UTC() }

// weekday returns the day of the week of a civil day; 1970-01-01 was a Thursday.
func weekday(day int) time.Weekday {
	return time.Weekday(day + 4 - 7*int(floor(int64(day)+4, 7)))
}

// weekCell is the index of an hour in the week, 0–167.
func (h Hour) weekCell() int { return int(h.Weekday())*DayHours + h.OfDay() }

// weekdayOf returns the day of the week of an hour of the week.
func weekdayOf(cell int) time.Weekday { return time.Weekday(cell / DayHours) }

// kindOf is 0 for Monday to Friday and 1 for the weekend.
func kindOf(d time.Weekday) int {
	if d == time.Saturday || d == time.Sunday {
		return 1
	}
	return 0
}

// floor divides towards minus infinity.
func floor(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
