package staff

import "slices"

// Role is what a member of staff does at the bank.
type Role string

// The roles.
const (
	HelpDesk        Role = "help_desk"
	SecurityOfficer Role = "security_officer"
	FraudAnalyst    Role = "fraud_analyst"
	Auditor         Role = "auditor"
	Administrator   Role = "administrator"
)

// Roles lists all roles.
func Roles() []Role {
	return []Role{HelpDesk, SecurityOfficer, FraudAnalyst, Auditor, Administrator}
}

// Valid reports whether r is a role.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// Permission is one kind of act.
type Permission string

// The permissions.
const (
	CustomerSearch     Permission = "customer.search"     // find a customer and see their page
	CustomerContacts   Permission = "customer.contacts"   // see phone numbers and addresses in clear
	CustomerWrite      Permission = "customer.write"      // create customers, change name and contacts
	CustomerStatus     Permission = "customer.status"     // suspend; activate, who may identify as well
	CustomerClose      Permission = "customer.close"      // close, erase
	CustomerExport     Permission = "customer.export"     // hand out all that is kept of a customer, addresses and all
	CustomerIdentify   Permission = "customer.identify"   // record that a caller was identified
	ChannelLift        Permission = "channel.lift"        // open a channel again that is closed to a customer
	RegistrationStart  Permission = "registration.start"  // issue and revoke activation codes
	AuthenticatorReset Permission = "authenticator.reset" // reset failure counters, enable authenticators again
	AuthenticatorBar   Permission = "authenticator.bar"   // disable authenticators; take off the lists by which payments need none
	PasswordReset      Permission = "password.reset"      // reset a password that was forgotten
	PasswordDemand     Permission = "password.demand"     // have a password replaced at the next login
	PhoneRegister      Permission = "phone.register"      // register and unregister the phone that codes go to, release one on hold
	PhoneRefuse        Permission = "phone.refuse"        // see phones that wait to become a customer's, and refuse them
	TextRead           Permission = "text.read"           // see all text messages, gateways and prefixes
	TextManage         Permission = "text.manage"         // try undelivered messages again, or give them up
	TextLift           Permission = "text.lift"           // end the cut-off of a prefix
	TokenRead          Permission = "token.read"          // see the stock and a token's state
	TokenAssign        Permission = "token.assign"        // give, take back, replace, report lost
	TokenUnlock        Permission = "token.unlock"        // unlock codes
	TokenUnlockMore    Permission = "token.unlock_more"   // allow more unlock codes than the limit
	TokenResync        Permission = "token.resynchronize" //nolint:gosec // a name: bring a token back into step
	TokenImport        Permission = "token.import"        // import seeds
	MobileRead         Permission = "mobile.read"         // see mobile tokens, their activation codes (never a value) and history
	MobileIssue        Permission = "mobile.issue"        // activation codes: enroll, renew, extend, take back, migrate, redistribute; names
	MobileBlock        Permission = "mobile.block"        // block and archive: what only takes away
	MobileEnable       Permission = "mobile.enable"       // set a blocked mobile token going again
	MobileIDRead       Permission = "mobile_id.read"      // see mobile IDs, their certificates, requests and history
	MobileIDRegister   Permission = "mobile_id.register"  // register, renew, resume, unblock, move to another SIM; spam-prevention codes
	MobileIDStop       Permission = "mobile_id.stop"      // suspend and revoke: what only takes away
	CompanionRead      Permission = "companion.read"      // see the devices that customers live with
	CompanionRegister  Permission = "companion.register"  // invite devices, resume suspended ones
	CompanionStop      Permission = "companion.stop"      // suspend and remove devices: what only takes away
	PaymentRead        Permission = "payment.read"        // see cards, payment tokens and portfolios, never a number
	PaymentRegister    Permission = "payment.register"    // enroll, renew and unblock cards, resume payment tokens that customers wanted suspended
	PaymentRelease     Permission = "payment.release"     // resume payment tokens that the bank wanted suspended
	PaymentStop        Permission = "payment.stop"        // block and close cards, suspend and delete payment tokens: what only takes away
	PaymentReview      Permission = "payment.review"      // see payments with tokens and why they were refused, and figures
	PortfolioWrite     Permission = "portfolio.write"     // propose portfolios and changes of their profiles
	SIMRead            Permission = "sim.read"            // see the stock of SIMs, never a key
	SIMManage          Permission = "sim.manage"          // suspend and retire SIMs, set suspended ones going again
	PolicyRead         Permission = "policy.read"         // see policies and journeys
	PolicyWrite        Permission = "policy.write"        // propose and activate them
	ProposalRead       Permission = "proposal.read"       // see what was proposed, and what became of it
	Approve            Permission = "proposal.approve"    // approve what needs four eyes
	RiskSee            Permission = "risk.see"            // see what was decided about a customer's events, in plain words
	RiskRead           Permission = "risk.read"           // see scores, evidence, rules, lists and figures
	RiskReview         Permission = "risk.review"         // review sessions and payments, mark fraud, keep lists
	RiskAddress        Permission = "risk.address"        // see the address that an event came from
	RiskTune           Permission = "risk.tune"           // write rules, try them, propose them
	AuditRead          Permission = "audit.read"          // read the log with its details
	AuditVerify        Permission = "audit.verify"        // fetch checkpoints and proofs
	ClientRead         Permission = "client.read"         // see calling applications
	ClientWrite        Permission = "client.write"        // create, change, disable them
	KeyRotate          Permission = "key.rotate"          // rotate data keys
	StaffRead          Permission = "staff.read"          // see colleagues and their sessions
	StaffWrite         Permission = "staff.write"         // invite, change, disable, reset colleagues
	SystemRead         Permission = "system.read"         // health, versions, queues
)

// granted is the one table of who may do what. A permission that is not in it is
// nobody's. Nobody who manages staff may reset customers or read the log, and
// auditors change nothing.
var granted = map[Permission][]Role{
	CustomerSearch:     {HelpDesk, SecurityOfficer, FraudAnalyst, Auditor},
	CustomerContacts:   {HelpDesk, FraudAnalyst},
	CustomerWrite:      {HelpDesk},
	CustomerStatus:     {HelpDesk, FraudAnalyst, SecurityOfficer},
	CustomerClose:      {SecurityOfficer},
	CustomerExport:     {SecurityOfficer},
	CustomerIdentify:   {HelpDesk},
	ChannelLift:        {HelpDesk},
	RegistrationStart:  {HelpDesk},
	AuthenticatorReset: {HelpDesk},
	AuthenticatorBar:   {HelpDesk, FraudAnalyst},
	PasswordReset:      {HelpDesk},
	PasswordDemand:     {HelpDesk, FraudAnalyst},
	PhoneRegister:      {HelpDesk},
	PhoneRefuse:        {HelpDesk, FraudAnalyst},
	TextRead:           {SecurityOfficer, FraudAnalyst, Auditor, Administrator},
	TextManage:         {Administrator},
	TextLift:           {FraudAnalyst, SecurityOfficer},
	TokenRead:          {HelpDesk, SecurityOfficer, Auditor},
	TokenAssign:        {HelpDesk},
	TokenUnlock:        {HelpDesk},
	TokenUnlockMore:    {SecurityOfficer},
	TokenResync:        {HelpDesk},
	TokenImport:        {SecurityOfficer},
	MobileRead:         {HelpDesk, SecurityOfficer, FraudAnalyst, Auditor},
	MobileIssue:        {HelpDesk},
	MobileBlock:        {HelpDesk, FraudAnalyst, SecurityOfficer},
	MobileEnable:       {HelpDesk},
	MobileIDRead:       {HelpDesk, SecurityOfficer, FraudAnalyst, Auditor},
	MobileIDRegister:   {HelpDesk},
	MobileIDStop:       {HelpDesk, FraudAnalyst, SecurityOfficer},
	CompanionRead:      {HelpDesk, SecurityOfficer, FraudAnalyst, Auditor},
	CompanionRegister:  {HelpDesk},
	CompanionStop:      {HelpDesk, FraudAnalyst, SecurityOfficer},
	PaymentRead:        {HelpDesk, SecurityOfficer, FraudAnalyst, Auditor},
	PaymentRegister:    {HelpDesk},
	PaymentRelease:     {FraudAnalyst, SecurityOfficer},
	PaymentStop:        {HelpDesk, FraudAnalyst, SecurityOfficer},
	PaymentReview:      {FraudAnalyst, SecurityOfficer, Auditor},
	PortfolioWrite:     {SecurityOfficer},
	SIMRead:            {HelpDesk, SecurityOfficer, Auditor},
	SIMManage:          {SecurityOfficer},
	PolicyRead:         {HelpDesk, SecurityOfficer, FraudAnalyst, Auditor, Administrator},
	PolicyWrite:        {SecurityOfficer},
	ProposalRead:       {HelpDesk, SecurityOfficer, FraudAnalyst, Auditor},
	Approve:            {SecurityOfficer},
	RiskSee:            {HelpDesk, SecurityOfficer, FraudAnalyst, Auditor},
	RiskRead:           {SecurityOfficer, FraudAnalyst, Auditor},
	RiskReview:         {FraudAnalyst},
	RiskAddress:        {FraudAnalyst},
	RiskTune:           {FraudAnalyst},
	AuditRead:          {SecurityOfficer, Auditor},
	AuditVerify:        {SecurityOfficer, Auditor, Administrator},
	ClientRead:         {SecurityOfficer, Auditor, Administrator},
	ClientWrite:        {Administrator},
	KeyRotate:          {SecurityOfficer},
	StaffRead:          {Administrator, Auditor, SecurityOfficer},
	StaffWrite:         {Administrator},
	SystemRead:         {Administrator, SecurityOfficer, Auditor},
}

// Can reports whether a role has a permission.
func Can(r Role, p Permission) bool { return slices.Contains(granted[p], r) }

// Permissions lists what a role may do, sorted.
func Permissions(r Role) (all []Permission) {
	for p, roles := range granted {
		if slices.Contains(roles, r) {
			all = append(all, p)
		}
	}
	slices.Sort(all)
	return all
}
