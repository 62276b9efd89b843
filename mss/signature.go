package mss

import (
	"encoding/base64"
	"strconv"
	"time"
)

// Comparison says how the profile that is used may differ from the one that is named.
type Comparison string

// Comparisons (TS 102 204, section 7.5).
const (
	Exact   Comparison = "exact"
	Minimum Comparison = "minimum"
	Better  Comparison = "better"
)

// SignatureRequest is MSS_SignatureReq.
type SignatureRequest struct {
	Base
	User       User
	Mode       Mode
	TimeOut    time.Duration // whole seconds; 0 when the AP does not say
	Valid      time.Time     // ValidityDate; zero when the AP does not say
	Data       Data          // to be signed
	Display    Data          // to be displayed
	Profile    string        // URI; may be empty
	Comparison Comparison    // Exact when the AP does not say
	Services   []Service
	Format     string // URI; may be empty
	Key        bool   // whether the AP refers to a key
}

// SignatureResponse is MSS_SignatureResp.
type SignatureResponse struct {
	Base
	TransID string // MSSP_TransID, an NCName
	User    User
	Signed  Signed
	Profile string
	Status  Status
}

// Signed is a signature; the zero value is none.
type Signed struct {
	CMS         []byte // SignedData, in DER
	PKCS1       []byte // or the bare signature,
	Certificate []byte // with its certificate in DER
}

func (r *reader) signatureRequest(n *node) *SignatureRequest {
	q := &SignatureRequest{Base: r.request(n), User: r.user(n), Data: r.data(n, "DataToBeSigned"), Display: r.data(n, "DataToBeDisplayed")}
	q.Mode = r.mode(r.need(n, "MessagingMode"))
	const longest = 7 * 24 * 3600
	seconds := r.number("TimeOut", r.value(n, "TimeOut"))
	q.TimeOut = time.Duration(min(seconds, longest)) * time.Second
	if r.value(n, "TimeOut") != "" && seconds == 0 {
		r.fail(WrongParam, "TimeOut is at least one second.")
	}
	q.Valid = r.time("ValidityDate", r.value(n, "ValidityDate"))
	q.Profile, q.Format = r.uri(n, "SignatureProfile"), r.uri(n, "MSS_Format")
	q.Services = r.services(n)
	q.Key = r.child(n, "KeyReference") != nil
	switch c := Comparison(r.value(n, "SignatureProfileComparison")); c {
	case "", Exact:
		q.Comparison = Exact
	case Minimum, Better:
		q.Comparison = c
	default:
		r.fail(WrongParam, "SignatureProfileComparison is exact, minimum or better.")
	}
	return q
}

func (r *reader) mode(text string) Mode {
	switch m := Mode(text); m {
	case Synch, AsynchClientServer, AsynchServerServer, "":
		return m
	case "asynch":
		return AsynchClientServer
	}
	if r.fault == nil {
		r.fault = Faultf(WrongParam, WrongMode, "MessagingMode is synch, asynchClientServer or asynchServerServer.")
	}
	return ""
}

func (q *SignatureRequest) node() *node {
	n := q.message("MSS_SignatureReq").with("MessagingMode", string(q.Mode)).with("ValidityDate", formatTime(q.Valid))
	if q.TimeOut > 0 {
		n.with("TimeOut", strconv.Itoa(int(q.TimeOut/time.Second)))
	}
	n.add(q.User.node(), q.Data.node("DataToBeSigned"), q.Display.node("DataToBeDisplayed"), uriNode("SignatureProfile", q.Profile))
	if len(q.Services) > 0 {
		list := el("AdditionalServices")
		for _, s := range q.Services {
			list.add(s.node())
		}
		n.add(list)
	}
	n.add(uriNode("MSS_Format", q.Format))
	if q.Comparison != "" && q.Comparison != Exact {
		n.add(leaf("SignatureProfileComparison", string(q.Comparison)))
	}
	return n
}

func (r *reader) signatureResponse(n *node) *SignatureResponse {
	return &SignatureResponse{Base: r.base(n), TransID: r.need(n, "MSSP_TransID"), User: r.user(n), Signed: r.signed(n), Profile: r.uri(n, "SignatureProfile"), Status: r.status(n)}
}

func (p *SignatureResponse) node() *node {
	return p.message("MSS_SignatureResp").with("MSSP_TransID", p.TransID).
		add(p.User.node(), p.Signed.node(), uriNode("SignatureProfile", p.Profile), p.Status.node())
}

func (r *reader) signed(n *node) (s Signed) {
	x := r.child(n, "MSS_Signature")
	s.CMS = r.base64("Base64Signature", r.value(x, "Base64Signature"))
	if raw := r.child(x, "PKCS1"); raw != nil {
		s.PKCS1 = r.base64("SignatureValue", r.value(raw, "SignatureValue"))
		s.Certificate = r.base64("X509Certificate", r.value(raw, "X509Certificate"))
	}
	return s
}

func (s Signed) node() *node {
	b64 := base64.StdEncoding.EncodeToString
	switch {
	case s.CMS != nil:
		return el("MSS_Signature", leaf("Base64Signature", b64(s.CMS)))
	case s.PKCS1 != nil:
		return el("MSS_Signature", elIn(FiComSpace, "PKCS1", textIn(FiComSpace, "SignatureValue", b64(s.PKCS1)), textIn(FiComSpace, "X509Certificate", b64(s.Certificate))))
	}
	return nil
}

// uriNode is an element of mssURIType; nil for an empty one.
func uriNode(name, uri string) *node {
	if uri == "" {
		return nil
	}
	return el(name, leaf("mssURI", uri))
}
