package httpapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobileid"
)

// MobileIDRef names a mobile ID of a customer.
type MobileIDRef struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the mobile ID."`
}

// GetMobileID is the request of getMobileID.
type GetMobileID struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the mobile ID."`
	Wait           int    `json:"-" query:"wait" minimum:"0" maximum:"25" default:"0" doc:"While it is being registered: seconds to wait for what the person does on the phone, before it is said how it stands."`
}

// MobileID is a phone whose SIM signs for a customer.
type MobileID struct {
	ID           string                `json:"id" doc:"Our id, as in the audit log."`
	PhoneNumber  string                `json:"phone_number" doc:"The number of its SIM, masked."`
	Person       string                `json:"person,omitempty" doc:"The serial number of its owner in the certificates: the same for all their phones, for ever."`
	State        string                `json:"state" enum:"ordered,asked,generating,certifying,active,suspended,refused,failed,revoked" doc:"ordered: the SIM is told to make keys. asked: the person chooses a PIN. generating: the second key is being made. certifying: certificates are awaited. active: usable, once held_until is over. suspended: by its owner, staff, or because another SIM has the number. refused: the person does not want it. failed: nothing came of the registration. revoked: for good."`
	Reason       string                `json:"reason,omitempty" doc:"Why it is in that state, as the audit log has it."`
	SuspendedBy  string                `json:"suspended_by,omitempty" enum:"owner,staff,card,restored" doc:"Who or what suspended it; of several, the strongest. card: another SIM has the number; only a registration anew ends that. restored: the database was restored from a backup, and it may have been revoked since."`
	Holds        []MobileIDHold        `json:"holds,omitempty" doc:"Every reason why it cannot be used, or its certificates are on hold. It comes back with the end of the last one."`
	HeldUntil    *time.Time            `json:"held_until,omitempty" doc:"It may not be used before: another SIM was registered under the number."`
	Algorithm    string                `json:"algorithm" enum:"ecdsa-p256,rsa-2048" doc:"Of its keys."`
	SpamCode     bool                  `json:"spam_code" doc:"Whether its owner has set a spam-prevention code, without which nobody can ask the phone."`
	Certificates []MobileIDCertificate `json:"certificates" doc:"Those that are registered."`
	Registration *MobileIDRegistration `json:"registration,omitempty" doc:"What the phone is asked while it is being registered."`
	Card         *MobileIDCard         `json:"card,omitempty" doc:"What the SIM last said of itself (queryMobileID)."`
	CreatedAt    time.Time             `json:"created_at" doc:"When it was ordered first."`
	ActivatedAt  *time.Time            `json:"activated_at,omitempty" doc:"When it first became active."`
	ChangedAt    time.Time             `json:"changed_at" doc:"When its state last changed."`
}

// MobileIDHold is a reason why a mobile ID cannot be used.
type MobileIDHold struct {
	Cause  string     `json:"cause" enum:"owner,staff,card,restored,customer,sim" doc:"owner, staff, card, restored: as in suspended_by. customer: its owner is suspended as a customer. sim: the SIM is out of service."`
	Reason string     `json:"reason,omitempty" doc:"Why, for people."`
	Since  *time.Time `json:"since,omitempty" doc:"Since when, where it is known."`
}

// MobileIDCertificate is a certificate of a key on a SIM.
type MobileIDCertificate struct {
	Role      string    `json:"role" enum:"authentication,signing" doc:"What the key is for; each has a PIN of its own."`
	Serial    string    `json:"serial" doc:"Serial number of the certificate, hexadecimal."`
	IssuedAt  time.Time `json:"issued_at" doc:"When it was issued."`
	ExpiresAt time.Time `json:"expires_at" doc:"When it ends."`
	Renewable bool      `json:"renewable" doc:"Whether its last days have come: see renewMobileID."`
	DER       string    `json:"der" doc:"The certificate, Base64."`
}

// MobileIDRegistration is what the phone is asked while a mobile ID is being registered.
type MobileIDRegistration struct {
	Control   string    `json:"control,omitempty" doc:"Four digits to be shown to the customer, large; not there when none are asked for."`
	Mode      string    `json:"mode" enum:"none,shown,chosen,typed" doc:"What the phone does with them. shown: they stand there too. chosen: one of three is to be picked. typed: they are to be typed."`
	ExpiresAt time.Time `json:"expires_at" doc:"Until when the person can answer."`
}

// MobileIDCard is what a SIM says of itself.
type MobileIDCard struct {
	AskedAt time.Time     `json:"asked_at" doc:"When it said so."`
	Version int           `json:"version" doc:"Of the application on it."`
	Keys    []MobileIDKey `json:"keys" doc:"Of its roles."`
}

// MobileIDKey is what a SIM says of a role.
type MobileIDKey struct {
	Role     string `json:"role" enum:"authentication,signing" doc:"The role."`
	Present  bool   `json:"present" doc:"Whether there is a key."`
	Tries    int    `json:"tries_left" doc:"Wrong PINs until it is blocked; 0: it is blocked (unblockMobileID)."`
	PUKTries int    `json:"puk_tries_left" doc:"Wrong PUKs until it cannot be unblocked any more."`
}

// MobileIDs are the mobile IDs of a customer.
type MobileIDs struct {
	MobileIDs []MobileID `json:"mobile_ids" doc:"Those in use first, by their age."`
}

func mobileIDOf(p mobileid.Profile) MobileID {
	out := MobileID{
		ID: p.ID.String(), PhoneNumber: p.Masked(), Person: p.Person, State: string(p.State), Reason: p.Reason, SuspendedBy: string(p.By),
		HeldUntil: known(p.Held), Algorithm: p.Algorithm.String(), SpamCode: p.Guarded, Certificates: []MobileIDCertificate{},
		CreatedAt: p.Created, ActivatedAt: known(p.Activated), ChangedAt: p.Changed,
	}
	for _, h := range p.Holds {
		out.Holds = append(out.Holds, MobileIDHold{string(h.Cause), h.Reason, known(h.Since)})
	}
	for _, c := range p.Certificates {
		out.Certificates = append(out.Certificates, MobileIDCertificate{c.Role.String(), c.Serial, c.Issued, c.Expires, c.Renewable, base64Of(c.DER)})
	}
	if r := p.Registration; r != nil {
		out.Registration = &MobileIDRegistration{r.Control, r.Mode, r.Expires}
	}
	if s := p.Status; s != nil {
		out.Card = &MobileIDCard{AskedAt: p.Asked, Version: s.Applet, Keys: []MobileIDKey{}}
		for _, k := range s.Keys {
			out.Card.Keys = append(out.Card.Keys, MobileIDKey{k.Role, k.Algorithm != "", k.Tries, k.PUKTries})
		}
	}
	return out
}

func exampleMobileID(state string) MobileID {
	m := MobileID{
		ID: exampleID, PhoneNumber: "+43 ••• 67", Person: "MIDCSK2QP5A7XVBT", State: state, Algorithm: "ecdsa-p256", Certificates: []MobileIDCertificate{},
		CreatedAt: exampleTime(0), ChangedAt: exampleTime(0),
	}
	if state == "active" || state == "suspended" {
		m.ActivatedAt, m.ChangedAt = new(exampleTime(2)), exampleTime(2)
		m.Certificates = []MobileIDCertificate{{"authentication", "6f1c0a9b22d84e57", exampleTime(2), exampleTime(3 * 365 * 24 * 60), false, "MII…"}}
	}
	if state == "asked" {
		m.Registration = &MobileIDRegistration{"4812", "typed", exampleTime(10)}
	}
	return m
}

// mobileIDRoute is the route of an operation on the mobile IDs of one customer.
func mobileIDRoute(id, method, rest, summary, text string, scopes client.Scopes) route {
	return route{
		id: id, method: method, path: "/v1/customers/{customer_number}/mobile-ids" + rest, tag: tagMobileID, scopes: scopes, summary: summary, text: text,
	}
}

func (a *API) mobileIDOperations() []operation {
	return slices.Concat([]operation{
		act[CustomerRef, MobileIDs]{
			route:  mobileIDRoute("listMobileIDs", http.MethodGet, "", "List a customer's mobile IDs", "", client.MobileIDRead),
			status: http.StatusOK, do: a.listMobileIDs, out: MobileIDs{[]MobileID{exampleMobileID("active")}},
		},
		act[GetMobileID, MobileID]{
			route:  mobileIDRoute("getMobileID", http.MethodGet, "/{id}", "Look at a mobile ID", "With wait, the answer comes as soon as the person has done something on the phone.", client.MobileIDRead),
			status: http.StatusOK, do: a.getMobileID, out: exampleMobileID("active"),
		},
	}, a.mobileIDActOperations(), a.mobileIDRequestOperations(), a.mobileIDAfterOperations())
}

func (a *API) listMobileIDs(ctx context.Context, _ *call, in *CustomerRef) (MobileIDs, error) {
	out := MobileIDs{MobileIDs: []MobileID{}}
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return out, err
	}
	all, err := a.MobileIDs.Profiles(ctx, who.ID)
	for _, p := range all {
		out.MobileIDs = append(out.MobileIDs, mobileIDOf(p))
	}
	return out, err
}

func (a *API) getMobileID(ctx context.Context, _ *call, in *GetMobileID) (MobileID, error) {
	o, err := a.mobileIDOrder(ctx, in.CustomerNumber, in.ID)
	if err != nil {
		return MobileID{}, err
	}
	p, err := a.MobileIDs.Profile(ctx, o.Customer, o.Mobile)
	if err != nil || p.Registration == nil || in.Wait == 0 {
		return mobileIDOf(p), err
	}
	if _, err := a.MobileIDs.Wait(ctx, mobileid.AnyProvider, p.Registration.Transaction, time.Duration(in.Wait)*time.Second); err != nil {
		return MobileID{}, err
	}
	return a.mobileIDNow(ctx, o)
}

// mobileIDOrder finds the mobile ID that an act is about; whether it exists the act itself finds
// out.
func (a *API) mobileIDOrder(ctx context.Context, number, id string) (o mobileid.Order, err error) {
	if o.Mobile, err = ident.Parse(id); err != nil {
		return o, fault.NotFoundf("mobileid.none", "This customer has no such mobile ID.").WithCause(err)
	}
	who, err := a.Customers.GetByNumber(ctx, number)
	o.Customer = who.ID
	return o, err
}

// mobileIDNow is a mobile ID as it is.
func (a *API) mobileIDNow(ctx context.Context, o mobileid.Order) (MobileID, error) {
	p, err := a.MobileIDs.Profile(ctx, o.Customer, o.Mobile)
	if err != nil {
		return MobileID{}, err
	}
	return mobileIDOf(p), nil
}

func (a *API) mobileIDHistory(ctx context.Context, _ *call, in *MobileHistory) (MobileEvents, error) {
	out := MobileEvents{Events: []MobileEvent{}}
	o, err := a.mobileIDOrder(ctx, in.CustomerNumber, in.ID)
	if err != nil {
		return out, err
	}
	if _, err := a.MobileIDs.Profile(ctx, o.Customer, o.Mobile); err != nil {
		return out, err
	}
	return a.events(ctx, audit.Filter{Customer: o.Customer, Object: "mobile_id:" + o.Mobile.String()}, in)
}
