package self

import (
	"context"
	"encoding/json"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/push"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// Pushes says whether notifications reach phones, such as push.Desk.
type Pushes interface {
	On() bool
	Health(ctx context.Context, customer ident.ID) (map[ident.ID]push.Health, error)
}

// Places finds an event of the risk engine, such as risk.Desk: it knows roughly where a
// customer was.
type Places interface {
	Find(ctx context.Context, customer, id ident.ID) (risk.Event, error)
}

// pushBadge says in a word whether notifications reach a phone (S-10); the zero Badge where
// that is of no matter. What to do without them stands beside it: the app can be opened.
func (s *self) pushBadge(v *visit, m mobileView) (b ui.Badge, hint string, err error) {
	if s.Pushes == nil || !s.Pushes.On() || !m.Usable() {
		return b, "", nil
	}
	all, err := s.Pushes.Health(v.ctx(), v.s.Customer)
	h := all[m.item.ID]
	b, hint = ui.Badge{Tone: ui.Warn, Text: v.t.T("self.mobile.push.no")}, v.t.T("self.mobile.push.open")
	if h.Works() {
		b, hint = ui.Badge{Tone: ui.Good, Text: v.t.T("self.mobile.push.yes")}, ""
	}
	return b, hint, err
}

// lately is how many logins and payments are looked at for where a token was used last.
const lately = 50

// lastPlaces are roughly where tokens were used last, by their devices, as the bank's risk
// engine knows it. What it does not know is not in it.
func (s *self) lastPlaces(v *visit) (map[string]string, error) {
	if s.Places == nil {
		return nil, nil
	}
	page, err := s.Audit.Find(v.ctx(), audit.Filter{Customer: v.s.Customer, Kind: grantedKind}, "", lately)
	if err != nil {
		return nil, err
	}
	at := map[string]string{}
	for _, e := range page.Entries {
		var d struct {
			Device string `json:"device"`
			Event  string `json:"risk_event"`
		}
		if json.Unmarshal(e.Details, &d) != nil {
			continue
		}
		if _, known := at[d.Device]; known || d.Device == "" {
			continue
		}
		at[d.Device] = s.city(v, d.Event)
	}
	return at, nil
}

// city is that of an event; "" when the engine did not look on, or has forgotten.
func (s *self) city(v *visit, event string) string {
	id, err := ident.Parse(event)
	if err != nil {
		return ""
	}
	x, err := s.Places.Find(v.ctx(), v.s.Customer, id)
	if err != nil {
		return ""
	}
	return x.Facts.City
}
