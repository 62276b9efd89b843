package httpapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
)

// StartAuthentication is the request of startAuthentication.
type StartAuthentication struct {
	CustomerNumber string         `json:"customer_number" minLength:"1" maxLength:"80" doc:"The bank's number of the customer, as typed; or the phone number of their mobile ID, in international form with +."`
	Purpose        string         `json:"purpose" minLength:"1" maxLength:"40" doc:"What the customer wants to do, such as login. The policies say which purposes there are."`
	Channel        string         `json:"channel" minLength:"1" maxLength:"40" doc:"Where the customer is, such as web, mobile or branch."`
	Payment        *Payment       `json:"payment,omitempty" doc:"What the customer is to approve. The purpose payment needs it, and no other purpose may have it."`
	Risk           *Circumstances `json:"risk,omitempty" doc:"Where and with what the customer is, for journeys that ask the risk engine; what is left out is a reason to look closer."`
	Access         *Access        `json:"access,omitempty" doc:"What the customer wants to see, for a login: where the policies exempt it, no proof is needed."`
	Series         string         `json:"series,omitempty" maxLength:"64" doc:"The series that the payment belongs to (beginSeries): where the policies exempt it, no proof is needed when its turn has come."`
	Corporate      *Corporate     `json:"corporate,omitempty" doc:"The secure corporate protocol that the payment came by."`
	Proof          *Proof         `json:"proof,omitempty" doc:"The first proof, when it is at hand already. It saves a call."`
}

// Access is a look at accounts.
type Access struct {
	View     string `json:"view,omitempty" enum:"balance,history" doc:"balance: the balance. history: the balance, and the payments of the last 90 days. Leave it out for more: that always needs a proof."`
	Provider string `json:"provider,omitempty" maxLength:"64" doc:"The provider of account information through which the customer comes, under the name that you always give it; leave it out for the customer themselves."`
}

// Corporate says how a company's payment came.
type Corporate struct {
	Protocol    string `json:"protocol" minLength:"1" maxLength:"64" doc:"The protocol, as the policies name it."`
	LegalPerson bool   `json:"legal_person" doc:"Whether the payer is a legal person; for consumers nothing is exempted by it."`
}

// Proof is one proof as the customer gave it.
type Proof struct {
	Policy    string `json:"policy,omitempty" maxLength:"64" doc:"The policy that it is for. It can be left out when the step allows one only."`
	Code      string `json:"code" maxLength:"256" doc:"The secure code or the password, as typed. In codes, spaces and full-width digits are understood."`
	Challenge string `json:"challenge,omitempty" maxLength:"64" doc:"The challenge that the code answers, for tokens that were given one."`
}

// StepAuthentication is the request of stepAuthentication.
type StepAuthentication struct {
	Authentication string   `json:"-" path:"authentication" maxLength:"128" doc:"The authentication, as it was answered at its start."`
	Policy         string   `json:"policy,omitempty" maxLength:"64" doc:"The policy that the proof is for. It can be left out when the step allows one only."`
	Code           string   `json:"code,omitempty" maxLength:"256" doc:"The secure code or the password, as typed. In codes, spaces and full-width digits are understood. An approval on the customer's phone has none: leave it out."`
	Challenge      string   `json:"challenge,omitempty" maxLength:"64" doc:"The challenge that the code answers, for tokens that were given one."`
	Payment        *Payment `json:"payment,omitempty" doc:"What the code was made for. It must be the payment of the start: otherwise that is a conflict, and the code is not looked at."`
}

// GetAuthentication is the request of getAuthentication.
type GetAuthentication struct {
	Authentication string `json:"-" path:"authentication" maxLength:"128" doc:"The authentication, as it was answered at its start."`
	Wait           int    `json:"-" query:"wait" minimum:"0" maximum:"25" default:"0" doc:"While the customer is asked on their phone and has not answered: seconds to wait for the answer, before it is said that there is none."`
}

// ChallengeAuthentication is the request of challengeAuthentication.
type ChallengeAuthentication struct {
	Authentication string `json:"-" path:"authentication" maxLength:"128" doc:"The authentication, as it was answered at its start."`
	Policy         string `json:"policy,omitempty" maxLength:"64" doc:"The policy that the challenge is for. It can be left out when the step allows one only."`
	Source         string `json:"source_address,omitempty" maxLength:"64" doc:"The IP address of the customer, where the application knows it: codes by text message are bounded by address, too."`
	Spam           string `json:"spam_code,omitempty" maxLength:"16" doc:"For mobile IDs: the spam-prevention code, as the customer typed it. A customer who has set one is not asked on their phone without it, and the answer is the same."`
}

// Authentication is the outcome so far.
type Authentication struct {
	Authentication string              `json:"authentication" doc:"Its opaque name."`
	State          string              `json:"state" enum:"open,granted,denied,expired" doc:"open: a proof is awaited. granted: everything was shown. denied: everything was shown, but not two independent factors where the policy wants them. expired: it took too long."`
	Accepted       bool                `json:"accepted" doc:"Whether the last proof counted. This, and no more, may be told to the customer."`
	Step           int                 `json:"step" doc:"The step that is awaited, from 1."`
	Steps          int                 `json:"steps" doc:"How many steps there are."`
	Policies       []string            `json:"policies" doc:"The policies of which one will do for the awaited step; empty when none is awaited."`
	Replace        string              `json:"replace,omitempty" doc:"The policy whose password was right and is out of date: nothing is granted before it was replaced (replacePassword) and shown once more."`
	Replaced       bool                `json:"replaced,omitempty" doc:"It was replaced; the new one is awaited."`
	Mistakes       []Mistake           `json:"mistakes,omitempty" doc:"After replacePassword: what is wrong with the new one, all of it; nothing has changed then."`
	PaymentHash    string              `json:"payment_hash,omitempty" doc:"SHA-256 of the payment in its canonical form; only where there is one."`
	Signing        []Signing           `json:"signing,omitempty" doc:"What is typed into tokens that sign, by profile: the page shows what belongs to the customer's model, or asks for it. It is the same for every customer, so it says nothing about this one."`
	Factors        []string            `json:"factors,omitempty" doc:"What was shown; only once granted."`
	PolicyVersion  int64               `json:"policy_version" doc:"The version of the policies that decided."`
	ExpiresAt      time.Time           `json:"expires_at" doc:"Until when proofs are taken."`
	Prompt         *Prompt             `json:"prompt,omitempty" doc:"What the customer is asked on their phone for the awaited step; in the answers of getAuthentication."`
	CustomerNumber string              `json:"customer_number,omitempty" doc:"Whose it was, once it is granted: in the answers of getAuthentication, and to proofs without a code. A login can begin with a phone number."`
	Assertion      string              `json:"assertion,omitempty" doc:"Signed evidence to be archived; only in the answer that grants a payment. For all others there is assertAuthentication."`
	Exemption      string              `json:"exemption,omitempty" enum:"access,provider,own,recurring,trusted,corporate,low-value,risk" doc:"Why strong customer authentication was left out. A payment, or a look that was asked for by access, then has no factors and no assertion; a login by one factor has that factor. With access and provider, show what access asked for, else balance and the last 90 days, and nothing more."`
	Risk           *AuthenticationRisk `json:"risk,omitempty" doc:"What the risk engine said, where the journey asks it. Only with the scope authentications:reason; never for customers."`
	Restrictions   *Restrictions       `json:"restrictions,omitempty" doc:"What the customer is held to, once it is granted: where their devices say too little for more. A payment under restrictions was within them; hold what follows a login to them."`
	Reason         string              `json:"reason,omitempty" doc:"Why the last proof did not count. Only with the scope authentications:reason; never for customers."`
	AttemptsLeft   *int                `json:"attempts_left,omitempty" doc:"After a refused proof: how many more wrong ones are taken until the next block; 0 when none is tried at present. Only with the scope authentications:reason. Before the login it would tell a stranger that the customer exists: warn the customer by another way."`
	NextBlock      string              `json:"next_block,omitempty" enum:"cool_down,permanent" doc:"After a refused proof: whether the next block, or the present one, ends by itself or by a reset of the help desk only. Only with the scope authentications:reason."`
}

// Prompt is how it stands with what the customer is asked on their phone. A refusal ends the
// authentication.
type Prompt struct {
	Policy      string    `json:"policy" doc:"The policy that the answer is a proof for."`
	State       string    `json:"state" enum:"pending,approved,expired" doc:"pending: no answer yet. approved: submit the proof, without a code, before expires_at. expired: it was not answered in time, or the token that answered is not in use any more; ask anew. When the customer refuses, the authentication is denied."`
	Challenge   string    `json:"challenge" doc:"Its name, as it was answered when it was asked for."`
	Control     string    `json:"control" doc:"The digits to be shown beside it: two of an approval, four of a mobile ID."`
	Reason      string    `json:"reason,omitempty" doc:"Why an expired one of a mobile ID came to nothing, as of getMobileIDRequest. Only with the scope authentications:reason; for customers only once they have logged in."`
	ExpiresAt   time.Time `json:"expires_at" doc:"Until when it can be answered; of an approval, taken."`
	PollSeconds int       `json:"poll_seconds" doc:"How often to look again at most, without wait."`
}

func promptOf(x *hub.Asked, a client.Access) *Prompt {
	if x == nil {
		return nil
	}
	p := &Prompt{Policy: x.Policy, State: string(x.State), Challenge: x.ID.String(), Control: x.Control, ExpiresAt: x.Expires, PollSeconds: wholeSeconds(x.Poll)}
	if a.Scopes.Has(client.AuthenticationsReason) {
		p.Reason = string(x.Why)
	}
	return p
}

func wholeSeconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// AuthenticationRisk is what the risk engine said.
type AuthenticationRisk struct {
	Decision string `json:"decision" enum:"allow,step-up,block" doc:"The strictest answer so far."`
	Event    string `json:"event,omitempty" doc:"The event that the engine knows the authentication by (getRiskEvent); not there when the engine could not answer."`
}

// Challenge is what the customer types into the token before it shows a code, or what
// is told of a code that was sent to them.
type Challenge struct {
	Challenge string     `json:"challenge" doc:"Its name, to be sent back with the code."`
	Question  string     `json:"question,omitempty" doc:"The digits to be typed into the token; not there for a code that is sent."`
	ExpiresAt time.Time  `json:"expires_at" doc:"Until when it can be answered."`
	AgainAt   *time.Time `json:"again_at,omitempty" doc:"For a code that is sent: from when another one can be asked for, which takes its place. Not there when there is none for this authentication."`
	SentTo    string     `json:"sent_to,omitempty" doc:"Where a code was sent to, masked; only after another factor was shown."`
	Withheld  string     `json:"withheld,omitempty" doc:"Why no code was sent, though the answer is the same: no_phone, request_limit, not_tried, country, number_class, number_budget, source_budget, prefix_budget, hour_budget, day_budget or cut_off; why no phone was told of an approval: no_token, too_many_prompts or not_tried; of a mobile ID: as listed at requestMobileID. Only with the scope authentications:reason; never for customers."`

	Kind        string `json:"kind,omitempty" enum:"approval,picture" doc:"What the page shows besides a field for a code. approval: the customer is asked on their phone; show control, and wait with getAuthentication. picture: show picture as a QR code, and a field for the digits that the phone answers with; they are the code of the proof."`
	Control     string `json:"control,omitempty" doc:"For an approval: digits to be shown on the page, large: two, or four of a mobile ID. The phone asks for them, or shows them too, as the policy says."`
	Picture     string `json:"picture,omitempty" doc:"For a picture: the text of the QR code, a signed JWS."`
	PollSeconds int    `json:"poll_seconds,omitempty" doc:"For an approval: how often to look for the answer at most, without wait."`
}

func challengeOf(ch authenticator.Challenge, a client.Access) Challenge {
	out := Challenge{
		Challenge: ch.ID.String(), Question: ch.Question, ExpiresAt: ch.Expires, AgainAt: known(ch.Again), SentTo: ch.To,
		Kind: string(ch.Kind), Control: ch.Control, Picture: ch.Picture, PollSeconds: wholeSeconds(ch.Poll),
	}
	if a.Scopes.Has(client.AuthenticationsReason) {
		out.Withheld = ch.Withheld
	}
	return out
}

// authenticationOf lays an outcome out for a client.
func authenticationOf(o hub.Outcome, a client.Access) Authentication {
	out := Authentication{
		Authentication: o.Handle, State: string(o.State), Accepted: o.Accepted, Step: o.Step, Steps: o.Steps, Policies: o.Policies,
		PolicyVersion: o.Version, ExpiresAt: o.Expires, Replace: o.Replace, Replaced: o.Replaced, PaymentHash: o.Payment.String(), Signing: signingOf(o.Signing), Exemption: string(o.Exempt), Prompt: promptOf(o.Asked, a),
	}
	if out.Policies == nil {
		out.Policies = []string{}
	}
	if o.State == hub.Granted {
		out.Factors = o.Factors.Names()
	}
	if a.Scopes.Has(client.AuthenticationsReason) {
		out.Reason = string(o.Reason)
		if o.Risk != "" {
			out.Risk = &AuthenticationRisk{Decision: string(o.Risk), Event: o.Event.String()}
		}
		if o.Reason != "" && o.Reason != authenticator.Outdated && !o.Accepted {
			out.AttemptsLeft, out.NextBlock = new(o.Outlook.Left), nextBlock(o.Outlook)
		}
	}
	return out
}

func (a *API) authenticationOperations() []operation {
	return []operation{
		act[StartAuthentication, Authentication]{
			route: route{
				id: "startAuthentication", method: http.MethodPost, path: "/v1/authentications", tag: tagAuthentications, scopes: client.Authentications,
				summary: "Start an authentication",
				text:    "Starts an authentication of a customer and, with a proof, takes the first step at once. It answers for every customer number, also for those that nobody has. Only the client that started an authentication can go on with it and look at it: to others there is none. For a payment the answer says what the customer types into a token that signs.",
			},
			status: http.StatusCreated, repeats: handed, do: a.startAuthentication,
			names: map[string]string{
				"code": "/proof/code", "policy": "/proof/policy", "challenge": "/proof/challenge",
				"agent": "/risk/agent", "tag": "/risk/device_tag", "visit": "/risk/visit", "channel": "/channel",
				"view": "/access/view", "provider": "/access/provider", "protocol": "/corporate/protocol",
			},
			in:  StartAuthentication{CustomerNumber: "10023", Purpose: "login", Channel: "web", Proof: &Proof{Code: "755224"}, Risk: &Circumstances{Address: "192.0.2.10", Visit: exampleVisit}},
			out: exampleGranted(),
		},
		act[GetAuthentication, Authentication]{
			route: route{
				id: "getAuthentication", method: http.MethodGet, path: "/v1/authentications/{authentication}", tag: tagAuthentications, scopes: client.Authentications,
				summary: "Look at an authentication",
				text:    "While the customer is asked on their phone, prompt says how it stands; with wait the answer comes as soon as the customer's does. Once it is approved, submit the proof without a code.",
			},
			status: http.StatusOK, do: a.getAuthentication, in: GetAuthentication{}, out: exampleOpen(),
		},
		act[StepAuthentication, Authentication]{
			route: route{
				id: "stepAuthentication", method: http.MethodPost, path: "/v1/authentications/{authentication}/steps", tag: tagAuthentications, scopes: client.Authentications,
				summary: "Submit a proof",
				text:    "A refused proof is an answer, not a failure. As long as the customer has not approved on their phone, the proof of an approval is a conflict, prompt.pending, that counts nothing. An authentication that has ended takes no more proofs: that is a conflict.",
			},
			status: http.StatusOK, repeats: handed, do: a.stepAuthentication,
			in: StepAuthentication{Code: "287082"}, out: exampleGranted(),
		},
		act[ChallengeAuthentication, Challenge]{
			route: route{
				id: "challengeAuthentication", method: http.MethodPost, path: "/v1/authentications/{authentication}/challenge", tag: tagAuthentications, scopes: client.Authentications,
				summary: "Get a challenge or a code",
				text:    "For tokens that compute their code from digits that the customer types in first, for codes by text message, and for approvals on a phone: kind says what the page shows. Every customer gets the same answer, whatever they hold. One code is sent for however many requests at once; another one can be asked for from again_at on, and takes its place. With an Idempotency-Key a repeated request never sends a second one.",
			},
			status: http.StatusCreated, repeats: handed, do: a.challengeAuthentication, in: ChallengeAuthentication{Policy: "secure-code"},
			out: Challenge{Challenge: exampleID, Question: "40215977", ExpiresAt: exampleTime(3)},
		},
	}
}

func (a *API) startAuthentication(ctx context.Context, c *call, in *StartAuthentication) (Authentication, error) {
	pay, err := in.Payment.read()
	if err != nil {
		return Authentication{}, err
	}
	number := in.CustomerNumber
	if strings.HasPrefix(strings.TrimSpace(number), "+") { // no customer number begins so
		if number, err = a.MobileIDs.Whose(ctx, number); err != nil {
			return Authentication{}, err
		}
	}
	start := hub.Start{CustomerNumber: number, Purpose: in.Purpose, Channel: in.Channel, Payment: pay, Key: c.key}
	if at := in.Risk; at != nil {
		start.Risk = hub.Circumstances{Address: at.Address, Agent: at.Agent, Tag: at.DeviceTag, Visit: at.Visit, NoConsent: at.NoConsent}
	}
	if start.Grounds, err = in.grounds(); err != nil {
		return Authentication{}, err
	}
	if p := in.Proof; p != nil {
		start.Proof = &hub.Proof{Policy: p.Policy, Code: p.Code, Challenge: p.Challenge, Key: c.key}
	}
	o, err := a.Hub.Start(ctx, c.access.Actor(), start)
	return a.answered(ctx, c, o, err)
}

// grounds are what only the bank can say.
func (in *StartAuthentication) grounds() (g hub.Grounds, err error) {
	if x := in.Access; x != nil {
		g.View, g.Provider = exemption.View(x.View), x.Provider
	}
	if x := in.Corporate; x != nil {
		g.Protocol, g.LegalPerson = x.Protocol, x.LegalPerson
	}
	if in.Series != "" {
		if g.Series, err = ident.Parse(in.Series); err != nil {
			return g, fault.Invalidf("authentication.grounds", "This is not the id of a series: send it as beginSeries answered it.").WithField("/series").WithCause(err)
		}
	}
	return g, nil
}

func (a *API) getAuthentication(ctx context.Context, c *call, in *GetAuthentication) (Authentication, error) {
	o, err := a.Hub.Wait(ctx, c.access.Actor(), in.Authentication, time.Duration(in.Wait)*time.Second)
	if err != nil {
		return Authentication{}, err
	}
	out, err := a.restricted(ctx, authenticationOf(o, c.access), o)
	if err != nil {
		return Authentication{}, err
	}
	return a.withOwner(ctx, out, o)
}

// withOwner says whose an authentication was, once it is granted.
func (a *API) withOwner(ctx context.Context, out Authentication, o hub.Outcome) (Authentication, error) {
	if o.Customer.IsZero() {
		return out, nil
	}
	who, err := a.Customers.Get(ctx, o.Customer)
	if fault.Is(err, "customer.unknown") { // erased since
		return out, nil
	}
	out.CustomerNumber = who.Number
	return out, err
}

func (a *API) stepAuthentication(ctx context.Context, c *call, in *StepAuthentication) (Authentication, error) {
	pay, err := in.Payment.read()
	if err != nil {
		return Authentication{}, err
	}
	o, err := a.Hub.Step(ctx, c.access.Actor(), in.Authentication, hub.Proof{Policy: in.Policy, Code: in.Code, Payment: pay, Challenge: in.Challenge, Key: c.key})
	out, err := a.answered(ctx, c, o, err)
	if err != nil || in.Code != "" { // who has typed a code has typed their number before
		return out, err
	}
	return a.withOwner(ctx, out, o)
}

func (a *API) challengeAuthentication(ctx context.Context, c *call, in *ChallengeAuthentication) (Challenge, error) {
	ch, err := a.Hub.Ask(ctx, c.access.Actor(), in.Authentication, hub.Ask{Policy: in.Policy, Key: c.key, Source: in.Source, Spam: in.Spam})
	return challengeOf(ch, c.access), err
}
