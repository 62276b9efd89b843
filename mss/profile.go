package mss

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// ProfileRequest is MSS_ProfileReq: which profiles has a number?
type ProfileRequest struct {
	Base
	User   User
	Params []string // of version 2.0: "sscds", "state", "certs", "pinstatus", …; may be empty
}

// ProfileResponse is MSS_ProfileResp.
type ProfileResponse struct {
	Base
	Profiles []string // URIs
	Status   Status
}

// Card is what a profile answer tells of a SIM beyond profiles, in the extension of the
// Methics schema.
type Card struct {
	State        string // "ACTIVE", "SUSPENDED" …; empty when it was not asked
	PINBlocked   *bool  // nil when it was not asked
	Certificates []CardCertificate
}

// CardCertificate is a certificate of a person.
type CardCertificate struct {
	DER       []byte
	Subject   string // distinguished name, RFC 4514
	State     string
	Algorithm string
}

func (r *reader) profileRequest(n *node) *ProfileRequest {
	q := &ProfileRequest{Base: r.request(n), User: r.user(n), Params: append([]string(nil), strings.Fields(r.value(n, "Params"))...)}
	if r.flag("GetCertificates", r.value(n, "GetCertificates")) {
		q.Params = append(q.Params, "certs")
	}
	return q
}

func (q *ProfileRequest) node() *node {
	return q.message("MSS_ProfileReq").add(q.User.node(), leaf("Params", strings.Join(q.Params, " ")))
}

func (r *reader) profileResponse(n *node) *ProfileResponse {
	p := &ProfileResponse{Base: r.base(n), Status: r.status(n)}
	for _, k := range all(n, "SignatureProfile") {
		p.Profiles = append(p.Profiles, r.uriOf(k))
	}
	return p
}

func (p *ProfileResponse) node() *node {
	n := p.message("MSS_ProfileResp")
	for _, uri := range p.Profiles {
		n.add(uriNode("SignatureProfile", uri))
	}
	return n.add(p.Status.node())
}

// WithCard adds what is told of a SIM to a status.
func (s Status) WithCard(c Card) Status {
	sim := elIn(ProfileSpace, "Sim")
	if c.State != "" {
		sim.add(textIn(ProfileSpace, "State", c.State))
	}
	if c.PINBlocked != nil {
		sim.add(elIn(ProfileSpace, "PinStatus").with("blocked", strconv.FormatBool(*c.PINBlocked)))
	}
	for _, x := range c.Certificates {
		sim.add(elIn(ProfileSpace, "MobileUserCertificate",
			textIn(signatureXML, "X509Certificate", base64.StdEncoding.EncodeToString(x.DER)), textIn(signatureXML, "X509SubjectName", x.Subject)).
			with("State", x.State).with("Algorithm", x.Algorithm))
	}
	s.detail = el("StatusDetail", elIn(ProfileSpace, "ProfileQueryExtension", elIn(ProfileSpace, "Sscds", sim)))
	return s
}
