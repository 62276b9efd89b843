package rule

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/risk/score"
)

// Schedule says when a rule is in force; what is missing does not limit it. Days
// and hours are the bank's.
type Schedule struct {
	Days  []string `yaml:"days,omitempty"`  // sun, mon, tue, wed, thu, fri, sat
	Hours string   `yaml:"hours,omitempty"` // "22-6": from the first hour on, up to the second
	From  string   `yaml:"from,omitempty"`  // date, "2026-12-01", in UTC
	Until string   `yaml:"until,omitempty"` // last date
}

func (s Schedule) validate() error {
	for _, d := range s.Days {
		if !slices.Contains(days(), d) {
			return fmt.Errorf("schedule: %q is no day: write %s", d, strings.Join(days(), ", "))
		}
	}
	if _, _, ok := s.hours(); !ok {
		return fmt.Errorf("schedule: %q are no hours: write two from 0 to 24, such as 22-6", s.Hours)
	}
	from, until, ok := s.dates()
	if !ok || until.Before(from) {
		return fmt.Errorf("schedule: from %q until %q is no time: write dates such as 2026-12-01", s.From, s.Until)
	}
	return nil
}

func days() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

func (s Schedule) hours() (from, to int, ok bool) {
	if s.Hours == "" {
		return 0, 24, true
	}
	n, err := fmt.Sscanf(s.Hours, "%d-%d", &from, &to)
	return from, to, n == 2 && err == nil && from >= 0 && from <= 24 && to >= 0 && to <= 24 && fmt.Sprintf("%d-%d", from, to) == s.Hours
}

func (s Schedule) dates() (from, until time.Time, ok bool) {
	until = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	var err1, err2 error
	if s.From != "" {
		from, err1 = time.Parse(time.DateOnly, s.From)
	}
	if s.Until != "" {
		until, err2 = time.Parse(time.DateOnly, s.Until)
	}
	return from, until, err1 == nil && err2 == nil
}

// covers reports whether the rule is in force at an event.
func (s Schedule) covers(f *score.Facts) bool {
	from, until, _ := s.dates()
	if f.At.Before(from) || !f.At.Before(until.AddDate(0, 0, 1)) {
		return false
	}
	if len(s.Days) > 0 && !slices.Contains(s.Days, days()[((f.Weekday%7)+7)%7]) {
		return false
	}
	first, last, _ := s.hours()
	if first <= last {
		return f.Hour >= first && f.Hour < last
	}
	return f.Hour >= first || f.Hour < last
}
