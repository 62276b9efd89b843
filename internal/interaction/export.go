package interaction

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// Exported is what was learned of a customer, for a request under article 15 of regulation (EU) 2016/679, in
// the form of tables. Reports, decisions, journeys and choices are handed out row by row ([Personal]).
type Exported struct {
	Patterns []ExportedPattern `json:"patterns"`
}

// ExportedPattern is what was learned by one device that reports.
type ExportedPattern struct {
	Companion ident.ID       `json:"companion"`
	Number    int            `json:"number"`
	Days      int            `json:"days"`           // of the last 64 on which it looked around
	From      string         `json:"from,omitempty"` // first and last civil day that was learned
	To        string         `json:"to,omitempty"`
	Workdays  []ExportedHour `json:"workdays"`
	Weekend   []ExportedHour `json:"weekend"`
}

// ExportedHour is who was there in an hour of the day, and where the customer was.
type ExportedHour struct {
	Hour     int               `json:"hour"`
	Looked   int               `json:"looked"` // days
	Devices  []ExportedDevice  `json:"devices"`
	Contexts []ExportedContext `json:"contexts,omitempty"`
	Places   []string          `json:"places,omitempty"` // cells of S2
}

// ExportedDevice is a device in an hour of the day.
type ExportedDevice struct {
	Number int     `json:"number"`
	Days   int     `json:"days"`
	Share  float64 `json:"share"` // of the hours, decayed, 0 to 1
	In     bool    `json:"in_pattern"`
}

// ExportedContext is what is known of the use of a device.
type ExportedContext struct {
	Number    int     `json:"number"`
	Name      string  `json:"name"`
	Mean      float64 `json:"mean,omitempty"`
	Deviation float64 `json:"deviation,omitempty"`
	Classes   int     `json:"classes,omitempty"`
}

// Export returns what was learned of a customer, hour by hour. Everything that was there on one of the last
// 64 days is in it.
func (d *Desk) Export(ctx context.Context, customer ident.ID) (out Exported, err error) {
	out.Patterns = []ExportedPattern{}
	known, err := d.Overviews(ctx, customer)
	if err != nil {
		return out, err
	}
	for _, o := range known {
		s, err := d.Pattern(ctx, customer, o.Primary.ID)
		if err != nil {
			return out, err
		}
		x := ExportedPattern{Companion: o.Primary.ID, Number: o.Primary.Number, Days: o.Days, Workdays: exported(s, pattern.Workdays), Weekend: exported(s, pattern.Weekend)}
		if !o.From.IsZero() {
			x.From, x.To = o.From.Format(time.DateOnly), o.To.Format(time.DateOnly)
		}
		out.Patterns = append(out.Patterns, x)
	}
	return out, nil
}

func exported(s *pattern.State, w pattern.Weekdays) []ExportedHour {
	all := pattern.Filter{Days: w, Need: 1, Of: pattern.MapDays}
	hours := make([]ExportedHour, 0, pattern.DayHours)
	for _, row := range s.Table(pattern.Hourly(), all) {
		x := ExportedHour{Hour: row.Period.From, Looked: row.Looked, Devices: []ExportedDevice{}}
		for _, e := range row.Devices {
			x.Devices = append(x.Devices, ExportedDevice{int(e.Device), e.Days, e.Share, e.In})
		}
		for _, h := range row.Values {
			x.Contexts = append(x.Contexts, ExportedContext{int(h.Device), h.Name.String(), h.Mean, h.Deviation, h.Classes})
		}
		for _, p := range s.Perimeter(row.Period, all).Spots {
			x.Places = append(x.Places, p.Cell.ToToken())
		}
		hours = append(hours, x)
	}
	return hours
}
