package app

import (
	"fmt"
	"strings"

	"github.com/countersign-auth/countersign/internal/demo"
	"github.com/countersign-auth/countersign/internal/web/lab"
)

// told is the one JSON object of demo --json.
type told struct {
	URLs      map[string]string `json:"urls"`
	Customers []demo.Customer   `json:"customers"`
	Staff     []demo.Member     `json:"staff"`
	Client    demoClient        `json:"client"`
	Provider  demo.Provider     `json:"provider"`
	Data      string            `json:"database"`
}

type demoClient struct {
	demo.Application
	TokenURL string `json:"token_url"`
}

// tell says where everything is.
func (c demoCmd) tell(e *env, a *App, f *demo.Facts, addresses map[string]string) error {
	t := told{URLs: map[string]string{}, Customers: f.Customers, Staff: f.Staff, Provider: f.Provider, Data: string(a.Config.Database.DSN)}
	for name, address := range addresses {
		t.URLs[name] = "http://" + address
	}
	t.URLs["openapi"], t.URLs["docs"] = t.URLs["api"]+"/openapi.json", t.URLs["api"]+"/docs"
	t.Client = demoClient{f.Client, t.URLs["api"] + "/oauth/token"}
	if c.JSON {
		return e.jsonLine(t)
	}
	return e.line(t.text())
}

// text is what a person reads when the demo starts.
func (t told) text() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("Countersign's demo is running. Open %s", t.URLs["front"])
	line("")
	for _, name := range []string{"bank", "self", "console", "lab", "docs"} {
		line("  %-9s %s", name, t.URLs[name])
	}
	line("  %-9s %s", "app", t.URLs["mobile"]+"/app/bank/")
	line("")
	line("Customers (the bank and self-service; their tokens and phones lie in the lab):")
	for _, c := range t.Customers {
		if c.Mobile > 0 {
			line("  %s  %-16s app on %d phone(s), PIN %s", c.Number, c.Name, c.Mobile, c.PIN)
			continue
		}
		if c.Serial == "" {
			line("  %s  %-16s phone %s  %s", c.Number, c.Name, c.Phone, texting(c))
			continue
		}
		how := "registered, token PIN " + c.PIN
		switch {
		case c.Registered && c.PIN == "":
			how = "registered, token without PIN"
		case !c.Registered && c.PIN != "":
			how = "activation code " + c.ActivationCode + ", token PIN " + c.PIN
		case !c.Registered:
			how = "activation code " + c.ActivationCode
		}
		if c.Second != "" {
			how += "; and token " + c.Second
		}
		line("  %s  %-16s token %s  %s", c.Number, c.Name, c.Serial, how)
	}
	line("")
	line("Staff (the console; their authenticators lie in the lab too):")
	for _, m := range t.Staff {
		line("  %-6s %-17s password %s  authenticator %s", m.Login, m.Role, m.Password, m.Authenticator)
	}
	line("")
	line("API client %s, secret %s", t.Client.ID, t.Client.Secret)
	if t.Provider.ID != "" { // a demo that an older program began has none
		line("Service provider %s, password %s, at %s/rest/service and /soap/services/", t.Provider.ID, t.Provider.Password, t.URLs["mss"])
	}
	line("Stop with Ctrl-C.")
	return strings.TrimSuffix(b.String(), "\n")
}

// texting says how a customer without a token logs in.
func texting(c demo.Customer) string {
	switch {
	case !c.Registered:
		return "for a password: activation code " + c.ActivationCode
	case c.PasswordExpired:
		return "password " + c.Password + ", which has expired"
	}
	return "password " + c.Password + onSIM(c)
}

// onSIM says which PINs a customer has chosen on the SIM of their phone, and the PUK that came by letter with it; ""
// without a SIM card, as in a demo that an older program began.
func onSIM(c demo.Customer) (note string) {
	if c.MobilePIN != "" {
		note = "; and a mobile ID, PIN " + c.MobilePIN + " to log in and " + c.SigningPIN + " to sign"
	}
	if c.PUK != "" {
		note += "; PUK of the SIM " + c.PUK
	}
	return note
}

// phones are the customers' phones, and one that lies on the desk for whoever changes
// their number.
func phones(f *demo.Facts) (all []lab.Phone) {
	for _, c := range f.Customers {
		if c.Serial == "" && c.Phone != "" {
			all = append(all, lab.Phone{Number: c.Phone, Label: c.Name})
		}
	}
	all = append(all, lab.Phone{Number: demo.SparePhone, Label: "on the desk"})
	for _, c := range f.Customers {
		if c.Serial != "" && c.Phone != "" { // a demo that an older program began does not know it
			all = append(all, lab.Phone{Number: c.Phone, Label: c.Name})
		}
	}
	return all
}

// logins is who can log in, as the front page shows it.
func logins(f *demo.Facts) (all []lab.Login) {
	for _, c := range f.Customers {
		l := lab.Login{Place: lab.PlaceBank, Name: c.Name, ID: c.Number, Secret: c.ActivationCode, Note: "Not registered yet: activation code, and token " + c.Serial}
		switch {
		case c.Mobile > 0:
			l.Note = "The bank's app, PIN " + c.PIN
			if c.Mobile > 1 {
				l.Note += ", on two phones"
			}
		case c.Serial == "" && c.Registered:
			l.Secret, l.Note = c.Password, "Password, and codes to the phone "+c.Phone+onSIM(c)
			if c.PasswordExpired {
				l.Note += ". The password has expired and is replaced at the login"
			}
		case c.Serial == "":
			l.Note = "Not registered yet: activation code for a password, and phone " + c.Phone
		case c.Registered:
			l.Note = "Registered with token " + c.Serial
			if c.PIN != "" {
				l.Note += ", PIN " + c.PIN
			}
			if c.Second != "" {
				l.Note += ", and with token " + c.Second
			}
		}
		all = append(all, l)
	}
	for _, m := range f.Staff {
		all = append(all, lab.Login{Place: lab.PlaceConsole, Name: m.Name, ID: m.Login, Secret: m.Password, Note: strings.ReplaceAll(m.Role, "_", " ") + ", authenticator " + m.Authenticator})
	}
	return all
}
