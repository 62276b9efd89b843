package httpapi

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/evidence"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/idserver"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/policy"
)

// RequestMobileID is the request of requestMobileID.
type RequestMobileID struct {
	User      MobileIDUser      `json:"user" doc:"Who is asked: exactly one of its fields."`
	Kind      string            `json:"kind" enum:"authentication,signature" doc:"authentication: who is it? With the key and the PIN for that. signature: the person signs a text, a payment or a document, with the signing key and its PIN."`
	Text      string            `json:"text,omitempty" maxLength:"640" doc:"What the phone shows below your name, and what is signed. An authentication may leave it out. How much fits the phone says: about 200 characters of the GSM alphabet, or 90 others; otherwise 422, mobileid.too_long."`
	Payment   *Payment          `json:"payment,omitempty" doc:"What is signed, in place of text: the phone shows amount and payee."`
	Document  *MobileIDDocument `json:"document,omitempty" doc:"What is signed, in place of text: known by its digest only. text, if any, is shown above its name."`
	Control   string            `json:"control,omitempty" enum:"none,shown,chosen,typed" doc:"What the person does with the four digits of the answer: compare them, choose them out of three, or type them on the phone; without it, as the policies say."`
	EventID   string            `json:"event_id,omitempty" maxLength:"8" doc:"4 to 8 letters and digits that your page shows too."`
	Spam      string            `json:"spam_code,omitempty" maxLength:"16" doc:"The spam-prevention code of the person, as they typed it. Who has set one is not asked without it."`
	Seconds   int64             `json:"valid_seconds,omitempty" minimum:"30" maximum:"1800" doc:"How long the person has; without it, as the policies say."`
	Language  string            `json:"language,omitempty" maxLength:"35" doc:"Of the words on the phone (RFC 5646); without it, the first of the policies."`
	Reference string            `json:"reference,omitempty" maxLength:"100" doc:"Your own name of the request. It comes back, and goes nowhere."`
	Quiet     bool              `json:"quiet,omitempty" doc:"No confirmation is shown on the phone once a signature is granted."`
}

// MobileIDUser says who is asked.
type MobileIDUser struct {
	PhoneNumber    string `json:"phone_number,omitempty" maxLength:"32" doc:"Their phone number, with its country."`
	CustomerNumber string `json:"customer_number,omitempty" maxLength:"80" doc:"The bank's number of the customer."`
	Person         string `json:"person,omitempty" maxLength:"16" doc:"The serial number of the person, as a former answer had it."`
}

// MobileIDDocument is a document that is signed.
type MobileIDDocument struct {
	Name   string `json:"name" minLength:"1" maxLength:"60" doc:"What the phone calls it."`
	MIME   string `json:"mime,omitempty" maxLength:"100" doc:"Its media type."`
	SHA256 string `json:"sha256" minLength:"64" maxLength:"64" doc:"Its digest, 64 hexadecimal digits. The phone shows the first eight."`
}

// MobileIDRequestRef names a request.
type MobileIDRequestRef struct {
	Request string `json:"-" path:"request" maxLength:"128" doc:"The request, as it was answered at its start."`
}

// GetMobileIDRequest is the request of getMobileIDRequest.
type GetMobileIDRequest struct {
	Request string `json:"-" path:"request" maxLength:"128" doc:"The request, as it was answered at its start."`
	Wait    int    `json:"-" query:"wait" minimum:"0" maximum:"25" default:"0" doc:"Seconds to wait for the phone, before it is said that there is no answer yet."`
}

// MobileIDRequest is a request to a person.
type MobileIDRequest struct {
	Request   string          `json:"request" doc:"Its opaque name."`
	Kind      string          `json:"kind" enum:"authentication,signature" doc:"What was asked for."`
	State     string          `json:"state" enum:"pending,granted,denied" doc:"pending: the phone, or the validation, is awaited. granted: signed, validated and ours to vouch for. denied: reason says why."`
	Reason    string          `json:"reason,omitempty" enum:"cancelled,reported,postponed,wrong_pin,pin_blocked,wrong_control,timed_out,undelivered,failed,invalid,revoked,withdrawn,unjudged" doc:"Of a denied one. reported: the person did not start this. wrong_control: other digits were chosen or typed. timed_out: nobody answered; also for numbers without a mobile ID. undelivered: the phone did not take the message. invalid: the signature did not stand up. revoked: its certificate is not valid any more. withdrawn: you gave it up. unjudged: the status of the certificate could not be learned for a day."`
	Delivered bool            `json:"delivered" doc:"Whether the phone has it, and the person is asked."`
	Control   string          `json:"control,omitempty" doc:"Four digits to be shown to the person, large; they belong to what is signed."`
	ExpiresAt time.Time       `json:"expires_at" doc:"Until when the person can answer."`
	Poll      int             `json:"poll_seconds,omitempty" doc:"How often to look again at most, without wait."`
	Reference string          `json:"reference,omitempty" doc:"Your own name of it."`
	Signed    *MobileIDSigned `json:"signed,omitempty" doc:"Of a granted one: who has signed, and the evidence."`
}

// MobileIDSigned is the evidence of a granted request.
type MobileIDSigned struct {
	Person         string    `json:"person" doc:"The serial number of the person in the certificate: the same for all their phones, for ever."`
	Name           string    `json:"name,omitempty" doc:"Their name. Only with the scope customers:read."`
	CustomerNumber string    `json:"customer_number,omitempty" doc:"The bank's number of theirs. Only with the scope customers:read."`
	Shown          string    `json:"shown" doc:"All that the phone has shown."`
	SHA256         string    `json:"sha256" doc:"Digest of what was signed, 64 hexadecimal digits."`
	AnsweredAt     time.Time `json:"answered_at" doc:"When the phone answered."`
	GrantedAt      time.Time `json:"granted_at" doc:"When it was granted."`
	Assertion      string    `json:"assertion" doc:"Our word for it: a JWS as assertAuthentication makes them, for you as its audience."`
	CMS            string    `json:"cms" doc:"The signature: CMS SignedData (RFC 5652) with the certificate, Base64."`
	OCSP           string    `json:"ocsp,omitempty" doc:"The status of the certificate at that time (RFC 6960), Base64."`
	TimeStamp      string    `json:"time_stamp,omitempty" doc:"A time-stamp of the signature (RFC 3161), Base64; not there before it is made."`
}

func exampleMobileIDRequest(state string) MobileIDRequest {
	r := MobileIDRequest{Request: exampleHandle, Kind: "signature", State: state, Control: "4812", ExpiresAt: exampleTime(3), Reference: "invoice 41"}
	switch state {
	case "pending":
		r.Poll = 2
	case "granted":
		r.Delivered = true
		r.Signed = &MobileIDSigned{
			Person: "MIDCSK2QP5A7XVBT", Shown: "Alder Bank\nAmount: EUR 90.00\nTo: Wood & Sons", SHA256: strings.Repeat("5e", 32),
			AnsweredAt: exampleTime(1), GrantedAt: exampleTime(1), Assertion: "eyJhbGciOiJFUzI1NiIs…", CMS: "MII…",
		}
	}
	return r
}

// pollMobileID is how often a service may look at its request.
const pollMobileID = 2 * time.Second

func (a *API) mobileIDRequestOperations() []operation {
	at := func(id, method, rest, summary, text string) route {
		return route{id: id, method: method, path: "/v1/mobile-id/requests" + rest, tag: tagMobileID, scopes: client.MobileIDRequests, summary: summary, text: text}
	}
	names := map[string]string{
		"number": "/user/phone_number", "person": "/user/person", "user": "/user", "ttl": "/valid_seconds", "event": "/event_id", "content": "/document", "spam": "/spam_code",
		"text": "/text", "control": "/control", "reference": "/reference", "kind": "/kind",
	}
	ask := at("requestMobileID", http.MethodPost, "", "Ask a person for an authentication or a signature",
		"The identifier is looked up before anything is sent. For one that nobody has, whose phone is out of service, or who has set a spam-prevention code that is missing or wrong, the answer is the same, and the request runs out; with the scope mobile-id:users it is refused at once, and says why. A number has one request at a time, of all services together: 409, mobileid.busy. After several refusals in a row it is left alone for a while: 429, mobileid.cool_down.")
	ask.absent = true
	return []operation{
		act[RequestMobileID, MobileIDRequest]{
			route:  ask,
			status: http.StatusCreated, repeats: stored, secrets: []string{"spam_code"}, do: a.requestMobileID, names: names,
			in:  RequestMobileID{User: MobileIDUser{PhoneNumber: "+43 664 1234567"}, Kind: "signature", Payment: &Payment{Orders: []Order{{Payee: Payee{Scheme: "iban", Account: "DE89 3704 0044 0532 0130 00", Name: "Wood & Sons"}, Amount: "90.00", Currency: "EUR"}}}, Control: "chosen", Reference: "invoice 41"},
			out: exampleMobileIDRequest("pending"),
		},
		act[GetMobileIDRequest, MobileIDRequest]{
			route:  at("getMobileIDRequest", http.MethodGet, "/{request}", "Look at a request", "What the phone has signed is validated here once more, and granted or denied once and for all."),
			status: http.StatusOK, do: a.getMobileIDRequest, out: exampleMobileIDRequest("granted"),
		},
		act[MobileIDRequestRef, MobileIDRequest]{
			route:  at("cancelMobileIDRequest", http.MethodPost, "/{request}/cancel", "Give a request up", "The phone is told, where it can be reached. What has ended stays as it is."),
			status: http.StatusOK, repeats: stored, do: a.cancelMobileIDRequest, out: func() MobileIDRequest { r := exampleMobileIDRequest("denied"); r.Reason = "withdrawn"; return r }(),
		},
	}
}

// providerOf is the client as the signature server knows it. The name on the phone is the
// bank's choice: the client's brand, or else its name.
func (a *API) providerOf(ctx context.Context, c *call) (mobileid.Provider, error) {
	cl, err := a.Clients.Get(ctx, c.access.Client)
	p := mobileid.Provider{Code: "client:" + cl.ID.String(), Name: cl.Brand, Entitled: c.access.Scopes.Has(client.MobileIDUsers)}
	if p.Name == "" {
		p.Name = cl.Name
	}
	return p, err
}

func (a *API) requestMobileID(ctx context.Context, c *call, in *RequestMobileID) (MobileIDRequest, error) {
	p, err := a.providerOf(ctx, c)
	if err != nil {
		return MobileIDRequest{}, err
	}
	pay, err := in.Payment.read()
	if err != nil {
		return MobileIDRequest{}, err
	}
	ask := idserver.Request{
		Provider: p, User: in.User.read(), Kind: idserver.Kind(in.Kind), Text: in.Text, Payment: pay,
		Control: policy.Control(in.Control), Event: in.EventID, Spam: in.Spam, TTL: time.Duration(in.Seconds) * time.Second, Language: in.Language, Reference: in.Reference, Quiet: in.Quiet,
	}
	if d := in.Document; d != nil {
		sum, err := hex.DecodeString(d.SHA256)
		if err != nil || len(sum) != 32 {
			return MobileIDRequest{}, fault.Invalidf("identity.document", "The digest of a document has 64 hexadecimal digits.").WithField("/document/sha256").WithCause(err)
		}
		ask.Document = &idserver.Document{Name: d.Name, MIME: d.MIME, Digest: [32]byte(sum)}
	}
	o, err := a.Identity.Start(ctx, c.access.Actor(), ask)
	return a.mobileIDRequestOf(ctx, c, o, err)
}

func (a *API) getMobileIDRequest(ctx context.Context, c *call, in *GetMobileIDRequest) (MobileIDRequest, error) {
	o, err := a.Identity.Get(ctx, c.access.Actor(), in.Request, time.Duration(in.Wait)*time.Second)
	return a.mobileIDRequestOf(ctx, c, o, err)
}

func (a *API) cancelMobileIDRequest(ctx context.Context, c *call, in *MobileIDRequestRef) (MobileIDRequest, error) {
	o, err := a.Identity.Cancel(ctx, c.access.Actor(), in.Request)
	return a.mobileIDRequestOf(ctx, c, o, err)
}

// mobileIDRequestOf lays an outcome out for a client, with our word for what was granted.
func (a *API) mobileIDRequestOf(ctx context.Context, c *call, o idserver.Outcome, err error) (MobileIDRequest, error) {
	if err != nil {
		return MobileIDRequest{}, err
	}
	out := MobileIDRequest{
		Request: o.Handle, Kind: string(o.Kind), State: string(o.State), Reason: string(o.Reason), Delivered: o.Delivered, Control: o.Control, ExpiresAt: o.Expires, Reference: o.Reference,
	}
	if o.State == idserver.Pending {
		out.Poll = wholeSeconds(pollMobileID)
	}
	if e := o.Evidence; e != nil {
		out.Signed, err = a.mobileIDSigned(ctx, c, o, e)
	}
	return out, err
}

func (a *API) mobileIDSigned(ctx context.Context, c *call, o idserver.Outcome, e *idserver.Evidence) (*MobileIDSigned, error) {
	out := &MobileIDSigned{
		Person: e.Person, Shown: e.Shown, SHA256: hex.EncodeToString(e.Digest[:]), AnsweredAt: e.Answered, GrantedAt: e.Granted, CMS: base64Of(e.CMS), OCSP: base64Of(e.OCSP), TimeStamp: base64Of(e.Stamp),
	}
	subject := e.Person
	if c.access.Scopes.Has(client.CustomersRead) {
		who, err := a.Customers.Get(ctx, e.Customer)
		if err != nil && !fault.Is(err, "customer.unknown") {
			return nil, err
		}
		if out.CustomerNumber, out.Name = who.Number, who.Name; who.Number != "" {
			subject = who.Number
		}
	}
	x, err := a.Evidence.Grant(ctx, evidence.Facts{
		Authentication: o.Handle, Object: "identity_request:" + e.ID.String(), ID: e.ID, Customer: e.Customer, Subject: subject, Client: c.access.Actor(), Purpose: string(o.Kind), Channel: "mobile-id",
		Payment: e.Payment, Policies: e.Policies, Granted: e.Granted,
		Proofs: []evidence.Proof{{Policy: "mobile-id", Method: policy.MethodMobileID, Use: useOf(o.Kind), Factors: e.Factors(), Device: e.Serial, Exhibit: e.Exhibit()}},
	})
	out.Assertion = x.Text
	return out, err
}

func useOf(k idserver.Kind) policy.Use {
	if k == idserver.Signature {
		return policy.UseSign
	}
	return policy.UseCode
}

func base64Of(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
