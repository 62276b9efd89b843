package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/token"
)

// PoseResyncChallenges is the request of poseResyncChallenges.
type PoseResyncChallenges struct {
	Serial         string `json:"-" path:"serial" maxLength:"128" doc:"The serial number, as printed or as typed."`
	Manufacturer   string `json:"-" query:"manufacturer" maxLength:"128" doc:"Needed when two makes have the serial number."`
	CustomerNumber string `json:"customer_number" maxLength:"80" doc:"Whose token it is."`
	Identification string `json:"identification" maxLength:"64" doc:"An identification of the customer that this client has recorded and that passed."`
	Policy         string `json:"policy,omitempty" maxLength:"64" doc:"As in resynchronizeToken."`
	Number         int    `json:"number,omitempty" minimum:"1" maximum:"3" doc:"How many; never fewer than the policy asks for."`
}

// ResyncChallenges is the answer of poseResyncChallenges.
type ResyncChallenges struct {
	Challenges []ResyncChallenge `json:"challenges" doc:"One for each code, in order; none for a token that takes none."`
}

// ResyncChallenge is a challenge that a code of a resynchronization answers.
type ResyncChallenge struct {
	ID        string    `json:"id" doc:"Its id, for resynchronizeToken."`
	Question  string    `json:"question" doc:"What the customer types into the token."`
	ExpiresAt time.Time `json:"expires_at" doc:"Until when it can be answered."`
}

// ResynchronizeToken is the request of resynchronizeToken.
type ResynchronizeToken struct {
	Serial         string   `json:"-" path:"serial" maxLength:"128" doc:"The serial number, as printed or as typed."`
	Manufacturer   string   `json:"-" query:"manufacturer" maxLength:"128" doc:"Needed when two makes have the serial number."`
	CustomerNumber string   `json:"customer_number" maxLength:"80" doc:"Whose token it is."`
	Identification string   `json:"identification" maxLength:"64" doc:"An identification of the customer that this client has recorded and that passed."`
	Policy         string   `json:"policy,omitempty" maxLength:"64" doc:"Whose windows and failure counter count; by default the first that tokens of the model serve."`
	Codes          []string `json:"codes" maxItems:"3" doc:"Codes that the token showed directly one after another, in order, without a PIN that is typed with them at login. The policy says how many."`
	Challenges     []string `json:"challenges,omitempty" maxItems:"3" doc:"The ids of the challenges that the codes answer, in order; for tokens that take challenges."`
}

// Resynchronization is the answer of resynchronizeToken.
type Resynchronization struct {
	Outcome      string `json:"outcome" enum:"synchronized,no_match,ambiguous,too_early" doc:"no_match: the codes do not follow one another within the windows, and it counted as a failure. ambiguous: they stand at several places; give the next code as well. too_early: they may have been used before the database was restored; see skip."`
	Skip         int64  `json:"skip,omitempty" doc:"Of too_early: how many more codes the token must be made to show first."`
	Moved        int64  `json:"moved,omitempty" doc:"How many events the counter advanced."`
	DriftSeconds int64  `json:"drift_seconds,omitempty" doc:"How far the token's clock is ahead; negative: behind."`
	Unblocked    bool   `json:"unblocked" doc:"Whether the failure counter was blocked and is open now."`
}

// ReadToken is the request of readToken.
type ReadToken struct {
	Serial         string `json:"-" path:"serial" maxLength:"128" doc:"The serial number, as printed or as typed."`
	Manufacturer   string `json:"-" query:"manufacturer" maxLength:"128" doc:"Needed when two makes have the serial number."`
	CustomerNumber string `json:"customer_number" maxLength:"80" doc:"Whose token it is."`
	Identification string `json:"identification" maxLength:"64" doc:"An identification of the customer that this client has recorded and that passed."`
	Policy         string `json:"policy,omitempty" maxLength:"64" doc:"As in resynchronizeToken."`
	Counter        *int64 `json:"counter,omitempty" doc:"The number of the token's next code, as it shows it. A counter never goes down."`
	Clock          string `json:"clock,omitempty" maxLength:"40" doc:"The time that the token shows, such as 2026-11-02T09:00:00Z."`
}

// Reading is the answer of readToken.
type Reading struct {
	Moved        int64 `json:"moved,omitempty" doc:"How many events the counter advanced."`
	DriftSeconds int64 `json:"drift_seconds,omitempty" doc:"How far the token's clock is ahead; negative: behind."`
	WaitSeconds  int64 `json:"wait_seconds,omitempty" doc:"How long codes of the token are refused yet, because its clock went back behind codes that were used."`
}

func (a *API) resyncOperations() []operation {
	challenge := ResyncChallenge{ID: exampleID, Question: "48150162", ExpiresAt: exampleTime(3)}
	return []operation{
		act[PoseResyncChallenges, ResyncChallenges]{
			route:  upkeepRoute("poseResyncChallenges", "/resync-challenges", "Pose challenges to resynchronize by", "For a token that answers challenges. It needs an identification of the customer (identifyCustomer).", client.TokensWrite),
			status: http.StatusCreated, repeats: stored, do: a.poseResyncChallenges,
			in: PoseResyncChallenges{CustomerNumber: "10023", Identification: exampleID, Number: 1}, out: ResyncChallenges{[]ResyncChallenge{challenge}},
		},
		act[ResynchronizeToken, Resynchronization]{
			route:  upkeepRoute("resynchronizeToken", "/resync", "Resynchronize a token by its codes", "Searches the codes in the wide windows of the policy. Right ones are spent, and open a failure counter that was blocked; wrong ones are an answer (no_match) and count as a failure. It needs an identification of the customer (identifyCustomer).", client.TokensWrite),
			status: http.StatusOK, repeats: stored, do: a.resynchronizeToken,
			in:  ResynchronizeToken{CustomerNumber: "10023", Identification: exampleID, Codes: []string{"755224", "287082"}},
			out: Resynchronization{Outcome: "synchronized", Moved: 37, Unblocked: true},
		},
		act[ReadToken, Reading]{
			route:  upkeepRoute("readToken", "/resync-manual", "Resynchronize a token by what it shows", "Takes the counter or the clock as the customer reads it off the token, where the policy allows that. Nothing proves it: the token counts as unproven until its next good code, and a blocked failure counter stays blocked. It needs an identification of the customer (identifyCustomer).", client.TokensWrite),
			status: http.StatusOK, repeats: stored, do: a.readToken,
			in:  ReadToken{CustomerNumber: "10023", Identification: exampleID, Clock: "2026-11-02T09:04:00Z"},
			out: Reading{DriftSeconds: 240},
		},
	}
}

func (a *API) poseResyncChallenges(ctx context.Context, c *call, in *PoseResyncChallenges) (ResyncChallenges, error) {
	out := ResyncChallenges{Challenges: []ResyncChallenge{}}
	target, why, err := a.tokenOfCustomer(ctx, in.Serial, in.Manufacturer, in.CustomerNumber, in.Identification)
	if err != nil {
		return out, err
	}
	posed, err := a.Upkeep.Challenges(ctx, c.access.Actor(), why, token.Challenges{Target: target, Policy: in.Policy, Number: in.Number})
	for _, x := range posed {
		out.Challenges = append(out.Challenges, ResyncChallenge{x.ID.String(), x.Question, x.Expires})
	}
	return out, err
}

func (a *API) resynchronizeToken(ctx context.Context, c *call, in *ResynchronizeToken) (Resynchronization, error) {
	target, why, err := a.tokenOfCustomer(ctx, in.Serial, in.Manufacturer, in.CustomerNumber, in.Identification)
	if err != nil {
		return Resynchronization{}, err
	}
	r := token.Resync{Target: target, Policy: in.Policy, Codes: in.Codes}
	for _, text := range in.Challenges {
		id, err := ident.Parse(text)
		if err != nil {
			return Resynchronization{}, fault.Invalidf("request.id", "This is not the id of a challenge: pose them with poseResyncChallenges.").WithField("/challenges").WithCause(err)
		}
		r.Challenges = append(r.Challenges, id)
	}
	got, err := a.Upkeep.Resync(ctx, c.access.Actor(), why, r)
	return Resynchronization{string(got.Outcome), got.Skip, got.Moved, int64(got.Drift / time.Second), got.Unblocked}, err
}

func (a *API) readToken(ctx context.Context, c *call, in *ReadToken) (Reading, error) {
	target, why, err := a.tokenOfCustomer(ctx, in.Serial, in.Manufacturer, in.CustomerNumber, in.Identification)
	if err != nil {
		return Reading{}, err
	}
	r := token.Reading{Target: target, Policy: in.Policy, Counter: in.Counter}
	if in.Clock != "" {
		if r.Clock, err = time.Parse(time.RFC3339, in.Clock); err != nil {
			return Reading{}, fault.Invalidf("request.type", "The clock must be a time such as 2026-11-02T09:00:00Z.").WithField("/clock").WithCause(err)
		}
	}
	got, err := a.Upkeep.ResyncByHand(ctx, c.access.Actor(), why, r)
	return Reading{got.Moved, int64(got.Drift / time.Second), int64(got.Wait / time.Second)}, err
}
