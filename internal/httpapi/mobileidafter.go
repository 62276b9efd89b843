package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/mobileid"
)

// FindMobileID is the request of findMobileID.
type FindMobileID struct {
	User MobileIDUser `json:"user" doc:"Who is meant: exactly one of its fields."`
}

// MobileIDProfile is what a service may know of somebody's mobile ID.
type MobileIDProfile struct {
	Person       string                `json:"person" doc:"The serial number of the person in the certificates: the same for all their phones, for ever."`
	State        string                `json:"state" enum:"ordered,asked,generating,certifying,active,suspended,refused,failed,revoked" doc:"Only one that is active can be asked; see getMobileID for the others."`
	HeldUntil    *time.Time            `json:"held_until,omitempty" doc:"It may not be used before: another SIM was registered under the number."`
	SpamCode     bool                  `json:"spam_code" doc:"Whether the person has set a spam-prevention code: ask for it, and send it along."`
	Algorithm    string                `json:"algorithm" enum:"ecdsa-p256,rsa-2048" doc:"Of the keys."`
	Certificates []MobileIDCertificate `json:"certificates" doc:"Those that are registered."`
}

// SendMobileIDReceipt is the request of sendMobileIDReceipt.
type SendMobileIDReceipt struct {
	Request     string `json:"-" path:"request" maxLength:"128" doc:"The request, as it was answered at its start."`
	Text        string `json:"text" minLength:"1" maxLength:"640" doc:"What the phone shows below your name."`
	Acknowledge bool   `json:"acknowledge,omitempty" doc:"The person is to confirm that they have read it."`
	Language    string `json:"language,omitempty" maxLength:"35" doc:"Of the phone's own words (RFC 5646); without it, that of the request."`
}

// MobileIDEvidence is the evidence of a signature, in one file.
type MobileIDEvidence struct {
	FileName  string `json:"file_name" doc:"What to call it."`
	MediaType string `json:"media_type" doc:"application/zip."`
	Content   string `json:"content" doc:"The file, Base64: what was shown and signed, certificates, their status, time-stamp, and a proof that our log has it. It can be checked years later, by openssl or by our command line, without us."`
}

func (a *API) mobileIDAfterOperations() []operation {
	at := func(id, method, rest, summary, text string) route {
		return route{id: id, method: method, path: "/v1/mobile-id" + rest, tag: tagMobileID, scopes: client.MobileIDRequests, summary: summary, text: text}
	}
	find := at("findMobileID", http.MethodPost, "/profile", "Learn whether somebody has a mobile ID", "And which certificates. It asks nobody, and sends nothing. It needs the scope mobile-id:users besides: who may not know asks, and waits.")
	find.scopes, find.absent = find.scopes|client.MobileIDUsers, true
	file := at("getMobileIDEvidence", http.MethodGet, "/requests/{request}/evidence", "Export the evidence of a signature",
		"Of a granted request. Until its time-stamp is there, and the log has taken it up, the answer is 409: try again in some seconds.")
	file.unready = true
	return []operation{
		act[FindMobileID, MobileIDProfile]{
			route: find, status: http.StatusOK, do: a.findMobileID, names: map[string]string{"number": "/user/phone_number", "person": "/user/person", "user": "/user"},
			in:  FindMobileID{User: MobileIDUser{PhoneNumber: "+43 664 1234567"}},
			out: MobileIDProfile{Person: "MIDCSK2QP5A7XVBT", State: "active", Algorithm: "ecdsa-p256", Certificates: exampleMobileID("active").Certificates},
		},
		act[SendMobileIDReceipt, MobileIDRequest]{
			route: at("sendMobileIDReceipt", http.MethodPost, "/requests/{request}/receipt", "Show a receipt on the phone",
				"One for each request, once the person has answered, and within an hour. A granted signature is confirmed by itself, and that is its receipt; send quiet with the request to write your own."),
			status: http.StatusOK, repeats: stored, do: a.sendMobileIDReceipt, in: SendMobileIDReceipt{Text: "Your contract is on its way."}, out: exampleMobileIDRequest("granted"),
		},
		act[MobileIDRequestRef, MobileIDEvidence]{
			route: file, status: http.StatusOK, do: a.getMobileIDEvidence,
			out: MobileIDEvidence{FileName: "signature-MIDCSK2QP5A7XVBT.zip", MediaType: "application/zip", Content: "UEsDB…"},
		},
	}
}

func (u MobileIDUser) read() mobileid.User {
	return mobileid.User{Number: u.PhoneNumber, CustomerNumber: u.CustomerNumber, Person: u.Person}
}

func (a *API) findMobileID(ctx context.Context, c *call, in *FindMobileID) (MobileIDProfile, error) {
	p, err := a.providerOf(ctx, c)
	if err != nil {
		return MobileIDProfile{}, err
	}
	found, err := a.MobileIDs.ProfileOf(ctx, p, in.User.read())
	if err != nil {
		return MobileIDProfile{}, err
	}
	x := mobileIDOf(found)
	return MobileIDProfile{x.Person, x.State, x.HeldUntil, x.SpamCode, x.Algorithm, x.Certificates}, nil
}

func (a *API) sendMobileIDReceipt(ctx context.Context, c *call, in *SendMobileIDReceipt) (MobileIDRequest, error) {
	o, err := a.Identity.Receipt(ctx, c.access.Actor(), in.Request, mobileid.Message{Text: in.Text, Acknowledge: in.Acknowledge, Language: in.Language})
	return a.mobileIDRequestOf(ctx, c, o, err)
}

func (a *API) getMobileIDEvidence(ctx context.Context, c *call, in *MobileIDRequestRef) (MobileIDEvidence, error) {
	by := c.access.Actor()
	signature, err := a.Identity.Signature(ctx, by, in.Request)
	if err != nil {
		return MobileIDEvidence{}, err
	}
	file, err := a.SignatureEvidence(ctx, by, mobileid.AnyProvider, signature)
	if err != nil {
		return MobileIDEvidence{}, err
	}
	return MobileIDEvidence{FileName: "signature-" + signature[:12] + ".zip", MediaType: "application/zip", Content: base64Of(file)}, nil
}
