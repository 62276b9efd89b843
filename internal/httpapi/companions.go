package httpapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// CompanionRef names a device that a customer lives with.
type CompanionRef struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the device."`
}

// Companion is a device that a customer lives with.
type Companion struct {
	ID           string                `json:"id" doc:"Our id, as in the audit log."`
	Number       int                   `json:"number" doc:"Its short number in the pattern of its owner, for ever the same."`
	Kind         string                `json:"kind" enum:"phone,tablet,pda,laptop,desktop,e_reader,watch,bracelet,wearable,headset,card,pendant,vehicle,access_point,router,gateway,hub,set_top_box,tv,speaker,oven,fridge,thermostat,heater,home_monitor" doc:"What sort of thing it is."`
	Group        string                `json:"group" enum:"home,body,bag,car,job" doc:"Where it usually is. Devices of one group come and go together."`
	Name         string                `json:"name,omitempty" doc:"What its owner calls it."`
	Model        string                `json:"model,omitempty" doc:"The model, as it says."`
	State        string                `json:"state" enum:"fresh,active,suspended,lost" doc:"fresh: registered lately; it counts for nothing until counts_at. lost: it is not found again, but registered anew."`
	Cloned       bool                  `json:"cloned,omitempty" doc:"Two copies of it were seen: it is suspended, and must be registered anew."`
	Proof        string                `json:"proof" enum:"identifier,signed" doc:"How strongly it can prove that it is there: identifiers can be copied by everybody in radio range."`
	Capabilities []string              `json:"capabilities" doc:"Some of application, cryptography, sensors, interface."`
	Roles        []string              `json:"roles" doc:"What its owner lets it be: some of primary, hub, secondary, tertiary."`
	Identifiers  []CompanionIdentifier `json:"identifiers" doc:"What it is known by, masked."`
	NamedBy      string                `json:"named_by,omitempty" doc:"The id of the device that told of it; not there when it enrolled itself."`
	CountsAt     time.Time             `json:"counts_at" doc:"End of its quarantine."`
	SeenAt       *time.Time            `json:"seen_at,omitempty" doc:"Its last message or sighting."`
	CreatedAt    time.Time             `json:"created_at" doc:"When it was registered."`
	ChangedAt    time.Time             `json:"changed_at" doc:"When it last changed."`
}

// CompanionIdentifier is an identifier of a device, masked.
type CompanionIdentifier struct {
	Kind  string `json:"kind" enum:"serial,alias,ip,mac,msisdn,imsi,imei,irk,variable,fixed" doc:"What it is."`
	Value string `json:"value" doc:"How it ends."`
}

// Companions are the devices that a customer lives with.
type Companions struct {
	Companions  []Companion           `json:"companions" doc:"By their numbers."`
	Invitations []CompanionInvitation `json:"invitations" doc:"Open ones, newest first."`
}

// CompanionInvitation is the permission to register one device, without its code.
type CompanionInvitation struct {
	ID        string    `json:"id" doc:"Our id, as in the audit log."`
	Kind      string    `json:"kind" doc:"The kind of device that is to be registered."`
	Name      string    `json:"name,omitempty" doc:"What its owner will call it."`
	By        string    `json:"by" doc:"Who asked for it, as in the audit log."`
	CreatedAt time.Time `json:"created_at" doc:"When it was made."`
	ExpiresAt time.Time `json:"expires_at" doc:"Until when a device can be registered with it."`
}

func (a *API) companionOf(it companion.Item) Companion {
	c := it.Companion
	out := Companion{
		ID: c.ID.String(), Number: c.Number, Kind: string(c.Kind), Group: string(c.Group), Name: c.Name, Model: c.Model, State: c.State(a.Now()), Cloned: it.Cloned, Proof: string(c.Class),
		Capabilities: []string{}, Roles: []string{}, Identifiers: []CompanionIdentifier{}, CountsAt: c.Counts, SeenAt: known(c.Seen), CreatedAt: c.Created, ChangedAt: c.Changed,
	}
	for _, x := range c.Can {
		out.Capabilities = append(out.Capabilities, string(x))
	}
	for _, x := range c.Roles {
		out.Roles = append(out.Roles, string(x))
	}
	for _, x := range it.Masked {
		out.Identifiers = append(out.Identifiers, CompanionIdentifier{string(x.Kind), x.Value})
	}
	if !c.Hub.IsZero() {
		out.NamedBy = c.Hub.String()
	}
	return out
}

func invitationOf(i companion.Invitation) CompanionInvitation {
	return CompanionInvitation{ID: i.ID.String(), Kind: string(i.Kind), Name: i.Name, By: i.By, CreatedAt: i.Created, ExpiresAt: i.Expires}
}

func exampleCompanion(state string) Companion {
	return Companion{
		ID: exampleID, Number: 2, Kind: "watch", Group: "body", Name: "my watch", State: state, Proof: "signed", Capabilities: []string{"cryptography", "sensors"}, Roles: []string{"hub", "secondary"},
		Identifiers: []CompanionIdentifier{{"mac", "…1:13"}}, CountsAt: exampleTime(3 * 24 * 60), CreatedAt: exampleTime(0), ChangedAt: exampleTime(0),
	}
}

func exampleInvitation() CompanionInvitation {
	return CompanionInvitation{ID: exampleID, Kind: "phone", Name: "my phone", By: "client:" + exampleID, CreatedAt: exampleTime(0), ExpiresAt: exampleTime(15)}
}

// companionRoute is the route of an operation on the devices of one customer.
func companionRoute(id, method, rest, summary, text string, scopes client.Scopes) route {
	return route{
		id: id, method: method, path: "/v1/customers/{customer_number}/companions" + rest, tag: tagCompanions, scopes: scopes, summary: summary, text: text,
	}
}

func (a *API) companionOperations() []operation {
	return slices.Concat([]operation{
		act[CustomerRef, Companions]{
			route:  companionRoute("listCompanions", http.MethodGet, "", "List the devices that a customer lives with", "Removed ones are not among them.", client.CompanionsRead),
			status: http.StatusOK, do: a.listCompanions, out: Companions{[]Companion{exampleCompanion("active")}, []CompanionInvitation{exampleInvitation()}},
		},
		act[CompanionRef, Companion]{
			route:  companionRoute("getCompanion", http.MethodGet, "/{id}", "Look at a device", "", client.CompanionsRead),
			status: http.StatusOK, do: a.getCompanion, out: exampleCompanion("active"),
		},
		act[MobileHistory, MobileEvents]{
			route:  companionRoute("listCompanionHistory", http.MethodGet, "/{id}/history", "List what happened to a device", "", client.CompanionsRead),
			status: http.StatusOK, do: a.companionHistory,
			out: MobileEvents{Events: []MobileEvent{{ID: exampleID + "-1-42", At: exampleTime(2), Kind: companion.AuditEnrolled, By: "customer:" + exampleID}}},
		},
	}, a.companionActOperations())
}

func (a *API) listCompanions(ctx context.Context, _ *call, in *CustomerRef) (Companions, error) {
	out := Companions{[]Companion{}, []CompanionInvitation{}}
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return out, err
	}
	all, err := a.Companions.List(ctx, who.ID)
	if err != nil {
		return out, err
	}
	for _, it := range all {
		out.Companions = append(out.Companions, a.companionOf(it))
	}
	invitations, err := a.Companions.Invitations(ctx, who.ID)
	for _, i := range invitations {
		out.Invitations = append(out.Invitations, invitationOf(i))
	}
	return out, err
}

func (a *API) getCompanion(ctx context.Context, _ *call, in *CompanionRef) (Companion, error) {
	on, err := a.companionOn(ctx, in.CustomerNumber, in.ID)
	if err != nil {
		return Companion{}, err
	}
	return a.companionNow(ctx, on)
}

func (a *API) companionHistory(ctx context.Context, _ *call, in *MobileHistory) (MobileEvents, error) {
	on, err := a.companionOn(ctx, in.CustomerNumber, in.ID)
	if err != nil {
		return MobileEvents{Events: []MobileEvent{}}, err
	}
	return a.events(ctx, audit.Filter{Customer: on.Customer, Object: on.Companion.String()}, in)
}

// companionOn finds the device that an act is about; whether it exists the act itself finds out.
func (a *API) companionOn(ctx context.Context, number, id string) (on companion.On, err error) {
	if on.Companion, err = ident.Parse(id); err != nil {
		return on, fault.NotFoundf("companion.unknown", "The customer has no such device.").WithCause(err)
	}
	who, err := a.Customers.GetByNumber(ctx, number)
	on.Customer = who.ID
	return on, err
}

// companionNow is a device as it is.
func (a *API) companionNow(ctx context.Context, on companion.On) (Companion, error) {
	it, err := a.Companions.Get(ctx, on.Customer, on.Companion)
	if err != nil {
		return Companion{}, err
	}
	return a.companionOf(it), nil
}
