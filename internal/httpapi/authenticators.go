package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Authenticators are the policies that a customer holds.
type Authenticators struct {
	Authenticators []Authenticator `json:"authenticators" doc:"By policy."`
}

// Authenticator is a policy held by a customer.
type Authenticator struct {
	Policy       string     `json:"policy" doc:"The policy."`
	Name         string     `json:"name" doc:"The policy's name, for staff."`
	State        string     `json:"state" enum:"enabled,disabled,blocked,held,expired" doc:"blocked opens by itself at blocked_until; held is opened by a reset only."`
	Failures     int        `json:"failures" doc:"Wrong proofs since the last right one, reset or end of a block."`
	Threshold    int        `json:"threshold" doc:"Wrong proofs that block; 0 when the policies in force do not know the policy."`
	AttemptsLeft int        `json:"attempts_left" doc:"Wrong proofs until the next block; 0 when none is tried at present."`
	NextBlock    string     `json:"next_block" enum:"cool_down,permanent" doc:"Whether the next block, or the present one, ends by itself or by a reset only."`
	Blocks       int        `json:"blocks" doc:"Blocks in a row."`
	BlockedUntil *time.Time `json:"blocked_until,omitempty" doc:"When a block ends by itself."`
	Resettable   bool       `json:"resettable" doc:"Whether there is something that a reset would clear."`
	Successes    int64      `json:"successes" doc:"Right proofs ever."`
	Mistakes     int64      `json:"mistakes" doc:"Wrong proofs ever."`
	RightInRow   int64      `json:"right_in_row" doc:"Right proofs since the last wrong one."`
	WrongInRow   int64      `json:"wrong_in_row" doc:"Wrong proofs since the last right one or reset. Unlike failures, it goes on after a block."`
	CreatedAt    time.Time  `json:"created_at" doc:"When the customer got it."`
	ExpiresAt    *time.Time `json:"expires_at,omitempty" doc:"When it ends."`
	SucceededAt  *time.Time `json:"succeeded_at,omitempty" doc:"The last right proof."`
	FailedAt     *time.Time `json:"failed_at,omitempty" doc:"The last wrong proof."`
}

// ResetAuthenticator is the request of resetAuthenticator.
type ResetAuthenticator struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Policy         string `json:"-" path:"policy" maxLength:"64" doc:"The policy."`
	Identification string `json:"identification" maxLength:"64" doc:"An identification of the customer that this client has recorded and that passed."`
	Reason         string `json:"reason" minLength:"1" maxLength:"200" doc:"Why, for the audit log."`
}

// SwitchAuthenticator is the request of disableAuthenticator and enableAuthenticator.
type SwitchAuthenticator struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Policy         string `json:"-" path:"policy" maxLength:"64" doc:"The policy."`
	Reason         string `json:"reason" minLength:"1" maxLength:"200" doc:"Why, for the audit log."`
}

// known is nil for the zero time, which means never.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func authenticatorOf(x authenticator.Holding, now time.Time) Authenticator {
	out := Authenticator{
		Policy: x.Policy, Name: x.Name, State: string(x.Status), Failures: x.Failures.Count, Threshold: x.Threshold, AttemptsLeft: x.Outlook.Left,
		NextBlock: nextBlock(x.Outlook), Blocks: x.Failures.Blocks, Resettable: x.Resettable(), CreatedAt: x.Created,
		Successes: x.Successes, Mistakes: x.Mistakes, RightInRow: max(x.Streak, 0), WrongInRow: max(-x.Streak, 0),
		ExpiresAt: known(x.Expires), SucceededAt: known(x.Succeeded), FailedAt: known(x.Failed),
	}
	switch {
	case x.Status != authenticator.Enabled:
	case x.Expired(now):
		out.State = "expired"
	case x.Failures.Held():
		out.State = "held"
	case x.Failures.Blocked(now):
		out.State, out.BlockedUntil = "blocked", known(x.Failures.BlockedUntil)
	}
	return out
}

func nextBlock(o authenticator.Outlook) string {
	if o.Permanent {
		return "permanent"
	}
	return "cool_down"
}

func (a *API) authenticatorOperations() []operation {
	example := Authenticator{
		Policy: "secure-code", Name: "Secure code from a hardware token", State: "enabled", Failures: 1, Threshold: 5, AttemptsLeft: 4, NextBlock: "cool_down", Resettable: true,
		Successes: 42, Mistakes: 3, WrongInRow: 1, CreatedAt: exampleTime(0), SucceededAt: new(exampleTime(10)), FailedAt: new(exampleTime(11)),
	}
	reset, off := example, example
	reset.Failures, reset.AttemptsLeft, reset.Resettable, reset.WrongInRow = 0, 5, false, 0
	off.State, off.AttemptsLeft = "disabled", 0
	at := func(id, method, rest, summary, text string, scopes client.Scopes) route {
		return route{id: id, method: method, path: "/v1/customers/{customer_number}/authenticators" + rest, tag: tagCustomers, scopes: scopes, summary: summary, text: text}
	}
	reason := SwitchAuthenticator{Reason: "reported by the fraud desk"}
	return []operation{
		act[CustomerRef, Authenticators]{
			route:  at("listAuthenticators", http.MethodGet, "", "List a customer's authenticators", "The policies that the customer holds, with their failure counters.", client.CustomersRead),
			status: http.StatusOK, do: a.listAuthenticators, out: Authenticators{[]Authenticator{example}},
		},
		act[ResetAuthenticator, Authenticator]{
			route:  at("resetAuthenticator", http.MethodPost, "/{policy}/reset", "Reset a failure counter", "Clears the failures, blocks and unanswered challenges of a policy, for all the customer's devices under it and for no other policy. It needs an identification of the customer (identifyCustomer). When there is nothing to reset that is a conflict.", client.AuthenticatorsWrite),
			status: http.StatusOK, repeats: stored, do: a.resetAuthenticator,
			in: ResetAuthenticator{Identification: exampleID, Reason: "called: mistyped the code after a trip"}, out: reset,
		},
		act[SwitchAuthenticator, Authenticator]{
			route:  at("disableAuthenticator", http.MethodPost, "/{policy}/disable", "Disable an authenticator", "Nothing is tried or counted until it is enabled again.", client.AuthenticatorsWrite),
			status: http.StatusOK, repeats: stored, do: a.disableAuthenticator, in: reason, out: off,
		},
		act[SwitchAuthenticator, Authenticator]{
			route:  at("enableAuthenticator", http.MethodPost, "/{policy}/enable", "Enable an authenticator", "Clears nothing: what was blocked stays blocked. The application must have identified the customer lately (identifyCustomer).", client.AuthenticatorsWrite),
			status: http.StatusOK, repeats: stored, do: a.enableAuthenticator, in: reason, out: example,
		},
	}
}

func (a *API) listAuthenticators(ctx context.Context, _ *call, in *CustomerRef) (Authenticators, error) {
	out := Authenticators{Authenticators: []Authenticator{}}
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return out, err
	}
	all, err := a.Authenticators.Of(ctx, who.ID)
	for _, x := range all {
		out.Authenticators = append(out.Authenticators, authenticatorOf(x, a.Now()))
	}
	return out, err
}

// actOn finds the customer whose authenticator is meant.
func (a *API) actOn(ctx context.Context, number, policy, reason string) (authenticator.Act, error) {
	who, err := a.Customers.GetByNumber(ctx, number)
	return authenticator.Act{Customer: who.ID, Policy: policy, Reason: reason}, err
}

func (a *API) resetAuthenticator(ctx context.Context, c *call, in *ResetAuthenticator) (Authenticator, error) {
	identified, err := identificationID(in.Identification)
	if err != nil {
		return Authenticator{}, err
	}
	act, err := a.actOn(ctx, in.CustomerNumber, in.Policy, in.Reason)
	if err != nil {
		return Authenticator{}, err
	}
	h, err := a.Authenticators.Reset(ctx, c.access.Actor(), act, identified)
	return authenticatorOf(h, a.Now()), err
}

func (a *API) disableAuthenticator(ctx context.Context, c *call, in *SwitchAuthenticator) (Authenticator, error) {
	act, err := a.actOn(ctx, in.CustomerNumber, in.Policy, in.Reason)
	if err != nil {
		return Authenticator{}, err
	}
	h, err := a.Authenticators.Disable(ctx, c.access.Actor(), act)
	return authenticatorOf(h, a.Now()), err
}

func (a *API) enableAuthenticator(ctx context.Context, c *call, in *SwitchAuthenticator) (Authenticator, error) {
	act, err := a.actOn(ctx, in.CustomerNumber, in.Policy, in.Reason)
	if err != nil {
		return Authenticator{}, err
	}
	h, err := a.Authenticators.Enable(ctx, c.access.Actor(), act)
	return authenticatorOf(h, a.Now()), err
}

// identificationID reads the id of an identification, for all acts that need one.
func identificationID(s string) (ident.ID, error) {
	id, err := ident.Parse(s)
	if err != nil {
		return id, fault.Invalidf("request.id", "This is not the id of an identification: record one with identifyCustomer.").WithField("/identification").WithCause(err)
	}
	return id, nil
}
