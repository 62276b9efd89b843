package httpapi

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/push"
)

// MobileTokenRef names a mobile token of a customer.
type MobileTokenRef struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the mobile token."`
}

// MobileToken is a token in an application on a phone.
type MobileToken struct {
	ID             string           `json:"id" doc:"Our id, as in the audit log. It stays when the token comes to another device."`
	Application    string           `json:"application" doc:"The code of the application that it is in: see listMobileApplications."`
	Serial         string           `json:"serial" doc:"Its serial number, by which people tell tokens apart."`
	Name           string           `json:"name,omitempty" doc:"What its owner calls it."`
	State          string           `json:"state" enum:"created,code_issued,provisioning,active,blocked,archived" doc:"created: there is no activation code. code_issued: a device may be provisioned. provisioning: a device has a key, and its first code is awaited. archived: ended for good."`
	BlockedBy      string           `json:"blocked_by,omitempty" enum:"user,attempts,operator" doc:"Who or what blocked it: its owner, wrong codes, or the bank."`
	BlockedUntil   *time.Time       `json:"blocked_until,omitempty" doc:"When the block ends by itself; not there when it does not."`
	StateBefore    string           `json:"state_before,omitempty" enum:"created,code_issued,provisioning,active,blocked" doc:"What an archived token was before."`
	Reason         string           `json:"reason,omitempty" doc:"Why it is in its state."`
	Device         string           `json:"device" doc:"The id of the installation that it is in, as in the audit log. Another one after a redistribution."`
	Model          string           `json:"model,omitempty" doc:"The phone, as the application calls it."`
	AppVersion     string           `json:"app_version,omitempty" doc:"The version of the application, as it says."`
	Pending        bool             `json:"pending" doc:"A device has a key whose first code is awaited."`
	CreatedAt      time.Time        `json:"created_at" doc:"When it was made."`
	ChangedAt      time.Time        `json:"changed_at" doc:"When its state last changed."`
	UsedAt         *time.Time       `json:"used_at,omitempty" doc:"When a code of its was last accepted."`
	Notifications  string           `json:"notifications,omitempty" enum:"unbound,new,reached,failing,gone,moved" doc:"Whether pushes reach the phone; not there while the bank sends none, or the token is not in use. unbound: it has not registered. gone: it must register anew. Without them the customer opens the application and looks."`
	ActivationCode *MobileCode      `json:"activation_code,omitempty" doc:"The newest activation code, without its value."`
	Migration      *MobileMigration `json:"migration,omitempty" doc:"An open migration that it takes part in."`
}

// MobileCode is an activation code of a mobile token, without its value.
type MobileCode struct {
	ClientID  string     `json:"client_id" doc:"What the device names the code by. It is no secret."`
	Purpose   string     `json:"purpose" enum:"enroll,redistribute" doc:"enroll: for the first device of the token. redistribute: for another one in its place."`
	State     string     `json:"state" enum:"valid,expired,blocked,used,cancelled,superseded" doc:"valid codes can be used; blocked ones had too many wrong attempts; superseded ones were replaced by a newer one."`
	Way       string     `json:"way" enum:"shown,sent" doc:"How it is handed over: shown once to whoever asked for it, or sent by webhook."`
	Extended  int        `json:"extended" doc:"How often it was extended."`
	Attempts  int        `json:"attempts" doc:"Wrong attempts at it that count now."`
	By        string     `json:"by" doc:"Who asked for it, as in the audit log."`
	CreatedAt time.Time  `json:"created_at" doc:"When it was issued."`
	ExpiresAt time.Time  `json:"expires_at" doc:"Until when it can be used."`
	EndedAt   *time.Time `json:"ended_at,omitempty" doc:"When it was used, taken back or superseded."`
}

// MobileMigration is the replacement of a token by a new one, under way.
type MobileMigration struct {
	ID         string    `json:"id" doc:"Our id, as in the audit log."`
	From       string    `json:"from" doc:"The id of the token that is to be replaced. It stays in use until the new one is active."`
	To         string    `json:"to" doc:"The id of the new token, whose state says how far it has come."`
	KeepSerial bool      `json:"keep_serial" doc:"The new token takes over the serial number."`
	StartedAt  time.Time `json:"started_at" doc:"When it began."`
	By         string    `json:"by" doc:"Who began it, as in the audit log."`
}

// MobileTokens are the mobile tokens of a customer.
type MobileTokens struct {
	MobileTokens []MobileToken `json:"mobile_tokens" doc:"Oldest first, archived ones included."`
}

// Pushes says whether notifications reach phones, such as push.Desk.
type Pushes interface {
	On() bool
	Health(ctx context.Context, customer ident.ID) (map[ident.ID]push.Health, error)
}

// health is how the pushes of a customer's tokens are; nil while none are sent.
func (a *API) health(ctx context.Context, customer ident.ID) (map[ident.ID]push.Health, error) {
	if a.Pushes == nil || !a.Pushes.On() {
		return nil, nil //nolint:nilnil // none is no error
	}
	return a.Pushes.Health(ctx, customer)
}

func (a *API) mobileTokenOf(it mobiletoken.Item, health map[ident.ID]push.Health) MobileToken {
	t := it.Token
	out := MobileToken{
		ID: t.ID.String(), Application: t.Application, Serial: t.Serial, Name: t.Name, State: string(t.Status), BlockedBy: string(t.BlockedBy), BlockedUntil: known(t.Until),
		StateBefore: string(t.Before), Reason: t.Reason, Device: t.Device.String(), Model: t.Model, AppVersion: t.AppVersion, Pending: it.Pending,
		CreatedAt: t.Created, ChangedAt: t.Changed, UsedAt: known(it.Used),
	}
	if health != nil && t.Status == mobiletoken.Active {
		out.Notifications = cmp.Or(string(health[t.ID].State), "unbound")
	}
	if it.Code != nil {
		out.ActivationCode = new(a.mobileCodeOf(*it.Code))
	}
	if m := it.Migration; m != nil {
		out.Migration = &MobileMigration{ID: m.ID.String(), From: m.Old.String(), To: m.New.String(), KeepSerial: m.KeepSerial, StartedAt: m.Created, By: m.By}
	}
	return out
}

func (a *API) mobileCodeOf(c mobiletoken.Code) MobileCode {
	return MobileCode{
		ClientID: c.ClientID, Purpose: string(c.Purpose), State: c.State(a.Now()), Way: string(c.Way), Extended: c.Extended, Attempts: c.Tries.Count, By: c.By,
		CreatedAt: c.Created, ExpiresAt: c.Expires, EndedAt: known(c.Ended),
	}
}

func exampleMobileCode() MobileCode {
	return MobileCode{
		ClientID: "7C2A09F41B", Purpose: "enroll", State: "valid", Way: "shown", By: "client:" + exampleID, CreatedAt: exampleTime(0), ExpiresAt: exampleTime(7 * 24 * 60),
	}
}

func exampleMobileToken(state string) MobileToken {
	t := MobileToken{ID: exampleID, Application: "mobile-bank", Serial: "M48211907356", Name: "my phone", State: state, Device: exampleID, CreatedAt: exampleTime(0), ChangedAt: exampleTime(1)}
	if state == "active" || state == "blocked" {
		t.Model, t.AppVersion, t.UsedAt = "Pixel 11", "4.2.0", new(exampleTime(11))
	}
	if state == "active" {
		t.Notifications = "reached"
	}
	if state == "code_issued" {
		t.ActivationCode = new(exampleMobileCode())
	}
	return t
}

// mobileRoute is the route of an operation on the mobile tokens of one customer.
func mobileRoute(id, method, rest, summary, text string, scopes client.Scopes) route {
	return route{
		id: id, method: method, path: "/v1/customers/{customer_number}/mobile-tokens" + rest, tag: tagMobile, scopes: scopes, summary: summary, text: text,
	}
}

func (a *API) mobileOperations() []operation {
	return slices.Concat([]operation{
		act[CustomerRef, MobileTokens]{
			route:  mobileRoute("listMobileTokens", http.MethodGet, "", "List a customer's mobile tokens", "", client.MobileRead),
			status: http.StatusOK, do: a.listMobileTokens, out: MobileTokens{[]MobileToken{exampleMobileToken("active"), exampleMobileToken("code_issued")}},
		},
		act[MobileTokenRef, MobileToken]{
			route:  mobileRoute("getMobileToken", http.MethodGet, "/{id}", "Look at a mobile token", "", client.MobileRead),
			status: http.StatusOK, do: a.getMobileToken, out: exampleMobileToken("active"),
		},
	}, a.mobileCodeOperations(), a.mobileActOperations(), a.mobileListOperations(), a.mobileApplicationOperations())
}

func (a *API) listMobileTokens(ctx context.Context, _ *call, in *CustomerRef) (MobileTokens, error) {
	out := MobileTokens{MobileTokens: []MobileToken{}}
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return out, err
	}
	health, err := a.health(ctx, who.ID)
	if err != nil {
		return out, err
	}
	all, err := a.Mobile.List(ctx, who.ID)
	for _, it := range all {
		out.MobileTokens = append(out.MobileTokens, a.mobileTokenOf(it, health))
	}
	return out, err
}

func (a *API) getMobileToken(ctx context.Context, _ *call, in *MobileTokenRef) (MobileToken, error) {
	o, err := a.mobileOrder(ctx, in.CustomerNumber, in.ID)
	if err != nil {
		return MobileToken{}, err
	}
	return a.mobileNow(ctx, o.Customer, o.Token)
}

// mobileOrder finds the token that an act is about; whether it exists the act itself finds
// out.
func (a *API) mobileOrder(ctx context.Context, number, id string) (o mobiletoken.Order, err error) {
	if o.Token, err = ident.Parse(id); err != nil {
		return o, fault.NotFoundf("mobiletoken.unknown", "This customer has no such mobile token.").WithCause(err)
	}
	who, err := a.Customers.GetByNumber(ctx, number)
	o.Customer = who.ID
	return o, err
}

// mobileNow is a mobile token as it is.
func (a *API) mobileNow(ctx context.Context, customer, token ident.ID) (MobileToken, error) {
	it, err := a.Mobile.Get(ctx, customer, token)
	if err != nil {
		return MobileToken{}, err
	}
	health, err := a.health(ctx, customer)
	return a.mobileTokenOf(it, health), err
}
