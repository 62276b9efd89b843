package pattern

import "math/bits"

// any returns the days on which a bit is set in one of the hours of a period.
func (m *hours) any(p Period) (days uint64) {
	for h, d := range m {
		if p.Has(h) {
			days |= d
		}
	}
	return days
}

// age moves all maps on by days.
func (m *hours) age(days int) { shift(m[:], days) }

// shift moves maps on by days; Go shifts by 64 and more to zero.
func shift(maps []uint64, days int) {
	for i := range maps {
		maps[i] <<= days
	}
}

func ones(days uint64) int { return bits.OnesCount64(days) }

// Weekdays is a set of days of the week: bit 0 is Sunday.
type Weekdays uint8

// Sets of weekdays that reports use; Weekdays(1) << time.Monday is one day.
const (
	EveryDay Weekdays = 0b1111111
	Workdays Weekdays = 0b0111110
	Weekend  Weekdays = 0b1000001
)

// mask returns the bits of a map whose newest day is last that fall on the weekdays,
// the newest m of them.
func (w Weekdays) mask(last, m int) (days uint64) {
	for age := 0; age < MapDays && m > 0; age++ {
		if w>>weekday(last-age)&1 == 1 {
			days |= 1 << age
			m--
		}
	}
	return days
}
