package self

import (
	"cmp"
	"math"
	"strconv"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// habitsShown is how many requests the page of habits lists.
const habitsShown = 20

// habitsPage shows customers what the bank has learned of their devices, and what it did with it.
type habitsPage struct {
	Primaries []habitView
	Asked     []habitAsked
	Choice    interaction.Choice
	On        bool // the bank learns patterns at all
}

// habitView is what was learned of one device that reports.
type habitView struct {
	Title   string
	Days    string
	Periods []habitPeriod
}

// habitPeriod is who is usually there in a part of the day.
type habitPeriod struct {
	Name    string
	Workday []string
	Weekend []string
}

// habitAsked is a request that was judged by the devices.
type habitAsked struct {
	ID     string
	At     string
	What   string
	Badge  ui.Badge
	Denied bool
}

// habits shows the pattern of the customer as a table, the requests that it had a say in, and what they let
// the bank keep.
func (s *self) habits(v *visit) error {
	p := habitsPage{On: s.Policies.Active().Interaction.Mode != "off"}
	var err error
	if p.Primaries, err = s.habitViews(v); err != nil {
		return err
	}
	all, err := s.Interactions.Decisions(v.ctx(), v.s.Customer, ident.ID{}, habitsShown)
	if err != nil {
		return err
	}
	for _, x := range all {
		p.Asked = append(p.Asked, v.habitAsked(x))
	}
	if p.Choice, err = s.Interactions.Chosen(v.ctx(), v.s.Customer); err != nil {
		return err
	}
	return v.render("habits", v.t.T("self.habit.title"), ui.Normal, p)
}

func (s *self) habitViews(v *visit) (views []habitView, err error) {
	known, err := s.Interactions.Overviews(v.ctx(), v.s.Customer)
	if err != nil {
		return nil, err
	}
	things, err := s.Companions.List(v.ctx(), v.s.Customer)
	if err != nil {
		return nil, err
	}
	names := map[pattern.Number]string{}
	for _, it := range things {
		names[pattern.Number(it.Number)] = v.thing(it).Title //nolint:gosec // 1 to 255
	}
	for _, o := range known {
		learned, err := s.Interactions.Pattern(v.ctx(), v.s.Customer, o.Primary.ID)
		if err != nil {
			return nil, err
		}
		views = append(views, habitView{
			Title: cmp.Or(o.Primary.Name, v.t.T("self.thing.kind."+string(o.Primary.Kind))), Days: v.t.N("self.habit.days", o.Days), Periods: habitPeriods(learned, names),
		})
	}
	return views, nil
}

// habitPeriods is the readable pattern (DI-59 to DI-72): who is part of it, on working days and at weekends.
func habitPeriods(learned *pattern.State, names map[pattern.Number]string) (periods []habitPeriod) {
	usual := func(r pattern.Row) (all []string) {
		for _, e := range r.Devices {
			if name := names[e.Device]; e.In && name != "" {
				all = append(all, name+" "+strconv.Itoa(int(math.Round(100*e.Share)))+"\u00a0%")
			}
		}
		return all
	}
	weekend := learned.Table(pattern.Five(), pattern.Usually(pattern.Weekend))
	for i, r := range learned.Table(pattern.Five(), pattern.Usually(pattern.Workdays)) {
		periods = append(periods, habitPeriod{r.Period.String(), usual(r), usual(weekend[i])})
	}
	return periods
}

func (v *visit) habitAsked(x interaction.Decision) habitAsked {
	kind := map[judge.Kind]string{judge.Transaction: "transaction", judge.Account: "account", judge.Service: "service"}[x.Details.Kind]
	tone := map[judge.Outcome]ui.Tone{judge.Allow: ui.Good, judge.Limited: ui.Info, judge.StepUp: ui.Warn, judge.Deny: ui.Bad}[x.Outcome]
	return habitAsked{x.ID.String(), v.t.Time(x.Created), v.t.T("self.habit.kind." + kind), ui.Badge{Tone: tone, Text: v.t.T("self.habit.outcome." + string(x.Outcome))}, !x.Denied.IsZero()}
}

// disownHabit says that a request was not the customer's.
func (s *self) disownHabit(v *visit) error {
	id, err := ident.Parse(v.r.PathValue("id"))
	if err == nil {
		_, err = s.Interactions.Disown(v.ctx(), v.s.Actor(), v.s.Customer, id)
	}
	if err != nil && fault.KindOf(err) != fault.Unavailable {
		return fault.NotFoundf("page", "There is no page at this address.").WithCause(err)
	}
	if err != nil {
		return err
	}
	return v.done("/habits", ui.Good, "self.habit.done.disowned")
}

// forgetHabits deletes what was learned and what it was learned from.
func (s *self) forgetHabits(v *visit) error {
	if err := s.Interactions.Forget(v.ctx(), v.s.Actor(), v.s.Customer); err != nil {
		return err
	}
	return v.done("/habits", ui.Good, "self.habit.done.forgotten")
}

// chooseLess takes back what the bank may keep; to allow more is a change with a fresh proof.
func (s *self) chooseLess(v *visit) error {
	if err := s.Interactions.Choose(v.ctx(), v.s.Actor(), v.s.Customer, nil, interaction.Choice{}); err != nil {
		return err
	}
	return v.done("/habits", ui.Good, "self.habit.done.stopped")
}

// chooseMore lets the bank learn, and keep what the customer ticks.
func (s *self) chooseMore(v *visit) error {
	p, proven, ok, err := s.proved(v, habitChange)
	if err != nil || !ok {
		return err
	}
	c := interaction.Choice{Learn: true, Activity: v.form.Value("activity") != "", Logs: v.form.Value("logs") != ""}
	if err := s.Interactions.Choose(v.ctx(), v.s.Actor(), v.s.Customer, proven, c); err != nil {
		return s.unchanged(v, p, err, "activity")
	}
	return v.done("/habits", ui.Good, "self.habit.done.chosen")
}

// habitChange names the change by which more may be kept.
const habitChange = "habits"

// habitRoutes are those of what the bank learns of a customer's devices.
func (s *self) habitRoutes() []route {
	return append([]route{
		{Pattern: "GET /habits", Serve: s.habits},
		{Pattern: "POST /habits/requests/{id}", Serve: s.disownHabit},
		{Pattern: "POST /habits/forgetting", Serve: s.forgetHabits},
		{Pattern: "POST /habits/stop", Serve: s.chooseLess},
	}, s.changeRoutes("/habits/choice", habitChange, s.chooseMore)...)
}
