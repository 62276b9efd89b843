package app

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

type interactionTableCmd struct {
	companionRef
	Every int     `placeholder:"HOURS" help:"Divide the day into periods of so many hours, 1 to 24; by default into five parts."`
	Days  string  `enum:"every,workdays,weekend,monday,tuesday,wednesday,thursday,friday,saturday,sunday" default:"every" help:"The weekdays that count."`
	Need  int     `default:"3" help:"On how many days a device must have been there to be part of the pattern, 1 to 64."`
	Of    int     `default:"10" help:"How many of the last such days are looked at, 1 to 64."`
	Share float64 `default:"0.1" help:"In what part of the hours it must have been there, 0 to 1."`
	JSON  bool    `name:"json" help:"Print JSON."`
}

// patternRowView is a device in a part of the day, as JSON.
type patternRowView struct {
	From   int     `json:"from"`
	To     int     `json:"to"`
	Looked int     `json:"looked"`
	Places int     `json:"places"`
	Device int     `json:"device,omitempty"`
	Name   string  `json:"name,omitempty"`
	Days   int     `json:"days,omitempty"`
	Share  float64 `json:"share,omitempty"`
	In     bool    `json:"in"`
	Trend  string  `json:"trend,omitempty"`
}

func (n interactionTableCmd) filter() (f pattern.Filter, periods []pattern.Period, err error) {
	f = pattern.Filter{Days: pattern.EveryDay, Need: n.Need, Of: n.Of, Tau: n.Share}
	switch {
	case n.Of < 1 || n.Of > pattern.MapDays || n.Need < 1 || n.Need > n.Of:
		return f, nil, fault.Invalidf("interaction.filter", "Give --of a number from 1 to %d, and --need one from 1 to that.", pattern.MapDays)
	case !(n.Share >= 0 && n.Share <= 1): // NaN is in no range
		return f, nil, fault.Invalidf("interaction.filter", "Give --share a number from 0 to 1.")
	case n.Every < 0 || n.Every > pattern.DayHours:
		return f, nil, fault.Invalidf("interaction.filter", "Give --every a number of hours from 1 to 24.")
	}
	switch n.Days {
	case "every":
	case "workdays":
		f.Days = pattern.Workdays
	case "weekend":
		f.Days = pattern.Weekend
	default:
		for d := time.Sunday; d <= time.Saturday; d++ {
			if strings.EqualFold(d.String(), n.Days) {
				f.Days = pattern.Weekdays(1) << d
			}
		}
	}
	if n.Every == 0 {
		return f, pattern.Five(), nil
	}
	return f, pattern.Every(n.Every), nil
}

// Run prints what was learned of a device that reports.
func (n interactionTableCmd) Run(e *env, c *cli) error {
	f, periods, err := n.filter()
	if err != nil {
		return err
	}
	return e.tools(c, func(a *App) error {
		it, err := n.find(e, a)
		if err != nil {
			return err
		}
		s, err := a.Interactions.Pattern(e.ctx, it.Customer, it.ID)
		if err != nil {
			return err
		}
		names, err := companionNames(e, a, it.Customer)
		if err != nil {
			return err
		}
		views := patternRows(s.Table(periods, f), names)
		if n.JSON {
			return e.json(map[string]any{"days": s.Days(), "rows": views})
		}
		t := e.table("PERIOD", "LOOKED", "DEVICE", "NAME", "DAYS", "SHARE", "PATTERN", "TREND")
		for _, v := range views {
			at := pattern.Period{From: v.From, To: v.To}.String()
			if v.Device == 0 {
				t.row(at, strconv.Itoa(v.Looked), "-", "-", "-", "-", "-", "-")
				continue
			}
			t.row(at, strconv.Itoa(v.Looked), strconv.Itoa(v.Device), v.Name, strconv.Itoa(v.Days), fmt.Sprintf("%.0f%%", 100*v.Share), map[bool]string{true: "yes", false: "no"}[v.In], v.Trend)
		}
		t.after(fmt.Sprintf("Learned from %d of the last %d days.", s.Days(), pattern.MapDays))
		return t.flush()
	})
}

// companionNames says what the devices of a customer are called, by their short numbers.
func companionNames(e *env, a *App, customer ident.ID) (map[pattern.Number]string, error) {
	all, err := a.Companions.List(e.ctx, customer)
	names := map[pattern.Number]string{}
	for _, it := range all {
		name := it.Name
		if name == "" {
			name = string(it.Kind)
		}
		names[pattern.Number(it.Number)] = name //nolint:gosec // 1 to 255
	}
	return names, err
}

func patternRows(rows []pattern.Row, names map[pattern.Number]string) (views []patternRowView) {
	for _, r := range rows {
		base := patternRowView{From: r.Period.From, To: r.Period.To, Looked: r.Looked, Places: r.Places}
		if len(r.Devices) == 0 {
			views = append(views, base)
		}
		for _, d := range r.Devices {
			v := base
			v.Device, v.Name, v.Days, v.Share, v.In = int(d.Device), names[d.Device], d.Days, math.Round(1000*d.Share)/1000, d.In
			v.Trend = map[pattern.Trend]string{pattern.Fading: "fading", pattern.Steady: "steady", pattern.Rising: "rising"}[d.Trend]
			views = append(views, v)
		}
	}
	return views
}

type interactionDecisionsCmd struct {
	Number string `arg:"" help:"The bank's customer ID."`
	ID     string `arg:"" optional:"" help:"A decision, to see the terms of its sum."`
	Limit  int    `default:"20" help:"At most so many, up to 200."`
	Before string `placeholder:"ID" help:"Those before this decision."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// Run lists what was judged by a customer's devices, or explains one decision.
func (n interactionDecisionsCmd) Run(e *env, c *cli) error {
	if n.Limit < 1 || n.Limit > 200 {
		return fault.Invalidf("interaction.limit", "Give --limit a number from 1 to 200.")
	}
	return e.tools(c, func(a *App) error {
		who, err := a.Customers.GetByNumber(e.ctx, n.Number)
		if err != nil {
			return err
		}
		if n.ID != "" {
			return n.explain(e, a, who.ID)
		}
		before, err := optionalID(n.Before)
		if err != nil {
			return err
		}
		all, err := a.Interactions.Decisions(e.ctx, who.ID, before, n.Limit)
		if err != nil {
			return err
		}
		views := []map[string]any{}
		t := e.table("DECISION", "AT", "KIND", "OUTCOME", "SUM", "MODE", "REFERENCE")
		for i := range all {
			x := &all[i]
			views = append(views, decisionView(x))
			t.row(x.ID.String(), moment(x.Created), kindOfDecision(x), string(x.Outcome), fmt.Sprintf("%.2f", x.Sum), x.Mode, x.Reference)
		}
		if n.JSON {
			return e.json(map[string]any{"decisions": views})
		}
		return t.flush()
	})
}

func (n interactionDecisionsCmd) explain(e *env, a *App, customer ident.ID) error {
	id, err := ident.Parse(n.ID)
	if err != nil {
		return fault.NotFoundf("interaction.decision", "There is no such decision about this customer.").WithCause(err)
	}
	x, err := a.Interactions.Decision(e.ctx, customer, id)
	if err != nil {
		return err
	}
	if n.JSON {
		return e.json(decisionView(&x))
	}
	names, err := companionNames(e, a, customer)
	if err != nil {
		return err
	}
	t := e.table("TERM", "DEVICE", "WEIGHT")
	for _, term := range x.Details.Terms {
		t.row(term.Code, names[term.Device], fmt.Sprintf("%+.2f", -float64(term.Weight)/1000))
	}
	t.row("sum", "", fmt.Sprintf("%+.2f", x.Sum))
	t.after(fmt.Sprintf("%s, %s: %s (allow from %.2f, limits from %.2f, deny below %.2f).", x.Mode, kindOfDecision(&x), x.Outcome, x.Details.Allow, x.Details.Limit, x.Details.Deny))
	return t.flush()
}

func optionalID(text string) (ident.ID, error) {
	if text == "" {
		return ident.ID{}, nil
	}
	return ident.Parse(text)
}

func kindOfDecision(x *interaction.Decision) string {
	return map[judge.Kind]string{judge.Transaction: "transaction", judge.Account: "account", judge.Service: "service"}[x.Details.Kind]
}

func decisionView(x *interaction.Decision) map[string]any {
	v := map[string]any{
		"id": x.ID.String(), "companion": x.Primary.String(), "reference": x.Reference, "mode": x.Mode, "outcome": x.Outcome, "zone": x.Zone, "sum": x.Sum,
		"kind": kindOfDecision(x), "terms": x.Details.Terms, "policy_version": x.Details.Policies, "created_at": x.Created,
	}
	if !x.Denied.IsZero() {
		v["denied_at"] = x.Denied
	}
	if x.Details.Over != "" {
		v["over"] = x.Details.Over
	}
	return v
}
