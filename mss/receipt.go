package mss

import "strconv"

// ReceiptRequest is MSS_ReceiptReq: a text for the person's phone after the AP has decided. It
// is what an AP answers a notification with, too.
type ReceiptRequest struct {
	Base
	TransID  string // MSSP_TransID of the signature
	User     User
	Status   Status // the AP's word on what it did; Code is 0 when there is none
	Message  Data
	Language string // of the Swisscom extension; "LANGUAGE" of a client that sets none reads as ""
	UserAck  bool   // whether the person is to confirm that they have read it
	Receipt  string // URI of a receipt profile; may be empty
}

// ReceiptResponse is MSS_ReceiptResp.
type ReceiptResponse struct {
	Base
	Status Status
}

func (r *reader) receiptRequest(n *node) *ReceiptRequest {
	q := &ReceiptRequest{Base: r.base(n), TransID: r.need(n, "MSSP_TransID"), User: r.user(n), Status: r.status(n), Message: r.data(n, "Message")}
	ext := r.child(q.Status.detail, "ReceiptRequestExtension")
	q.UserAck = r.flag("UserAck", r.value(ext, "UserAck"))
	profile := r.child(ext, "ReceiptProfile")
	q.Language, q.Receipt = r.value(profile, "Language"), r.value(profile, "ReceiptProfileURI")
	if q.Language == "LANGUAGE" {
		q.Language = ""
	}
	return q
}

func (q *ReceiptRequest) node() *node {
	n := q.message("MSS_ReceiptReq").with("MSSP_TransID", q.TransID).add(q.User.node())
	s := q.Status
	if q.UserAck || q.Language != "" || q.Receipt != "" {
		ext := elIn(ReceiptSpace, "ReceiptRequestExtension").with("ReceiptMessagingMode", "synch")
		if q.UserAck {
			ext.with("UserAck", strconv.FormatBool(true))
		}
		profile := elIn(ReceiptSpace, "ReceiptProfile").with("Language", q.Language)
		if q.Receipt != "" {
			profile.add(textIn(ReceiptSpace, "ReceiptProfileURI", q.Receipt))
		}
		s.detail = el("StatusDetail", ext.add(profile))
	}
	if s.Code != 0 || s.detail != nil {
		n.add(s.node())
	}
	return n.add(q.Message.node("Message"))
}

func (r *reader) receiptResponse(n *node) *ReceiptResponse {
	return &ReceiptResponse{Base: r.base(n), Status: r.status(n)}
}

func (p *ReceiptResponse) node() *node {
	return p.message("MSS_ReceiptResp").add(p.Status.node())
}

// Acknowledged adds to a status whether the network and the person have confirmed a receipt.
func (s Status) Acknowledged(network, user bool) Status {
	ext := elIn(ReceiptSpace, "ReceiptResponseExtension").with("ReceiptMessagingMode", "synch").
		with("NetworkAck", strconv.FormatBool(network)).with("UserAck", strconv.FormatBool(user))
	s.detail = el("StatusDetail", ext)
	return s
}
