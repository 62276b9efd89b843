package app

import (
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/provider"
)

type providerListCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists the providers.
func (n providerListCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		var all []provider.Provider
		for after := ""; ; {
			page, err := a.Providers.List(e.ctx, after, 200)
			if err != nil {
				return err
			}
			if all = append(all, page...); len(page) < 200 {
				break
			}
			after = page[len(page)-1].Code
		}
		if n.JSON {
			return e.json(all)
		}
		t := e.table("AP_ID", "NAME", "STATUS", "CERTIFICATES", "SUCCESS")
		for _, p := range all {
			t.row(p.Code, p.Name, string(p.Status), strconv.Itoa(len(p.Pins)), strconv.Itoa(p.Success))
		}
		return t.flush()
	})
}

type providerShowCmd struct {
	Code string `arg:"" name:"ap-id" help:"AP_ID of the provider."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Run shows the provider.
func (n providerShowCmd) Run(e *env, c *cli) error {
	return e.provider(c, n.Code, func(_ *App, p provider.Provider) error {
		if n.JSON {
			return e.json(p)
		}
		t := e.table("", "")
		for _, row := range providerFacts(p) {
			t.row(row[0], row[1])
		}
		return t.flush()
	})
}

func providerFacts(p provider.Provider) (rows [][2]string) {
	yes := map[bool]string{true: "yes", false: "no"}
	pins := make([]string, len(p.Pins))
	for i, x := range p.Pins {
		pins[i] = x.String()
	}
	or := func(s, none string) string {
		if s == "" {
			return none
		}
		return s
	}
	return [][2]string{
		{"AP_ID", p.Code},
		{"Status", string(p.Status)},
		{"Name", p.Name},
		{"Prefix", or(p.Prefix, "none")},
		{"Certificates", or(strings.Join(pins, " "), map[bool]string{true: "none; the password is enough", false: "none yet: it cannot ask"}[p.PasswordOnly])},
		{"Profiles", or(strings.Join(p.Profiles, " "), "all")},
		{"Notifications to", or(strings.Join(p.Callbacks, " "), "nowhere")},
		{"Success code", strconv.Itoa(p.Success)},
		{"Learns of unknown numbers", yes[p.Entitled]},
		{"Any alphabet", yes[p.Unicode]},
		{"Registers people", yes[p.Registrar]},
		{"Longest AP_TransID", strconv.Itoa(p.TransID)},
		{"Longest text", strconv.Itoa(p.Content) + " signed, " + strconv.Itoa(p.Display) + " displayed"},
		{"Rate", strconv.Itoa(p.Rate) + " a second, " + strconv.Itoa(p.Burst) + " at once"},
		{"Signatures", map[bool]string{true: "as the policies say", false: strconv.Itoa(p.Limit) + " in the window of the policies"}[p.Limit == 0]},
	}
}
