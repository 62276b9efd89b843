package app

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/golang/geo/s2"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
)

// noticeCmd is about journeys that customers announce.
type noticeCmd struct {
	List     noticeListCmd     `cmd:"" help:"List the journeys of a customer that are not over."`
	Announce noticeAnnounceCmd `cmd:"" help:"Take down that a customer travels: on these days a place there is no surprise."`
	Recall   noticeRecallCmd   `cmd:"" help:"Take a journey back."`
}

type noticeListCmd struct {
	Number string `arg:"" help:"The bank's customer ID."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// noticeView is a journey as JSON.
type noticeView struct {
	ID     string    `json:"id"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
	Place  string    `json:"place"`
	Cell   string    `json:"cell"`
	Radius int       `json:"radius_km"`
}

func viewOfNotice(n interaction.Notice) noticeView {
	at := n.Place.LatLng()
	return noticeView{n.ID.String(), n.From, n.Until, fmt.Sprintf("%.2f,%.2f", at.Lat.Degrees(), at.Lng.Degrees()), n.Place.ToToken(), n.Radius}
}

// Run lists them, by their beginning.
func (n noticeListCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		who, err := a.Customers.GetByNumber(e.ctx, n.Number)
		if err != nil {
			return err
		}
		all, err := a.Interactions.Notices(e.ctx, who.ID)
		if err != nil {
			return err
		}
		views := []noticeView{}
		t := e.table("NOTICE", "FROM", "UNTIL", "PLACE", "RADIUS")
		for _, x := range all {
			v := viewOfNotice(x)
			views = append(views, v)
			t.row(v.ID, moment(v.From), moment(v.Until), v.Place, strconv.Itoa(v.Radius)+" km")
		}
		if n.JSON {
			return e.json(map[string]any{"notices": views})
		}
		return t.flush()
	})
}

type noticeAnnounceCmd struct {
	Number string `arg:"" help:"The bank's customer ID."`
	Place  string `arg:"" help:"Where: latitude and longitude in degrees, such as 41.9,12.5. Put -- before what begins with a minus."`
	From   string `required:"" placeholder:"DAY" help:"The first day, such as 2026-12-20, in UTC."`
	Until  string `required:"" placeholder:"DAY" help:"The last day."`
	Radius int    `default:"50" help:"How far around it, in kilometers, 1 to 1000."`
	identified
}

// Run announces it, of a customer who was identified.
func (n noticeAnnounceCmd) Run(e *env, c *cli) error {
	x, err := n.read()
	if err != nil {
		return err
	}
	return e.tools(c, func(a *App) error {
		who, err := a.Customers.GetByNumber(e.ctx, n.Number)
		if err != nil {
			return err
		}
		if err := n.lately(e, a, who.ID); err != nil {
			return err
		}
		x.Customer = who.ID
		made, err := a.Interactions.Announce(e.ctx, audit.System("cli"), nil, x)
		if err != nil {
			return err
		}
		return e.line(made.ID.String())
	})
}

// noticeLevel is of the cells that places are kept in.
const noticeLevel = 14

func (n noticeAnnounceCmd) read() (x interaction.Notice, err error) {
	if x.From, err = time.Parse(time.DateOnly, n.From); err != nil {
		return x, fault.Invalidf("interaction.days", "Write --from as a day, such as 2026-12-20.").WithCause(err)
	}
	if x.Until, err = time.Parse(time.DateOnly, n.Until); err != nil {
		return x, fault.Invalidf("interaction.days", "Write --until as a day, such as 2026-12-20.").WithCause(err)
	}
	lat, lng, _ := strings.Cut(n.Place, ",")
	north, err1 := strconv.ParseFloat(strings.TrimSpace(lat), 64)
	east, err2 := strconv.ParseFloat(strings.TrimSpace(lng), 64)
	if err1 != nil || err2 != nil || !(north >= -90 && north <= 90 && east >= -180 && east <= 180) { // NaN is in no range
		return x, fault.Invalidf("interaction.place", "Write the place as latitude and longitude in degrees, such as 41.9,12.5.")
	}
	x.Until = x.Until.AddDate(0, 0, 1) // the last day is a day of the journey
	x.Place, x.Radius = s2.CellIDFromLatLng(s2.LatLngFromDegrees(north, east)).Parent(noticeLevel), n.Radius
	return x, nil
}

type noticeRecallCmd struct {
	Number string `arg:"" help:"The bank's customer ID."`
	Notice string `arg:"" help:"The journey, as countersign interaction notice list prints it."`
}

// Run takes it back.
func (n noticeRecallCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		id, err := ident.Parse(n.Notice)
		if err != nil {
			return fault.NotFoundf("interaction.notice", "There is no such notice.").WithCause(err)
		}
		who, err := a.Customers.GetByNumber(e.ctx, n.Number)
		if err != nil {
			return err
		}
		if err := a.Interactions.Recall(e.ctx, audit.System("cli"), who.ID, id); err != nil {
			return err
		}
		return e.line("The journey is taken back.")
	})
}
