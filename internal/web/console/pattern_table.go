package console

import (
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// periodRow is a period of the readable pattern, of working days and of weekends.
type periodRow struct {
	Name  string
	Sides [2]periodSide
}

// periodSide is who is usually there.
type periodSide struct {
	Name    string // of its days
	Devices []periodDevice
	Places  int
}

// periodDevice is a device in a period.
type periodDevice struct {
	Title string
	Share string
	Days  int
	In    bool
	Trend string // "rising", "fading" or ""
}

// periodRows is the pattern as a table of five periods (DI-59 to DI-61, DI-71, DI-72).
func (v *visit) periodRows(s *pattern.State, names map[pattern.Number]companionRow) (rows []periodRow) {
	periods := pattern.Five()
	for n, days := range []pattern.Weekdays{pattern.Workdays, pattern.Weekend} {
		for i, r := range s.Table(periods, pattern.Usually(days)) {
			if n == 0 {
				rows = append(rows, periodRow{Name: r.Period.String()})
			}
			side := periodSide{Name: v.t.T("console.pattern." + [...]string{"workdays", "weekend"}[n]), Places: r.Places}
			for _, e := range r.Devices {
				name, known := names[e.Device]
				if !known {
					continue
				}
				side.Devices = append(side.Devices, periodDevice{Title: name.Title, Share: percent(e.Share), Days: e.Days, In: e.In, Trend: trend(e.Trend)})
			}
			rows[i].Sides[n] = side
		}
	}
	return rows
}

func trend(t pattern.Trend) string {
	switch t {
	case pattern.Rising:
		return "rising"
	case pattern.Fading:
		return "fading"
	case pattern.Steady:
	}
	return ""
}
