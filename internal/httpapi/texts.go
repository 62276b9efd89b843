package httpapi

// introduction opens the document. It is Markdown of the simplest kind:
// paragraphs and code.
const introduction = `Strong customer authentication for the applications of a bank.

Get an access token from ` + "`POST /oauth/token`" + ` and send it with every request as ` + "`Authorization: Bearer …`" + `. What an application may do depends on its scopes.

An outcome is not an error: a refused code is an answer with ` + "`\"accepted\": false`" + `. Everything that went wrong is a problem (RFC 9457) with a stable ` + "`code`" + `. For a wrong code, an unknown customer and a blocked one the answers are the same; show customers no more than that.

Requests are read strictly: unknown and repeated fields, wrong types and null are refused. Answers may get further fields; ignore those that you do not know.

Calls that create something take an ` + "`Idempotency-Key`" + `: send one, and a repeated request does nothing twice.`

// tags are the chapters of the document, in order.
var tags = [][2]string{
	{tagAuthentications, "Is this really our customer? One authentication, from its start to its outcome."},
	{tagRegistrations, "From an activation code to a registered token."},
	{tagActivationCodes, "The codes with which customers begin a registration."},
	{tagCustomers, "The bank's customers and what they hold."},
	{tagTokens, "Hardware tokens: look them up, import them, unlock them and bring them back into step."},
	{tagMobile, "Tokens in applications on phones: activation codes, migrations, blocks. Provisioning itself is DSKPP (RFC 6063), at another address."},
	{tagMobileID, "Signatures by the SIM of a phone: who has one, and requests of online services for an authentication or a signature."},
	{tagCompanions, "The devices that customers live with: which there are, and how they come and go."},
	{tagInteractions, "What these devices say: patterns of who is where with whom, requests judged by them, journeys, and what customers choose."},
	{tagPayments, "Cards, the payment tokens that stand for them on devices, and payments that were authorized with them. No number of a card or a token is ever in an answer: only its last four digits."},
	{tagAudit, "The record of everything, with proofs that it was not changed."},
	{tagPolicies, "The rules in force."},
	{tagRisk, "What customers do, judged: sessions, payments and other actions, each created, signed, and completed or rejected."},
	{tagExemptions, "Payments and looks at accounts without strong authentication."},
	{tagService, "Access tokens, this document, and whether we are well."},
}

const (
	tagAuthentications = "Authentications"
	tagRegistrations   = "Registrations"
	tagActivationCodes = "Activation codes"
	tagCustomers       = "Customers"
	tagTokens          = "Tokens"
	tagMobile          = "Mobile tokens"
	tagMobileID        = "Mobile ID"
	tagCompanions      = "Companions"
	tagInteractions    = "Interactions"
	tagPayments        = "Payments"
	tagAudit           = "Audit"
	tagPolicies        = "Policies"
	tagRisk            = "Risk"
	tagExemptions      = "Exemptions"
	tagService         = "Service"
)
