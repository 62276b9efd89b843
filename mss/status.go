package mss

// StatusRequest is MSS_StatusReq.
type StatusRequest struct {
	Base
	TransID string // MSSP_TransID of the answer to the signature request
}

// StatusResponse is MSS_StatusResp. It is the body of notifications too; those carry TransID.
type StatusResponse struct {
	Base
	TransID string // MSSP_TransID; only in notifications
	User    User
	Signed  Signed
	Status  Status
}

func (r *reader) statusRequest(n *node) *StatusRequest {
	return &StatusRequest{Base: r.request(n), TransID: r.need(n, "MSSP_TransID")}
}

func (q *StatusRequest) node() *node {
	return q.message("MSS_StatusReq").with("MSSP_TransID", q.TransID)
}

func (r *reader) statusResponse(n *node) *StatusResponse {
	return &StatusResponse{Base: r.base(n), TransID: r.value(n, "MSSP_TransID"), User: r.user(n), Signed: r.signed(n), Status: r.status(n)}
}

func (p *StatusResponse) node() *node {
	return p.message("MSS_StatusResp").with("MSSP_TransID", p.TransID).add(p.User.node(), p.Signed.node(), p.Status.node())
}
