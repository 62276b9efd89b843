package httpapi

import (
	"context"
	"net/http"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/ota/applet"
)

// RegisterMobileID is the request of registerMobileID.
type RegisterMobileID struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	PhoneNumber    string `json:"phone_number,omitempty" maxLength:"32" doc:"The number of the SIM, with its country; this or iccid."`
	ICCID          string `json:"iccid,omitempty" maxLength:"22" doc:"The number on the SIM itself, as in the card maker's file."`
	Algorithm      string `json:"algorithm,omitempty" enum:"ecdsa-p256,rsa-2048" doc:"Of its keys; without it, the first of the policies."`
}

// RegisterOwnMobileID is the request of registerOwnMobileID.
type RegisterOwnMobileID struct {
	Authentication string `json:"-" path:"authentication" maxLength:"128" doc:"A granted authentication of the purpose self-service that showed two different factors by another method, not older than five minutes."`
	PhoneNumber    string `json:"phone_number" minLength:"1" maxLength:"32" doc:"The number of the SIM, with its country."`
	Algorithm      string `json:"algorithm,omitempty" enum:"ecdsa-p256,rsa-2048" doc:"Of its keys; without it, the first of the policies."`
}

// ReregisterMobileID is the request of reregisterMobileID.
type ReregisterMobileID struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the mobile ID."`
	ICCID          string `json:"iccid,omitempty" maxLength:"22" doc:"The new SIM; without it, the one that has the number now."`
	Reason         string `json:"reason,omitempty" maxLength:"200" doc:"Why, for people."`
}

// MobileIDAct is the request of acts on a mobile ID that say why.
type MobileIDAct struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the mobile ID."`
	Reason         string `json:"reason" minLength:"1" maxLength:"200" doc:"Why, for people."`
}

// ResumeMobileID is the request of resumeMobileID.
type ResumeMobileID struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the mobile ID."`
	Hold           string `json:"hold,omitempty" enum:"owner,staff,restored" doc:"Which of its holds ends; not needed when there is one."`
	Reason         string `json:"reason" minLength:"1" maxLength:"200" doc:"Why, for people."`
}

// MobileIDRole is the request of acts on a role of a mobile ID.
type MobileIDRole struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the mobile ID."`
	Role           string `json:"role" enum:"authentication,signing" doc:"Whose PIN it is about."`
}

// MobileIDSpam is the request of setMobileIDSpamCode.
type MobileIDSpam struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the mobile ID."`
	Code           string `json:"code" maxLength:"16" doc:"3 to 16 letters and digits that begin with a letter; empty: none any more."`
}

const twoKeysText = " The SIM makes two keys, one after the other: the person chooses a PIN for authentication and another one for signing. Follow it with getMobileID."

func (a *API) mobileIDActOperations() []operation {
	at := func(id, rest, summary, text string) route {
		return mobileIDRoute(id, http.MethodPost, rest, summary, text, client.MobileIDWrite)
	}
	why := MobileIDAct{Reason: "The phone is lost."}
	names := map[string]string{"number": "/phone_number"}
	return []operation{
		act[RegisterMobileID, MobileID]{
			route:  at("registerMobileID", "", "Register a mobile ID", "For a customer whom the client has identified lately (identifyCustomer), such as at the branch."+twoKeysText),
			status: http.StatusCreated, repeats: stored, do: a.registerMobileID, names: names,
			in: RegisterMobileID{PhoneNumber: "+43 664 1234567"}, out: exampleMobileID("asked"),
		},
		act[RegisterOwnMobileID, MobileID]{
			route:  route{id: "registerOwnMobileID", method: http.MethodPost, path: "/v1/authentications/{authentication}/mobile-id", tag: tagMobileID, scopes: client.Authentications | client.MobileIDWrite, summary: "Register a mobile ID for a customer who is logged in", text: "For a customer who has shown two factors by another method just now." + twoKeysText},
			status: http.StatusCreated, repeats: stored, do: a.registerOwnMobileID, names: names,
			in: RegisterOwnMobileID{PhoneNumber: "+43 664 1234567"}, out: exampleMobileID("asked"),
		},
		act[ReregisterMobileID, MobileID]{
			route:  at("reregisterMobileID", "/{id}/reregister", "Register a mobile ID anew", "For another SIM under the same number, or for new keys on the same one. The serial number of the person stays, the certificates are revoked, and the policies say how long it is held before it can be used."+identifiedText),
			status: http.StatusOK, repeats: stored, do: a.reregisterMobileID, in: ReregisterMobileID{Reason: "A new SIM."}, out: exampleMobileID("ordered"),
		},
		act[MobileIDAct, MobileID]{
			route:  at("suspendMobileID", "/{id}/suspend", "Suspend a mobile ID", "At once, until it is resumed. Its certificates are on hold, and what is being asked ends."),
			status: http.StatusOK, repeats: stored, do: a.mobileIDAct(a.MobileIDs.Suspend), in: why, out: exampleMobileID("suspended"),
		},
		act[ResumeMobileID, MobileID]{
			route:  at("resumeMobileID", "/{id}/resume", "Set a suspended mobile ID going again", "Not when another SIM has its number: then it is registered anew. One that is held for several reasons comes back with the end of the last one."+identifiedText),
			status: http.StatusOK, repeats: stored, do: a.resumeMobileID, in: ResumeMobileID{Hold: "staff", Reason: "The phone was found."}, out: exampleMobileID("active"),
		},
		act[MobileIDAct, MobileID]{
			route:  at("revokeMobileID", "/{id}/revoke", "Revoke a mobile ID", "For good: its certificates are revoked, and its SIM is told to erase the keys."),
			status: http.StatusOK, repeats: stored, do: a.mobileIDAct(a.MobileIDs.Revoke), in: why, out: exampleMobileID("revoked"),
		},
		act[MobileIDRole, MobileID]{
			route:  at("unblockMobileID", "/{id}/unblock", "Unblock a PIN", "The phone asks for the PUK, and then for a new PIN. Neither passes through here."+identifiedText),
			status: http.StatusOK, repeats: stored, do: a.unblockMobileID, in: MobileIDRole{Role: "signing"}, out: exampleMobileID("active"),
		},
		act[MobileIDRef, MobileID]{
			route:  at("queryMobileID", "/{id}/query", "Ask a SIM how it is", "Which keys it has and how many tries are left. The answer comes by short message: look at card with getMobileID."),
			status: http.StatusOK, repeats: stored, do: a.queryMobileID, out: exampleMobileID("active"),
		},
		act[MobileIDRole, MobileID]{
			route:  at("renewMobileID", "/{id}/renew", "Renew a certificate", "In its last days, with the same key: the person signs the request with their PIN."),
			status: http.StatusOK, repeats: stored, do: a.renewMobileID, in: MobileIDRole{Role: "authentication"}, out: exampleMobileID("active"),
		},
		act[MobileIDSpam, MobileID]{
			route:  at("setMobileIDSpamCode", "/{id}/spam-code", "Set a spam-prevention code", "Without it nobody can ask the phone: it is checked before any message leaves."+identifiedText),
			status: http.StatusOK, repeats: stored, secrets: []string{"code"}, do: a.setMobileIDSpam, in: MobileIDSpam{Code: "heron7"}, out: exampleMobileID("active"),
		},
		act[MobileHistory, MobileEvents]{
			route:  mobileIDRoute("listMobileIDHistory", http.MethodGet, "/{id}/history", "List what happened to a mobile ID", "", client.MobileIDRead),
			status: http.StatusOK, do: a.mobileIDHistory,
			out: MobileEvents{Events: []MobileEvent{{ID: exampleID + "-1-42", At: exampleTime(2), Kind: mobileid.AuditActivated, By: "system:mobileid", State: "active"}}},
		},
	}
}

func algorithmOf(name string) applet.Algorithm {
	switch name {
	case "ecdsa-p256":
		return applet.ECDSAP256
	case "rsa-2048":
		return applet.RSA2048
	}
	return 0
}

func roleOf(name string) applet.Role {
	if name == "signing" {
		return applet.Signing
	}
	return applet.Authentication
}

func (a *API) registerMobileID(ctx context.Context, c *call, in *RegisterMobileID) (MobileID, error) {
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return MobileID{}, err
	}
	r, err := a.MobileIDs.Register(ctx, c.access.Actor(), mobileid.Enrollment{ID: c.claim, Customer: who.ID, Number: in.PhoneNumber, ICCID: in.ICCID, Algorithm: algorithmOf(in.Algorithm)})
	return a.registered(ctx, r, err)
}

func (a *API) registerOwnMobileID(ctx context.Context, c *call, in *RegisterOwnMobileID) (MobileID, error) {
	proven, err := a.Hub.Proven(ctx, c.access.Actor(), in.Authentication)
	if err != nil {
		return MobileID{}, err
	}
	r, err := a.MobileIDs.Register(ctx, c.access.Actor(), mobileid.Enrollment{
		ID: c.claim, Customer: proven.Customer, Number: in.PhoneNumber, Algorithm: algorithmOf(in.Algorithm), Proof: hub.OfClient{Proven: proven},
	})
	return a.registered(ctx, r, err)
}

func (a *API) registered(ctx context.Context, r mobileid.Registration, err error) (MobileID, error) {
	if err != nil {
		return MobileID{}, err
	}
	return a.mobileIDNow(ctx, mobileid.Order{Customer: r.Customer, Mobile: r.ID})
}

func (a *API) reregisterMobileID(ctx context.Context, c *call, in *ReregisterMobileID) (MobileID, error) {
	o, err := a.mobileIDOrder(ctx, in.CustomerNumber, in.ID)
	if err != nil {
		return MobileID{}, err
	}
	o.ICCID, o.Reason = in.ICCID, in.Reason
	r, err := a.MobileIDs.Reregister(ctx, c.access.Actor(), o)
	return a.registered(ctx, r, err)
}

// mobileIDAct carries out an act that needs nothing but a reason.
func (a *API) mobileIDAct(do func(context.Context, audit.Actor, mobileid.Order) (mobileid.MobileID, error)) func(context.Context, *call, *MobileIDAct) (MobileID, error) {
	return func(ctx context.Context, c *call, in *MobileIDAct) (MobileID, error) {
		o, err := a.mobileIDOrder(ctx, in.CustomerNumber, in.ID)
		if err != nil {
			return MobileID{}, err
		}
		o.Reason = in.Reason
		if _, err := do(ctx, c.access.Actor(), o); err != nil {
			return MobileID{}, err
		}
		return a.mobileIDNow(ctx, o)
	}
}

func (a *API) resumeMobileID(ctx context.Context, c *call, in *ResumeMobileID) (MobileID, error) {
	o, err := a.mobileIDOrder(ctx, in.CustomerNumber, in.ID)
	if err != nil {
		return MobileID{}, err
	}
	o.Hold, o.Reason = mobileid.Cause(in.Hold), in.Reason
	if _, err := a.MobileIDs.Resume(ctx, c.access.Actor(), o); err != nil {
		return MobileID{}, err
	}
	return a.mobileIDNow(ctx, o)
}

func (a *API) unblockMobileID(ctx context.Context, c *call, in *MobileIDRole) (MobileID, error) {
	o, err := a.mobileIDOrder(ctx, in.CustomerNumber, in.ID)
	if err != nil {
		return MobileID{}, err
	}
	o.Role = roleOf(in.Role)
	if _, err := a.MobileIDs.Unblock(ctx, c.access.Actor(), o); err != nil {
		return MobileID{}, err
	}
	return a.mobileIDNow(ctx, o)
}

func (a *API) queryMobileID(ctx context.Context, c *call, in *MobileIDRef) (MobileID, error) {
	o, err := a.mobileIDOrder(ctx, in.CustomerNumber, in.ID)
	if err != nil {
		return MobileID{}, err
	}
	if _, err := a.MobileIDs.Query(ctx, c.access.Actor(), o); err != nil {
		return MobileID{}, err
	}
	return a.mobileIDNow(ctx, o)
}

func (a *API) renewMobileID(ctx context.Context, c *call, in *MobileIDRole) (MobileID, error) {
	o, err := a.mobileIDOrder(ctx, in.CustomerNumber, in.ID)
	if err != nil {
		return MobileID{}, err
	}
	o.Role = roleOf(in.Role)
	if _, err := a.MobileIDs.Renew(ctx, c.access.Actor(), o); err != nil {
		return MobileID{}, err
	}
	return a.mobileIDNow(ctx, o)
}

func (a *API) setMobileIDSpam(ctx context.Context, c *call, in *MobileIDSpam) (MobileID, error) {
	o, err := a.mobileIDOrder(ctx, in.CustomerNumber, in.ID)
	if err != nil {
		return MobileID{}, err
	}
	if _, err := a.MobileIDs.SetSpam(ctx, c.access.Actor(), o, in.Code); err != nil {
		return MobileID{}, err
	}
	return a.mobileIDNow(ctx, o)
}
