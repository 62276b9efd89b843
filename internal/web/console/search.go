package console

import (
	"strings"
	"unicode"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

const found = 20 // customers on a page of results

type searchPage struct {
	*visit
	Query     string
	Asked     bool
	Short     bool // too short to search for
	Customers []customerRow
	Tokens    []tokenRow
	Pager     ui.Pager
}

type customerRow struct {
	customer.Customer
	Badge ui.Badge
}

// search finds customers by number, name, phone, e-mail, or the serial number of
// a token, mobile or not. Without a query there is the box only: customers are never listed.
func (c *console) search(v *visit) error {
	q := v.query("q")
	v.form = ui.ReadQuery(v.r)
	p := searchPage{visit: v, Query: q, Asked: q != ""}
	if !p.Asked {
		return v.render("search", v.t.T("console.search.title"), p)
	}
	if err := c.findCustomers(v, &p); err != nil {
		return err
	}
	if err := c.findTokens(v, &p); err != nil {
		return err
	}
	if to := p.only(); to != "" {
		return v.to(to)
	}
	to, err := c.findMobile(v, &p)
	switch {
	case err != nil:
		return err
	case to != "":
		return v.to(to)
	}
	p.Short = len(p.Customers)+len(p.Tokens) == 0 && len([]rune(q)) < customer.MinPrefix
	return v.render("search", v.t.T("console.search.title"), p)
}

// only is the page of the one thing that was found, or "". A customer is meant
// when their number was given in full, or their token's serial number.
func (p *searchPage) only() string {
	switch {
	case vague(p.Query) || len(p.Customers) > 1 || len(p.Tokens) > 1 || p.query("after") != "":
		return ""
	case len(p.Customers) == 1:
		return "/customers/" + p.Customers[0].ID.String()
	case len(p.Tokens) == 1 && !p.Tokens[0].Device.Customer.IsZero():
		return "/customers/" + p.Tokens[0].Device.Customer.String()
	case len(p.Tokens) == 1 && p.s.Can(staff.TokenRead):
		return "/tokens/" + p.Tokens[0].Device.ID.String()
	}
	return ""
}

// vague reports a query too short to mean one thing: then a single result is
// still only a result.
func vague(q string) bool { return len([]rune(strings.TrimSpace(q))) < customer.MinPrefix }

// findCustomers asks one way after another and stops at the first that finds
// somebody: what was typed is rarely two things at once.
func (c *console) findCustomers(v *visit, p *searchPage) error {
	for _, q := range ways(p.Query) {
		q.After, q.Limit = v.query("after"), found
		page, err := c.Customers.Search(v.ctx(), q)
		switch {
		case fault.KindOf(err) == fault.Invalid && err != nil:
			continue // it cannot be one of these
		case err != nil:
			return err
		case len(page.Customers) == 0:
			continue
		}
		for _, cu := range page.Customers {
			p.Customers = append(p.Customers, customerRow{cu, v.badge("console.status.customer", string(cu.Status))})
		}
		p.Pager = v.pager(page.Next)
		return nil
	}
	return nil
}

// ways lists what a query may mean.
func ways(q string) []customer.Query {
	if strings.Contains(q, "@") {
		return []customer.Query{{Email: q}, {Number: q}}
	}
	if strings.HasPrefix(q, "+") || strings.HasPrefix(q, "00") {
		return []customer.Query{{Phone: phone(q)}, {Number: q}}
	}
	out := []customer.Query{{Number: q}}
	if strings.IndexFunc(q, unicode.IsLetter) >= 0 {
		out = append(out, customer.Query{Name: q})
	}
	return out
}

// phone writes an international number that begins with 00 with a plus.
func phone(q string) string {
	if rest, ok := strings.CutPrefix(q, "00"); ok {
		return "+" + rest
	}
	return q
}

// findTokens looks for a serial number, and names the owner.
func (c *console) findTokens(v *visit, p *searchPage) error {
	if v.query("after") != "" {
		return nil
	}
	items, err := c.Tokens.BySerial(v.ctx(), p.Query)
	if err != nil {
		return err
	}
	set := c.Policies.Active()
	for _, it := range items {
		p.Tokens = append(p.Tokens, v.tokenRow(it, modelName(set, it.Device.Model)))
	}
	return nil
}

// findMobile returns the page of the mobile token with a serial number, where nothing else
// was found; "" for none.
func (c *console) findMobile(v *visit, p *searchPage) (string, error) {
	if len(p.Customers)+len(p.Tokens) > 0 || !v.s.Can(staff.MobileRead) {
		return "", nil
	}
	it, _, err := c.Mobile.Find(v.ctx(), p.Query)
	if fault.Is(err, "mobiletoken.unknown_serial") {
		return "", nil
	}
	return mobilePath(it.Token), err
}

// tokenRow is a token in a list.
type tokenRow struct {
	token.Item
	Model string
	Badge ui.Badge
}

// OwnerID is whose it is; zero for nobody's.
func (r tokenRow) OwnerID() ident.ID { return r.Device.Customer }

func (v *visit) tokenRow(it token.Item, model string) tokenRow {
	return tokenRow{it, model, v.deviceBadge(it.Device)}
}
