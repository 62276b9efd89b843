package self

import (
	"encoding/json"
	"strings"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

const (
	activityPage = 50 // records read at a time
	activityMost = 5  // pages read, when none of their records has words
)

// activityView is what happened lately.
type activityView struct {
	Events   []ui.Event
	Pager    ui.Pager
	Sessions []customer.Session
	Others   int
}

// activity tells what happened, in words for its owner, and where they are logged
// in.
func (s *self) activity(v *visit) (err error) {
	p := activityView{Pager: ui.Pager{Path: "/activity"}}
	if p.Events, p.Pager.Next, err = s.events(v, ui.ReadQuery(v.r).Value("after")); err != nil {
		return err
	}
	if p.Sessions, err = s.Sessions.Of(v.ctx(), v.s.Customer, v.token()); err != nil {
		return err
	}
	p.Others = len(p.Sessions) - 1
	return v.render("activity", v.t.T("self.activity.title"), ui.Normal, p)
}

// events returns what there are words for; what has none concerns the bank only.
func (s *self) events(v *visit, after string) (all []ui.Event, next string, err error) {
	mine, err := s.mine(v)
	if err != nil {
		return nil, "", err
	}
	names := map[string]string{}
	for _, t := range mine {
		names[t.ID] = v.t.T("self.token.short", "name", t.Title, "end", t.End)
	}
	phones, err := s.phones(v)
	if err != nil {
		return nil, "", err
	}
	for _, m := range phones {
		names["mobile_token:"+m.ID] = v.t.T("self.token.short", "name", m.Title, "end", m.End)
	}
	next = after
	for range activityMost {
		page, err := s.Audit.Find(v.ctx(), audit.Filter{Customer: v.s.Customer}, next, activityPage)
		if err != nil {
			return nil, "", err
		}
		for _, e := range page.Entries {
			if x, ok := v.event(e, names); ok {
				all = append(all, x)
			}
		}
		if next = page.Next; next == "" || len(all) > 0 {
			break
		}
	}
	return all, next, nil
}

// told is what a record's details have for its owner.
type told struct {
	Purpose string `json:"purpose"`
	Reason  string `json:"reason"`
	Device  string `json:"device"`
}

// event puts a record into words; false when there are none for it.
func (v *visit) event(e audit.Entry, tokens map[string]string) (ui.Event, bool) {
	var d told
	if e.Details != nil && json.Unmarshal(e.Details, &d) != nil {
		d = told{}
	}
	key := "self.kind." + e.Kind
	if special := key + "_" + strings.ReplaceAll(d.Purpose, "-", "_"); d.Purpose != "" && v.t.Has(special) {
		key = special
	}
	if !v.t.Has(key) || e.Actor == gate().String() && e.Kind == grantedKind {
		return ui.Event{}, false
	}
	x := ui.Event{At: e.At, Tone: tone(e.Kind), Icon: icon(e.Kind), Title: v.t.T(key), Who: v.who(e.Actor)}
	var text []string
	for _, id := range []string{strings.TrimPrefix(e.Object, "device:"), d.Device} {
		if name := tokens[id]; name != "" {
			text = append(text, name)
			break
		}
	}
	if reason := "self.reason." + d.Reason; d.Reason != "" && v.t.Has(reason) {
		text = append(text, v.t.T(reason))
	}
	x.Text = strings.Join(text, ". ")
	return x, true
}

// grantedKind is told by the login that follows it, where it is one here.
const grantedKind = "authentication.granted"

// who names the actor as the customer knows them. Members of staff have no names
// here.
func (v *visit) who(actor string) string {
	a, err := audit.ParseActor(actor)
	switch {
	case err != nil:
		return ""
	case a.Kind == audit.CustomerKind:
		return v.t.T("self.who.you")
	case a.Kind == audit.StaffKind, a == audit.System("cli"): // operators
		return v.t.T("self.who.staff")
	case a.Kind == audit.ClientKind:
		return v.t.T("self.who.client")
	case a == gate():
		return v.t.T("self.who.here")
	}
	return v.t.T("self.who.system")
}

func tone(kind string) ui.Tone {
	switch kind {
	case "authentication.refused", "authentication.denied", "authenticator.blocked", "token.resynchronization_refused", "token.activation_refused",
		"registration.code_refused", "token.unlock_refused", "identification.failed", "channel.blocked":
		return ui.Bad
	case "mobile_token.refused", "mobile_token.blocked", "token.suspended", "token.lost", "authenticator.disabled", "customer.suspended":
		return ui.Warn
	case "customer.logged_in", "authentication.granted", "registration.completed", "mobile_token.activated", "mobile_token.migrated", "mobile_token.redistributed", "mobile_token.enabled", "token.resumed", "token.resynchronized", "token.activated":
		return ui.Good
	}
	return ui.Info
}

func icon(kind string) string {
	noun, _, _ := strings.Cut(kind, ".")
	switch noun {
	case "authentication", "customer":
		return "log-in"
	case "mobile_token":
		return "smartphone"
	case "token":
		return "key-round"
	case "registration", "activation":
		return "badge-check"
	case "identification":
		return "phone"
	}
	return "shield-check"
}
