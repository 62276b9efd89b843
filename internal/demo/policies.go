package demo

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/policy"
)

// Policies of the demo beside those of version 0.
const (
	passwordCode = "password"
	textCode     = "sms-code"      // of version 0
	textSignCode = "sms-signature" // of version 0

	mobileCode      = "mobile-code"
	mobileApproval  = "mobile-approval"
	mobilePicture   = "mobile-picture"
	approvalSign    = "mobile-approval-sign" // of payments
	pictureSign     = "mobile-picture-sign"
	applicationCode = "bank"

	mobileID     = "mobile-id"
	mobileIDSign = "mobile-id-sign" // of payments
)

// textHost is the origin in the last line of a text with a code: the made-up bank's.
const textHost = "bank.alder.example"

// policies stores and activates what the demo decides otherwise than version 0: customers
// may also have a password and codes by text message, and choose at each login and
// payment. On the web the risk engine looks on:
//
//	purpose       allow                             step-up                       block
//	login         token, or the password alone      token, or password and text   nobody is let in
//	payment       without a code up to EUR 30, in   token, or password and text   nothing is paid
//	              all EUR 100 since the last code;
//	              else as step-up
//	self-service  token, or password and text       the same                      nothing is changed
//
// A login by the password alone is not strong customer authentication, and is recorded as
// one factor: what the law wants of a bank that leaves it out is in docs/exemptions.md.
// Every step-up asks for what the customer has anyway, so nobody is locked out by it.
func (x *filling) policies(ctx context.Context) error {
	set := x.Policies.Active()
	doc, err := set.Format()
	if err != nil {
		return err
	}
	next, err := policy.Parse(doc) // a copy: the active one is shared
	if err != nil {
		return err
	}
	next.Policies = append(next.Policies, passwordPolicy(next))
	next.Policies = append(next.Policies, mobilePolicies(next)...)
	next.Policies = append(next.Policies, mobileIDPolicies(next)...)
	next.MobileID.Service, next.MobileID.Hold = bankName, 24*time.Hour
	next.Applications = append(next.Applications, application())
	next.SMS.Host, next.Exemptions.LowValue.On = textHost, true
	next.Interaction.Mode = policy.InteractionOn
	next.Payments.Risk = policy.PaymentRiskShadow
	for i := range next.Journeys {
		addWay(&next.Journeys[i])
	}
	next.Journeys = append(next.Journeys, phoneJourney())
	if doc, err = next.Format(); err != nil {
		return err
	}
	version, err := x.Policies.Store(ctx, by, doc)
	if err != nil {
		return err
	}
	return x.Policies.Activate(ctx, by, set.Version, version)
}

// passwordPolicy is registered together with the phone that gets the codes.
func passwordPolicy(set *policy.Set) policy.Policy {
	text, _ := set.Policy(textCode)
	p := policy.Policy{
		Code: passwordCode, Name: "Password", Method: policy.MethodPassword, Use: policy.UseCode,
		Failures: text.Failures, Secret: policy.DefaultSecret(), With: []string{textCode},
	}
	p.Secret.History, p.Secret.Context = 3, []string{"alder", "countersign"}
	return p
}

// webChannel is that of the bank's pages and of self-service, phoneChannel that of the app.
const (
	webChannel   = "web"
	phoneChannel = "mobile"
)

// addWay lets whoever has a password go on with a text message.
func addWay(j *policy.Journey) {
	last := textCode
	if j.Purpose == policy.PurposePayment {
		last = textSignCode
	}
	steps := [][]string{{passwordCode}, {last}}
	if j.Channel == webChannel {
		j.Risk = policy.JourneyRisk{On: true, StepUp: []string{last, first(j)}}
		j.Exempt = j.Purpose == policy.PurposePayment
		if j.Purpose == policy.PurposeLogin {
			steps = steps[:1] // the code is what risk asks for
		} else {
			j.Risk.ChannelBlock.After = policy.BlockNever // who tries the demo's lists is not locked out by it
		}
	}
	j.Ways = append(j.Ways, policy.Way{Steps: steps})
	if j.Channel == webChannel {
		addMobile(j)
	}
}

// addMobile lets whoever has the app use it: it approves, on- or offline, and shows codes,
// which sign nothing.
func addMobile(j *policy.Journey) {
	step := []string{mobileApproval, mobilePicture}
	switch j.Purpose {
	case policy.PurposeLogin:
		step = append(step, mobileCode)
	case policy.PurposePayment:
		step = []string{approvalSign, pictureSign}
	case policy.PurposeSelfService:
		step = []string{mobileCode}
	}
	switch j.Purpose {
	case policy.PurposeLogin:
		step = append(step, mobileID)
	case policy.PurposePayment:
		step = append(step, mobileIDSign)
	}
	j.Ways = append(j.Ways, policy.Way{Steps: [][]string{step}})
	j.Risk.StepUp = append(j.Risk.StepUp, step...)
}

// phoneJourney lets customers look after their phones from one of them.
func phoneJourney() policy.Journey {
	return policy.Journey{Purpose: policy.PurposeSelfService, Channel: phoneChannel, SCA: true, TTL: 10 * time.Minute, Steps: [][]string{{mobileCode}}}
}

// application is the bank's app.
func application() policy.Application {
	return policy.Application{
		Code: applicationCode, Name: "Countersign Bank", Download: "https://" + textHost + "/app", Keys: policy.Keys{Sign: "OCRA-1:HOTP-SHA256-8:QH64-T1M"},
		Activation: policy.Activation{Compare: true, MaxExtend: 2}, Policies: []string{mobileCode, mobileApproval, mobilePicture, approvalSign, pictureSign},
	}
}

// mobilePolicies are those of the app.
func mobilePolicies(set *policy.Set) []policy.Policy {
	text, _ := set.Policy(textCode)
	return []policy.Policy{
		{Code: mobileCode, Name: "Secure code of the app", Method: policy.MethodMobile, Use: policy.UseCode, Failures: text.Failures, Time: policy.Time{Skew: 1, FirstUse: 4, MaxDrift: 20}},
		{Code: mobileApproval, Name: "Approval in the app", Method: policy.MethodApproval, Use: policy.UseCode, Failures: text.Failures, Approval: policy.Approval{Bank: "Alder Bank"}},
		{Code: mobilePicture, Name: "Picture for the app", Method: policy.MethodPicture, Use: policy.UseCode, Failures: text.Failures, Approval: policy.Approval{Bank: "Alder Bank"}},
		{Code: approvalSign, Name: "Payments approved in the app", Method: policy.MethodApproval, Use: policy.UseSign, Failures: text.Failures, Approval: policy.Approval{Bank: "Alder Bank"}},
		{Code: pictureSign, Name: "Picture of a payment for the app", Method: policy.MethodPicture, Use: policy.UseSign, Failures: text.Failures, Approval: policy.Approval{Bank: "Alder Bank"}},
	}
}

// bankName is what phones call the bank.
const bankName = "Alder Bank"

// mobileIDPolicies are those of signatures by SIM cards. At a payment the customer picks the control code
// out of three.
func mobileIDPolicies(set *policy.Set) []policy.Policy {
	text, _ := set.Policy(textCode)
	return []policy.Policy{
		{Code: mobileID, Name: "Mobile ID", Method: policy.MethodMobileID, Use: policy.UseCode, Failures: text.Failures, Approval: policy.Approval{Bank: bankName, Control: policy.ControlShown}},
		{Code: mobileIDSign, Name: "Payments signed with a mobile ID", Method: policy.MethodMobileID, Use: policy.UseSign, Failures: text.Failures, Approval: policy.Approval{Bank: bankName, Control: policy.ControlChosen}},
	}
}

// first is the policy of tokens that a journey begins with.
func first(j *policy.Journey) string { return j.Steps[0][0] }
