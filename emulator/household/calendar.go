package household

import "time"

// Central European time: minutes east of Greenwich, without and with daylight saving.
const (
	winter = 60
	summer = 120
)

// europe is the offset in central Europe, in minutes: daylight saving from the last
// Sunday of March to that of October, 01:00 UTC (Directive 2000/84/EC).
func europe(t time.Time) int {
	t = t.UTC()
	if !t.Before(lastSunday(t.Year(), time.March)) && t.Before(lastSunday(t.Year(), time.October)) {
		return summer
	}
	return winter
}

func lastSunday(year int, m time.Month) time.Time {
	end := time.Date(year, m+1, 0, 1, 0, 0, 0, time.UTC)
	return end.AddDate(0, 0, -int(end.Weekday()))
}

// easter is the Sunday by the Gregorian calendar (Meeus, Jones and Butcher).
func easter(year int) time.Time {
	a, b, c := year%19, year/100, year%100
	h := (19*a + b - b/4 - (b-(b+8)/25+1)/3 + 15) % 30
	l := (32 + 2*(b%4) + 2*(c/4) - h - c%4) % 7
	n := h + l - 7*((a+11*h+22*l)/451) + 114
	return time.Date(year, time.Month(n/31), n%31+1, 0, 0, 0, 0, time.UTC)
}

// Holiday reports whether nobody with fixed hours works on a date.
func Holiday(date time.Time) bool {
	switch date.Format("01-02") {
	case "01-01", "05-01", "10-03", "12-25", "12-26":
		return true
	}
	switch int(date.Sub(easter(date.Year())).Hours() / 24) {
	case -2, 1, 39, 50:
		return !date.Before(easter(date.Year()).AddDate(0, 0, -2))
	}
	return false
}

// date is the n-th day at midnight UTC, a name for a civil day and no instant.
func (t *Town) date(n int) time.Time { return t.Start.AddDate(0, 0, n) }

// Day numbers the civil day of an instant at home, from the first one; minute is of
// the clock on the wall, 0 to 1439.
func (t *Town) Day(at time.Time) (day, minute int) { return t.civil(at, europe(at)) }

func (t *Town) civil(at time.Time, offset int) (day, minute int) {
	minutes := int(at.Sub(t.Start)/time.Minute) + offset
	day, minute = minutes/1440, minutes%1440
	if minute < 0 {
		return day - 1, minute + 1440
	}
	return day, minute
}

// Instant is when a clock at home shows a minute of a day; the earlier one of two, and
// an hour on where the clock is put forward.
func (t *Town) Instant(day, minute int) time.Time {
	local := t.date(day).Add(time.Duration(minute) * time.Minute)
	if at := local.Add(-summer * time.Minute); europe(at) == summer {
		return at
	}
	return local.Add(-winter * time.Minute)
}
