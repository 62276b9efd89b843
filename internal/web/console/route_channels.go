package console

import "github.com/countersign-auth/countersign/internal/staff"

// channelRoutes is the part of the site map about channels that are closed to customers.
func (c *console) channelRoutes() []route {
	return []route{
		{Pattern: "GET /channels", Need: staff.RiskSee, Serve: c.closedChannels},
		{Pattern: "GET /customers/{id}/channels/{channel}/lift", Need: staff.ChannelLift, Serve: c.reopenForm},
		{Pattern: "POST /customers/{id}/channels/{channel}/lift", Need: staff.ChannelLift, Fresh: "console.act.channel", Serve: c.reopen},
	}
}
