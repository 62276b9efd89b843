package httpapi

import (
	"context"
	"math"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/telemetry"
	"github.com/countersign-auth/countersign/internal/token"
)

// TokenSpan asks for tokens that end in a span of time.
type TokenSpan struct {
	Before time.Time `json:"-" query:"ends_before" doc:"Tokens that end before this moment; without it, within ninety days."`
	From   time.Time `json:"-" query:"ends_from" doc:"Tokens that end at this moment or later; without it, now."`
	Stock  bool      `json:"-" query:"stock" doc:"Those in stock, in place of those in customers' hands."`
}

// ListTokens is the request of listTokens.
type ListTokens struct {
	Before time.Time `json:"-" query:"ends_before" doc:"Tokens that end before this moment; without it, within ninety days."`
	From   time.Time `json:"-" query:"ends_from" doc:"Tokens that end at this moment or later; without it, now."`
	Stock  bool      `json:"-" query:"stock" doc:"Those in stock, in place of those in customers' hands."`
	Cursor string    `json:"-" query:"cursor" maxLength:"200" doc:"next_cursor of the page before; leave it out for the first page."`
	Limit  int       `json:"-" query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Tokens on a page."`
}

// TokenPage is a page of tokens.
type TokenPage struct {
	Tokens     []Token `json:"tokens" doc:"Soonest end first, without their keys."`
	NextCursor string  `json:"next_cursor,omitempty" doc:"Where the next page begins; not there on the last one."`
}

// StockForecast is how long the stock will do.
type StockForecast struct {
	CountedAt time.Time       `json:"counted_at" doc:"When it was counted."`
	Months    []string        `json:"months" doc:"The months that it looks back on, such as 2026-11, oldest first; the last one is under way."`
	Models    []ForecastModel `json:"models" doc:"By the codes of the models."`
}

// ForecastModel is the stock of one model.
type ForecastModel struct {
	Model    string     `json:"model" doc:"The code of the model in the policies."`
	Stock    int64      `json:"stock" doc:"Tokens in stock."`
	Assigned []int64    `json:"assigned" doc:"Tokens that customers got in each of the months; those that came back to stock are not counted."`
	PerYear  int64      `json:"per_year" doc:"How many that makes in a year at the rate of the last three whole months."`
	RunsOut  *time.Time `json:"runs_out_at,omitempty" doc:"When the stock is used up at that rate; not there if not within ten years."`
}

// defaultSpan is how far ahead a list looks by itself.
const defaultSpan = 90 * 24 * time.Hour

func (a *API) endOperations() []operation {
	expiring := exampleToken()
	expiring.ExpiresAt, expiring.Keys = new(exampleTime(30*24*60)), []TokenKey{}
	forecast := ForecastModel{Model: "keypad", Stock: 1200, Assigned: []int64{90, 110, 98, 102, 95, 130, 120, 88, 101, 99, 103, 44}, PerYear: 1212, RunsOut: new(exampleTime(360 * 24 * 60))}
	at := func(id, path, summary, text string) route {
		return route{id: id, method: http.MethodGet, path: path, tag: tagTokens, scopes: client.TokensRead, summary: summary, text: text}
	}
	return []operation{
		act[ListTokens, TokenPage]{
			route:  at("listTokens", "/v1/tokens", "List tokens that end", "For letters to their owners, and for ordering new ones in time. A token ends when its battery or the bank's plan says so (expires_at)."),
			status: http.StatusOK, do: a.listTokens, names: map[string]string{"cursor": "cursor", "limit": "limit"}, out: TokenPage{Tokens: []Token{expiring}},
		},
		stream{
			route: at("downloadTokens", "/v1/tokens.csv", "Download the tokens that end", "The same as a file: a heading, then one line for each token. It is sent as it is read."),
			in:    reflect.TypeFor[TokenSpan](), kind: csvType, serve: a.downloadTokens,
			out: "serial,manufacturer,model,state,customer_number,name,assigned_at,ends_at\n7700001,oath.ALDR,keypad,active,10023,,2026-11-02T09:10:00Z,2026-12-02T09:00:00Z\n",
		},
		act[nothing, StockForecast]{
			route:  at("getStockForecast", "/v1/token-forecast", "Forecast the stock", "For each model what is in stock, what was given out in each of the last twelve months, and when the stock runs out at that rate."),
			status: http.StatusOK, do: a.forecast,
			out: StockForecast{CountedAt: exampleTime(0), Months: []string{"2025-12", "2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10", "2026-11"}, Models: []ForecastModel{forecast}},
		},
	}
}

// span reads a span of time with its defaults.
func (a *API) span(from, before time.Time, stock bool) token.Ending {
	if from.IsZero() {
		from = a.Now()
	}
	if before.IsZero() {
		before = from.Add(defaultSpan)
	}
	return token.Ending{From: from, Before: before, Stock: stock}
}

func (a *API) listTokens(ctx context.Context, _ *call, in *ListTokens) (TokenPage, error) {
	out := TokenPage{Tokens: []Token{}}
	if in.Limit == 0 {
		in.Limit = 50
	}
	items, next, err := a.Care.Ending(ctx, a.span(in.From, in.Before, in.Stock), in.Cursor, in.Limit)
	for _, it := range items {
		out.Tokens = append(out.Tokens, a.tokenOf(it))
	}
	out.NextCursor = next
	return out, err
}

func (a *API) forecast(ctx context.Context, _ *call, _ *nothing) (StockForecast, error) {
	f, err := a.Care.Forecast(ctx)
	out := StockForecast{CountedAt: f.At, Months: []string{}, Models: []ForecastModel{}}
	for _, m := range f.Since {
		out.Months = append(out.Months, m.From.Format("2006-01"))
	}
	for _, m := range f.Models {
		out.Models = append(out.Models, ForecastModel{Model: m.Model, Stock: m.Stock, Assigned: m.Assigned[:], PerYear: int64(math.Round(12 * m.PerMonth)), RunsOut: known(m.RunsOut)})
	}
	return out, err
}

// csvType is the media type of files for spreadsheets (RFC 4180, section 3).
const csvType = "text/csv; charset=utf-8; header=present"

// downloadTokens sends the file as it is read. What goes wrong before the first line
// is a problem; after it the connection ends, so that nobody takes a part for all.
func (a *API) downloadTokens(w http.ResponseWriter, r *http.Request, c *call) error {
	var in TokenSpan
	if err := decodeParams(r, shapeOf(reflect.TypeFor[TokenSpan]()), reflect.ValueOf(&in).Elem()); err != nil {
		return err
	}
	out := &late{w: w, head: func() {
		w.Header().Set("Content-Type", csvType)
		w.Header().Set("Content-Disposition", `attachment; filename="tokens.csv"`)
		w.WriteHeader(http.StatusOK)
	}}
	c.status = http.StatusOK
	err := a.Care.EndingCSV(telemetry.WithRequestID(r.Context(), c.id), a.span(in.From, in.Before, in.Stock), out)
	if err != nil && out.begun {
		panic(http.ErrAbortHandler)
	}
	return err
}

// late sends the head with the first byte.
type late struct {
	w     http.ResponseWriter
	head  func()
	begun bool
}

// Write implements io.Writer.
func (l *late) Write(p []byte) (int, error) {
	if !l.begun {
		l.begun = true
		l.head()
	}
	return l.w.Write(p)
}

// stream is an operation that sends a file.
type stream struct {
	route
	in    reflect.Type // of its parameters
	kind  string       // media type
	out   string       // example
	serve func(http.ResponseWriter, *http.Request, *call) error
}

func (s stream) bind(*API) func(http.ResponseWriter, *http.Request, *call) error { return s.serve }

func (s stream) describe(d *document) {
	op := d.add(s.route)
	d.parameters(op, s.in)
	op.Responses["200"] = &huma.Response{Description: "The file.", Content: map[string]*huma.MediaType{
		s.kind: {Schema: &huma.Schema{Type: "string"}, Example: s.out},
	}}
	d.problem(op, http.StatusUnprocessableEntity, "A parameter breaks a rule.")
}
