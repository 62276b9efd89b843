package console

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"net/url"
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/provider"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type providerFormPage struct {
	*visit
	Code   string // "" for a new one
	Action string
	Back   string
	Codes  []ui.Choice
}

// newProvider asks for the terms of a service provider.
func (c *console) newProvider(v *visit) error {
	if v.form.Value("success") == "" {
		v.form = ui.NewForm(termsForm(provider.Defaults()))
	}
	return v.showProviderForm("", "/providers/new", "/providers")
}

func (v *visit) showProviderForm(code, action, back string) error {
	p := providerFormPage{visit: v, Code: code, Action: action, Back: back}
	for _, n := range []int{provider.SuccessValid, provider.SuccessMade} {
		p.Codes = append(p.Codes, ui.Choice{Value: strconv.Itoa(n), Text: v.t.T("console.provider.success_" + strconv.Itoa(n))})
	}
	title := v.t.T("console.provider.new")
	if code != "" {
		title = v.t.T("console.provider.edit")
	}
	return v.render("provider-form", title, p)
}

// createProvider registers it and shows its password, this once.
func (c *console) createProvider(v *visit) error {
	terms := v.typedTerms()
	if !v.form.OK() {
		return c.newProvider(v)
	}
	x, password, err := c.Providers.Create(v.ctx(), v.s.Actor(), provider.New{Code: v.form.Value("code"), Terms: terms})
	if err != nil {
		return v.again(err, c.newProvider)
	}
	title := v.t.T("console.provider.made")
	return v.render("once", title, v.providerPassword(x, password, title))
}

func (v *visit) providerPassword(x provider.Provider, password, title string) oncePage {
	return oncePage{
		visit: v, Title: title, Lede: v.t.T("console.once.lede"), Back: "/providers/" + x.ID.String(), Done: v.t.T("console.provider.back"),
		Secret: ui.Secret{ID: "provider-password", Label: "AP_PWD", Value: password},
		Facts: []ui.Fact{
			{Name: v.t.T("console.provider.name"), Value: x.Name},
			{Name: v.t.T("console.provider.code"), Value: x.Code, Mono: true},
		},
		Next: []string{v.t.T("console.provider.next_store"), v.t.T("console.provider.next_lost")},
	}
}

// editProvider shows the terms as they are.
func (c *console) editProvider(v *visit) error {
	x, err := c.readProvider(v)
	if err != nil {
		return err
	}
	v.form = ui.NewForm(termsForm(x.Terms))
	return v.showProviderEdit(x)
}

func (v *visit) showProviderEdit(x provider.Provider) error {
	back := "/providers/" + x.ID.String()
	return v.showProviderForm(x.Code, back+"/edit", back)
}

// changeTerms changes them.
func (c *console) changeTerms(v *visit) error {
	x, err := c.readProvider(v)
	if err != nil {
		return err
	}
	terms := v.typedTerms()
	if !v.form.OK() {
		return v.showProviderEdit(x)
	}
	if _, err := c.Providers.Update(v.ctx(), v.s.Actor(), x.ID, func(t *provider.Terms) { *t = terms }); err != nil {
		return v.again(err, func(v *visit) error { return v.showProviderEdit(x) })
	}
	return v.done("/providers/"+x.ID.String(), "console.provider.changed")
}

// termsForm is the form of terms.
func termsForm(t provider.Terms) url.Values {
	f := url.Values{}
	f.Set("name", t.Name)
	f.Set("prefix", t.Prefix)
	pins := make([]string, len(t.Pins))
	for i, p := range t.Pins {
		pins[i] = p.String()
	}
	for name, lines := range map[string][]string{"pins": pins, "profiles": t.Profiles, "callbacks": t.Callbacks} {
		f.Set(name, strings.Join(lines, "\n"))
	}
	for name, on := range map[string]bool{"password_only": t.PasswordOnly, "entitled": t.Entitled, "unicode": t.Unicode, "registrar": t.Registrar} {
		if on {
			f.Set(name, "yes")
		}
	}
	for name, n := range map[string]int{"success": t.Success, "trans_id": t.TransID, "content": t.Content, "display": t.Display, "rate": t.Rate, "burst": t.Burst, "limit": t.Limit} {
		if n > 0 {
			f.Set(name, strconv.Itoa(n))
		}
	}
	return f
}

// typedTerms reads the form of terms.
func (v *visit) typedTerms() provider.Terms {
	f := v.form
	on := func(name string) bool { return f.Value(name) != "" }
	t := provider.Terms{
		Name: f.Value("name"), Prefix: strings.TrimLeft(f.Raw("prefix"), " "), Profiles: strings.Fields(f.Value("profiles")), Callbacks: strings.Fields(f.Value("callbacks")),
		PasswordOnly: on("password_only"), Entitled: on("entitled"), Unicode: on("unicode"), Registrar: on("registrar"),
		Success: v.wholeNumber("success"), TransID: v.wholeNumber("trans_id"), Content: v.wholeNumber("content"), Display: v.wholeNumber("display"),
		Rate: v.wholeNumber("rate"), Burst: v.wholeNumber("burst"), Limit: v.wholeNumber("limit"),
	}
	pins, err := pinsOf(f.Value("pins"))
	if err != nil {
		f.Fail("pins", v.t.T("console.provider.bad_pins"))
	}
	t.Pins = pins
	return t
}

// pinsOf reads certificates in PEM, or SHA-256 of public keys in hexadecimal, one a line.
func pinsOf(text string) (pins []provider.Pin, err error) {
	rest := []byte(text)
	for strings.Contains(string(rest), "-----BEGIN") {
		block, more := pem.Decode(rest)
		if block == nil {
			return nil, fault.Invalidf("console.pins", "This is no certificate in PEM.")
		}
		x, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		pins, rest = append(pins, sha256.Sum256(x.RawSubjectPublicKeyInfo)), more
	}
	for _, line := range strings.Fields(string(rest)) {
		p, err := provider.ParsePin(line)
		if err != nil {
			return nil, err
		}
		pins = append(pins, p)
	}
	return pins, nil
}
