package httpapi

import (
	"context"
	"net/http"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
)

// InviteCompanion is the request of inviteCompanion.
type InviteCompanion struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Kind           string `json:"kind" enum:"phone,tablet,pda,laptop,desktop,e_reader,watch,bracelet,wearable,headset,card,pendant,vehicle,access_point,router,gateway,hub,set_top_box,tv,speaker,oven,fridge,thermostat,heater,home_monitor" doc:"What is to be registered."`
	Group          string `json:"group,omitempty" enum:"home,body,bag,car,job" doc:"Where it usually is; without it, as for its kind."`
	Name           string `json:"name,omitempty" maxLength:"60" doc:"What its owner calls it."`
}

// InviteOwnCompanion is the request of inviteOwnCompanion.
type InviteOwnCompanion struct {
	Authentication string `json:"-" path:"authentication" maxLength:"128" doc:"A granted authentication of the purpose self-service that showed two different factors, not older than five minutes."`
	Kind           string `json:"kind" enum:"phone,tablet,pda,laptop,desktop,e_reader,watch,bracelet,wearable,headset,card,pendant,vehicle,access_point,router,gateway,hub,set_top_box,tv,speaker,oven,fridge,thermostat,heater,home_monitor" doc:"What is to be registered."`
	Group          string `json:"group,omitempty" enum:"home,body,bag,car,job" doc:"Where it usually is; without it, as for its kind."`
	Name           string `json:"name,omitempty" maxLength:"60" doc:"What its owner calls it."`
}

// InvitedCompanion is a new invitation with its code.
type InvitedCompanion struct {
	CompanionInvitation
	Code string `json:"code" doc:"What is typed into the device, or shown to it: in this answer and never again."`
}

// CompanionAct is the request of acts on a device that say why.
type CompanionAct struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the device, or of the invitation."`
	Reason         string `json:"reason" minLength:"1" maxLength:"200" doc:"Why, for people."`
}

// ChangeCompanion is the request of changeCompanion.
type ChangeCompanion struct {
	CustomerNumber string    `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string    `json:"-" path:"id" maxLength:"64" doc:"The id of the device."`
	Name           *string   `json:"name,omitempty" maxLength:"60" doc:"What its owner calls it; empty for nothing."`
	Group          *string   `json:"group,omitempty" enum:"home,body,bag,car,job" doc:"Where it usually is."`
	Roles          *[]string `json:"roles,omitempty" maxItems:"4" doc:"What it may be, of what it can: some of primary, hub, secondary, tertiary."`
}

// CompanionGone says that a device was removed.
type CompanionGone struct {
	ID string `json:"id" doc:"The id that it had."`
}

const deviceCodeText = " The code is in this answer only; with an Idempotency-Key the same answer can be had again for a day. An invitation that was open before is withdrawn."

func (a *API) companionActOperations() []operation {
	at := func(id, rest, summary, text string) route {
		return companionRoute(id, http.MethodPost, rest, summary, text, client.CompanionsWrite)
	}
	why := CompanionAct{Reason: "The customer asked for it."}
	invited := InvitedCompanion{exampleInvitation(), "7K2M-QX4P-9TRW-0A"}
	return []operation{
		act[InviteCompanion, InvitedCompanion]{
			route:  at("inviteCompanion", "/invitations", "Invite a device", "Makes a code with which one device is registered."+identifiedText+deviceCodeText),
			status: http.StatusCreated, repeats: stored, do: a.inviteCompanion, in: InviteCompanion{Kind: "phone", Name: "my phone"}, out: invited,
		},
		act[InviteOwnCompanion, InvitedCompanion]{
			route:  route{id: "inviteOwnCompanion", method: http.MethodPost, path: "/v1/authentications/{authentication}/companion", tag: tagCompanions, scopes: client.Authentications | client.CompanionsWrite, summary: "Invite a device of a customer who is logged in", text: "For a customer who has shown two factors just now." + deviceCodeText},
			status: http.StatusCreated, repeats: stored, do: a.inviteOwnCompanion, in: InviteOwnCompanion{Kind: "phone", Name: "my phone"}, out: invited,
		},
		act[CompanionRef, CompanionGone]{
			route:  at("withdrawCompanionInvitation", "/invitations/{id}/withdraw", "Withdraw an invitation", ""),
			status: http.StatusOK, repeats: stored, do: a.withdrawInvitation, out: CompanionGone{exampleID},
		},
		act[ChangeCompanion, Companion]{
			route:  at("changeCompanion", "/{id}/change", "Change what is said of a device", "Its name, its group, its roles. A device without a transaction application cannot be a primary."),
			status: http.StatusOK, repeats: stored, do: a.changeCompanion, in: ChangeCompanion{Name: new("my watch")}, out: exampleCompanion("active"),
		},
		act[CompanionAct, Companion]{
			route:  at("suspendCompanion", "/{id}/suspend", "Suspend a device", "It may not report, and counts for nothing, until it is resumed."),
			status: http.StatusOK, repeats: stored, do: a.companionAct(a.Companions.Suspend), in: why, out: exampleCompanion("suspended"),
		},
		act[CompanionAct, Companion]{
			route:  at("resumeCompanion", "/{id}/resume", "Resume a suspended device", "One that was copied must be registered anew."+identifiedText),
			status: http.StatusOK, repeats: stored, do: a.companionAct(a.Companions.Resume), in: why, out: exampleCompanion("active"),
		},
		act[CompanionAct, Companion]{
			route:  at("loseCompanion", "/{id}/lose", "Report a device lost", "It counts for nothing from now on, and is not found again: what comes back is registered anew."),
			status: http.StatusOK, repeats: stored, do: a.companionAct(a.Companions.Lose), in: why, out: exampleCompanion("lost"),
		},
		act[CompanionAct, CompanionGone]{
			route:  at("removeCompanion", "/{id}/remove", "Remove a device", "For good; its identifiers are forgotten."),
			status: http.StatusOK, repeats: stored, do: a.removeCompanion, in: why, out: CompanionGone{exampleID},
		},
	}
}

func (a *API) inviteCompanion(ctx context.Context, c *call, in *InviteCompanion) (InvitedCompanion, error) {
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return InvitedCompanion{}, err
	}
	i, err := a.Companions.Invite(ctx, c.access.Actor(), companion.Order{Customer: who.ID}, companion.Wanted{Kind: companion.Kind(in.Kind), Group: companion.Group(in.Group), Name: in.Name})
	return InvitedCompanion{invitationOf(i.Invitation), i.Code}, err
}

func (a *API) inviteOwnCompanion(ctx context.Context, c *call, in *InviteOwnCompanion) (InvitedCompanion, error) {
	proven, err := a.Hub.Proven(ctx, c.access.Actor(), in.Authentication)
	if err != nil {
		return InvitedCompanion{}, err
	}
	i, err := a.Companions.Invite(ctx, c.access.Actor(), companion.Order{Customer: proven.Customer, Proof: hub.OfClient{Proven: proven}}, companion.Wanted{Kind: companion.Kind(in.Kind), Group: companion.Group(in.Group), Name: in.Name})
	return InvitedCompanion{invitationOf(i.Invitation), i.Code}, err
}

func (a *API) withdrawInvitation(ctx context.Context, c *call, in *CompanionRef) (CompanionGone, error) {
	id, err := ident.Parse(in.ID)
	if err != nil {
		return CompanionGone{}, fault.NotFoundf("companion.invitation", "The customer has no such open invitation.").WithCause(err)
	}
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return CompanionGone{}, err
	}
	return CompanionGone{in.ID}, a.Companions.Withdraw(ctx, c.access.Actor(), who.ID, id)
}

func (a *API) changeCompanion(ctx context.Context, c *call, in *ChangeCompanion) (Companion, error) {
	on, err := a.companionOn(ctx, in.CustomerNumber, in.ID)
	if err != nil {
		return Companion{}, err
	}
	var ch companion.Change
	ch.Name = in.Name
	if in.Group != nil {
		ch.Group = new(companion.Group(*in.Group))
	}
	if in.Roles != nil {
		roles := make([]companion.Role, len(*in.Roles))
		for n, r := range *in.Roles {
			roles[n] = companion.Role(r)
		}
		ch.Roles = &roles
	}
	if err := a.Companions.Change(ctx, c.access.Actor(), on, ch); err != nil {
		return Companion{}, err
	}
	return a.companionNow(ctx, on)
}

// companionAct carries out an act that needs nothing but a reason.
func (a *API) companionAct(do func(context.Context, audit.Actor, companion.On) error) func(context.Context, *call, *CompanionAct) (Companion, error) {
	return func(ctx context.Context, c *call, in *CompanionAct) (Companion, error) {
		on, err := a.companionOn(ctx, in.CustomerNumber, in.ID)
		if err != nil {
			return Companion{}, err
		}
		on.Reason = in.Reason
		if err := do(ctx, c.access.Actor(), on); err != nil {
			return Companion{}, err
		}
		return a.companionNow(ctx, on)
	}
}

func (a *API) removeCompanion(ctx context.Context, c *call, in *CompanionAct) (CompanionGone, error) {
	on, err := a.companionOn(ctx, in.CustomerNumber, in.ID)
	if err != nil {
		return CompanionGone{}, err
	}
	on.Reason = in.Reason
	return CompanionGone{in.ID}, a.Companions.Remove(ctx, c.access.Actor(), on)
}
