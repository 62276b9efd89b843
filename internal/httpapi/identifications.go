package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/identification"
)

// IdentifyCustomer is the request of identifyCustomer.
type IdentifyCustomer struct {
	CustomerNumber string           `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Way            string           `json:"way" enum:"call,branch,chat" doc:"How you spoke with the customer."`
	Answers        []QuestionAnswer `json:"answers" maxItems:"20" doc:"The questions that were asked, in their order."`
}

// QuestionAnswer says how a question was answered.
type QuestionAnswer struct {
	Question string `json:"question" maxLength:"200" doc:"The code of the question, as listIdentifications tells it."`
	Right    bool   `json:"right" doc:"Whether it was answered right. The answer itself is not sent here."`
}

// ListIdentifications is the request of listIdentifications.
type ListIdentifications struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Limit          int    `json:"-" query:"limit" minimum:"1" maximum:"100" default:"20" doc:"How many of the last identifications."`
}

// Identifications are the last identifications of a customer, and how to make
// another one.
type Identifications struct {
	Identifications []Identification `json:"identifications" doc:"Of whomever, newest first; the last 90 days are kept."`
	Questions       []Question       `json:"questions" doc:"What may be asked under the policies in force."`
	Needed          int              `json:"needed" doc:"How many right answers identify."`
	AttemptsLeft    int              `json:"attempts_left" doc:"Failed identifications until nobody can be identified as this customer for a while."`
	BlockedUntil    *time.Time       `json:"blocked_until,omitempty" doc:"When the customer can be identified again."`
}

// Question is one of the bank's identity questions.
type Question struct {
	Question string            `json:"question" doc:"Its code."`
	Text     map[string]string `json:"text" doc:"What staff read, by language."`
}

// Identification is an attempt to identify a customer.
type Identification struct {
	ID            string           `json:"id" doc:"Its id, for the acts that need it."`
	Passed        bool             `json:"passed" doc:"Whether the customer was identified."`
	By            string           `json:"by" doc:"Who identified, as in the audit log. Nobody else can use it."`
	Way           string           `json:"way" enum:"call,branch,chat" doc:"How they spoke."`
	Answers       []QuestionAnswer `json:"answers" doc:"The questions that were asked."`
	Needed        int              `json:"needed" doc:"How many right answers were needed."`
	PolicyVersion int64            `json:"policy_version" doc:"The version of the policies that decided."`
	CreatedAt     time.Time        `json:"created_at" doc:"When it was recorded."`
	ExpiresAt     *time.Time       `json:"expires_at,omitempty" doc:"Until when it can be used; not there when it failed."`
}

func identificationOf(i identification.Identification) Identification {
	out := Identification{
		ID: i.ID.String(), Passed: i.Passed(), By: i.By.String(), Way: string(i.Way), Answers: make([]QuestionAnswer, len(i.Answers)),
		Needed: i.Needed, PolicyVersion: i.Policy, CreatedAt: i.At, ExpiresAt: known(i.Until),
	}
	for n, a := range i.Answers {
		out.Answers[n] = QuestionAnswer(a)
	}
	return out
}

func (a *API) identificationOperations() []operation {
	asked := []QuestionAnswer{{"birth-date", true}, {"address", true}, {"transaction", false}, {"call-back", true}}
	example := Identification{
		ID: exampleID, Passed: true, By: "client:" + exampleID, Way: "call", Answers: asked, Needed: 3, CreatedAt: exampleTime(0), ExpiresAt: new(exampleTime(15)),
	}
	at := func(id, method, summary, text string, scopes client.Scopes) route {
		return route{id: id, method: method, path: "/v1/customers/{customer_number}/identifications", tag: tagCustomers, scopes: scopes, summary: summary, text: text}
	}
	return []operation{
		act[IdentifyCustomer, Identification]{
			route:  at("identifyCustomer", http.MethodPost, "Record an identification", "Records which identity questions were asked and which were answered right. Unlocking, resynchronizing and resetting need the id of one that passed, recorded by the same client. Too few right answers are an answer (passed is false), and count: after several nobody can be identified as this customer for a while (429).", client.IdentificationsWrite),
			status: http.StatusCreated, repeats: stored, do: a.identifyCustomer,
			in: IdentifyCustomer{Way: "call", Answers: asked}, out: example,
		},
		act[ListIdentifications, Identifications]{
			route:  at("listIdentifications", http.MethodGet, "List a customer's identifications", "The last ones, and the questions for the next one.", client.CustomersRead),
			status: http.StatusOK, do: a.listIdentifications,
			out: Identifications{
				Identifications: []Identification{example}, Questions: []Question{{"birth-date", map[string]string{"en": "Date of birth"}}}, Needed: 3, AttemptsLeft: 3,
			},
		},
	}
}

func (a *API) identifyCustomer(ctx context.Context, c *call, in *IdentifyCustomer) (Identification, error) {
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return Identification{}, err
	}
	attempt := identification.Attempt{ID: c.claim, Customer: who.ID, Way: identification.Way(in.Way)}
	for _, x := range in.Answers {
		attempt.Answers = append(attempt.Answers, identification.Answer(x))
	}
	i, err := a.Identification.Record(ctx, c.access.Actor(), attempt)
	return identificationOf(i), err
}

func (a *API) listIdentifications(ctx context.Context, c *call, in *ListIdentifications) (Identifications, error) {
	out := Identifications{Identifications: []Identification{}, Questions: []Question{}}
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return out, err
	}
	if in.Limit == 0 {
		in.Limit = 20
	}
	s, err := a.Identification.Sheet(ctx, c.access.Actor(), who.ID, in.Limit)
	for _, i := range s.Recent {
		out.Identifications = append(out.Identifications, identificationOf(i))
	}
	for _, q := range s.Rule.Questions {
		out.Questions = append(out.Questions, Question{q.Code, q.Text})
	}
	out.Needed, out.AttemptsLeft, out.BlockedUntil = s.Rule.Needed, s.Left, known(s.BlockedUntil)
	return out, err
}
