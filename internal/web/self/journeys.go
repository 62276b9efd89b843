package self

import (
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// journeyChange names the change by which a journey is announced.
const journeyChange = "journey"

// journeysPage lists the journeys that a customer announced.
type journeysPage struct {
	Journeys []journeyView
	On       bool // the bank learns patterns at all
}

// journeyView is a journey as its customer sees it.
type journeyView struct {
	ID    string
	Where string
	From  time.Time
	Last  time.Time // its last day
	Now   bool      // it has begun
}

func degrees(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

// zone is that of the days on the pages.
func (s *self) zone() *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}

// journeys shows what the customer announced.
func (s *self) journeys(v *visit) error {
	all, err := s.Interactions.Notices(v.ctx(), v.s.Customer)
	if err != nil {
		return err
	}
	p := journeysPage{On: s.Policies.Active().Interaction.Mode != "off"}
	for _, n := range all {
		p.Journeys = append(p.Journeys, journeyView{ID: n.ID.String(), Where: v.whereTo(n), From: n.From, Last: n.Until.Add(-time.Second), Now: !v.now.Before(n.From)})
	}
	return v.render("journeys", v.t.T("self.journey.title"), ui.Normal, p)
}

// announceJourney keeps a journey, after a fresh proof.
func (s *self) announceJourney(v *visit) error {
	p, proven, ok, err := s.proved(v, journeyChange)
	if err != nil || !ok {
		return err
	}
	n, ok := s.readJourney(v)
	if !ok {
		return v.showChange(p)
	}
	if _, err := s.Interactions.Announce(v.ctx(), v.s.Actor(), proven, n); err != nil {
		return s.unchanged(v, p, err, "place")
	}
	return v.done("/journeys", ui.Good, "self.journey.done.announced")
}

// readJourney reads the form; false when it says something wrong of it. The last day is a day of
// the journey.
func (s *self) readJourney(v *visit) (n interaction.Notice, ok bool) {
	r, found := regionOf(v.form.Value("place"))
	if !found {
		v.form.Fail("place", v.t.T("self.journey.choose_place"))
	}
	day := func(field string) time.Time {
		t, err := time.ParseInLocation(time.DateOnly, v.form.Value(field), s.zone())
		if err != nil {
			v.form.Fail(field, v.t.T("self.journey.choose_day"))
		}
		return t
	}
	n = interaction.Notice{Customer: v.s.Customer, From: day("from").UTC(), Until: day("until").AddDate(0, 0, 1).UTC()}
	if !v.form.OK() {
		return n, false
	}
	n.Place, n.Radius = r.cell(), r.Radius
	return n, true
}

// recallJourney takes a journey back.
func (s *self) recallJourney(v *visit) error {
	id, err := ident.Parse(v.r.PathValue("id"))
	if err == nil {
		err = s.Interactions.Recall(v.ctx(), v.s.Actor(), v.s.Customer, id)
	}
	if err != nil && fault.KindOf(err) != fault.Unavailable {
		err = fault.NotFoundf("page", "There is no page at this address.").WithCause(err)
	}
	if err != nil {
		return err
	}
	return v.done("/journeys", ui.Good, "self.journey.done.recalled")
}

// journeyRoutes are those of journeys.
func (s *self) journeyRoutes() []route {
	return append([]route{
		{Pattern: "GET /journeys", Serve: s.journeys},
		{Pattern: "POST /journeys/{id}/end", Serve: s.recallJourney},
	}, s.changeRoutes("/journeys/new", journeyChange, s.announceJourney)...)
}
