package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/policy"
)

// MobileApplications are the bank's applications that have a token in them.
type MobileApplications struct {
	MobileApplications []MobileApplication `json:"mobile_applications" doc:"In the order of the policies."`
}

// MobileApplication is an application of the bank that has a token in it.
type MobileApplication struct {
	Application  string           `json:"application" doc:"Its code, which does not change."`
	Name         string           `json:"name" doc:"What people read."`
	Download     string           `json:"download" doc:"Where it is to be had."`
	Scheme       string           `json:"scheme,omitempty" doc:"Of the links that open it; not there for the one in browsers."`
	DSKPP        string           `json:"dskpp,omitempty" doc:"Where its devices are provisioned (RFC 6063); not there while that is off."`
	Tokens       int              `json:"tokens" doc:"How many tokens of it a customer may have at a time."`
	PIN          MobilePIN        `json:"pin" doc:"The PIN that it asks for."`
	Key          MobileKey        `json:"key" doc:"Its secure codes."`
	Activation   MobileActivation `json:"activation" doc:"Its activation codes."`
	KeepSerial   bool             `json:"keep_serial" doc:"A token that migrates keeps its serial number unless asked otherwise."`
	SameKey      bool             `json:"same_key" doc:"A token that is redistributed keeps its key."`
	Policies     []string         `json:"policies" doc:"The policies that its tokens serve."`
	SigningSuite string           `json:"signing_suite,omitempty" doc:"The OCRA suite of its signatures (RFC 6287)."`
}

// MobilePIN is the PIN of a mobile token, which the server never sees.
type MobilePIN struct {
	Min int `json:"min" doc:"Digits at least."`
	Max int `json:"max" doc:"Digits at most."`
}

// MobileKey is what secure codes are made with.
type MobileKey struct {
	Algorithm   string `json:"algorithm" enum:"totp,hotp" doc:"By the clock (RFC 6238) or by a counter (RFC 4226)."`
	Digits      int    `json:"digits" doc:"The length of a code."`
	StepSeconds int64  `json:"step_seconds,omitempty" doc:"The time step of the clock."`
}

// MobileActivation says how activation codes are made and handed over.
type MobileActivation struct {
	ValidSeconds   int64    `json:"valid_seconds" doc:"The life of a code, unless another one is asked for."`
	MaxLifeSeconds int64    `json:"max_life_seconds" doc:"Its longest life, extensions included."`
	MaxExtend      int      `json:"max_extend" doc:"How often a code may be extended."`
	Ways           []string `json:"ways" doc:"In which it may be handed over; the first one when none is asked for."`
	Split          bool     `json:"split" doc:"In two halves, by two ways."`
	Attempts       int      `json:"attempts" doc:"Wrong attempts at a code before it is blocked for a while."`
}

func (a *API) mobileApplicationOf(x policy.Application) MobileApplication {
	out := MobileApplication{
		Application: x.Code, Name: x.Name, Download: x.Download, Scheme: x.Scheme, Tokens: x.Tokens, PIN: MobilePIN{x.PIN.Min, x.PIN.Max},
		Key: MobileKey{string(x.Keys.Code), x.Keys.Digits, int64(x.Keys.Step / time.Second)}, KeepSerial: x.KeepSerial, SameKey: x.Redistribution.SameKey,
		Activation: MobileActivation{
			ValidSeconds: int64(x.Activation.Valid / time.Second), MaxLifeSeconds: int64(x.Activation.MaxLife / time.Second), MaxExtend: x.Activation.MaxExtend,
			Ways: waysOf(x), Split: x.Activation.Split, Attempts: x.Activation.Attempts.Max,
		},
		Policies: x.Policies, SigningSuite: x.Keys.Sign,
	}
	if a.MobileURL != "" {
		out.DSKPP = a.MobileURL + "/dskpp/" + x.Code
	}
	return out
}

func waysOf(x policy.Application) []string {
	ways := make([]string, len(x.Activation.Ways))
	for i, w := range x.Activation.Ways {
		ways[i] = string(w)
	}
	return ways
}

func (a *API) mobileApplicationOperations() []operation {
	return []operation{
		act[nothing, MobileApplications]{
			route: route{
				id: "listMobileApplications", method: http.MethodGet, path: "/v1/mobile-applications", tag: tagMobile, scopes: client.MobileRead,
				summary: "List the mobile applications", text: "Those of the policies in force. The security officer registers them there.",
			},
			status: http.StatusOK, do: a.listMobileApplications,
			out: MobileApplications{[]MobileApplication{{
				Application: "mobile-bank", Name: "Mobile bank", Download: "https://bank.example/app", Scheme: "bank", DSKPP: "https://mobile.bank.example/dskpp/mobile-bank",
				Tokens: 5, PIN: MobilePIN{6, 8}, Key: MobileKey{"totp", 6, 30}, Policies: []string{"mobile-code"}, SigningSuite: "OCRA-1:HOTP-SHA256-8:QH64-T1M",
				Activation: MobileActivation{ValidSeconds: 604800, MaxLifeSeconds: 2419200, MaxExtend: 3, Ways: []string{"shown", "sent"}, Attempts: 5},
			}}},
		},
	}
}

func (a *API) listMobileApplications(context.Context, *call, *nothing) (MobileApplications, error) {
	out := MobileApplications{MobileApplications: []MobileApplication{}}
	for _, x := range a.Policies.Active().Applications {
		out.MobileApplications = append(out.MobileApplications, a.mobileApplicationOf(x))
	}
	return out, nil
}
