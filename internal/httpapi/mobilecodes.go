package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// EnrollMobileToken is the request of enrollMobileToken.
type EnrollMobileToken struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Application    string `json:"application" minLength:"1" maxLength:"200" doc:"The code of the application that the token is for: see listMobileApplications."`
	Name           string `json:"name,omitempty" maxLength:"60" doc:"What its owner calls it."`
	Way            string `json:"way,omitempty" enum:"shown,sent" doc:"How the activation code is handed over; without it, the first way of the application."`
	ValidSeconds   int64  `json:"valid_seconds,omitempty" minimum:"300" maximum:"31536000" doc:"How long the activation code lives; without it, as the application's policy says."`
}

// RenewMobileCode is the request of renewMobileActivationCode and redistributeMobileToken.
type RenewMobileCode struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the mobile token."`
	Way            string `json:"way,omitempty" enum:"shown,sent" doc:"How the activation code is handed over; without it, the first way of the application."`
	ValidSeconds   int64  `json:"valid_seconds,omitempty" minimum:"300" maximum:"31536000" doc:"How long the activation code lives; without it, as the application's policy says."`
}

// MigrateMobileToken is the request of migrateMobileToken.
type MigrateMobileToken struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the mobile token that is to be replaced."`
	KeepSerial     *bool  `json:"keep_serial,omitempty" doc:"Whether the new token takes over the serial number; without it, as the application's policy says."`
	Name           string `json:"name,omitempty" maxLength:"60" doc:"What the owner calls the new token; without it, the name of the old one."`
	Way            string `json:"way,omitempty" enum:"shown,sent" doc:"How the activation code is handed over; without it, the first way of the application."`
	ValidSeconds   int64  `json:"valid_seconds,omitempty" minimum:"300" maximum:"31536000" doc:"How long the activation code lives; without it, as the application's policy says."`
}

// IssuedMobileCode is a new activation code with what is handed over, this one time.
type IssuedMobileCode struct {
	MobileCode
	Code     string `json:"code,omitempty" doc:"What the customer types, with check digits: in this answer and never again. Not there when all of it is sent."`
	Part     int    `json:"part" doc:"0: the code is whole. 1: it has the first half, and the application asks for the second one, which is sent by the other way."`
	Link     string `json:"link,omitempty" doc:"Opens the application with the code in it. As secret as the code."`
	Picture  string `json:"picture,omitempty" doc:"A QR code, as SVG: of the link, or of the code where there is no link."`
	Download string `json:"download" doc:"Where the application is to be had."`
}

// IssuedMobileToken is a mobile token with its new activation code.
type IssuedMobileToken struct {
	MobileToken MobileToken      `json:"mobile_token" doc:"The token that the code is for."`
	Activation  IssuedMobileCode `json:"activation" doc:"Its activation code."`
}

// issuedMobileOf lays out what is handed over.
func (a *API) issuedMobileOf(out mobiletoken.Issued) (IssuedMobileCode, error) {
	h := out.Handout(a.MobileURL)
	x := IssuedMobileCode{MobileCode: a.mobileCodeOf(out.Code), Code: h.Code, Part: h.Part, Link: h.Link, Download: out.Download}
	if h.Code == "" {
		return x, nil
	}
	drawn := h.Link
	if drawn == "" {
		drawn = h.Code
	}
	svg, err := ui.QR(drawn, "Activation code")
	x.Picture = string(svg)
	return x, err
}

func exampleIssued() IssuedMobileToken {
	return IssuedMobileToken{exampleMobileToken("code_issued"), IssuedMobileCode{
		MobileCode: exampleMobileCode(), Code: "10A7-C2A0-9F41-B214-5C0F-F1A7-2B90-44D6-3E81-3049-A2F", Link: "bank://activate?c=10A7C2A09F41B2145C0FF1A72B9044D63E813049A2F",
		Picture: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 49 49">…</svg>`, Download: "https://bank.example/app",
	}}
}

const identifiedText = " The client must have identified the customer lately (identifyCustomer): otherwise that is 403, identification.required."

const onceText = " The value of the activation code is in this answer only; with an Idempotency-Key the same answer can be had again for a day."

func (a *API) mobileCodeOperations() []operation {
	at := func(id, rest, summary, text string) route {
		return mobileRoute(id, http.MethodPost, rest, summary, text, client.MobileWrite)
	}
	names := map[string]string{"valid": "/valid_seconds"}
	extended, withdrawn := exampleMobileToken("code_issued"), exampleMobileToken("created")
	extended.ActivationCode.Extended = 1
	withdrawn.ActivationCode = new(exampleMobileCode())
	withdrawn.ActivationCode.State, withdrawn.ActivationCode.EndedAt = "cancelled", new(exampleTime(3))
	moving := exampleIssued()
	moving.MobileToken.Migration = &MobileMigration{ID: exampleID, From: "yan999bvmy4en6rxh86c970hfc", To: exampleID, KeepSerial: true, StartedAt: exampleTime(0), By: "client:" + exampleID}
	redistributed := exampleIssued()
	redistributed.MobileToken = exampleMobileToken("active")
	redistributed.Activation.Purpose = "redistribute"
	return []operation{
		act[EnrollMobileToken, IssuedMobileToken]{
			route:  at("enrollMobileToken", "", "Enroll a mobile token", "Makes a token and its activation code, with which a device gets a key by DSKPP. A customer who holds nothing yet needs no identification."+identifiedText+onceText),
			status: http.StatusCreated, repeats: stored, do: a.enrollMobileToken, names: names,
			in: EnrollMobileToken{Application: "mobile-bank", Name: "my phone", ValidSeconds: 604800}, out: exampleIssued(),
		},
		act[RenewMobileCode, IssuedMobileToken]{
			route:  at("renewMobileActivationCode", "/{id}/renew", "Issue a new activation code", "For a token that is not active yet: the former code is superseded, and a key that was never proven is taken away."+identifiedText+onceText),
			status: http.StatusCreated, repeats: stored, do: a.renewMobileCode, names: names, in: RenewMobileCode{Way: "shown"}, out: exampleIssued(),
		},
		act[RenewMobileCode, IssuedMobileToken]{
			route:  at("redistributeMobileToken", "/{id}/redistribute", "Bring a mobile token to another device", "For a token that is active or blocked, when its PIN is forgotten or its phone is gone. Serial number and id stay; the key is a new one unless the policies say otherwise. What is in use stays so until the new device has proved its key."+identifiedText+onceText),
			status: http.StatusCreated, repeats: stored, do: a.redistributeMobileToken, names: names, in: RenewMobileCode{Way: "shown"}, out: redistributed,
		},
		act[MigrateMobileToken, IssuedMobileToken]{
			route:  at("migrateMobileToken", "/{id}/migrate", "Replace a mobile token by a new one", "The answer is about the new token. The old one stays in use until the new one has proved its key; then one becomes active and the other archived at the same moment."+identifiedText+onceText),
			status: http.StatusCreated, repeats: stored, do: a.migrateMobileToken, names: names, in: MigrateMobileToken{KeepSerial: new(true), Name: "my new phone"}, out: moving,
		},
		act[MobileTokenRef, MobileToken]{
			route:  at("extendMobileActivationCode", "/{id}/extend", "Extend an activation code", "Gives the valid code of the token, run out or not, another life from now, as often and as long as the policies allow."+identifiedText),
			status: http.StatusOK, repeats: stored, do: a.extendMobileCode, out: extended,
		},
		act[MobileTokenRef, MobileToken]{
			route:  at("cancelMobileActivationCode", "/{id}/cancel", "Take an activation code back", "Or the key that was never proven. A token that is in use stays as it is; for another one a new code can be issued."),
			status: http.StatusOK, repeats: stored, do: a.mobileAct(a.Mobile.Cancel), out: withdrawn,
		},
		act[MobileTokenRef, MobileToken]{
			route:  at("abandonMobileMigration", "/{id}/abandon", "Abandon a migration", "By its old or its new token: the new one is archived, and the old one is in use as before."),
			status: http.StatusOK, repeats: stored, do: a.abandonMobile, out: exampleMobileToken("active"),
		},
	}
}

func handing(way string, seconds int64) mobiletoken.Handing {
	return mobiletoken.Handing{Way: policy.HandOver(way), Valid: time.Duration(seconds) * time.Second}
}

func (a *API) enrollMobileToken(ctx context.Context, c *call, in *EnrollMobileToken) (IssuedMobileToken, error) {
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return IssuedMobileToken{}, err
	}
	_, out, err := a.Mobile.Enroll(ctx, c.access.Actor(), mobiletoken.Enrollment{
		Customer: who.ID, Application: in.Application, Name: in.Name, Handing: handing(in.Way, in.ValidSeconds),
	})
	return a.issuedMobile(ctx, out, err)
}

// issuedMobile answers with a new code and the token that it is for.
func (a *API) issuedMobile(ctx context.Context, out mobiletoken.Issued, err error) (x IssuedMobileToken, _ error) {
	if err != nil {
		return x, err
	}
	if x.Activation, err = a.issuedMobileOf(out); err != nil {
		return x, err
	}
	x.MobileToken, err = a.mobileNow(ctx, out.Customer, out.Token)
	return x, err
}

func (a *API) renewMobileCode(ctx context.Context, c *call, in *RenewMobileCode) (IssuedMobileToken, error) {
	o, err := a.mobileOrder(ctx, in.CustomerNumber, in.ID)
	if err != nil {
		return IssuedMobileToken{}, err
	}
	out, err := a.Mobile.Renew(ctx, c.access.Actor(), o, handing(in.Way, in.ValidSeconds))
	return a.issuedMobile(ctx, out, err)
}

func (a *API) redistributeMobileToken(ctx context.Context, c *call, in *RenewMobileCode) (IssuedMobileToken, error) {
	o, err := a.mobileOrder(ctx, in.CustomerNumber, in.ID)
	if err != nil {
		return IssuedMobileToken{}, err
	}
	out, err := a.Mobile.Redistribute(ctx, c.access.Actor(), o, handing(in.Way, in.ValidSeconds))
	return a.issuedMobile(ctx, out, err)
}

func (a *API) migrateMobileToken(ctx context.Context, c *call, in *MigrateMobileToken) (IssuedMobileToken, error) {
	o, err := a.mobileOrder(ctx, in.CustomerNumber, in.ID)
	if err != nil {
		return IssuedMobileToken{}, err
	}
	_, _, out, err := a.Mobile.Migrate(ctx, c.access.Actor(), mobiletoken.Migrate{
		Order: o, KeepSerial: in.KeepSerial, Name: in.Name, Handing: handing(in.Way, in.ValidSeconds),
	})
	return a.issuedMobile(ctx, out, err)
}

func (a *API) extendMobileCode(ctx context.Context, c *call, in *MobileTokenRef) (MobileToken, error) {
	o, err := a.mobileOrder(ctx, in.CustomerNumber, in.ID)
	if err != nil {
		return MobileToken{}, err
	}
	if _, err := a.Mobile.Extend(ctx, c.access.Actor(), o); err != nil {
		return MobileToken{}, err
	}
	return a.mobileNow(ctx, o.Customer, o.Token)
}

func (a *API) abandonMobile(ctx context.Context, c *call, in *MobileTokenRef) (MobileToken, error) {
	o, err := a.mobileOrder(ctx, in.CustomerNumber, in.ID)
	if err != nil {
		return MobileToken{}, err
	}
	if err := a.Mobile.Abandon(ctx, c.access.Actor(), o); err != nil {
		return MobileToken{}, err
	}
	return a.mobileNow(ctx, o.Customer, o.Token)
}
