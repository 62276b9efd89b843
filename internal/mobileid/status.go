package mobileid

// Status is a transaction's place in its life.
type Status string

// States of a transaction; the transitions are in the package comment.
const (
	Asked        Status = "asked"         // the message is on its way to the phone
	Delivered    Status = "delivered"     // the card has it, and the person is asked
	Signed       Status = "signed"        // the signature is here, and is being validated
	Valid        Status = "valid"         // validated against the registered certificate
	Invalid      Status = "invalid"       // the signature, or what it is over, is wrong; or it could not be validated
	Revoked      Status = "revoked"       // the certificate is revoked or on hold
	Done         Status = "done"          // of what is no signature: a key was made, a message shown …
	Canceled     Status = "cancelled"     // the person does not want it
	Reported     Status = "reported"      // the person has not asked for it: "I did not start this"
	Postponed    Status = "postponed"     // the person wants it later
	WrongPIN     Status = "wrong_pin"     // and the person gave up
	PINBlocked   Status = "pin_blocked"   // the PIN, or the PUK, is blocked
	WrongControl Status = "wrong_control" // the person chose or typed another control code
	TimedOut     Status = "timed_out"     // nobody answered in time
	Undelivered  Status = "undelivered"   // the message did not reach the card
	Failed       Status = "failed"        // the card could not do it; the reason says why
	Withdrawn    Status = "withdrawn"     // whoever asked does not want it any more, or what it was asked for has ended
)

// Statuses lists all states.
func Statuses() []Status {
	return []Status{
		Asked, Delivered, Signed, Valid, Invalid, Revoked, Done, Canceled, Reported, Postponed, WrongPIN, PINBlocked, WrongControl, TimedOut,
		Undelivered, Failed, Withdrawn,
	}
}

// Open reports whether something can still happen to a transaction.
func (s Status) Open() bool { return s == Asked || s == Delivered || s == Signed }

// Waiting reports whether the phone is awaited.
func (s Status) Waiting() bool { return s == Asked || s == Delivered }

// To reports whether a transaction may come from one state to another: the table of
// the package comment.
func (s Status) To(next Status) bool {
	switch next {
	case Asked:
		return false
	case Delivered, Undelivered:
		return s == Asked || s == Delivered && next == Undelivered
	case Valid, Invalid, Revoked:
		return s == Signed
	case Withdrawn:
		return s.Open()
	case Signed, Done, Canceled, Reported, Postponed, WrongPIN, PINBlocked, WrongControl, TimedOut, Failed:
		return s.Waiting()
	}
	return false
}

// Reason says more of a state: for the bank's systems and service providers, never for the
// customer's page.
type Reason string

// Reasons. Those of Invalid and Revoked come from the validation.
const (
	NoReason        Reason = ""
	NoCard          Reason = "no_card"          // no card of ours has the number, or it is out of service
	NoKey           Reason = "no_key"           // the card has no key of the role
	CardBusy        Reason = "card_busy"        // with another request
	Unsupported     Reason = "unsupported"      // the card does not know the command
	TooLongForCard  Reason = "too_long"         // the card cannot show that much
	PUKBlocked      Reason = "puk_blocked"      // the card cannot be unblocked any more
	KeyExists       Reason = "key_exists"       // there is a key of the role already
	BadAnswer       Reason = "bad_answer"       // the card's answer cannot be read, or is another one's
	PhoneAbsent     Reason = "phone_absent"     // switched off, or without network
	CenterRefused   Reason = "center_refused"   // the message center does not take it
	CardError       Reason = "card_error"       // the card refused the secured packet
	WrongSignature  Reason = "signature"        // it does not verify with the registered key
	WrongDigest     Reason = "digest"           // it is not over what was shown
	NoCertificate   Reason = "no_certificate"   // none is registered for number and role (422)
	BadCertificate  Reason = "certificate"      // chain, validity or usage (425)
	RevokedCert     Reason = "revoked"          // (501)
	HeldCert        Reason = "on_hold"          // (501)
	NoRevocation    Reason = "crl_unavailable"  // its status could not be learned (423)
	StaleRevocation Reason = "crl_expired"      // what is known of its status is too old (424)
	ServerTime      Reason = "server_time"      // nobody answered before the message ran out
	PersonTime      Reason = "person_time"      // the person let the time pass
	Restarted       Reason = "restored"         // the database was restored from a backup meanwhile
	Ended           Reason = "ended"            // what it was asked for has ended
	Suspension      Reason = "suspended"        // the mobile ID was suspended or revoked meanwhile
	LateAnswer      Reason = "late"             // the answer came after the time
	Withheld        Reason = "withheld"         // nothing was sent; see Transaction.Withheld
	NoAcknowledge   Reason = "not_acknowledged" // a message was shown, and not confirmed
	SpamMissing     Reason = "spam_missing"     // the person has set a spam-prevention code, and none was given
	SpamWrong       Reason = "spam_wrong"       // another one was given
	OnHold          Reason = "hold"             // the mobile ID is on another SIM, and cannot be used yet
	OutOfService    Reason = "out_of_service"   // the card is
	NotTried        Reason = "not_tried"        // the policy is disabled or blocked for the customer: no signature would be taken
)
