package httpapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/token"
)

// TokenRef names a token.
type TokenRef struct {
	Serial       string `json:"-" path:"serial" maxLength:"128" doc:"The serial number, as printed or as typed."`
	Manufacturer string `json:"-" query:"manufacturer" maxLength:"128" doc:"Only tokens of this manufacturer, as the import file wrote it. Two makes can have the same serial number."`
}

// Tokens are the tokens with one serial number.
type Tokens struct {
	Tokens []Token `json:"tokens" doc:"One, unless several manufacturers use the serial number."`
}

// Token is a device of the kind token, as long as there is no other kind.
type Token struct {
	ID             string     `json:"id" doc:"Our id, as in the audit log."`
	Kind           string     `json:"kind" enum:"token" doc:"What it is."`
	Manufacturer   string     `json:"manufacturer" doc:"As the import file wrote it; may be empty."`
	Serial         string     `json:"serial" doc:"The serial number in normal form."`
	Model          string     `json:"model" doc:"The code of its model in the policies."`
	Name           string     `json:"name,omitempty" doc:"What its owner calls it."`
	State          string     `json:"state" enum:"stock,assigned,active,suspended,lost,retired,blocked,expired" doc:"assigned: given to the customer, and waiting for its first code. retired: ended for good. blocked: the import file had a rule that is not understood."`
	CustomerNumber string     `json:"customer_number,omitempty" doc:"Whose it is; not there for tokens in stock."`
	CreatedAt      time.Time  `json:"created_at" doc:"When it was imported."`
	AssignedAt     *time.Time `json:"assigned_at,omitempty" doc:"When its owner got it."`
	StartsAt       *time.Time `json:"starts_at,omitempty" doc:"Not to be used before."`
	ExpiresAt      *time.Time `json:"expires_at,omitempty" doc:"Not to be used after."`
	Note           string     `json:"note,omitempty" doc:"Why it is in its state."`
	ReplacedBy     string     `json:"replaced_by,omitempty" doc:"The id of the token that took its place."`
	ChangedAt      *time.Time `json:"changed_at,omitempty" doc:"When its state last changed."`
	Keys           []TokenKey `json:"keys" doc:"What is inside, seeds and counters excepted."`
}

// TokenKey is a key of a token.
type TokenKey struct {
	KeyID       string     `json:"key_id" doc:"The name of the key in the import file."`
	Usage       string     `json:"usage" enum:"code,sign,unlock" doc:"What it is for."`
	Algorithm   string     `json:"algorithm" enum:"hotp,totp,ocra" doc:"Its family."`
	Suite       string     `json:"suite,omitempty" doc:"The OCRA suite."`
	Hash        string     `json:"hash,omitempty" doc:"The hash of HOTP and TOTP."`
	Digits      int        `json:"digits" doc:"The length of its codes."`
	StepSeconds int64      `json:"step_seconds,omitempty" doc:"The time step of TOTP."`
	PINMode     string     `json:"pin_mode,omitempty" enum:"local,prepend,append,algorithmic" doc:"What a PIN has to do with it."`
	Proven      bool       `json:"proven" doc:"Whether a code was ever accepted since the import or the last resynchronization."`
	ResyncFirst bool       `json:"resync_first" doc:"Whether it must be resynchronized before it is used."`
	Uses        int64      `json:"uses" doc:"Codes accepted."`
	UsedAt      *time.Time `json:"used_at,omitempty" doc:"When a code was last accepted."`
	ExpiresAt   *time.Time `json:"expires_at,omitempty" doc:"Not to be used after."`
}

func (a *API) tokenOf(it token.Item) Token {
	d := it.Device
	out := Token{
		ID: d.ID.String(), Kind: string(d.Kind), Manufacturer: d.Manufacturer, Serial: d.Serial, Model: d.Model, Name: d.Name, State: string(d.Status),
		CustomerNumber: it.Owner, CreatedAt: d.Created, AssignedAt: known(d.Assigned), StartsAt: known(d.Starts), ExpiresAt: known(d.Expires), Note: d.Note,
		ChangedAt: known(d.Changed), Keys: []TokenKey{},
	}
	if !d.ReplacedBy.IsZero() {
		out.ReplacedBy = d.ReplacedBy.String()
	}
	if d.Ending() && d.Expired(a.Now()) {
		out.State = "expired"
	}
	for _, k := range it.Keys {
		out.Keys = append(out.Keys, tokenKeyOf(k))
	}
	return out
}

func tokenKeyOf(k token.Key) TokenKey {
	out := TokenKey{
		KeyID: k.KeyID, Usage: string(k.Usage), Algorithm: string(k.Algorithm), Suite: k.Suite, Digits: k.Digits, StepSeconds: int64(k.Step / time.Second),
		PINMode: string(k.PINMode), Proven: k.Proven, ResyncFirst: k.ResyncFirst, Uses: k.Uses, UsedAt: known(k.Used), ExpiresAt: known(k.Expires),
	}
	if k.Algorithm != token.OCRA {
		out.Hash = k.Hash.String()
	}
	return out
}

func exampleToken() Token {
	return Token{
		ID: exampleID, Kind: "token", Manufacturer: "oath.ALDR", Serial: "7700001", Model: "keypad", State: "active", CustomerNumber: "10023",
		CreatedAt: exampleTime(0), AssignedAt: new(exampleTime(10)),
		Keys: []TokenKey{{KeyID: "7700001-1", Usage: "code", Algorithm: "hotp", Hash: "sha1", Digits: 6, PINMode: "local", Proven: true, Uses: 42, UsedAt: new(exampleTime(11))}},
	}
}

func (a *API) tokenOperations() []operation {
	return append([]operation{
		act[TokenRef, Tokens]{
			route: route{
				id: "getToken", method: http.MethodGet, path: "/v1/tokens/{serial}", tag: tagTokens, scopes: client.TokensRead,
				summary: "Look up a token by its serial number",
			},
			status: http.StatusOK, do: a.getToken, out: Tokens{[]Token{exampleToken()}},
		},
	}, slices.Concat(a.importOperations(), a.endOperations(), a.lifeOperations(), a.replacementOperations(), a.bulkOperations())...)
}

func (a *API) getToken(ctx context.Context, _ *call, in *TokenRef) (Tokens, error) {
	out := Tokens{Tokens: []Token{}}
	items, err := a.Tokens.BySerial(ctx, in.Serial)
	if err != nil {
		return out, err
	}
	for _, it := range items {
		if in.Manufacturer == "" || in.Manufacturer == it.Device.Manufacturer {
			out.Tokens = append(out.Tokens, a.tokenOf(it))
		}
	}
	if len(out.Tokens) == 0 {
		return out, fault.NotFoundf("token.unknown_serial", "There is no token with this serial number.")
	}
	return out, nil
}
