package httpapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/risk"
)

// Channels are the channels of the journeys, as they are for one customer.
type Channels struct {
	Channels []Channel `json:"channels" doc:"Those of the policies in force, in their order; then others that are blocked."`
}

// Channel is a channel as it is for a customer.
type Channel struct {
	Channel   string     `json:"channel" doc:"Its name in the policies."`
	Blocked   bool       `json:"blocked" doc:"Whether every authentication of the customer on it is denied."`
	Cause     string     `json:"cause,omitempty" enum:"risk,bank" doc:"risk: an event of very high risk. bank: an application asked for it."`
	Event     string     `json:"event,omitempty" doc:"The event of the risk engine that caused it. Found legitimate, it lifts the block."`
	Reason    string     `json:"reason,omitempty" doc:"In the words of the application that asked for it."`
	BlockedAt *time.Time `json:"blocked_at,omitempty" doc:"Since when."`
	Until     *time.Time `json:"until,omitempty" doc:"When it ends by itself; not there when it must be lifted."`
}

// BlockChannel is the request of blockChannel.
type BlockChannel struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Channel        string `json:"-" path:"channel" maxLength:"128" doc:"The channel: one of a journey."`
	Until          string `json:"until,omitempty" maxLength:"64" doc:"Until when (RFC 3339), at most a year; left out it must be lifted."`
	Reason         string `json:"reason" minLength:"1" maxLength:"200" doc:"Why, for staff and for the audit log."`
}

// LiftChannel is the request of liftChannel.
type LiftChannel struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Channel        string `json:"-" path:"channel" maxLength:"128" doc:"The channel that is blocked."`
	Identification string `json:"identification" maxLength:"64" doc:"An identification of the customer that this client has recorded and that passed."`
	Reason         string `json:"reason" minLength:"1" maxLength:"200" doc:"Why, for the audit log."`
}

func channelOf(b risk.ChannelBlock) Channel {
	out := Channel{Channel: b.Channel, Blocked: true, Cause: b.Cause, Reason: b.Reason, BlockedAt: known(b.Made), Until: known(b.Until)}
	if !b.Event.IsZero() {
		out.Event = b.Event.String()
	}
	return out
}

func (a *API) channelOperations() []operation {
	at := func(id, method, rest, summary, text string, scopes client.Scopes) route {
		return route{id: id, method: method, path: "/v1/customers/{customer_number}/channels" + rest, tag: tagCustomers, scopes: scopes, summary: summary, text: text}
	}
	byRisk := Channel{Channel: "web", Blocked: true, Cause: risk.CauseRisk, Event: exampleID, BlockedAt: new(exampleTime(0)), Until: new(exampleTime(24 * 60))}
	byBank := Channel{Channel: "web", Blocked: true, Cause: risk.CauseBank, Reason: "the customer's computer was stolen", BlockedAt: new(exampleTime(0))}
	return []operation{
		act[CustomerRef, Channels]{
			route:  at("listChannels", http.MethodGet, "", "List the channels of a customer", "Which of them are blocked, and why. A block is made by an event of very high risk, where the journey's risk.channel_block says so, or by blockChannel.", client.CustomersRead),
			status: http.StatusOK, do: a.listChannels, out: Channels{[]Channel{byRisk, {Channel: "branch"}}},
		},
		act[BlockChannel, Channel]{
			route:  at("blockChannel", http.MethodPost, "/{channel}/block", "Block a channel", "Every authentication of the customer on the channel is denied while it stands, also those under way; other channels are not touched. The customer is told by another way. A block that stands is never made shorter: the answer is the block that stands then.", client.AuthenticatorsWrite),
			status: http.StatusOK, repeats: stored, do: a.blockChannel, in: BlockChannel{Reason: byBank.Reason}, out: byBank,
		},
		act[LiftChannel, Channel]{
			route:  at("liftChannel", http.MethodPost, "/{channel}/lift", "Lift the block of a channel", "It needs an identification of the customer (identifyCustomer). Of two requests at once one lifts it; the other is a conflict, as it is when there is no block.", client.AuthenticatorsWrite),
			status: http.StatusOK, repeats: stored, do: a.liftChannel, in: LiftChannel{Identification: exampleID, Reason: "called back, it was the customer"}, out: Channel{Channel: "web"},
		},
	}
}

func (a *API) listChannels(ctx context.Context, _ *call, in *CustomerRef) (Channels, error) {
	out := Channels{Channels: []Channel{}}
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return out, err
	}
	blocked, err := a.Risk.Channels(ctx, who.ID)
	if err != nil {
		return out, err
	}
	for _, name := range a.Policies.Active().Channels() {
		one := Channel{Channel: name}
		if i := slices.IndexFunc(blocked, func(b risk.ChannelBlock) bool { return b.Channel == name }); i >= 0 {
			one = channelOf(blocked[i])
			blocked = slices.Delete(blocked, i, i+1)
		}
		out.Channels = append(out.Channels, one)
	}
	for _, b := range blocked { // of a channel that no journey has any more
		out.Channels = append(out.Channels, channelOf(b))
	}
	return out, nil
}

func (a *API) blockChannel(ctx context.Context, c *call, in *BlockChannel) (Channel, error) {
	x := risk.Closing{Channel: in.Channel, Reason: in.Reason}
	if in.Until != "" {
		var err error
		if x.Until, err = time.Parse(time.RFC3339, in.Until); err != nil {
			return Channel{}, refuse(http.StatusUnprocessableEntity, "request.type", "/until", "The field must be a time such as 2026-11-02T09:00:00Z.")
		}
	}
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return Channel{}, err
	}
	if !slices.Contains(a.Policies.Active().Channels(), in.Channel) {
		return Channel{}, fault.Invalidf("channel.unknown", "No journey of the policies is on this channel: see listChannels.").WithField("channel")
	}
	x.Customer = who.ID
	b, _, err := a.Risk.Close(ctx, c.access.Actor(), x)
	return channelOf(b), err
}

func (a *API) liftChannel(ctx context.Context, c *call, in *LiftChannel) (Channel, error) {
	identified, err := identificationID(in.Identification)
	if err != nil {
		return Channel{}, err
	}
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return Channel{}, err
	}
	_, err = a.Risk.Lift(ctx, c.access.Actor(), risk.Lifting{Customer: who.ID, Channel: in.Channel, Reason: in.Reason, Identified: identified})
	return Channel{Channel: in.Channel}, err
}
