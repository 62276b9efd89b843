package httpapi

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// GetInteractionPattern is the request of getInteractionPattern.
type GetInteractionPattern struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the device that reports."`
	Periods        string `json:"-" query:"periods" enum:"five,three,1h,2h,3h,4h,6h,8h,12h,24h" default:"five" doc:"How a day is divided: five: night, morning, midday, afternoon, evening. three: the coarse ones. Else hours of the same length."`
	Days           string `json:"-" query:"days" enum:"every,workdays,weekend,monday,tuesday,wednesday,thursday,friday,saturday,sunday" default:"every" doc:"The weekdays that count."`
	Need           int    `json:"-" query:"need" minimum:"1" maximum:"64" default:"3" doc:"On how many of these days a device must have been there to be part of the pattern."`
	Of             int    `json:"-" query:"of" minimum:"1" maximum:"64" default:"10" doc:"How many of the last such days are looked at. Of one weekday at most nine are remembered."`
	Share          int    `json:"-" query:"share" minimum:"1" maximum:"100" default:"10" doc:"In what part of the hours it must have been there, in percent."`
}

// PatternTable is a pattern as a table.
type PatternTable struct {
	Companion string          `json:"companion" doc:"The id of the device that reports."`
	Days      int             `json:"days" minimum:"0" maximum:"64" doc:"On how many of the last 64 days it looked around."`
	Thin      bool            `json:"thin" doc:"These are too few days to judge by."`
	Periods   []PatternPeriod `json:"periods" doc:"In the order of the day."`
}

// PatternPeriod is a part of the day.
type PatternPeriod struct {
	From     int             `json:"from" minimum:"0" maximum:"23" doc:"The hour with which it begins."`
	To       int             `json:"to" minimum:"1" maximum:"24" doc:"The hour with which it ends, left out itself."`
	Looked   int             `json:"looked" minimum:"0" maximum:"64" doc:"On how many of the days that are looked at the device looked around in it."`
	Devices  []PatternDevice `json:"devices" doc:"Who was there, or used to be."`
	Contexts []PatternHabit  `json:"contexts" doc:"What is known of the use of devices."`
	Places   []string        `json:"places" doc:"Cells of the perimeter, as tokens of S2: where the customer may be."`
	Radius   int             `json:"radius_meters" doc:"Around these cells."`
}

// PatternDevice is a device in a part of the day.
type PatternDevice struct {
	Number int    `json:"number" doc:"The short number of the device."`
	Days   int    `json:"days" minimum:"0" maximum:"64" doc:"On how many of the days it was there."`
	Share  int    `json:"share" minimum:"0" maximum:"100" doc:"In what part of the hours, in percent; old hours count less."`
	In     bool   `json:"in" doc:"Whether it is part of the pattern."`
	Trend  string `json:"trend" enum:"fading,steady,rising" doc:"The last two weeks against those before."`
}

// PatternHabit is a context in a part of the day.
type PatternHabit struct {
	Number    int    `json:"number" doc:"The short number of the device; 0 for the one that reports."`
	Name      string `json:"name" doc:"What is measured, such as volume or temperature."`
	Mean      string `json:"mean,omitempty" doc:"The mean of what has a number, with two decimals."`
	Deviation string `json:"deviation,omitempty" doc:"Its standard deviation."`
	Classes   int    `json:"classes,omitempty" doc:"Of what has none: how many classes occurred."`
}

// GetInteractionDay is the request of getInteractionDay.
type GetInteractionDay struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the device that reports."`
	Date           string `json:"-" query:"date" maxLength:"10" doc:"The civil day where the device was, such as 2026-11-02; without it, the last one that was learned."`
}

// InteractionDay is one day as it was and as it was expected.
type InteractionDay struct {
	Companion string            `json:"companion" doc:"The id of the device that reports."`
	Date      string            `json:"date" doc:"The civil day."`
	Hours     []InteractionHour `json:"hours" doc:"The 24 hours of it."`
}

// InteractionHour is an hour of a day.
type InteractionHour struct {
	Hour     int                   `json:"hour" minimum:"0" maximum:"23" doc:"The civil hour."`
	Looked   bool                  `json:"looked" doc:"Whether the device looked around: without that, nothing follows from what it has not seen."`
	Seen     []int                 `json:"seen" doc:"The short numbers of the devices that were there."`
	Places   []string              `json:"places" doc:"Cells in which it was, as tokens of S2."`
	Expected []InteractionExpected `json:"expected" doc:"Who was to be expected."`
}

// InteractionExpected is how likely a device was to be there.
type InteractionExpected struct {
	Number      int `json:"number" doc:"The short number of the device."`
	Probability int `json:"probability" minimum:"0" maximum:"100" doc:"In percent."`
	Confidence  int `json:"confidence" minimum:"0" maximum:"100" doc:"How much of it comes from what was learned, in percent; the rest is a guess."`
}

// CompanionReady says whether the transaction application of a device may become active.
type CompanionReady struct {
	Ready bool       `json:"ready" doc:"Whether it may become active by itself. Else its owner has to open it."`
	Why   string     `json:"why" enum:"pattern,presence,unusual,unknown" doc:"pattern: the device is used as usual. presence: a worn device feels its owner. unusual: neither. unknown: too little is known, or decisions do not count."`
	Until *time.Time `json:"until,omitempty" doc:"How long that is good for."`
}

func (a *API) patternOperations() []operation {
	at := func(id, rest, summary, text string) route {
		return companionRoute(id, http.MethodGet, "/{id}/"+rest, summary, text, client.InteractionsRead)
	}
	ready := at("getCompanionReadiness", "readiness", "Ask whether an application may become active", "Whether the transaction application on a primary may become active by itself, in the context that it reported. Nothing is kept of the question.")
	ready.scopes = client.InteractionsWrite
	return []operation{
		act[GetInteractionPattern, PatternTable]{
			route:  at("getInteractionPattern", "pattern", "Read a pattern as a table", "Who is usually there, in which part of the day. It is a view of the same counts that decisions use."),
			status: http.StatusOK, do: a.patternTable,
			out: PatternTable{exampleID, 23, false, []PatternPeriod{{
				From: 0, To: 6, Looked: 10, Devices: []PatternDevice{{2, 9, 94, true, "steady"}}, Contexts: []PatternHabit{{Number: 4, Name: "temperature", Mean: "19.50", Deviation: "0.70"}}, Places: []string{"47a851c4"}, Radius: 500,
			}}},
		},
		act[GetInteractionDay, InteractionDay]{
			route:  at("getInteractionDay", "day", "Read one day of a device", "Hour by hour: who was there, who was expected, and where, as far as reports of the day are still kept."),
			status: http.StatusOK, do: a.interactionDay,
			out: InteractionDay{exampleID, "2026-11-01", []InteractionHour{{Hour: 7, Looked: true, Seen: []int{2, 3}, Places: []string{"47a851c4"}, Expected: []InteractionExpected{{2, 94, 88}}}}},
		},
		act[CompanionRef, CompanionReady]{route: ready, status: http.StatusOK, do: a.companionReady, out: CompanionReady{true, "pattern", new(exampleTime(10))}},
	}
}

func (a *API) patternTable(ctx context.Context, _ *call, in *GetInteractionPattern) (PatternTable, error) {
	on, err := a.companionOn(ctx, in.CustomerNumber, in.ID)
	if err != nil {
		return PatternTable{}, err
	}
	s, err := a.Interactions.Pattern(ctx, on.Customer, on.Companion)
	if err != nil {
		return PatternTable{}, err
	}
	f := pattern.Filter{Days: weekdaysOf(in.Days), Need: or(in.Need, 3), Of: or(in.Of, 10), Tau: float64(or(in.Share, 10)) / 100}
	if f.Need > f.Of {
		return PatternTable{}, refuse(http.StatusUnprocessableEntity, "interaction.filter", "need", "A device cannot have been there on more days than are looked at: need is at most of.")
	}
	out := PatternTable{Companion: in.ID, Days: s.Days(), Thin: s.Days() < a.Policies.Active().Interaction.ThinDays, Periods: []PatternPeriod{}}
	for _, row := range s.Table(periodsOf(in.Periods), f) {
		out.Periods = append(out.Periods, patternPeriodOf(row, s.Perimeter(row.Period, f)))
	}
	return out, nil
}

// or is a number of a query, or what it is when it is left out.
func or(n, usual int) int {
	if n == 0 {
		return usual
	}
	return n
}

func periodsOf(word string) []pattern.Period {
	switch word {
	case "", "five":
		return pattern.Five()
	case "three":
		return pattern.Three()
	}
	n, err := strconv.Atoi(word[:len(word)-1])
	if err != nil {
		return pattern.Hourly()
	}
	return pattern.Every(n)
}

func weekdaysOf(word string) pattern.Weekdays {
	switch word {
	case "", "every":
		return pattern.EveryDay
	case "workdays":
		return pattern.Workdays
	case "weekend":
		return pattern.Weekend
	}
	day := map[string]time.Weekday{"monday": time.Monday, "tuesday": time.Tuesday, "wednesday": time.Wednesday, "thursday": time.Thursday, "friday": time.Friday, "saturday": time.Saturday}[word]
	return pattern.Weekdays(1) << day // Sunday is 0
}

func patternPeriodOf(row pattern.Row, where pattern.Perimeter) PatternPeriod {
	out := PatternPeriod{From: row.Period.From, To: row.Period.To, Looked: row.Looked, Devices: []PatternDevice{}, Contexts: []PatternHabit{}, Places: []string{}, Radius: int(math.Round(where.Radius * 1000))}
	for _, e := range row.Devices {
		trend := map[pattern.Trend]string{pattern.Fading: "fading", pattern.Steady: "steady", pattern.Rising: "rising"}[e.Trend]
		out.Devices = append(out.Devices, PatternDevice{int(e.Device), e.Days, percent(e.Share), e.In, trend})
	}
	for _, h := range row.Values {
		x := PatternHabit{Number: int(h.Device), Name: h.Name.String(), Classes: h.Classes}
		if h.Name.Numeric() {
			x.Mean, x.Deviation = strconv.FormatFloat(h.Mean, 'f', 2, 64), strconv.FormatFloat(h.Deviation, 'f', 2, 64)
		}
		out.Contexts = append(out.Contexts, x)
	}
	for _, s := range where.Spots {
		out.Places = append(out.Places, s.Cell.ToToken())
	}
	return out
}

func percent(x float64) int { return int(math.Round(100 * x)) }

func (a *API) interactionDay(ctx context.Context, _ *call, in *GetInteractionDay) (InteractionDay, error) {
	on, err := a.companionOn(ctx, in.CustomerNumber, in.ID)
	if err != nil {
		return InteractionDay{}, err
	}
	s, err := a.Interactions.Pattern(ctx, on.Customer, on.Companion)
	if err != nil {
		return InteractionDay{}, err
	}
	at := a.Now().UTC()
	if _, last, ok := s.Span(); ok {
		at = last.Date()
	}
	if in.Date != "" {
		if at, err = time.Parse(time.DateOnly, in.Date); err != nil {
			return InteractionDay{}, refuse(http.StatusUnprocessableEntity, "interaction.date", "date", "Write the day as 2026-11-02.")
		}
	}
	hours, err := a.Interactions.Day(ctx, on.Customer, on.Companion, pattern.HourOf(at, 0).Day())
	out := InteractionDay{Companion: in.ID, Date: at.Format(time.DateOnly), Hours: []InteractionHour{}}
	for i := range hours {
		out.Hours = append(out.Hours, hourOf(&hours[i]))
	}
	return out, err
}

func hourOf(m *interaction.Moment) InteractionHour {
	out := InteractionHour{Hour: m.Hour.OfDay(), Looked: m.Looked, Seen: []int{}, Places: []string{}, Expected: []InteractionExpected{}}
	for n := range m.Seen.All() {
		out.Seen = append(out.Seen, int(n))
	}
	for _, v := range m.Visits {
		out.Places = append(out.Places, v.Cell.ToToken())
	}
	for _, e := range m.Expected {
		out.Expected = append(out.Expected, InteractionExpected{int(e.Device), percent(e.Probability), percent(e.Confidence)})
	}
	return out
}

func (a *API) companionReady(ctx context.Context, _ *call, in *CompanionRef) (CompanionReady, error) {
	on, err := a.companionOn(ctx, in.CustomerNumber, in.ID)
	if err != nil {
		return CompanionReady{}, err
	}
	r, err := a.Interactions.Readiness(ctx, on.Customer, on.Companion)
	out := CompanionReady{Ready: r.Ready, Why: r.Why}
	if r.Until > 0 {
		out.Until = new(time.UnixMilli(r.Until).UTC())
	}
	return out, err
}
