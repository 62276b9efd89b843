package console

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

const certificatesShown = 50

// soonEnding is when a certificate that ends is worth a word.
const soonEnding = 30 * 24 * time.Hour

type certificatesView struct {
	*visit
	Statuses     []ui.Choice
	Filtered     bool
	Certificates []certificateRow
	Authorities  []authorityRow
	Elsewhere    bool     // another authority issues
	Matters      []string // what somebody must see to
	Pager        ui.Pager
}

// certificateRow is a certificate in a list.
type certificateRow struct {
	pki.Certificate
	Subject string // "" once its owner is erased
	What    string // profile
	Href    string
	Soon    bool // it ends soon
	Badge   ui.Badge
}

type authorityRow struct {
	pki.Authority
	What  string
	Badge ui.Badge
}

func (v *visit) certificateRow(c pki.Certificate) certificateRow {
	r := certificateRow{Certificate: c, What: v.t.T("console.certificate.profile." + string(c.Profile)), Href: "/certificates/" + c.Serial, Badge: v.certificateBadge(c)}
	if c.Certificate != nil {
		r.Subject = c.Certificate.Subject.CommonName
	}
	r.Soon = c.Status == pki.Good && c.Expires.After(v.now) && c.Expires.Sub(v.now) < soonEnding
	return r
}

// certificateBadge is the status of a certificate in a word.
func (v *visit) certificateBadge(c pki.Certificate) ui.Badge {
	key, tone := string(c.Status), map[pki.Status]ui.Tone{pki.Good: ui.Good, pki.OnHold: ui.Warn, pki.Revoked: ui.Bad}[c.Status]
	if c.Status != pki.Revoked && !c.Expires.After(v.now) {
		key, tone = "expired", ui.Plain
	}
	return ui.Badge{Tone: tone, Text: v.t.T("console.certificate.status." + key)}
}

// certificates lists the certificates that were issued, and the authorities.
func (c *console) certificates(v *visit) error {
	v.form = ui.ReadQuery(v.r)
	if serial := strings.TrimSpace(v.query("serial")); serial != "" {
		x, _, err := c.PKI.Get(v.ctx(), serial)
		if err == nil {
			return v.to("/certificates/" + x.Serial)
		}
		if fault.KindOf(err) != fault.NotFound {
			return err
		}
		v.form.Fail("serial", v.t.T("console.certificate.no_serial"))
	}
	p := certificatesView{visit: v, Filtered: v.query("status") != "", Elsewhere: c.PKI.Elsewhere != nil}
	p.Statuses = []ui.Choice{{Value: "", Text: v.t.T("console.certificate.any")}}
	for _, s := range []pki.Status{pki.Good, pki.OnHold, pki.Revoked} {
		p.Statuses = append(p.Statuses, ui.Choice{Value: string(s), Text: v.t.T("console.certificate.status." + string(s))})
	}
	all, next, err := c.PKI.List(v.ctx(), pki.Filter{Status: pki.Status(v.query("status"))}, v.query("after"), certificatesShown)
	if err != nil {
		return err
	}
	for _, x := range all {
		p.Certificates = append(p.Certificates, v.certificateRow(x))
	}
	p.Pager = v.pager(next)
	if p.Authorities, err = c.authorities(v); err != nil {
		return err
	}
	matters, err := c.PKI.Matters(v.ctx())
	if err != nil {
		return err
	}
	for _, m := range matters {
		p.Matters = append(p.Matters, v.t.T("console.certificate.matter."+string(m.Kind), "date", v.day(m.When), "n", strconv.Itoa(m.Count)))
	}
	return v.render("certificates", v.t.T("console.certificate.title"), p)
}

// authorities are those that are not over.
func (c *console) authorities(v *visit) (rows []authorityRow, err error) {
	all, err := c.PKI.Authorities(v.ctx())
	for _, a := range all {
		if a.State == pki.Retired && a.Kind != pki.IssuingKind {
			continue
		}
		tone := map[pki.State]ui.Tone{pki.Active: ui.Good, pki.Pending: ui.Info}[a.State]
		rows = append(rows, authorityRow{a, v.t.T("console.certificate.kind." + string(a.Kind)), ui.Badge{Tone: cmp.Or(tone, ui.Plain), Text: v.t.T("console.certificate.state." + string(a.State))}})
	}
	return rows, err
}

type certificatePage struct {
	*visit
	certificateRow
	Facts, Issued []ui.Fact
}

// certificate shows one certificate.
func (c *console) certificate(v *visit) error {
	x, made, err := c.PKI.Get(v.ctx(), v.r.PathValue("serial"))
	if err != nil {
		return err
	}
	p := certificatePage{visit: v, certificateRow: v.certificateRow(x)}
	p.Facts = []ui.Fact{{Name: v.t.T("console.certificate.profile.name"), Value: p.What}, {Name: v.t.T("console.certificate.from"), Value: v.moment(x.Created)}, {Name: v.t.T("console.certificate.ends"), Value: v.moment(x.Expires)}}
	if x.Status != pki.Good {
		p.Facts = append(p.Facts, v.revocationFact(x.Reason), ui.Fact{Name: v.t.T("console.certificate.since"), Value: v.moment(x.Changed)})
	}
	if leaf := made.Certificate; leaf != nil {
		p.Issued = []ui.Fact{
			v.nameFact("console.certificate.subject", leaf.Subject),
			v.nameFact("console.certificate.issuer", leaf.Issuer),
			{Name: v.t.T("console.certificate.key"), Value: keyName(leaf.PublicKey)},
			{Name: "SHA-256", Value: pki.Fingerprint(leaf.Raw), Mono: true},
		}
		for _, id := range leaf.Policies {
			p.Issued = append(p.Issued, ui.Fact{Name: v.t.T("console.certificate.policy"), Value: id.String(), Mono: true})
		}
	}
	return v.render("certificate", p.Serial, p)
}

// Owner is the address of whose certificate it is; "" for nobody's.
func (p certificatePage) Owner() string {
	if p.Customer.IsZero() {
		return ""
	}
	return customerPath(p.Customer)
}
