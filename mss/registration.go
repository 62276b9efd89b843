package mss

import "encoding/base64"

// RegistrationRequest is MSS_RegistrationReq: a person is to get keys on their SIM. What
// identifies the SIM beyond its number is in the extension of the Kiuru schema.
type RegistrationRequest struct {
	Base
	User  User
	ICCID string // of RegistrationInput/Target/SimCard; may be empty
}

// RegistrationResponse is MSS_RegistrationResp.
type RegistrationResponse struct {
	Base
	Status      Status
	Certificate []byte // DER; may be empty
	PublicKey   []byte // SubjectPublicKeyInfo in DER; may be empty
}

func (r *reader) registrationRequest(n *node) *RegistrationRequest {
	target := r.child(r.child(n, "RegistrationInput"), "Target")
	q := &RegistrationRequest{Base: r.request(n), User: r.user(n), ICCID: r.value(r.child(target, "SimCard"), "ICCID")}
	if q.User.MSISDN == "" {
		q.User.MSISDN = r.value(r.child(target, "SimCard"), "MSISDN")
	}
	return q
}

func (q *RegistrationRequest) node() *node {
	n := q.message("MSS_RegistrationReq").add(q.User.node())
	if q.ICCID != "" {
		const space = "http://www.methics.fi/MSSPRegistration/v1.0.0#"
		n.add(elIn(space, "RegistrationInput", elIn(space, "Target", elIn(space, "SimCard", textIn(space, "ICCID", q.ICCID)))))
	}
	return n
}

func (r *reader) registrationResponse(n *node) *RegistrationResponse {
	return &RegistrationResponse{
		Base: r.base(n), Status: r.status(n),
		Certificate: r.base64("X509Certificate", r.value(n, "X509Certificate")), PublicKey: r.base64("PublicKey", r.value(n, "PublicKey")),
	}
}

func (p *RegistrationResponse) node() *node {
	b64 := base64.StdEncoding.EncodeToString
	return p.message("MSS_RegistrationResp").add(p.Status.node(), leaf("X509Certificate", b64(p.Certificate)), leaf("PublicKey", b64(p.PublicKey)))
}
