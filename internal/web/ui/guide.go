package ui

import (
	"net/http"
	"net/url"
	"time"
)

// guide is the data of the style guide: every component with honest sample
// content.
type guide struct {
	Form, Clean *Form
	Facts       []Fact
	Events      []Event
	Pager       Pager
	Empty       Empty
	Secret      Secret
	Rows        []guideRow
	Icons       []string
	Faces       []Face
	Self        Face
}

type guideRow struct {
	Serial, Model, Owner string
	Badge                Badge
	Used                 time.Time
}

// Guide is the handler of the style guide: all components, as this face draws
// them, each with the line that makes it. It is for whoever builds pages.
func (k *Kit) Guide(w http.ResponseWriter, r *http.Request) error {
	form := NewForm(url.Values{"customer": {"10027-4418"}, "language": {"de"}, "way": {"post"}, "terms": {"yes"}})
	form.Fail("customer", "Enter the customer ID as it stands on your letter: eight digits.")
	form.Fail("code", "This code was not accepted. Press the key again and enter the new code.")
	now := k.cfg.Now()
	return k.Render(w, r, Page{Name: "guide", Title: "Style guide", Data: guide{
		Form: form, Clean: NewForm(url.Values{"way": {"post"}}),
		Facts: guideFacts(), Events: guideEvents(now), Rows: guideRows(now),
		Pager: Pager{Path: "/styleguide", Prev: "a", Next: "b"},
		Empty: Empty{Icon: "search", Title: "No token found", Text: "No token has this serial number. Check the number on its back.", Href: "#data", Action: "Search again"},
		Secret: Secret{
			ID: "sample-code", Label: "Activation code", Value: "7KQ2-M9TX-4VRB-HC",
			Hint: "Shown once. It is valid for 7 days.",
		},
		Icons: k.iconNames(), Faces: []Face{Bank, Console, Lab, Front, Self}, Self: k.face,
	}})
}

func guideFacts() []Fact {
	return []Fact{
		{Name: "Serial number", Value: "CS-4407-118263", Mono: true},
		{Name: "Model", Value: "Keypad token, time based", Note: "Eight digits, a new code every 30 seconds"},
		{Name: "State", Value: "In use", Badge: &Badge{Good, "Active"}},
		{Name: "Failures", Value: "2 of 5", Badge: &Badge{Warn, "3 left"}},
	}
}

func guideEvents(now time.Time) []Event {
	return []Event{
		{At: now, Tone: Good, Icon: "log-in", Title: "Logged in", Text: "Secure code of token CS-4407-118263", Who: "Ada Palmer"},
		{At: now.Add(-7 * time.Minute), Tone: Bad, Title: "Code refused", Text: "The code was not accepted. 1 of 5 failures.", Who: "Ada Palmer"},
		{At: now.Add(-26 * time.Hour), Tone: Info, Icon: "key-round", Title: "Token registered", Text: "Keypad token, time based", Who: "Ada Palmer", Href: "#events"},
		{At: now.Add(-50 * time.Hour), Tone: Plain, Icon: "mail", Title: "Activation code sent", Text: "By post", Who: "Help desk, M. Okafor"},
	}
}

func guideRows(now time.Time) []guideRow {
	return []guideRow{
		{"CS-4407-118263", "Keypad token, time based", "10027-4418", Badge{Good, "Active"}, now.Add(-3 * time.Hour)},
		{"CS-4407-118264", "Keypad token, time based", "10031-0092", Badge{Warn, "Suspended"}, now.Add(-80 * time.Hour)},
		{"CS-2201-000417", "Button token, event based", "10008-7751", Badge{Bad, "Locked"}, now.Add(-200 * time.Hour)},
		{"CS-2201-000418", "Button token, event based", "—", Badge{Plain, "In stock"}, now.Add(-900 * time.Hour)},
	}
}
