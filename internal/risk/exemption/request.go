package exemption

import (
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
)

// Instrument is what a payment is made with. Fraud is counted by instrument.
type Instrument string

// The instruments.
const (
	Transfer Instrument = "transfer" // a credit transfer
	Card     Instrument = "card"     // a payment by card at a distance
)

// Instruments lists the instruments.
func Instruments() []Instrument { return []Instrument{Transfer, Card} }

// View is what somebody wants to see of an account.
type View string

// The views that can be exempted (RTS, article 10(1)).
const (
	Balance View = "balance"
	History View = "history" // payments of the last 90 days
)

// Request is what strong authentication is to be left out for: a payment, or a look
// at accounts.
type Request struct {
	Customer       ident.ID
	Authentication ident.ID // of the hub; for the record
	Channel        string
	Risk           Risk

	Payment     payment.Payment // zero: a look at accounts
	Instrument  Instrument
	Series      ident.ID // that the payment belongs to; zero for none
	Protocol    string   // the secure corporate protocol that it came by; "" for none
	LegalPerson bool     // the payer is no consumer; the bank says so

	View     View
	Provider string // the account information provider; "" for the customer themselves
}

// Advice is what risk management says.
type Advice string

// What it may say. All else, and nothing, counts as a step-up.
const (
	Allow  Advice = "allow"
	StepUp Advice = "step-up"
	Block  Advice = "block"
)

// Risk is what risk management found about this very request (RTS, article 18(3): one
// score for each transaction).
type Risk struct {
	Decision ident.ID // names it; for the record
	Advice   Advice
	Score    int     // 0–1000
	Checks   []Check // that hit
}

// Check is one of the findings that make a payment one of no low risk (RTS, article
// 18(2)(c)).
type Check string

// The six checks, (i) to (vi).
const (
	CheckSpending      Check = "spending"       // abnormal spending or behavior of the payer
	CheckDevice        Check = "device"         // unusual information about the payer's device or software
	CheckMalware       Check = "malware"        // malware in any session of the authentication
	CheckScenario      Check = "scenario"       // a known fraud scenario
	CheckPayerLocation Check = "payer_location" // abnormal location of the payer
	CheckPayeeLocation Check = "payee_location" // high-risk location of the payee
)

// Checks lists the six checks in the order of the RTS.
func Checks() []Check {
	return []Check{CheckSpending, CheckDevice, CheckMalware, CheckScenario, CheckPayerLocation, CheckPayeeLocation}
}
