package console

import (
	"math"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// patternPage shows what was learned of a device that reports, and one day of it: who was there, who was
// expected, and where.
type patternPage struct {
	*visit
	companionTarget
	Facts      []ui.Fact
	Thin       bool
	Day        string // the civil day, as people write it
	Date       string // for the field, 2006-01-02
	Prev, Next string // addresses of the days beside it; Next "" on the last one
	Hours      []string
	Rows       []hourRow
	Looked     int // hours of the day in which the device looked around
	Periods    []periodRow
	Map        *cellMap
	Decisions  []interactionRow
	Journeys   []tripRow
}

// tripRow is a journey that the customer announced.
type tripRow struct {
	From, Last time.Time
	Where      string
	Now        bool
}

// hourRow is a device through the hours of a day.
type hourRow struct {
	Title string
	Href  string
	Cells []hourCell
}

// hourCell is a device in an hour. Its class has how much it was expected, in fifths, and what was seen.
type hourCell struct {
	Class string
	Text  string
}

// interactionRow is a decision in a list.
type interactionRow struct {
	interaction.Decision
	At    string
	What  string
	Badge ui.Badge
	Mode  string
}

// readPattern finds the device in the address, which must report.
func (c *console) readPattern(v *visit) (x companionTarget, s *pattern.State, err error) {
	if x, err = c.readCompanion(v); err != nil {
		return x, nil, err
	}
	s, err = c.Interactions.Pattern(v.ctx(), x.Customer, x.ID)
	return x, s, err
}

// pattern shows the pattern of a device and a day of it.
func (c *console) pattern(v *visit) error {
	x, s, err := c.readPattern(v)
	if err != nil {
		return err
	}
	day, err := v.civilDay(s)
	if err != nil {
		return err
	}
	hours, err := c.Interactions.Day(v.ctx(), x.Customer, x.ID, day)
	if err != nil {
		return err
	}
	names, err := c.deviceNames(v, x.Customer)
	if err != nil {
		return err
	}
	p := patternPage{visit: v, companionTarget: x, Rows: v.hourRows(names, hours), Periods: v.periodRows(s, names), Thin: s.Days() < c.Policies.Active().Interaction.ThinDays}
	at := time.Unix(int64(day)*86400+noon, 0).UTC()
	p.Day, p.Date = v.t.Date(at), at.Format(time.DateOnly)
	p.Prev = x.Href + "/pattern?day=" + at.AddDate(0, 0, -1).Format(time.DateOnly)
	if at.AddDate(0, 0, 1).Before(v.now.Add(14 * time.Hour)) {
		p.Next = x.Href + "/pattern?day=" + at.AddDate(0, 0, 1).Format(time.DateOnly)
	}
	for h := range pattern.DayHours {
		p.Hours = append(p.Hours, time.Unix(int64(h)*3600, 0).UTC().Format("15"))
		if hours[h].Looked {
			p.Looked++
		}
	}
	p.Map = v.cellMap(s, hours)
	p.Facts = v.patternFacts(s)
	if p.Decisions, err = c.interactionRows(v, x.Customer); err != nil {
		return err
	}
	if p.Journeys, err = c.tripRows(v, x.Customer); err != nil {
		return err
	}
	return v.render("pattern", v.t.T("console.pattern.title"), p)
}

// tripRows are the journeys of a customer that are not over.
func (c *console) tripRows(v *visit, customer ident.ID) (rows []tripRow, err error) {
	all, err := c.Interactions.Notices(v.ctx(), customer)
	for _, n := range all {
		at := n.Place.LatLng()
		degrees := func(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }
		where := v.t.T("console.pattern.around", "lat", degrees(at.Lat.Degrees()), "lng", degrees(at.Lng.Degrees()), "km", n.Radius)
		rows = append(rows, tripRow{n.From, n.Until.Add(-time.Second), where, !v.now.Before(n.From)})
	}
	return rows, err
}

// noon keeps a civil day the same in all zones but the farthest.
const noon = 43200

// civilDay is the day that the address names; without one, the last that was learned.
func (v *visit) civilDay(s *pattern.State) (int, error) {
	typed := v.query("day")
	if typed == "" {
		if _, last, ok := s.Span(); ok {
			return last.Day(), nil
		}
		return int(v.now.Unix() / 86400), nil
	}
	t, err := time.Parse(time.DateOnly, typed)
	if err != nil {
		return 0, fault.Invalidf("console.day", "Write the day as 2026-05-17.").WithCause(err)
	}
	return int(t.Unix() / 86400), nil
}

// deviceNames are the devices of a customer, ended ones too, by their short numbers.
func (c *console) deviceNames(v *visit, customer ident.ID) (map[pattern.Number]companionRow, error) {
	all, err := c.Companions.List(v.ctx(), customer)
	names := make(map[pattern.Number]companionRow, len(all))
	for _, it := range all {
		names[pattern.Number(it.Number)] = v.companionRow(it) //nolint:gosec // 1 to 255
	}
	return names, err
}

// hourRows lays out the devices that were seen or expected on the day.
func (v *visit) hourRows(names map[pattern.Number]companionRow, hours []interaction.Moment) (rows []hourRow) {
	for n := range pattern.Number(companion.MaxNumber) {
		n++
		name, known := names[n]
		row := hourRow{Title: name.Title, Href: name.Href}
		there := false
		for i := range hours {
			m := &hours[i]
			p := 0.0
			for _, e := range m.Expected {
				if e.Device == n {
					p = e.Probability
				}
			}
			there = there || m.Seen.Has(n) || p >= 0.2
			row.Cells = append(row.Cells, v.hourCell(m, n, p))
		}
		if there && known {
			rows = append(rows, row)
		}
	}
	return rows
}

func (v *visit) hourCell(m *interaction.Moment, n pattern.Number, p float64) hourCell {
	what := "unlooked"
	switch {
	case m.Seen.Has(n):
		what = "seen"
	case m.Looked && p >= 0.5:
		what = "missed"
	case m.Looked:
		what = "away"
	}
	fifth := strconv.Itoa(min(4, int(p*5)))
	return hourCell{"p" + fifth + " " + what, v.t.T("console.pattern.cell."+what, "share", percent(p))}
}

// percent writes a share.
func percent(p float64) string { return strconv.Itoa(int(math.Round(100*p))) + "\u00a0%" }

func (v *visit) patternFacts(s *pattern.State) []ui.Fact {
	facts := []ui.Fact{{Name: v.t.T("console.pattern.days"), Value: v.t.N("console.pattern.days_n", s.Days())}}
	if first, last, ok := s.Span(); ok {
		facts = append(facts, ui.Fact{Name: v.t.T("console.pattern.learned"), Value: v.t.Date(first.Date().Add(noon*time.Second)) + " – " + v.t.Date(last.Date().Add(noon*time.Second))})
	}
	return facts
}

// patternRoutes is the part of the site map about patterns. They are for analysts: a day says more of a
// person than a list of devices.
func (c *console) patternRoutes() []route {
	return []route{
		{Pattern: "GET /customers/{id}/devices/{device}/pattern", Need: staff.RiskRead, Serve: c.pattern},
		{Pattern: "GET /customers/{id}/decisions/{decision}", Need: staff.RiskRead, Serve: c.interactionDecision},
	}
}
