package mss

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// Secure says for which operations messages are signed (SecureMethods).
type Secure struct {
	Signature, Registration, Notification, ProfileQuery, Receipt, Status bool
}

// HandshakeRequest is MSS_HandshakeReq: the AP says what it can do to sign messages.
type HandshakeRequest struct {
	Base
	Secure       Secure
	Certificates [][]byte // DER
	RootCAs      []string // distinguished names
	Algorithms   []string // URIs
}

// HandshakeResponse is MSS_HandshakeResp: what of it the MSSP can do, too.
type HandshakeResponse struct {
	Base
	TransID          string // MSSP_TransID
	Secure           Secure
	MSSPCertificates [][]byte
	APCertificates   [][]byte
	Algorithms       []string
}

func (r *reader) handshakeRequest(n *node) *HandshakeRequest {
	q := &HandshakeRequest{Base: r.request(n), Secure: r.secure(n), Certificates: r.certificates(n, "Certificates"), Algorithms: r.algorithms(n, "SignatureAlgList")}
	for _, k := range all(r.child(n, "RootCAs"), "DN") {
		q.RootCAs = append(q.RootCAs, strings.TrimSpace(k.text))
	}
	return q
}

func (q *HandshakeRequest) node() *node {
	roots := el("RootCAs")
	for _, dn := range q.RootCAs {
		roots.add(textIn(Namespace, "DN", dn))
	}
	return q.message("MSS_HandshakeReq").add(q.Secure.node(), certificates("Certificates", q.Certificates), roots, algorithms("SignatureAlgList", q.Algorithms))
}

func (r *reader) handshakeResponse(n *node) *HandshakeResponse {
	return &HandshakeResponse{
		Base: r.base(n), TransID: r.need(n, "MSSP_TransID"), Secure: r.secure(n),
		MSSPCertificates: r.certificates(n, "MatchingMSSPCertificates"), APCertificates: r.certificates(n, "MatchingAPCertificates"), Algorithms: r.algorithms(n, "MatchingSigAlgList"),
	}
}

func (p *HandshakeResponse) node() *node {
	return p.message("MSS_HandshakeResp").with("MSSP_TransID", p.TransID).add(p.Secure.node(),
		certificates("MatchingMSSPCertificates", p.MSSPCertificates), certificates("MatchingAPCertificates", p.APCertificates), algorithms("MatchingSigAlgList", p.Algorithms))
}

func (r *reader) secure(n *node) Secure {
	s := r.child(n, "SecureMethods")
	if s == nil {
		r.fail(MissingParam, "SecureMethods is missing.")
	}
	flag := func(name string) bool { return r.flag(name, r.value(s, name)) }
	return Secure{flag("MSS_Signature"), flag("MSS_Registration"), flag("MSS_Notification"), flag("MSS_ProfileQuery"), flag("MSS_Receipt"), flag("MSS_Status")}
}

func (s Secure) node() *node {
	n := el("SecureMethods")
	for _, m := range []struct {
		name string
		on   bool
	}{
		{"MSS_Signature", s.Signature},
		{"MSS_Registration", s.Registration},
		{"MSS_Notification", s.Notification},
		{"MSS_ProfileQuery", s.ProfileQuery},
		{"MSS_Receipt", s.Receipt},
		{"MSS_Status", s.Status},
	} {
		n.with(m.name, strconv.FormatBool(m.on))
	}
	return n
}

func (r *reader) certificates(n *node, name string) (found [][]byte) {
	for _, k := range all(r.child(n, name), "Certificate") {
		found = append(found, r.base64("Certificate", strings.TrimSpace(k.text)))
	}
	return found
}

func certificates(name string, list [][]byte) *node {
	n := el(name)
	for _, der := range list {
		n.add(textIn(Namespace, "Certificate", base64.StdEncoding.EncodeToString(der)))
	}
	return n
}

func (r *reader) algorithms(n *node, name string) (found []string) {
	for _, k := range all(r.child(n, name), "Algorithm") {
		found = append(found, r.uriOf(k))
	}
	return found
}

func algorithms(name string, list []string) *node {
	n := el(name)
	for _, uri := range list {
		n.add(uriNode("Algorithm", uri))
	}
	return n
}
